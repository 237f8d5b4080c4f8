//! `civic.toml` as it is written: texts are not parsed, names are not looked up. The comments on these types
//! are the descriptions in `docs/civic.schema.json`, which editors show while somebody types.

mod canary;
mod services;
mod texts;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::names;

pub(super) use canary::*;
pub(super) use services::*;
pub(super) use texts::*;

/// What a civic app is made of, where its state lives, and how to prove that it survives.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "civic.toml")]
pub(crate) struct Manifest {
    /// Version of this format. There is only 1.
    #[allow(dead_code, reason = "checked before anything else is read")]
    #[schemars(range(min = 1, max = 1), example = 1)]
    schema: u32,
    /// What the app is and who answers for it.
    #[schemars(extend("examples" = [{"name": "courtbot", "case": 1}]))]
    pub(crate) app: App,
    /// One container each. The name of the table is the host name under which other services reach it.
    #[schemars(extend("minProperties" = 1, "propertyNames" = { "pattern": names::NAME_PATTERN }))]
    #[schemars(extend("examples" = [{"web": {"build": ".", "port": 8080}}]))]
    pub(crate) services: BTreeMap<String, Service>,
    /// Where state lives. What a service writes anywhere else is gone with its container.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": names::NAME_PATTERN }))]
    pub(crate) volumes: BTreeMap<String, Volume>,
    /// Values made afresh for each run. The key is the environment variable that carries the value.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": names::VARIABLE_PATTERN }))]
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// Work beside the services: migrations at each deploy, and what runs by the clock.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": names::NAME_PATTERN }))]
    pub(crate) jobs: BTreeMap<String, Job>,
    /// How civic writes made-up records through the app and asks for them again.
    #[schemars(extend("examples" = [{"kind": "volume", "volume": "data"}]))]
    pub(crate) canary: Canary,
    /// Programs of yours that run around a snapshot and after a restore.
    #[serde(default)]
    pub(crate) hooks: Hooks,
    /// What the people who use the app can bear.
    #[serde(default)]
    pub(crate) tolerance: Tolerance,
    /// Drills that need not pass. Each shows in the certificate, with its reason.
    #[serde(default)]
    pub(crate) exemptions: Vec<Exemption>,
    /// Secrets without which a snapshot is worthless, and who keeps copies of them.
    #[serde(default)]
    pub(crate) escrow: Escrow,
}

/// What the app is and who answers for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    /// Short name: lower-case letters, digits and dashes, at most 40. It becomes part of container names.
    #[schemars(extend("pattern" = names::APP_PATTERN), example = &"courtbot")]
    pub(crate) name: String,
    /// One sentence for people who do not know the app.
    #[schemars(length(min = 1), example = &"Texts people the date of their court hearing")]
    pub(crate) summary: String,
    /// 0 operations tool with an upstream image, 1 civic project with a national team, 2 local project,
    /// 3 aggregate national project, 4 sponsored app for an outside organisation.
    #[schemars(range(min = 0, max = 4), example = 2)]
    pub(crate) case: u8,
    /// Who answers for it: `Name <contact>`, at least one. A contact is a mail address or a web address.
    #[schemars(length(min = 1), extend("examples" = [["CourtBot team <courtbot@example.org>"]]))]
    pub(crate) maintainers: Vec<Person>,
    /// Licence of the app as an SPDX expression.
    #[schemars(length(min = 1), example = &"MIT", example = &"Apache-2.0 OR MIT")]
    pub(crate) licence: String,
}

/// A place where state lives.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"service": "web", "path": "/data", "kind": "durable"}]))]
pub(crate) struct Volume {
    /// Service that mounts it.
    #[schemars(example = &"db")]
    pub(crate) service: String,
    /// Absolute path in that service's container.
    #[schemars(extend("pattern" = "^/[^:,]+$"), example = &"/var/lib/postgresql/data")]
    pub(crate) path: String,
    /// Whether losing it loses somebody's work.
    pub(crate) kind: VolumeKind,
    /// What a snapshot holds of it. Only durable volumes are in a snapshot.
    #[serde(default)]
    pub(crate) backup: Capture,
}

/// Whether losing a volume loses somebody's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VolumeKind {
    /// Must survive the loss of any node.
    Durable,
    /// A cache or an index that the app makes again by itself.
    Rebuildable,
}

/// What a snapshot holds of a volume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Capture {
    /// Its files as they lie there. Right for uploads; wrong for the files of a running database.
    #[default]
    Files,
    /// Only what the pre-backup hooks write to `$CIVIC_BACKUP_DIR`, such as a database dump.
    Hooks,
}

