//! The validated manifest. `raw` is its twin as written in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use regex::Regex;

/// A valid `civic.toml`.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// What the app is and who answers for it.
    pub app: App,
    /// One container each, by name.
    pub services: BTreeMap<String, Service>,
    /// Where state lives, by name.
    pub volumes: BTreeMap<String, Volume>,
    /// Values made afresh for each run, by the name of the environment variable that carries them.
    pub secrets: BTreeMap<String, Secret>,
    /// Work beside the services, by name.
    pub jobs: BTreeMap<String, Job>,
    /// How the suite writes records through the app and reads them back.
    pub canary: Canary,
    /// What runs around a snapshot and after a restore.
    pub hooks: Hooks,
    /// What the app's users can bear.
    pub tolerance: Tolerance,
    /// Drills that need not pass, each with its reason.
    pub exemptions: Vec<Exemption>,
    /// Secrets without which a snapshot is worthless, and who keeps them.
    pub escrow: Escrow,
}

/// The app as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Lower-case letters, digits and dashes, at most 40 characters: it becomes part of container names.
    pub name: String,
    /// One sentence for people.
    pub summary: String,
    /// Kind of app, 0 to 4 (see `docs/manifest.md`).
    pub case: u8,
    /// At least one, `Name <contact>`.
    pub maintainers: Vec<String>,
    /// SPDX expression.
    pub licence: String,
}

/// One container of the app.
#[derive(Debug, Clone)]
pub struct Service {
    /// Where its image comes from.
    pub source: Source,
    /// Replaces the image's command; `None` keeps it.
    pub command: Option<Vec<String>>,
    /// TCP port it listens on, 1 to 65535.
    pub port: Option<u16>,
    /// Plain environment.
    pub env: BTreeMap<String, String>,
    /// Names of secrets it gets as environment variables.
    pub secrets: Vec<String>,
    /// Declared limits.
    pub resources: Resources,
    /// Absolute paths that may be memory-backed scratch space.
    pub tmpfs: Vec<String>,
    /// From SIGTERM to SIGKILL.
    pub grace_period: Duration,
    /// How its health is asked.
    pub probes: Probes,
    /// Services that must be ready first.
    pub depends_on: Vec<String>,
    /// Run under the engine's init, which reaps children and forwards signals.
    pub init: bool,
}

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built by the project.
    Build(Build),
    /// Somebody else's image, by reference.
    Image(String),
}

/// A build by the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Folder relative to civic.toml, inside the project.
    pub context: PathBuf,
    /// File relative to the context.
    pub dockerfile: PathBuf,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Stage to stop at.
    pub target: Option<String>,
}

/// Declared limits of a service; `None` is unlimited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resources {
    /// Cores.
    pub cpu: Option<f64>,
    /// Bytes.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u32>,
}

/// The probes of a service.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// Can it serve? A service with a port and no `ready` probe gets a TCP one.
    pub ready: Option<Probe>,
    /// Must it be restarted?
    pub live: Option<Probe>,
}

/// One question about a service's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How it is asked.
    pub check: Check,
    /// No answer by then is a no.
    pub timeout: Duration,
}

/// How a probe asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// GET; healthy when the status is `status`, or any 2xx/3xx when `None`.
    Http {
        /// Absolute path with query.
        path: String,
        /// The one status that is healthy.
        status: Option<u16>,
    },
    /// Healthy when the service's port accepts a connection.
    Tcp,
    /// Healthy when the command in the container exits 0.
    Exec(Vec<String>),
}

/// A place where state lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Service that mounts it.
    pub service: String,
    /// Absolute path in that service's container.
    pub path: String,
    /// Is it lost work when it is lost?
    pub kind: VolumeKind,
    /// What a snapshot holds of it.
    pub backup: Capture,
}

/// Whether a volume's loss is a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeKind {
    /// Must survive every node.
    Durable,
    /// A cache: made again from elsewhere.
    Rebuildable,
}

/// What a snapshot holds of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// The files as they lie there.
    Files,
    /// Only what the pre-backup hooks write to `$CIVIC_BACKUP_DIR` (a database dump, say).
    Hooks,
}

/// How a secret's value comes about in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Random bytes in an encoding.
    Generate {
        /// Spelling of the bytes.
        encoding: Encoding,
        /// Number of random bytes, 8 to 256.
        bytes: usize,
    },
    /// Text with `{NAME}` for other secrets, such as a database URL.
    Template(String),
    /// A fixed value that is no secret in tests, such as a sandbox account's id.
    Value(String),
}

/// Spelling of random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Two lower-case digits a byte.
    Hex,
    /// Standard alphabet with padding.
    Base64,
}

/// Work beside the services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// When it runs.
    pub kind: JobKind,
    /// Service whose image, environment, secrets and volumes it uses.
    pub service: String,
    /// What it runs.
    pub command: Vec<String>,
    /// It failed when it runs longer.
    pub timeout: Duration,
}

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// At each deploy and restore, before its service starts (migrations).
    Release,
    /// By the clock; the suite never fires it.
    Cron {
        /// Five cron fields.
        schedule: String,
        /// IANA name.
        timezone: String,
    },
}

