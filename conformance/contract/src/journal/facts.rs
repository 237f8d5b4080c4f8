//! The facts that events carry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a run set out to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Version of the journal, 1.
    pub schema: u32,
    /// Id of the run; also the value of the label `org.civic.run`.
    pub run: String,
    /// Version of `civic`.
    pub civic: String,
    /// Wall-clock start, RFC 3339 in UTC.
    pub started: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// App's name.
    pub app: String,
    /// What `civic certify` was pointed at, as its user wrote it, for commands to paste.
    pub project: String,
    /// `sha256:…` of civic.toml's bytes.
    pub manifest: String,
    /// The engine.
    pub engine: EngineFacts,
    /// `logical`: a node is its containers, volumes and network on one engine.
    pub node: String,
    /// `app`, `database`, `volume` or `page`.
    pub canary: String,
    /// Every drill of the plan, exempt ones left out.
    pub roster: Vec<String>,
    /// Drill to reason.
    pub exempt: BTreeMap<String, String>,
    /// Drills of the catalogue that this run does not perform, with the reason.
    pub not_tested: BTreeMap<String, String>,
    /// Fewer repetitions, no certificate.
    pub quick: bool,
    /// Sandboxes at once.
    pub jobs: usize,
    /// The app's tolerated outage.
    pub downtime_ms: u64,
    /// The app's tolerated data loss.
    pub data_loss_ms: u64,
}

/// The engine a run used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// `docker` or `podman`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// API version spoken.
    pub api: String,
    /// Operating system, architecture and kernel.
    pub host: String,
    /// Cores.
    pub cores: u32,
    /// Bytes of memory.
    pub memory: u64,
}

/// An image that will be run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageReady {
    /// Service, or `agent` for the suite's own.
    pub service: String,
    /// Reference as declared, or the tag given to a build.
    pub reference: String,
    /// `sha256:…` by which it is run.
    pub digest: String,
    /// Built by this run's project.
    pub built: bool,
    /// Official images for which a stand-in was used here, with its origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<String>,
}

/// One finding of the static checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticFinding {
    /// Check id, kebab-case.
    pub check: String,
    /// Breaks a rule that no drill forgives; otherwise advice.
    pub error: bool,
    /// One plain sentence.
    pub message: String,
    /// What to change.
    pub fix: String,
    /// File relative to the project.
    pub file: String,
    /// Line from 1, or 0 for the whole file.
    pub line: u32,
}

/// The measured cold boots and what follows from them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Boot to ready of each cold boot; the first alone, the others side by side.
    pub boots_ms: Vec<u64>,
    /// Ready deadline of every later boot.
    pub ready_deadline_ms: u64,
    /// How it came about, for people.
    pub derivation: String,
}

/// What fills a piece of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpanName {
    /// From starting containers until all are ready, release jobs included.
    Boot,
    /// From the signal until all have ended.
    Stop,
    /// From an empty volume to one that may be served.
    Restore,
    /// A wait that the manifest or a drill declares (a probe's timeout, a grace period).
    DeclaredWait,
    /// The app's hooks around a snapshot.
    Hook,
    /// The app answers canary reads and writes.
    Canary,
    /// Restic takes a snapshot.
    Snapshot,
    /// Volumes are copied.
    Clone,
    /// Networks, volumes and helpers are made.
    Prepare,
    /// The fault itself.
    Harm,
    /// Observing the engine.
    Observe,
    /// Removing what the suite made.
    CleanUp,
    /// Images are built or found.
    Build,
}

impl SpanName {
    /// Whether this time is the app's own (its boots, stops, restores and declared waits) or the suite's.
    pub fn is_apps_own(self) -> bool {
        matches!(self, SpanName::Boot | SpanName::Stop | SpanName::Restore | SpanName::DeclaredWait)
    }
}

/// A negative control: what a hook or probe must notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// A read on a fresh, empty instance returns nothing.
    FreshIsEmpty,
    /// A canary that was just acknowledged is there.
    WriteIsRead,
    /// A canary altered or removed in a copy of the data is noticed.
    AlteredIsNoticed,
    /// With every process stopped (SIGSTOP), the probe or operation fails in time.
    FrozenIsNoticed,
    /// With the container removed, the probe or operation fails in time.
    RemovedIsNoticed,
    /// After a write, the backup has other content.
    BackupChanges,
}
