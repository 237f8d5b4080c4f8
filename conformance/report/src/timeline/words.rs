//! The same as the picture in words: for screen readers, for paper and for whoever prefers a list.

use civic_contract::journal::{Control, Event, Journal};
use civic_contract::manifest::PAGE;

use super::scene::{MarkKind, Scene, fault_label, told};
use crate::duration::people;
use crate::fate::{Fate, Fates, ReadBack, own_entries};
use crate::text::short;

/// More moments than anybody reads.
const MOST: usize = 150;
/// Longest text of the app in one moment.
const LONGEST: usize = 200;

/// Something that happened in a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since the drill began.
    pub(crate) at_ms: u64,
    /// Where it happened.
    pub(crate) sandbox: String,
    /// One sentence without its full stop.
    pub(crate) told: String,
    /// It speaks against the app.
    pub(crate) bad: bool,
}

/// One sentence about a whole picture.
pub(super) fn description(scene: &Scene) -> String {
    let lanes = || scene.lanes.iter();
    let writes = |fate| lanes().flat_map(|lane| &lane.writes).filter(|write| write.1 == fate).count();
    let marks = |kind| lanes().flat_map(|lane| &lane.marks).filter(|mark| mark.kind == kind).count();
    let counts = [
        (lanes().flat_map(|lane| &lane.lines).filter(|line| line.fault).count(), "fault", "faults"),
        (marks(MarkKind::Ready), "time ready", "times ready"),
        if scene.page {
            (writes(Fate::Acknowledged), "request served", "requests served")
        } else {
            (writes(Fate::Acknowledged), "write acknowledged and kept", "writes acknowledged and kept")
        },
        if scene.page {
            (writes(Fate::Failed), "request refused", "requests refused")
        } else {
            (writes(Fate::Failed), "write refused", "writes refused")
        },
        if scene.page {
            (writes(Fate::Unknown), "request without an answer", "requests without an answer")
        } else {
            (writes(Fate::Unknown), "write of unknown outcome", "writes of unknown outcome")
        },
        (
            writes(Fate::Forgone),
            "write younger than the snapshot and gone",
            "writes younger than the snapshot and gone",
        ),
        (writes(Fate::Lost), "write acknowledged and lost", "writes acknowledged and lost"),
        (marks(MarkKind::Bad), "thing that must not be", "things that must not be"),
    ];
    let said = counts.iter().filter(|(count, ..)| *count > 0);
    let said: Vec<String> =
        said.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect();
    let length = people(scene.to_ms - scene.from_ms);
    match said.is_empty() {
        true => format!("{length}; nothing was recorded."),
        false => format!("{length}: {}.", said.join(", ")),
    }
}

/// The moments of a drill in order; runs of writes are one moment each. The second value counts those left out.
pub(crate) fn moments(journal: &Journal, drill: &str) -> (Vec<Moment>, usize) {
    let entries = own_entries(journal, drill);
    let fates = Fates::of(journal, drill);
    let mut readbacks = fates.readbacks.iter();
    let from_ms = entries.first().map_or(0, |entry| entry.at_ms);
    let mut moments: Vec<Moment> = Vec::new();
    let mut writes = Writes { page: journal.start().canary == PAGE, ..Writes::default() };
    for entry in entries {
        if writes.note(&entry.event) {
            continue;
        }
        let told = match &entry.event {
            Event::ReadBack { after, .. } | Event::PageServed { after } if entry.sandbox.is_some() => {
                readbacks.next().map(|readback| asked(after, readback))
            }
            event => sentence(event),
        };
        let Some((told, bad)) = told else { continue };
        let sandbox = short(entry.sandbox.as_deref().unwrap_or_default(), 60);
        let at_ms = entry.at_ms.saturating_sub(from_ms);
        moments.extend(writes.flush().map(|told| Moment {
            at_ms,
            sandbox: sandbox.clone(),
            told,
            bad: false,
        }));
        moments.push(Moment { at_ms, sandbox, told, bad });
    }
    let last = writes.flush().zip(moments.last().cloned());
    moments.extend(last.map(|(told, last)| Moment { told, bad: false, ..last }));
    let more = moments.len().saturating_sub(MOST);
    moments.truncate(MOST);
    (moments, more)
}

fn asked(after: &str, readback: &ReadBack) -> (String, bool) {
    let what = if readback.page { "page" } else { "canaries" };
    (format!("asked for its {what}, {}: {}", short(after, LONGEST), told(readback)), readback.lost > 0)
}

/// Writes since the last moment of another kind.
#[derive(Default)]
struct Writes {
    acknowledged: usize,
    failed: usize,
    unknown: usize,
    /// They are requests for a page.
    page: bool,
}

impl Writes {
    /// Counts a write; `false` for everything else.
    fn note(&mut self, event: &Event) -> bool {
        match event {
            Event::Invoked { .. } | Event::Span { .. } | Event::Log { .. } => {}
            Event::Acknowledged { .. } => self.acknowledged += 1,
            Event::WriteFailed { .. } => self.failed += 1,
            Event::WriteUnknown { .. } => self.unknown += 1,
            _ => return false,
        }
        true
    }

