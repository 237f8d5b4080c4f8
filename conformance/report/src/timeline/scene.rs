//! What there is to draw of a drill, before anything has a place.

use std::collections::BTreeMap;

use civic_contract::journal::{Control, Entry, Event, Journal, SpanName};
use civic_contract::manifest::PAGE;

use crate::duration::people;
use crate::fate::{Fate, Fates, ReadBack, own_entries};
use crate::text::short;

/// More lanes than any drill has; the rest of a strange journal is left out.
const MOST_LANES: usize = 16;
/// More marks of one kind in one lane than a picture can show.
const MOST_MARKS: usize = 200;

/// A drill from its start to its end; times in milliseconds since the run started.
pub(super) struct Scene {
    pub(super) drill: String,
    /// The canary is a page: no data was written.
    pub(super) page: bool,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    pub(super) lanes: Vec<Lane>,
}

/// One sandbox.
#[derive(Default)]
pub(super) struct Lane {
    pub(super) name: String,
    /// Sandbox whose volumes it copied.
    pub(super) origin: Option<String>,
    pub(super) bars: Vec<Bar>,
    pub(super) writes: Vec<(u64, Fate)>,
    pub(super) lines: Vec<Line>,
    pub(super) marks: Vec<Mark>,
    pub(super) outages: Vec<Outage>,
    /// The last thing that was noted.
    pub(super) to_ms: u64,
    /// The last fault was SIGKILL.
    is_killed: bool,
}

/// A piece of time.
pub(super) struct Bar {
    pub(super) name: SpanName,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// A moment that cuts through the whole lane.
pub(super) struct Line {
    pub(super) at_ms: u64,
    pub(super) label: String,
    /// A fault; otherwise the moment a snapshot began.
    pub(super) fault: bool,
}

/// A moment below the bars.
pub(super) struct Mark {
    pub(super) at_ms: u64,
    pub(super) kind: MarkKind,
    pub(super) label: String,
    /// What the app or a hook answered when it was asked; otherwise what became of its containers.
    pub(super) answer: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MarkKind {
    /// Ready for work.
    Ready,
    /// All canaries that had to be there were.
    Whole,
    /// A hook or probe noticed what it has to notice.
    Noticed,
    /// A container ended.
    Exit,
    /// Something that must not be: not ready, canaries missing, a control unnoticed, a step that failed.
    Bad,
}

/// From a fault until the app was ready again.
pub(super) struct Outage {
    pub(super) from_ms: u64,
    /// `None` when it never was.
    pub(super) to_ms: Option<u64>,
}

impl Scene {
    pub(super) fn of(journal: &Journal, drill: &str) -> Self {
        let entries = own_entries(journal, drill);
        let fates = Fates::of(journal, drill);
        let from_ms = entries.first().map_or(0, |entry| entry.at_ms);
        let to_ms = entries.iter().map(|entry| entry.at_ms).max().unwrap_or(from_ms);
        let mut lanes: Vec<Lane> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries {
            let Some(sandbox) = entry.sandbox.as_deref() else { continue };
            if !places.contains_key(sandbox) && lanes.len() < MOST_LANES {
                places.insert(sandbox, lanes.len());
                lanes.push(Lane { name: short(sandbox, 60), ..Lane::default() });
            }
            if let Some(index) = places.get(sandbox) {
                lanes[*index].note(entry);
            }
        }
        for (sandbox, index) in &places {
            lanes[*index].writes = fates.writes(sandbox).map(|write| (write.at_ms, write.fate)).collect();
        }
        for readback in &fates.readbacks {
            if let Some(index) = places.get(readback.sandbox.as_str()) {
                lanes[*index].answer(readback.at_ms, kind_of(readback), told(readback));
            }
        }
        lanes.iter_mut().for_each(|lane| lane.marks.sort_by_key(|mark| mark.at_ms));
        Self {
            drill: drill.into(),
            page: journal.start().canary == PAGE,
            from_ms,
            to_ms: to_ms.max(from_ms.saturating_add(1)),
            lanes,
        }
    }
}

fn kind_of(readback: &ReadBack) -> MarkKind {
    if readback.lost > 0 { MarkKind::Bad } else { MarkKind::Whole }
}

/// `all 63 back`, `51 back, 12 forgone`, `12 lost, 51 back`.
pub(super) fn told(readback: &ReadBack) -> String {
    let ReadBack { found, lost, forgone, .. } = readback;
    if readback.page {
        return "the page came".into();
    }
    match (*lost, *forgone) {
        (0, 0) if *found == 0 => "empty, as expected".into(),
        (0, 0) => format!("all {found} back"),
        (0, forgone) => format!("{found} back, {forgone} forgone"),
        (lost, _) => format!("{lost} lost, {found} back"),
    }
}

impl Lane {
    fn note(&mut self, entry: &Entry) {
        let at_ms = entry.at_ms;
        self.to_ms = self.to_ms.max(at_ms);
        match &entry.event {
            Event::SandboxMade { cloned_from } => {
                self.origin = cloned_from.as_deref().map(|name| short(name, 60))
            }
            Event::Span { name, from_ms, to_ms } if from_ms < to_ms && self.bars.len() < 5 * MOST_MARKS => {
                self.bars.push(Bar { name: *name, from_ms: *from_ms, to_ms: *to_ms });
            }
            Event::Harmed { fault, phase, .. } => {
                self.is_killed = fault == "sigkill";
                self.line(at_ms, fault_label(fault, phase.as_deref()), true);
                if self.outages.last().is_none_or(|outage| outage.to_ms.is_some()) {
                    self.outages.push(Outage { from_ms: at_ms, to_ms: None });
                }
            }
            Event::SnapshotBegun { snapshot } => {
                self.line(at_ms, format!("snapshot {}", short(snapshot, 20)), false)
            }
            Event::Ready { took_ms, .. } => {
                let open = self.outages.last_mut().filter(|outage| outage.to_ms.is_none());
                open.into_iter().for_each(|outage| outage.to_ms = Some(at_ms));
                self.mark(at_ms, MarkKind::Ready, format!("ready, {}", people(*took_ms)));
            }
            event => self.note_mishap(at_ms, event),
        }
    }

