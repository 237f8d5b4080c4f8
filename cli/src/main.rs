//! `civic`: argv in, text and exit code out. Nothing else in the workspace knows a terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)] // this crate is where printing happens

/// As std's, but a reader that has seen enough (`civic explain | head`) is no reason to panic.
macro_rules! println {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// As [`println`]; a run whose progress nobody reads any more still ends and cleans up.
macro_rules! eprintln {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

/// As [`eprintln`], without the new line.
macro_rules! eprint {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stderr(), $($text)*);
    }};
}

mod args;
mod commands;
mod init;
mod outputs;
mod progress;
mod render;
mod say;

use std::process::ExitCode;

use civic_contract::exit::Exit;
use clap::Parser;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return ExitCode::from(usage(&error).code()),
    };
    ExitCode::from(commands::run(args).code())
}

/// Help and version are answers, everything else is wrong usage.
fn usage(error: &clap::Error) -> Exit {
    let _ = error.print(); // a closed pipe is nobody's fault
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}
