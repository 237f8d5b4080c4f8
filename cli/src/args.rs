//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Proves that a civic app survives losing any machine at any time.
#[derive(Debug, Parser)]
#[command(name = "civic", version, about, long_about = None, after_help = exit_codes(), max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Harm the app on a real container engine and prove with its own data that nothing acknowledged was lost
    Certify(Certify),
    /// Check civic.toml and the files beside it, without an engine
    Check(Check),
    /// Say what a project is and what it needs, with the evidence; writes nothing
    Detect(Detect),
    /// Explain a drill: what it does, how it is judged, how to fix what it finds
    Explain {
        /// Drill, such as `hard-kill`; none lists them all
        id: Option<String>,
    },
    /// Check what a run's files say, on any machine, without an engine
    Verify(Verify),
    /// Remove what interrupted runs left on the container engine
    Clean(Clean),
    /// Look whether this machine can certify, and say what is missing
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, clap::Args)]
pub struct Certify {
    /// Project folder with a civic.toml
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Show what would be done and stop
    #[arg(long)]
    pub plan: bool,
    /// One cold boot and three kills instead of three and five; never certifies
    #[arg(long)]
    pub quick: bool,
    /// Perform only these drills; never certifies
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub only: Option<Vec<String>>,
    /// Use the images of the last build
    #[arg(long)]
    pub skip_build: bool,
    /// Repeat the random choices of an earlier run
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Sandboxes at once [default: what cores and memory allow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// Folder for journal, certificate and report [default: PATH/.civic/runs/RUN]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What is printed at the end
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit 0 also when the app failed or nothing is proven
    #[arg(long)]
    pub no_fail: bool,
    /// No progress, only the result
    #[arg(long, short, action = ArgAction::SetTrue)]
    pub quiet: bool,
    /// Certify civic's own specimens: each must fail exactly its drill
    #[arg(long, conflicts_with_all = ["path", "plan", "quick", "only", "skip_build", "out", "format"])]
    pub self_test: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Text,
    /// One JSON document
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Check {
    /// Project folder with a civic.toml
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, clap::Args)]
pub struct Detect {
    /// Project folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// One JSON document instead of lines for people
    #[arg(long)]
    pub json: bool,
    /// Also the rule behind every fact, and the stacks that were not taken
    #[arg(long)]
    pub explain: bool,
    /// Take this stack, whatever else fits
    #[arg(long, value_name = "STACK")]
    pub stack: Option<String>,
    /// Root of the component that answers requests
    #[arg(long, value_name = "PATH")]
    pub component: Option<String>,
    /// Folder with buildpacks to add or to use instead
    #[arg(long, value_name = "DIR")]
    pub buildpack_dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Folder of a run (it holds journal.jsonl), or the journal itself
    #[arg(default_value = ".civic/runs/latest")]
    pub path: PathBuf,
    /// Judge the journal again and demand the same verdicts
    #[arg(long)]
    pub rejudge: bool,
}

#[derive(Debug, clap::Args)]
pub struct Clean {
    /// Also what runs of other machines left on this engine, should they be dead
    #[arg(long)]
    pub all: bool,
    /// Also the images that civic built and keeps
    #[arg(long)]
    pub images: bool,
}

fn exit_codes() -> String {
    let codes = civic_contract::exit::Exit::ALL;
    let lines = codes.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
