//! Where the time of a run went: its critical path, and which part of it was the app's own.
//!
//! Drills run side by side, so adding up their durations says nothing. The critical path is the chain of what
//! waited for what: the drill that ended last, before it the one whose end made room for it, and so on back to the
//! cold boots and the start. Only a shorter link of this chain makes a shorter run. Building images is left out:
//! it depends on caches and is told apart.

mod path;
mod sweep;

use civic_contract::journal::{Entry, Event, Journal, SpanName};

use path::Link;
use sweep::{Interval, divide, union};

/// Where the time of a run went, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares {
    /// The critical path: own and suite's time.
    pub total_ms: u64,
    /// The app's own: its boots, stops, restores and declared waits.
    pub own_ms: u64,
    /// The suite's: everything else.
    pub suite_ms: u64,
    /// Building images, wherever it happened; not in `total_ms`.
    pub build_ms: u64,
    /// What filled the critical path, the app's own first, each group from long to short.
    pub parts: Vec<Part>,
    /// The links of the critical path, earliest first.
    pub steps: Vec<Step>,
    /// From the start of the first cold boot to the end of the last drill, without building.
    pub roster_ms: Option<u64>,
    /// Duration of the first cold boot.
    pub first_boot_ms: Option<u64>,
}

/// One kind of time on the critical path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What filled it; `None` for time that no span names.
    pub name: Option<SpanName>,
    /// It is the app's own.
    pub own: bool,
    /// How much.
    pub ms: u64,
}

/// One link of the critical path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The drill; `None` for the run's own work, such as cold boots and cleaning up.
    pub drill: Option<String>,
    /// Start, milliseconds since the run started.
    pub from_ms: u64,
    /// End, milliseconds since the run started.
    pub to_ms: u64,
    /// The app's own time in it.
    pub own_ms: u64,
    /// Time in it that images were built, which the critical path does not count.
    pub build_ms: u64,
}

impl Shares {
    /// The app's own share of the critical path, 0 to 1; `None` when nothing took any time.
    pub fn own_share(&self) -> Option<f64> {
        (self.total_ms > 0).then(|| self.own_ms as f64 / self.total_ms as f64)
    }

    /// The whole roster's time, counted in first cold boots.
    pub fn in_boots(&self) -> Option<f64> {
        match (self.roster_ms, self.first_boot_ms) {
            (Some(roster), Some(boot)) if boot > 0 => Some(roster as f64 / boot as f64),
            _ => None,
        }
    }
}

/// Finds the critical path of a run and divides its time.
pub fn shares(journal: &Journal) -> Shares {
    let mut shares = Shares { build_ms: union(&builds(journal)), ..Shares::default() };
    let mut parts: Vec<(Option<SpanName>, u64)> = Vec::new();
    for Link { drill, from_ms, to_ms } in path::links(journal) {
        let spans = spans_of(journal, drill);
        let (mut own_ms, mut build_ms) = (0, 0);
        for (name, ms) in divide(&spans, from_ms, to_ms) {
            if name == Some(SpanName::Build) {
                build_ms += ms;
                continue;
            }
            own_ms += if is_own(name) { ms } else { 0 };
            match parts.iter_mut().find(|part| part.0 == name) {
                Some(part) => part.1 += ms,
                None => parts.push((name, ms)),
            }
        }
        shares.steps.push(Step { drill: drill.map(Into::into), from_ms, to_ms, own_ms, build_ms });
    }
    shares.parts = parts.into_iter().map(|(name, ms)| Part { name, own: is_own(name), ms }).collect();
    shares.parts.sort_by_key(|part| (!part.own, std::cmp::Reverse(part.ms)));
    shares.total_ms = shares.parts.iter().map(|part| part.ms).sum();
    shares.own_ms = shares.parts.iter().filter(|part| part.own).map(|part| part.ms).sum();
    shares.suite_ms = shares.total_ms - shares.own_ms;
    shares.first_boot_ms = first_boot(journal).map(|(_, took_ms)| took_ms);
    shares.roster_ms = roster(journal);
    shares
}

/// What a piece of time is called in reports.
pub(crate) fn label(name: Option<SpanName>) -> &'static str {
    match name {
        Some(SpanName::Boot) => "the app boots",
        Some(SpanName::Stop) => "the app stops",
        Some(SpanName::Restore) => "the app's volumes are restored",
        Some(SpanName::DeclaredWait) => "waits that the manifest declares",
        Some(SpanName::Hook) => "the app's backup and restore hooks",
        Some(SpanName::Canary) => "canaries are written and read",
        Some(SpanName::Snapshot) => "snapshots are taken",
        Some(SpanName::Clone) => "volumes are copied",
        Some(SpanName::Prepare) => "sandboxes are made",
        Some(SpanName::Harm) => "faults are injected",
        Some(SpanName::Observe) => "the engine is observed",
        Some(SpanName::CleanUp) => "sandboxes are removed",
        Some(SpanName::Build) => "images are built",
        None => "everything else of the suite",
    }
}

fn is_own(name: Option<SpanName>) -> bool {
    name.is_some_and(SpanName::is_apps_own)
}

fn spans(entries: &[Entry]) -> impl Iterator<Item = (Option<&str>, Interval)> {
    entries.iter().filter_map(|entry| match entry.event {
        Event::Span { name, from_ms, to_ms } if from_ms < to_ms => {
            Some((entry.drill.as_deref(), Interval { name, from_ms, to_ms }))
        }
        _ => None,
    })
}

fn spans_of(journal: &Journal, drill: Option<&str>) -> Vec<Interval> {
    spans(&journal.entries).filter(|(owner, _)| *owner == drill).map(|(_, span)| span).collect()
}

fn builds(journal: &Journal) -> Vec<Interval> {
    spans(&journal.entries).map(|(_, span)| span).filter(|span| span.name == SpanName::Build).collect()
}

/// Start and duration of the first cold boot.
fn first_boot(journal: &Journal) -> Option<(u64, u64)> {
    let boots = spans(&journal.entries).map(|(_, span)| span).filter(|span| span.name == SpanName::Boot);
    let first = boots.min_by_key(|span| span.from_ms)?;
    let measured = journal.entries.iter().find_map(|entry| match &entry.event {
        Event::Baseline(baseline) => baseline.boots_ms.first().copied(),
        _ => None,
    });
    Some((first.from_ms, measured.unwrap_or(first.to_ms - first.from_ms)))
}

fn roster(journal: &Journal) -> Option<u64> {
    let (from_ms, _) = first_boot(journal)?;
    let to_ms = path::last_drill_end(journal)?;
    let within = |span: Interval| span.clipped(from_ms, to_ms);
    let built: Vec<Interval> = builds(journal).into_iter().filter_map(within).collect();
    Some(to_ms.saturating_sub(from_ms).saturating_sub(union(&built)))
}

#[cfg(test)]
mod tests;
