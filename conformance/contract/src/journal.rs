//! The journal, schema 1: one JSON object a line, appended and flushed as things happen.
//!
//! It is the one source of truth of a run. Judges and reports read nothing else, so a verdict can be reached
//! again from the file alone, years later, on a machine without an engine. A reader accepts a last line that
//! was cut off by a crash and keeps what came before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// Version of the journal that this crate writes.
pub const SCHEMA: u32 = 1;

/// One line: something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since the run started, by a clock that never steps.
    pub at_ms: u64,
    /// Drill it belongs to; `None` for the run as a whole and the baseline that all drills share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<String>,
    /// Sandbox it happened in: one copy of the app with its own network and volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First line of every journal.
    RunStarted(RunStarted),
    /// An image is on the engine and will be run by this digest.
    ImageReady(ImageReady),
    /// The static checks before the drills found something.
    Checked(StaticFinding),
    /// Something a reader should know that is nobody's fault.
    Warned {
        /// One plain sentence.
        message: String,
    },
    /// All cold boots are measured; deadlines follow from them.
    Baseline(Baseline),
    /// A drill begins.
    DrillStarted {
        /// 1, or more after an infrastructure error.
        attempt: u32,
    },
    /// A drill was performed to its end.
    DrillEnded,
    /// A copy of the app came to be.
    SandboxMade {
        /// Sandbox whose stopped volumes it copied; `None` for empty volumes.
        cloned_from: Option<String>,
    },
    /// A piece of time, for the timeline and for the share of the time that is the app's own.
    Span {
        /// What filled it.
        name: SpanName,
        /// Start, milliseconds since the run started.
        from_ms: u64,
        /// End, milliseconds since the run started.
        to_ms: u64,
    },
    /// A container was started.
    Started {
        /// Service or job.
        service: String,
        /// Container id.
        container: String,
        /// Digest of the image it runs.
        image: String,
    },
    /// A container ended, or was found ended.
    Exited {
        /// Service or job.
        service: String,
        /// Container id.
        container: String,
        /// Exit code; 137 after SIGKILL.
        code: i64,
        /// The kernel killed it for memory.
        oom: bool,
        /// Whether the suite caused it.
        by_suite: bool,
    },
    /// All services answered their readiness probes several times in a row.
    Ready {
        /// From the first start to the first of those successes.
        took_ms: u64,
        /// What was allowed.
        deadline_ms: u64,
    },
    /// A service was not ready by the deadline, or ended too often.
    NotReady {
        /// Service waited for.
        service: String,
        /// How long it was waited for.
        waited_ms: u64,
        /// What was allowed.
        deadline_ms: u64,
        /// The last answer of its probe, or how it ended.
        reason: String,
    },
    /// A release job ended.
    JobEnded {
        /// Job name.
        job: String,
        /// Exit code.
        code: i64,
        /// Duration.
        took_ms: u64,
    },
    /// A canary write was sent.
    Invoked {
        /// Number of the canary, unique in the run.
        id: u32,
        /// Its nonce.
        nonce: String,
    },
    /// The app acknowledged a canary as durable.
    Acknowledged {
        /// Number of the canary.
        id: u32,
    },
    /// The app refused a canary.
    WriteFailed {
        /// Number of the canary.
        id: u32,
        /// What it answered.
        reason: String,
    },
    /// A canary write had no certain outcome (timeout, connection lost).
    WriteUnknown {
        /// Number of the canary.
        id: u32,
        /// What was seen.
        reason: String,
    },
    /// The app was asked for all its canaries and answered.
    ReadBack {
        /// What came before, in a few words: `replaced after SIGKILL mid-write`.
        after: String,
        /// Number and nonce of each.
        records: Vec<(u32, String)>,
    },
    /// The app was asked for its canaries and did not answer rightly.
    ReadFailed {
        /// What came before.
        after: String,
        /// What was seen.
        reason: String,
    },
    /// A snapshot began: what is acknowledged before this moment must survive in it.
    SnapshotBegun {
        /// Name within the run.
        snapshot: String,
    },
    /// A snapshot ended, was checked and is eligible for restore.
    SnapshotTaken {
        /// Name within the run.
        snapshot: String,
        /// Restic's id.
        restic: String,
        /// Bytes of the files in it.
        bytes: u64,
        /// Number of files in it.
        files: u64,
        /// Digest over path and content of every file, blind to times and owners.
        content: String,
    },
    /// A snapshot did not become eligible.
    SnapshotRefused {
        /// Name within the run.
        snapshot: String,
        /// Which step failed and what it said.
        reason: String,
    },
    /// A snapshot was restored into new, empty volumes and may be served.
    Restored {
        /// Name within the run.
        snapshot: String,
        /// Duration of the restore alone.
        took_ms: u64,
    },
    /// A restore failed.
    RestoreFailed {
        /// Name within the run.
        snapshot: String,
        /// Which step failed and what it said.
        reason: String,
    },
    /// The suite harmed the app.
    Harmed {
        /// What it did: `sigkill`, `sigterm`, `volumes-destroyed`, `root-read-only`, `stranger-uid`.
        fault: String,
        /// Moment it chose, where a drill has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<String>,
        /// Whom it hit.
        services: Vec<String>,
        /// A command a reader can paste to do the same.
        command: String,
        /// Canary that was being written at that moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_flight: Option<u32>,
    },
    /// A phase that this app does not have, with the reason.
    NotApplicable {
        /// Phase of the drill.
        phase: String,
        /// Why.
        reason: String,
    },
    /// A volume was destroyed: the engine no longer knows it.
    VolumeGone {
        /// Name in the manifest.
        volume: String,
        /// Name on the engine.
        id: String,
    },
    /// A new, empty volume took a destroyed one's place.
    VolumeMade {
        /// Name in the manifest.
        volume: String,
        /// Name on the engine.
        id: String,
    },
    /// A fact the suite read from the engine or inside a container, to prove that a fault took effect.
    Observed {
        /// What was read: `root-read-only`, `user`, `capabilities`, `sigterm-handler`, `copy-altered`, …
        what: String,
        /// Where.
        service: String,
        /// Its value.
        value: String,
    },
    /// A negative control was performed.
    Control {
        /// Which one.
        control: Control,
        /// Hook or probe under attack: `canary.read`, `services.web.probes.ready`.
        hook: String,
        /// Whether the hook noticed, as it must; `None` when the control could not be performed.
        noticed: Option<bool>,
        /// What was seen.
        detail: String,
    },
    /// A file of the writable layer, outside all volumes, holds a canary.
    LayerHoldsCanary {
        /// Service.
        service: String,
        /// File in its container.
        path: String,
        /// Canary found in it.
        id: u32,
    },
    /// The writable layer was compared with the image.
    LayerCompared {
        /// Service.
        service: String,
        /// Paths changed outside all volumes, at most 20.
        changed: Vec<String>,
    },
    /// The app's last log lines at a moment that matters.
    Log {
        /// Service or job.
        service: String,
        /// Lines, secrets masked.
        lines: Vec<String>,
    },
    /// The engine or another part of the laboratory failed.
    InfraError {
        /// What failed and what it said.
        message: String,
    },
    /// The judge's answer, as given at the time.
    Judged {
        /// The answer; it has a `drill` of its own.
        verdict: Verdict,
    },
    /// Last line of a journal that was not cut off.
    RunEnded {
        /// A person or a signal ended it.
        interrupted: bool,
        /// Peak resident memory of the suite itself, bytes, where the system tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peak_memory: Option<u64>,
    },
}

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
    /// `app`, `database` or `volume`.
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

