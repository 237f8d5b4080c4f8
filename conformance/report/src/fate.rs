//! What became of every canary write of a drill, for its picture. The verdict is the judge's business.

use std::collections::{BTreeMap, BTreeSet};

use civic_contract::journal::{Entry, Event, Journal};

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Acknowledged, and never found missing.
    Acknowledged,
    /// The app refused it.
    Failed,
    /// No certain outcome.
    Unknown,
    /// Acknowledged after the snapshot and not back, as allowed.
    Forgone,
    /// Acknowledged, had to come back, and did not.
    Lost,
}

/// One canary write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    /// When its outcome was known, or when it was sent if it never was.
    pub(crate) at_ms: u64,
    /// What became of it.
    pub(crate) fate: Fate,
    /// When the app acknowledged it.
    acknowledged_ms: Option<u64>,
}

/// One read-back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReadBack {
    /// When the answer came.
    pub(crate) at_ms: u64,
    /// Sandbox that was read.
    pub(crate) sandbox: String,
    /// Canaries in the answer.
    pub(crate) found: usize,
    /// Canaries that had to be in it and were not.
    pub(crate) lost: usize,
    /// Canaries younger than the snapshot that were not in it.
    pub(crate) forgone: usize,
    /// No canaries were asked for but a page, and it came.
    pub(crate) page: bool,
}

/// Writes and read-backs of some entries.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    /// By sandbox and number.
    writes: BTreeMap<String, BTreeMap<u32, Write>>,
    /// In order.
    pub(crate) readbacks: Vec<ReadBack>,
}

/// The drill that has no sandbox of its own: it is judged by the cold boots that all drills share.
const SHARED: &str = "cold-boot";

/// A drill's own entries of its last attempt; earlier ones ended in an infrastructure error and do not count.
/// Those of cold-boot are the cold boots before all other drills, where it has none of its own.
pub(crate) fn own_entries<'a>(journal: &'a Journal, drill: &str) -> Vec<&'a Entry> {
    let own = journal.entries.iter().filter(|entry| entry.drill.as_deref() == Some(drill));
    let own: Vec<&Entry> = own.filter(|entry| !matches!(entry.event, Event::Judged { .. })).collect();
    let last = own.iter().rposition(|entry| matches!(entry.event, Event::DrillStarted { .. }));
    let own = own[last.unwrap_or(0)..].to_vec();
    if drill == SHARED && own.iter().all(|entry| entry.sandbox.is_none()) {
        let shared = journal.entries.iter().filter(|entry| entry.drill.is_none() && entry.sandbox.is_some());
        return shared.collect();
    }
    own
}

impl Fates {
    /// Follows the canaries of a drill, those included that its sandboxes inherited from the baseline.
    pub(crate) fn of(journal: &Journal, drill: &str) -> Self {
        let shared = journal.entries.iter().filter(|entry| entry.drill.is_none());
        let mut fates = Self::default();
        let mut origins = BTreeMap::new();
        let mut cuts = Cuts::default();
        let shared = shared.map(|entry| (entry, false));
        let own = own_entries(journal, drill).into_iter().map(|entry| (entry, true));
        for (entry, own) in shared.chain(own) {
            let Some(sandbox) = entry.sandbox.as_deref() else { continue };
            if let Event::SandboxMade { cloned_from: Some(origin) } = &entry.event {
                origins.insert(sandbox, (origin.as_str(), entry.at_ms));
            }
            cuts.note(sandbox, entry);
            fates.note_write(sandbox, entry);
            if let (Event::PageServed { .. }, true) = (&entry.event, own) {
                fates.readbacks.push(ReadBack {
                    at_ms: entry.at_ms,
                    sandbox: sandbox.into(),
                    page: true,
                    ..ReadBack::default()
                });
            }
            if let (Event::ReadBack { records, .. }, true) = (&entry.event, own) {
                let found = records.iter().map(|(id, _)| *id).collect();
                let lineage = lineage(&origins, sandbox, entry.at_ms);
                fates.compare(&lineage, &found, cuts.by_sandbox.get(sandbox).copied(), entry);
            }
        }
        fates
    }

