//! One file a command.

mod certify;
mod check;
mod clean;
mod detect;
mod doctor;
mod explain;
mod init;
mod self_test;
mod verify;

use std::io::Write;
use std::path::PathBuf;

use civic_conformance::run_lock::Home;
use civic_contract::exit::Exit;
use clap::CommandFactory;

use crate::args::{Args, Command};
use crate::say;

/// Runs a command line.
pub fn run(args: Args) -> Exit {
    match args.command {
        Command::Certify(args) if args.self_test => self_test::run(&args),
        Command::Certify(args) => certify::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Update(args) => init::update(&args),
        Command::RenderTemplate => crate::init::guest::child(),
        Command::Explain { id } => explain::run(id.as_deref()),
        Command::Verify(args) => verify::run(&args),
        Command::Clean(args) => clean::run(&args),
        Command::Detect(args) => detect::run(&args),
        Command::Doctor => doctor::run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "civic", &mut script);
            print(&script)
        }
        Command::Man => man(),
    }
}

fn man() -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(Args::command()).render(&mut page) {
        Ok(()) => print(&page),
        Err(error) => {
            say::error(&format!("cannot render the manual page: {error}"), &[]);
            Exit::Infrastructure
        }
    }
}

/// Writes a document to standard output; a reader that has seen enough is no error.
fn print(document: &[u8]) -> Exit {
    let _ = std::io::stdout().write_all(document);
    Exit::Done
}

/// Runs async work to its end, on as many threads as the work can use.
fn block_on(work: impl Future<Output = Exit>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            say::error(&format!("cannot start: {error}"), &[]);
            Exit::Infrastructure
        }
    }
}

/// What this machine remembers between runs: `$XDG_STATE_HOME/civic`, or the same below the home or temp folder.
fn home() -> std::io::Result<Home> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    Home::open(&state.unwrap_or_else(std::env::temp_dir).join("civic"))
}