/// A journal that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReadError {
    /// No line at all, or no `run-started` at the beginning.
    #[error("this is no journal: its first line is not a `run-started` event")]
    NoStart,
    /// Written by a later version of civic.
    #[error("this journal has schema {0}, and this civic reads up to schema {SCHEMA}: use a newer civic")]
    Newer(u64),
    /// A line that is neither an event nor the cut-off end.
    #[error("line {line} of the journal is not an event: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
}

/// A journal in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// Its lines in order.
    pub entries: Vec<Entry>,
    /// The last line was cut off and is left out.
    pub cut_off: bool,
}

impl Journal {
    /// Parses the text of a journal.
    ///
    /// # Errors
    /// [`ReadError`] when it is no journal, is of a later schema or has a broken line that is not the last.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let lines: Vec<&str> = text.lines().collect();
        refuse_newer(lines.first().copied().unwrap_or_default())?;
        let mut entries = Vec::with_capacity(lines.len());
        let mut cut_off = false;
        for (index, line) in lines.iter().enumerate() {
            match serde_json::from_str(line) {
                Ok(entry) => entries.push(entry),
                Err(_) if index + 1 == lines.len() && !text.ends_with('\n') => cut_off = true,
                Err(error) => return Err(ReadError::Line { line: index + 1, reason: error.to_string() }),
            }
        }
        match entries.first() {
            Some(Entry { event: Event::RunStarted(_), .. }) => Ok(Self { entries, cut_off }),
            _ => Err(ReadError::NoStart),
        }
    }

    /// What the run set out to do.
    pub fn start(&self) -> &RunStarted {
        match self.entries.first() {
            Some(Entry { event: Event::RunStarted(start), .. }) => start,
            _ => unreachable!("parse refuses a journal without a start"),
        }
    }

    /// The entries a drill's judge sees: its own and those of the baseline that all drills share.
    pub fn evidence(&self, drill: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.drill.as_deref().is_none_or(|id| id == drill)).collect()
    }

    /// The run came to its end and nobody interrupted it.
    pub fn is_complete(&self) -> bool {
        matches!(self.entries.last(), Some(Entry { event: Event::RunEnded { interrupted: false, .. }, .. }))
    }
}

/// A later schema may have events this version cannot parse, so its number is read before all else.
fn refuse_newer(first: &str) -> Result<(), ReadError> {
    let value: serde_json::Value = serde_json::from_str(first).map_err(|_| ReadError::NoStart)?;
    match value["schema"].as_u64() {
        Some(schema) if schema > u64::from(SCHEMA) => Err(ReadError::Newer(schema)),
        Some(_) => Ok(()),
        None => Err(ReadError::NoStart),
    }
}