/// How records go through the app.
#[derive(Debug, Clone)]
pub enum Canary {
    /// Through the app's own route: the whole chain is proven.
    App(AppCanary),
    /// The suite's own table in a database service: proves less, caps the level at C2.
    Database(DatabaseCanary),
    /// A file in a durable volume: proves least, caps the level at C2.
    Volume {
        /// Name of the volume.
        volume: String,
    },
    /// A page of an app that keeps no data: proves that it comes back, caps the level at C3.
    Page(PageCanary),
}

impl Canary {
    /// Its word in `civic.toml`, in journals and in certificates.
    pub fn kind(&self) -> &'static str {
        match self {
            Canary::App(_) => "app",
            Canary::Database(_) => "database",
            Canary::Volume { .. } => "volume",
            Canary::Page(_) => PAGE,
        }
    }
}

/// The kind of canary of an app that keeps no data.
pub const PAGE: &str = "page";

/// A page that an app serves from its image alone.
#[derive(Debug, Clone)]
pub struct PageCanary {
    /// Service asked, on its declared port.
    pub service: String,
    /// Absolute path with query, asked with GET.
    pub path: String,
    /// Must be found in the page; no empty page and no server's own error page has it.
    pub expect: Regex,
    /// The status with which the page comes.
    pub status: u16,
}

/// Canary operations the app supplies.
#[derive(Debug, Clone)]
pub struct AppCanary {
    /// Success means: acknowledged as durable.
    pub write: Operation,
    /// Answers all records it knows.
    pub read: Operation,
    /// Finds records in the last step's answer; has the groups `id` and `nonce`.
    pub records: Regex,
    /// An operation that takes longer has an unknown outcome.
    pub timeout: Duration,
}

/// One operation: requests in order, or a command.
#[derive(Debug, Clone)]
pub enum Operation {
    /// At least one request; cookies and extracted values are kept between them.
    Http(Vec<HttpStep>),
    /// A command in a service's container; `{id}` and `{nonce}` are replaced in each argument.
    Exec {
        /// Where it runs.
        service: String,
        /// The arguments; no shell reads them.
        command: Vec<String>,
    },
}

/// One request of a canary. `{id}`, `{nonce}`, `{secret:NAME}` and extracted `{name}`s are replaced in path
/// (percent-encoded), headers, form values and body.
#[derive(Debug, Clone)]
pub struct HttpStep {
    /// Service asked, on its declared port.
    pub service: String,
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Absolute path with query.
    pub path: String,
    /// Header lines.
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: HttpBody,
    /// Statuses that mean success.
    pub status: Vec<u16>,
    /// Must be found in the answer.
    pub expect: Option<Regex>,
    /// Values for later steps: name to a pattern whose first group is the value.
    pub extract: BTreeMap<String, Regex>,
}

/// What a request sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpBody {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(BTreeMap<String, String>),
    /// Text as it is; the content type is a header's business (`application/json` by default).
    Text(String),
}

/// A canary in the suite's own table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseCanary {
    /// Service that runs the database.
    pub service: String,
    /// Which client is in its image.
    pub engine: DatabaseEngine,
    /// Role that connects over the local socket; empty for SQLite, which has none.
    pub user: String,
    /// Database that gets the table `civic_canary`; for SQLite the absolute path of its file in a durable volume.
    pub database: String,
    /// Secret that holds the role's password, where the local socket asks for one (MySQL).
    pub password: Option<String>,
}

/// Database clients the suite can speak through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseEngine {
    /// `psql`.
    Postgres,
    /// `mariadb` or `mysql`.
    Mysql,
    /// `mongosh`.
    Mongodb,
    /// `sqlite3`, in the app's own image.
    Sqlite,
}

/// Commands around a snapshot and after a restore, each list run in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Puts the state into `$CIVIC_BACKUP_DIR` before the snapshot.
    pub pre_backup: Vec<Hook>,
    /// Runs after the snapshot, also after a failed one.
    pub post_backup: Vec<Hook>,
    /// Loads the state from `$CIVIC_BACKUP_DIR` into the empty, running service it names.
    pub post_restore: Vec<Hook>,
}

impl Hooks {
    /// Every hook, in the order in which a snapshot and a restore run them.
    pub fn all(&self) -> impl Iterator<Item = &Hook> {
        self.pre_backup.iter().chain(&self.post_backup).chain(&self.post_restore)
    }
}

/// One hook: a program of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Service it runs in; with `image`, the service whose volumes, environment and secrets it gets.
    pub service: String,
    /// File below `civic/hooks/`, executable; in the container it is `/civic/hooks/…`.
    pub run: PathBuf,
    /// Image of its own, for an app without a shell.
    pub image: Option<String>,
    /// It failed when it runs longer.
    pub timeout: Duration,
}

/// What the app's users can bear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    /// Longest outage.
    pub downtime: Duration,
    /// Oldest snapshot that is good enough.
    pub data_loss: Duration,
    /// Longest cold boot; bounds every ready deadline.
    pub boot: Duration,
}

/// A drill that need not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Drill id.
    pub drill: String,
    /// Shown in the certificate.
    pub reason: String,
    /// Last day it holds.
    pub until: Option<Date>,
}

/// Secrets that must outlive every node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escrow {
    /// Names of secrets without which a snapshot is worthless.
    pub secrets: Vec<String>,
    /// People who hold them, `Name <contact>`.
    pub holders: Vec<String>,
}
