//! The journal, schema 1: one JSON object a line, appended and flushed as things happen.
//!
//! It is the one source of truth of a run. Judges and reports read nothing else, so a verdict can be reached
//! again from the file alone, years later, on a machine without an engine. A reader accepts a last line that
//! was cut off by a crash and keeps what came before.

mod facts;

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

pub use facts::{Baseline, Control, EngineFacts, ImageReady, RunStarted, SpanName, StaticFinding};

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
    /// A canary write was sent; with a canary of kind `page`, the page was asked for.
    Invoked {
        /// Number of the canary, unique in the run.
        id: u32,
        /// Its nonce.
        nonce: String,
    },
    /// The app acknowledged a canary as durable; with a canary of kind `page`, the page came as expected.
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
    /// A canary of kind `page`: the page was asked for after something was done, and came as expected. No record
    /// was written, so none is given back.
    PageServed {
        /// What came before, as in `read-back`.
        after: String,
    },
    /// The app was asked for its canaries, or for its page, and did not answer rightly.
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