    fn note_mishap(&mut self, at_ms: u64, event: &Event) {
        let (kind, label) = match event {
            Event::NotReady { service, .. } => (MarkKind::Bad, format!("{} not ready", short(service, 20))),
            Event::Exited { code, oom: true, .. } => (MarkKind::Exit, format!("exit {code}, out of memory")),
            // After a SIGKILL of the suite's there is no other exit code, and it needs no label.
            Event::Exited { code: 137, by_suite: true, .. } if self.is_killed => {
                (MarkKind::Exit, String::new())
            }
            Event::Exited { code, .. } => (MarkKind::Exit, format!("exit {code}")),
            Event::SnapshotRefused { .. } => (MarkKind::Bad, "snapshot refused".into()),
            Event::RestoreFailed { .. } => (MarkKind::Bad, "restore failed".into()),
            Event::JobEnded { job, code, .. } if *code != 0 => {
                (MarkKind::Bad, format!("{} failed", short(job, 20)))
            }
            Event::ReadFailed { .. } => return self.answer(at_ms, MarkKind::Bad, "no answer".into()),
            Event::Control { control, hook, noticed: Some(noticed), .. } => {
                let kind = if *noticed { MarkKind::Noticed } else { MarkKind::Bad };
                return self.answer(at_ms, kind, attack_label(*control, hook, *noticed));
            }
            _ => return,
        };
        self.mark(at_ms, kind, label);
    }

    fn line(&mut self, at_ms: u64, label: String, fault: bool) {
        if self.lines.len() < MOST_MARKS {
            self.lines.push(Line { at_ms, label, fault });
        }
    }

    fn mark(&mut self, at_ms: u64, kind: MarkKind, label: String) {
        self.push(Mark { at_ms, kind, label, answer: false });
    }

    fn answer(&mut self, at_ms: u64, kind: MarkKind, label: String) {
        self.push(Mark { at_ms, kind, label, answer: true });
    }

    fn push(&mut self, mark: Mark) {
        if self.marks.len() < MOST_MARKS {
            self.marks.push(mark);
        }
    }
}

/// `probes.live: frozen, not noticed`
fn attack_label(control: Control, hook: &str, noticed: bool) -> String {
    let attack = match control {
        Control::FreshIsEmpty => "empty",
        Control::WriteIsRead => "written",
        Control::AlteredIsNoticed => "altered",
        Control::FrozenIsNoticed => "frozen",
        Control::RemovedIsNoticed => "removed",
        Control::BackupChanges => "changed",
    };
    let hook = hook.split(' ').next().unwrap_or(hook); // without the file's name
    let tail = hook.rmatch_indices('.').nth(1).map_or(hook, |(dot, _)| &hook[dot + 1..]);
    let tail = short(tail, 24);
    if noticed { format!("{tail}: {attack}") } else { format!("{tail}: {attack}, not noticed") }
}

/// What a fault is called in a picture.
pub(super) fn fault_label(fault: &str, phase: Option<&str>) -> String {
    let name = match fault {
        "sigkill" => "SIGKILL".into(),
        "sigterm" => "SIGTERM".into(),
        "sigstop" => "SIGSTOP".into(),
        "removed" => "containers removed".into(),
        "volumes-destroyed" => "volumes destroyed".into(),
        "root-read-only" => "root made read-only".into(),
        "stranger-uid" => "unknown user".into(),
        other => short(other, 30),
    };
    match phase {
        Some(phase) => format!("{name}, {}", short(phase, 30)),
        None => name,
    }
}