    /// The writes of a sandbox, in the order of their numbers.
    pub(crate) fn writes(&self, sandbox: &str) -> impl Iterator<Item = &Write> {
        self.writes.get(sandbox).into_iter().flat_map(BTreeMap::values)
    }

    fn note_write(&mut self, sandbox: &str, entry: &Entry) {
        let (id, fate) = match &entry.event {
            Event::Invoked { id, .. } => (*id, Fate::Unknown),
            Event::Acknowledged { id } => (*id, Fate::Acknowledged),
            Event::WriteFailed { id, .. } => (*id, Fate::Failed),
            Event::WriteUnknown { id, .. } => (*id, Fate::Unknown),
            _ => return,
        };
        let acknowledged_ms = (fate == Fate::Acknowledged).then_some(entry.at_ms);
        let write = Write { at_ms: entry.at_ms, fate, acknowledged_ms };
        self.writes.entry(sandbox.into()).or_default().insert(id, write);
    }

    fn compare(
        &mut self,
        lineage: &[(&str, u64)],
        found: &BTreeSet<u32>,
        cut_ms: Option<u64>,
        entry: &Entry,
    ) {
        let (mut lost, mut forgone) = (0, 0);
        for (sandbox, until) in lineage {
            for (id, write) in self.writes.get_mut(*sandbox).into_iter().flatten() {
                let Some(at) = write.acknowledged_ms.filter(|at| at <= until && !found.contains(id)) else {
                    continue;
                };
                let had_to_come_back = cut_ms.is_none_or(|cut| at < cut);
                let (fate, count) =
                    if had_to_come_back { (Fate::Lost, &mut lost) } else { (Fate::Forgone, &mut forgone) };
                write.fate = write.fate.max(fate);
                *count += 1;
            }
        }
        let sandbox = entry.sandbox.clone().unwrap_or_default();
        let (at_ms, found) = (entry.at_ms, found.len());
        self.readbacks.push(ReadBack { at_ms, sandbox, found, lost, forgone, page: false });
    }
}

/// When the snapshot began that a sandbox was last restored from.
#[derive(Default)]
struct Cuts<'a> {
    begun: BTreeMap<(Option<&'a str>, &'a str), u64>,
    by_sandbox: BTreeMap<&'a str, u64>,
}

impl<'a> Cuts<'a> {
    fn note(&mut self, sandbox: &'a str, entry: &'a Entry) {
        let drill = entry.drill.as_deref();
        match &entry.event {
            Event::SnapshotBegun { snapshot } => drop(self.begun.insert((drill, snapshot), entry.at_ms)),
            Event::Restored { snapshot, .. } => {
                let begun = self
                    .begun
                    .get(&(drill, snapshot.as_str()))
                    .or(self.begun.get(&(None, snapshot.as_str())));
                self.by_sandbox.extend(begun.map(|at| (sandbox, *at)));
            }
            _ => {}
        }
    }
}

/// A sandbox and those it was cloned from, each with the time until which its writes count.
fn lineage<'a>(
    origins: &BTreeMap<&'a str, (&'a str, u64)>,
    sandbox: &'a str,
    at_ms: u64,
) -> Vec<(&'a str, u64)> {
    let mut lineage = vec![(sandbox, at_ms)];
    while let Some((origin, made)) = lineage.last().and_then(|(name, _)| origins.get(name)) {
        if lineage.iter().any(|(name, _)| name == origin) {
            break; // a journal may claim that two sandboxes are clones of each other
        }
        lineage.push((origin, *made));
    }
    lineage
}

#[cfg(test)]
mod tests {
    use super::*;
    use civic_contract::journal::RunStarted;

    fn at(at_ms: u64, drill: Option<&str>, sandbox: &str, event: Event) -> Entry {
        Entry { at_ms, drill: drill.map(Into::into), sandbox: Some(sandbox.into()), event }
    }

