//! What detection says: one JSON document, schema 1 (docs/detection.md).

use serde::Serialize;

pub use crate::rules::{Confidence, Durability};

/// Why a fact is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Relative path; empty when a person said so.
    pub file: String,
    /// From 1; 0 when the whole file is meant.
    pub line: usize,
    /// `<buildpack>/<section>/<id>`.
    pub rule: String,
    /// How sure the rule is.
    pub confidence: Confidence,
}

/// A value with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Never empty.
    pub evidence: Vec<Evidence>,
}

/// What a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something that runs and answers.
    App,
    /// Files that any web server can serve, perhaps after a build.
    Static,
    /// Code for other programs; there is nothing to run.
    Library,
    /// What other projects are made from.
    Template,
    /// A part of a tree that is put together elsewhere.
    Layer,
    /// Nothing that the rules know.
    Unknown,
}

/// What a component is to the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answers requests.
    Web,
    /// Works without a port.
    Worker,
    /// Files that are served.
    Static,
    /// Built into another component's image.
    Assets,
    /// Nothing to run.
    Library,
}

/// A part of the project that is built by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// Folder, `.` for the project itself.
    pub root: String,
    /// Buildpack.
    pub stack: String,
    /// What it is to the app.
    pub role: Role,
    /// Language, with what showed it.
    pub language: Fact<String>,
    /// Framework, when one was seen.
    pub framework: Option<Fact<String>>,
    /// Version that counts; none when the project names none.
    pub version: Option<Fact<String>>,
    /// Other versions that the project names.
    pub conflicts: Vec<Fact<String>>,
    /// Package manager.
    pub package_manager: Option<Fact<String>>,
    /// Command that builds it.
    pub build: Option<Fact<String>>,
    /// Folder of files to serve, for static components.
    pub output: Option<String>,
}

/// Something that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
    /// `web`, `worker`, …
    pub name: String,
    /// Root of its component.
    pub component: String,
    /// Command, and where it was found.
    pub command: Fact<String>,
    /// What the command does in the end, when it is a script's name.
    pub resolved: Option<String>,
}

/// Work by the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cron {
    /// Command; none for work inside the web process.
    pub command: Option<String>,
    /// Schedule in cron's form, when it is written somewhere.
    pub schedule: Option<String>,
    /// Whether a process of the app does it by itself.
    pub in_process: bool,
    /// Why it is believed.
    pub evidence: Vec<Evidence>,
}

/// Port of the web process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Variable that sets it.
    pub env: Option<Fact<String>>,
    /// Port without the variable.
    pub default: Option<Fact<u16>>,
}

/// Something that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// `postgres`, …, `sqlite`, `files`, or `managed`.
    pub kind: String,
    /// Folder or file, as far as it is known.
    pub path: Option<String>,
    /// Whether it must survive.
    pub durability: Durability,
    /// Reason, in words for a person.
    pub why: String,
    /// Why it is believed.
    pub evidence: Vec<Evidence>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Env {
    /// Name, as written.
    pub name: String,
    /// Whether the app needs it.
    pub required: bool,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// Value without it; never one of a secret.
    pub default: Option<String>,
    /// Where it is read or named.
    pub evidence: Vec<Evidence>,
}

/// What a health probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthKind {
    /// The project has such a route.
    Exists,
    /// A route that seems harmless.
    Guess,
    /// Only whether the port is open.
    Tcp,
}

/// How one asks whether the app is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Path; none for TCP.
    pub path: Option<String>,
    /// How much is known.
    pub kind: HealthKind,
    /// Reason, in words for a person.
    pub why: String,
    /// Where the route is; empty for TCP.
    pub evidence: Vec<Evidence>,
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// Stable name, kebab-case.
    pub id: String,
    /// One or two sentences.
    pub text: String,
    /// Relative path; empty when no file is meant.
    pub file: String,
    /// From 1; 0 when the whole file is meant.
    pub line: usize,
}

/// A stack that fits a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Folder, `.` for the project itself.
    pub root: String,
    /// Buildpack.
    pub stack: String,
    /// Best framework.
    pub framework: Option<String>,
    /// What such a component is for.
    pub class: String,
    /// Whether it was taken.
    pub chosen: bool,
    /// Why it was taken, or what was stronger.
    pub why: String,
    /// What showed it.
    pub evidence: Vec<Evidence>,
}

/// A packaging file that is already there and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// `dockerfile`, `compose`, `procfile`, `app-json`, `heroku-yml`, `chart`, `habitat`, …
    pub kind: String,
    /// Relative path.
    pub file: String,
    /// What was taken from it.
    pub taken: Vec<String>,
}

/// Everything that detection says about a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// 1.
    pub schema: u32,
    /// What the project is.
    pub kind: Fact<Kind>,
    /// Why, in words for a person.
    pub reason: String,
    /// Why this folder alone cannot be built, so that only an image made elsewhere can be packaged; none when it can.
    pub incomplete: Option<Fact<String>>,
    /// Root of the component that answers requests; none when nothing does.
    pub primary: Option<String>,
    /// Parts, the primary one first.
    pub components: Vec<Component>,
    /// What runs, the web process first.
    pub processes: Vec<Process>,
    /// Runs at each deploy, before the new release serves.
    pub release: Option<Fact<String>>,
    /// Fills an empty database; never run by itself.
    pub seed: Option<Fact<String>>,
    /// Work by the clock, offered and not assumed.
    pub cron: Vec<Cron>,
    /// Port of the web process.
    pub port: Port,
    /// Servers beside the app.
    pub addons: Vec<Fact<String>>,
    /// What is kept.
    pub state: Vec<State>,
    /// Whether anything is kept: `found`, `none-found`, or `unknown` when not everything could be looked at.
    pub state_verdict: String,
    /// Variables.
    pub env: Vec<Env>,
    /// How one asks whether the app is well.
    pub health: Health,
    /// Most copies that may run at once; none when nothing limits it.
    pub replicas_max: Option<Fact<u32>>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// Packaging that is already there.
    pub inputs: Vec<Input>,
    /// Every stack that fits, also those not taken.
    pub matches: Vec<Match>,
    /// What was looked at when nothing fits.
    pub looked_at: Vec<String>,
}

impl<T> Fact<T> {
    /// A value with one piece of evidence.
    pub(crate) fn new(value: T, evidence: Evidence) -> Self {
        Self { value, evidence: vec![evidence] }
    }
}

impl Evidence {
    pub(crate) fn new(file: &str, line: usize, rule: impl Into<String>, confidence: Confidence) -> Self {
        Self { file: file.into(), line, rule: rule.into(), confidence }
    }

    /// `file:line`, or the file alone.
    pub fn place(&self) -> String {
        match (self.file.is_empty(), self.line) {
            (true, _) => "this command's options".into(),
            (false, 0) => self.file.clone(),
            (false, line) => format!("{}:{line}", self.file),
        }
    }
}
