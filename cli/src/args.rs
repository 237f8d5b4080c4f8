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
    /// Give a project its packaging: manifest, Dockerfile, Compose, Kubernetes, Habitat, hooks, runbook
    Init(Init),
    /// Bring the packaging up to this civic and to what the project is by now; your changes stay
    Update(Update),
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
    /// Render somebody's template; the work of a process of its own
    #[command(hide = true)]
    RenderTemplate,
}

#[derive(Debug, clap::Args)]
pub struct Init {
    /// Project folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Show what would be written and stop
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON document instead of lines for people; asks nothing
    #[arg(long)]
    pub json: bool,
    /// Take the last change of `civic init` or `civic update` back
    #[arg(long, conflicts_with_all = ["dry_run", "json", "stack", "component", "image", "template", "with_health", "only"])]
    pub undo: bool,
    /// With --undo: leave files that were changed since as they are
    #[arg(long, requires = "undo")]
    pub keep: bool,
    /// Take this stack, whatever else fits
    #[arg(long, value_name = "STACK")]
    pub stack: Option<String>,
    /// Root of the component that answers requests
    #[arg(long, value_name = "PATH")]
    pub component: Option<String>,
    /// Package an upstream image; nothing is built
    #[arg(long, value_name = "REF", conflicts_with_all = ["stack", "component"])]
    pub image: Option<String>,
    /// Add the files of a brigade's own template: a folder or a git address
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// Let that template run its own programs
    #[arg(long, requires = "template")]
    pub allow_template_hooks: bool,
    /// Offer code for /healthz and /readyz, as a patch to look at
    #[arg(long)]
    pub with_health: bool,
    /// Write only these parts beside civic.toml and its hooks [possible: docker, compose, habitat, kubernetes, ci, docs]
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    pub only: Option<Vec<PartName>>,
    /// Who answers for the project: Name <contact>
    #[arg(long, value_name = "PERSON")]
    pub maintainer: Option<String>,
    /// Folder with buildpacks to add or to use instead
    #[arg(long, value_name = "DIR")]
    pub buildpack_dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Update {
    /// Project folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Show what would be written and stop
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON document instead of lines for people
    #[arg(long)]
    pub json: bool,
    /// This file is as it should be: its conflict is settled
    #[arg(long, value_name = "FILE")]
    pub resolved: Vec<String>,
    /// Bring a file back that you deleted
    #[arg(long, value_name = "FILE")]
    pub restore: Vec<String>,
}

/// A part of the packaging.
#[derive(Debug, Clone, Copy)]
pub struct PartName(pub civic_templates::Part);

impl std::str::FromStr for PartName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = civic_templates::Part::ALL;
        let names = || parts.map(civic_templates::Part::name).join(", ");
        parts
            .into_iter()
            .find(|part| part.name() == text)
            .map(Self)
            .ok_or_else(|| format!("the parts are {}", names()))
    }
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