    fn wrote(drill: Option<&str>, sandbox: &str, id: u32, at_ms: u64) -> [Entry; 2] {
        let nonce = format!("N{id}");
        [
            at(at_ms, drill, sandbox, Event::Invoked { id, nonce }),
            at(at_ms + 1, drill, sandbox, Event::Acknowledged { id }),
        ]
    }

    fn read(at_ms: u64, ids: &[u32]) -> Entry {
        let records = ids.iter().map(|id| (*id, format!("N{id}"))).collect();
        at(at_ms, Some("d"), "s", Event::ReadBack { after: "replaced".into(), records })
    }

    fn fates(mut entries: Vec<Entry>) -> Fates {
        let start = Event::RunStarted(RunStarted::default());
        entries.insert(0, Entry { at_ms: 0, drill: None, sandbox: None, event: start });
        Fates::of(&Journal { entries, cut_off: false }, "d")
    }

    fn fates_of(fates: &Fates, sandbox: &str) -> Vec<Fate> {
        fates.writes(sandbox).map(|write| write.fate).collect()
    }

    #[test]
    fn what_is_missing_after_a_crash_is_lost() {
        let mut entries: Vec<Entry> =
            (1..=3).flat_map(|id| wrote(Some("d"), "s", id, u64::from(id) * 10)).collect();
        entries.push(at(35, Some("d"), "s", Event::Invoked { id: 4, nonce: "N4".into() }));
        entries.push(at(36, Some("d"), "s", Event::WriteUnknown { id: 4, reason: "timeout".into() }));
        entries.push(at(37, Some("d"), "s", Event::WriteFailed { id: 5, reason: "503".into() }));
        entries.push(read(50, &[1, 3]));
        let fates = fates(entries);
        assert_eq!(
            fates_of(&fates, "s"),
            [Fate::Acknowledged, Fate::Lost, Fate::Acknowledged, Fate::Unknown, Fate::Failed]
        );
        assert_eq!((fates.readbacks[0].lost, fates.readbacks[0].found), (1, 2));
    }

    #[test]
    fn what_came_after_the_restored_snapshot_is_forgone() {
        let mut entries = wrote(Some("d"), "s", 1, 10).to_vec();
        entries.push(at(20, Some("d"), "s", Event::SnapshotBegun { snapshot: "a".into() }));
        entries.extend(wrote(Some("d"), "s", 2, 30));
        entries.push(at(40, Some("d"), "s", Event::Restored { snapshot: "a".into(), took_ms: 5 }));
        entries.push(read(50, &[]));
        let fates = fates(entries);
        assert_eq!(fates_of(&fates, "s"), [Fate::Lost, Fate::Forgone]);
        assert_eq!((fates.readbacks[0].lost, fates.readbacks[0].forgone), (1, 1));
    }

    #[test]
    fn a_clone_has_to_keep_what_its_origin_had() {
        let mut entries = wrote(None, "baseline", 1, 10).to_vec();
        entries.push(at(20, Some("d"), "s", Event::SandboxMade { cloned_from: Some("baseline".into()) }));
        entries.extend(wrote(None, "baseline", 2, 30));
        entries.push(read(50, &[]));
        let fates = fates(entries);
        assert_eq!(
            fates.readbacks[0].lost, 1,
            "what the origin got after the clone was made is not in the clone"
        );
    }

    #[test]
    fn earlier_attempts_do_not_count() {
        let mut entries = wrote(Some("d"), "s", 1, 10).to_vec();
        entries.push(at(20, Some("d"), "s", Event::DrillStarted { attempt: 2 }));
        entries.push(read(50, &[]));
        assert_eq!(fates(entries).readbacks[0].lost, 0);
    }

    #[test]
    fn sandboxes_that_claim_to_be_clones_of_each_other_end() {
        let made =
            |name, from: &str| at(1, Some("d"), name, Event::SandboxMade { cloned_from: Some(from.into()) });
        let fates = fates(vec![made("s", "t"), made("t", "s"), read(9, &[])]);
        assert!(fates.readbacks.iter().all(|readback| readback.lost == 0));
    }
}
