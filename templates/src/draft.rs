//! What a first civic.toml is written from.

use serde::Serialize;

use crate::file::{File, Merge, Mode};
use crate::render::{RenderError, fill_as};

static TEMPLATE: &str = include_str!("../manifest/civic.toml");

/// A manifest before it is a text: everything with the reason that a person reads beside it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Draft {
    /// `[app]`.
    pub app: App,
    /// `[services.…]`, in the order of the file.
    pub services: Vec<Service>,
    /// `[volumes.…]`.
    pub volumes: Vec<Volume>,
    /// `[secrets]`.
    pub secrets: Vec<Secret>,
    /// `[jobs.…]`.
    pub jobs: Vec<Job>,
    /// `[[hooks.…]]`, in the order in which they run.
    pub hooks: Vec<Hook>,
    /// `[canary]`.
    pub canary: Option<Canary>,
    /// Secrets to keep for as long as the data.
    pub escrow: Vec<String>,
    /// What a person has to add before a higher level can be reached.
    pub missing: Vec<String>,
}

/// `[app]`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct App {
    /// A valid name.
    pub name: String,
    /// For people.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// 0 to 4.
    pub case: u8,
    /// `Name <contact>`.
    pub maintainers: Vec<String>,
    /// SPDX expression.
    pub licence: String,
}

/// `[services.…]`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Service {
    /// A valid name.
    pub name: String,
    /// Reason, in a comment.
    pub why: String,
    /// Folder of the Dockerfile; either this or `image`.
    pub build: Option<String>,
    /// Dockerfile, when it has another name.
    pub dockerfile: Option<String>,
    /// Upstream image.
    pub image: Option<String>,
    /// Command, when it is not the image's.
    pub command: Option<Vec<String>>,
    /// Port.
    pub port: Option<u16>,
    /// Plain variables.
    pub env: Vec<Variable>,
    /// Variables that the code can do without: named in a comment.
    pub optional: Vec<Variable>,
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Cores.
    pub cpu: Option<f64>,
    /// `"256MiB"`.
    pub memory: Option<String>,
    /// Processes and threads.
    pub pids: Option<u32>,
    /// Scratch folders.
    pub tmpfs: Vec<String>,
    /// `"30s"`.
    pub grace_period: Option<String>,
    /// Services that must be ready first.
    pub depends_on: Vec<String>,
    /// Whether a tiny first process passes signals on.
    pub init: bool,
    /// Can it serve?
    pub ready: Option<Probe>,
    /// Is it beyond help?
    pub live: Option<Probe>,
}

/// A variable with where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// `file:line`, or a reason.
    pub why: String,
}

/// A probe; exactly one of the first three is there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Probe {
    /// Path.
    pub http: Option<String>,
    /// TCP.
    pub tcp: bool,
    /// Command.
    pub exec: Option<Vec<String>>,
    /// Reason, in a comment.
    pub why: String,
}

/// `[volumes.…]`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Volume {
    /// A valid name.
    pub name: String,
    /// Service that mounts it.
    pub service: String,
    /// Absolute path in the container.
    pub path: String,
    /// Whether losing it loses work.
    pub is_durable: bool,
    /// Whether only hooks save it.
    pub by_hooks: bool,
    /// Reason, in a comment.
    pub why: String,
}

/// A line of `[secrets]`.
#[derive(Debug, Clone, Serialize)]
pub struct Secret {
    /// Variable.
    pub name: String,
    /// How its value comes about.
    pub value: SecretValue,
    /// Reason, in a comment.
    pub why: String,
}

/// How a secret's value comes about in a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretValue {
    /// Random bytes as hex digits.
    Generate(u32),
    /// Random bytes in base64, as keys of ciphers are written.
    Base64(u32),
    /// Text from other secrets.
    Template(String),
    /// A fixed value that is no secret in a test.
    Value(String),
}

/// `[jobs.…]`.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// A valid name.
    pub name: String,
    /// `release` or `cron`.
    pub kind: &'static str,
    /// Service whose image it runs.
    pub service: String,
    /// Command.
    pub command: Vec<String>,
    /// Five cron fields.
    pub schedule: Option<String>,
    /// Reason, in a comment.
    pub why: String,
}

/// A store's hooks in a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hook {
    /// Service.
    pub service: String,
    /// Folder below `civic/hooks/`.
    pub store: String,
}

/// `[canary]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Canary {
    /// The suite's own table.
    Database {
        /// Service.
        service: String,
        /// `postgres`, `mysql`, `mongodb` or `sqlite`.
        engine: String,
        /// Role; none for a database without roles.
        user: Option<String>,
        /// Database, or its file.
        database: String,
        /// Secret with the role's password.
        password: Option<String>,
    },
    /// The suite's own file.
    Volume {
        /// Volume.
        volume: String,
    },
    /// A page that must come back as it was: for apps that keep nothing.
    Page {
        /// Service.
        service: String,
        /// Path.
        path: String,
        /// Regular expression that the page matches.
        expect: String,
    },
}

/// Writes the manifest.
///
/// # Errors
///
/// When a value cannot be written, or the template is wrong.
pub fn manifest(draft: &Draft) -> Result<File, RenderError> {
    let text = fill_as("civic.toml", TEMPLATE, minijinja::Value::from_serialize(draft))?;
    Ok(File {
        path: "civic.toml".into(),
        content: text.into_bytes(),
        mode: Mode::Regular,
        merge: Merge::Toml,
    })
}