    fn flush(&mut self) -> Option<String> {
        let Self { acknowledged, failed, unknown, page } =
            std::mem::replace(self, Self { page: self.page, ..Self::default() });
        let kinds = match page {
            true => [(acknowledged, "served"), (failed, "refused"), (unknown, "without an answer")],
            false => [(acknowledged, "acknowledged"), (failed, "refused"), (unknown, "of unknown outcome")],
        };
        let what = if page { "requests for the page" } else { "canary writes" };
        let said: Vec<String> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        (!said.is_empty()).then(|| format!("{what} until here: {}", said.join(", ")))
    }
}

/// What happened, and whether it speaks against the app.
fn sentence(event: &Event) -> Option<(String, bool)> {
    let cut = |text: &str| short(text, LONGEST);
    Some(match event {
        Event::SandboxMade { cloned_from: Some(origin) } => {
            (format!("sandbox made, a copy of {}", cut(origin)), false)
        }
        Event::SandboxMade { cloned_from: None } => ("sandbox made, with empty volumes".into(), false),
        Event::Started { service, .. } => (format!("{} started", cut(service)), false),
        Event::Exited { service, code, oom, by_suite, .. } => exited(&cut(service), *code, *oom, *by_suite),
        Event::Ready { took_ms, deadline_ms } => {
            (format!("ready after {}; {} were allowed", people(*took_ms), people(*deadline_ms)), false)
        }
        Event::NotReady { service, waited_ms, reason, .. } => {
            (format!("{} not ready after {}: {}", cut(service), people(*waited_ms), cut(reason)), true)
        }
        Event::JobEnded { job, code, took_ms } => {
            (format!("job {} ended after {} with exit code {code}", cut(job), people(*took_ms)), *code != 0)
        }
        Event::ReadFailed { after, reason } => (format!("no answer {}: {}", cut(after), cut(reason)), true),
        Event::Harmed { fault, phase, services, .. } => {
            let fault = fault_label(fault, phase.as_deref());
            (format!("fault: {fault} ({})", cut(&services.join(", "))), false)
        }
        Event::NotApplicable { phase, reason } => {
            (format!("{} left out: {}", cut(phase), cut(reason)), false)
        }
        Event::InfraError { message } => (format!("the laboratory broke: {}", cut(message)), true),
        Event::Warned { message } => (cut(message), false),
        event => return storage(event).or_else(|| observation(event)),
    })
}

fn exited(service: &str, code: i64, oom: bool, by_suite: bool) -> (String, bool) {
    let why = if oom { ", killed by the kernel for memory" } else { "" };
    let who = if by_suite { "as the suite asked" } else { "by itself" };
    (format!("{service} ended {who}, exit code {code}{why}"), !by_suite)
}

fn storage(event: &Event) -> Option<(String, bool)> {
    let cut = |text: &str| short(text, LONGEST);
    Some(match event {
        Event::SnapshotBegun { snapshot } => (format!("snapshot {} begins", cut(snapshot)), false),
        Event::SnapshotTaken { snapshot, bytes, files, .. } => {
            let plural = if *files == 1 { "" } else { "s" };
            (format!("snapshot {} taken: {files} file{plural}, {bytes} bytes", cut(snapshot)), false)
        }
        Event::SnapshotRefused { snapshot, reason } => {
            (format!("snapshot {} refused: {}", cut(snapshot), cut(reason)), true)
        }
        Event::Restored { snapshot, took_ms } => {
            (format!("snapshot {} restored in {}", cut(snapshot), people(*took_ms)), false)
        }
        Event::RestoreFailed { reason, .. } => (format!("restore failed: {}", cut(reason)), true),
        Event::VolumeGone { volume, .. } => (format!("volume {} is gone", cut(volume)), false),
        Event::VolumeMade { volume, .. } => (format!("volume {} made anew, empty", cut(volume)), false),
        _ => return None,
    })
}

fn observation(event: &Event) -> Option<(String, bool)> {
    let cut = |text: &str| short(text, LONGEST);
    Some(match event {
        Event::Observed { what, service, value } => {
            (format!("seen in {}: {} = {}", cut(service), cut(what), cut(value)), false)
        }
        Event::Control { control, hook, noticed, detail } => {
            let (verb, bad) = match noticed {
                Some(true) => ("noticed by", false),
                Some(false) => ("NOT noticed by", true),
                None => ("could not be tried on", false),
            };
            (format!("{} {verb} {}: {}", attack(*control), cut(hook), cut(detail)), bad)
        }
        Event::LayerHoldsCanary { service, path, id } => {
            (format!("canary {id:07} lies outside all volumes, in {} of {}", cut(path), cut(service)), true)
        }
        Event::LayerCompared { service, changed } if changed.is_empty() => {
            (format!("{} changed nothing outside its volumes", cut(service)), false)
        }
        Event::LayerCompared { service, changed } => {
            (format!("{} changed outside its volumes: {}", cut(service), cut(&changed.join(", "))), false)
        }
        _ => return None,
    })
}

fn attack(control: Control) -> &'static str {
    match control {
        Control::FreshIsEmpty => "an empty instance",
        Control::WriteIsRead => "a canary just written",
        Control::AlteredIsNoticed => "a canary altered in a copy",
        Control::FrozenIsNoticed => "an app that stands still",
        Control::RemovedIsNoticed => "an app that is gone",
        Control::BackupChanges => "a write between two backups",
    }
}