/// How a secret's value comes about. Exactly one of `generate`, `template` and `value`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["generate"]}, {"required": ["template"]}, {"required": ["value"]}
]))]
#[schemars(extend("examples" = [{"generate": "hex"}, {"value": "console"}]))]
pub(crate) struct Secret {
    /// Random bytes, spelt as `hex` or `base64`.
    pub(crate) generate: Option<Encoding>,
    /// Number of random bytes, with `generate`.
    #[schemars(range(min = 8, max = 256), extend("default" = Secret::BYTES), example = 24)]
    pub(crate) bytes: Option<usize>,
    /// Text made from other secrets: `{NAME}` stands for a secret's value, `{{` and `}}` for braces.
    #[schemars(example = &"postgres://app:{POSTGRES_PASSWORD}@db:5432/app")]
    pub(crate) template: Option<String>,
    /// A fixed value that is no secret in tests, such as the name of a sandbox account. It is not masked.
    #[schemars(example = &"console")]
    pub(crate) value: Option<String>,
}

impl Secret {
    /// Random bytes where the file does not say how many: 256 bits.
    pub(crate) const BYTES: usize = 32;
}

/// Spelling of random bytes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    /// Two lower-case digits a byte: safe in addresses.
    Hex,
    /// Standard alphabet with padding: shorter, but `/` and `+` need care in addresses.
    Base64,
}

/// Work beside the services.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"kind": "release", "service": "web", "command": ["npm", "run", "migrate"]}]))]
pub(crate) struct Job {
    /// When it runs.
    pub(crate) kind: JobKind,
    /// Service whose image, environment, secrets and volumes it uses.
    #[schemars(example = &"web")]
    pub(crate) service: String,
    /// Program and arguments. No shell reads them.
    #[schemars(length(min = 1), extend("examples" = [["npm", "run", "migrate"]]))]
    pub(crate) command: Vec<String>,
    /// It failed when it runs longer.
    #[serde(default = "PeriodText::five_minutes")]
    pub(crate) timeout: PeriodText,
    /// When a cron job runs: minute, hour, day of month, month, day of week.
    #[schemars(example = &"0 17 * * *")]
    pub(crate) schedule: Option<String>,
    /// Time zone of the schedule by its IANA name.
    #[schemars(extend("default" = Job::TIMEZONE), example = &"America/Anchorage")]
    pub(crate) timezone: Option<String>,
}

impl Job {
    /// Time zone of a schedule that names none.
    pub(crate) const TIMEZONE: &str = "UTC";
}

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobKind {
    /// At each deploy and restore, before its service starts: migrations.
    Release,
    /// By the clock. Drills never run it.
    Cron,
}

/// Programs of yours that run around a snapshot and after a restore. Each list runs in order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Hooks {
    /// Write the state to `$CIVIC_BACKUP_DIR` before the snapshot.
    pub(crate) pre_backup: Vec<Hook>,
    /// Run after the snapshot, also after one that failed.
    pub(crate) post_backup: Vec<Hook>,
    /// Load the state from `$CIVIC_BACKUP_DIR` into the empty service they name, as soon as it is ready.
    pub(crate) post_restore: Vec<Hook>,
}

/// A program of yours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"service": "db", "run": "civic/hooks/pre-backup"}]))]
pub(crate) struct Hook {
    /// Service it runs in. With `image`, the service whose volumes, environment and secrets it gets.
    #[schemars(example = &"db")]
    pub(crate) service: String,
    /// Executable file below `civic/hooks/`. In the container it is `/civic/hooks/…`.
    #[schemars(extend("pattern" = "^civic/hooks/."), example = &"civic/hooks/pre-backup")]
    pub(crate) run: String,
    /// An image of its own, for a service whose image has no shell.
    #[schemars(length(min = 1), example = &"postgres:17-trixie")]
    pub(crate) image: Option<String>,
    /// It failed when it runs longer.
    #[serde(default = "PeriodText::five_minutes")]
    pub(crate) timeout: PeriodText,
}

/// What the people who use the app can bear.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tolerance {
    /// Longest outage.
    pub(crate) downtime: PeriodText,
    /// Age of the oldest snapshot that is good enough.
    pub(crate) data_loss: PeriodText,
    /// Longest cold boot. civic waits for readiness no longer than that.
    pub(crate) boot: PeriodText,
}

impl Default for Tolerance {
    fn default() -> Self {
        let period = |text: &str| PeriodText(text.into());
        Self { downtime: period("4h"), data_loss: period("24h"), boot: period("10m") }
    }
}

/// A drill that need not pass.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"drill": "soft-stop", "reason": "the server has no way to stop by itself"}]))]
pub(crate) struct Exemption {
    /// Name of the drill.
    pub(crate) drill: DrillId,
    /// Why, for the people who decide whether to host the app.
    #[schemars(length(min = 1), example = &"upstream ignores SIGTERM, reported as issue 123")]
    pub(crate) reason: String,
    /// Last day on which it holds.
    #[schemars(extend("format" = "date"), example = &"2027-06-30")]
    pub(crate) until: Option<String>,
}

/// Secrets without which a snapshot is worthless, and who keeps copies of them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Escrow {
    /// Names of secrets.
    #[schemars(extend("examples" = [["PHONE_ENCRYPTION_KEY"]]))]
    pub(crate) secrets: Vec<String>,
    /// Who keeps a copy: `Name <contact>`.
    #[schemars(extend("examples" = [["Brigade leads <leads@example.org>"]]))]
    pub(crate) holders: Vec<Person>,
}
