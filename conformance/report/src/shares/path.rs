//! The critical path: which drill waited for which.

use std::collections::BTreeMap;

use civic_contract::journal::{Entry, Event, Journal};

/// One link of the path. Links touch each other and cover the run from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link<'a> {
    /// The drill; `None` for the run's own work.
    pub(super) drill: Option<&'a str>,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// Walks back from the end of the run. What ended last before a drill started is what it had waited for.
pub(super) fn links(journal: &Journal) -> Vec<Link<'_>> {
    let mut attempts = attempts(journal);
    attempts.sort_by_key(|attempt| attempt.to_ms);
    let mut cursor = journal.entries.iter().map(|entry| entry.at_ms).max().unwrap_or(0);
    let mut links = Vec::new();
    while let Some(attempt) = attempts.pop() {
        if attempt.to_ms > cursor {
            continue;
        }
        links.push(Link { drill: None, from_ms: attempt.to_ms, to_ms: cursor });
        links.push(attempt);
        cursor = attempt.from_ms;
    }
    links.push(Link { drill: None, from_ms: 0, to_ms: cursor });
    links.retain(|link| link.from_ms < link.to_ms);
    links.reverse();
    links
}

/// When the last drill ended.
pub(super) fn last_drill_end(journal: &Journal) -> Option<u64> {
    attempts(journal).iter().map(|attempt| attempt.to_ms).max()
}

/// Every attempt at every drill, from its start to the last thing that was noted of it.
fn attempts(journal: &Journal) -> Vec<Link<'_>> {
    let mut attempts: Vec<Link<'_>> = Vec::new();
    let mut current: BTreeMap<&str, usize> = BTreeMap::new();
    for Entry { at_ms, drill, event, .. } in &journal.entries {
        // Judging may wait until all drills have ended.
        let Some(id) = drill.as_deref().filter(|_| !matches!(event, Event::Judged { .. })) else { continue };
        match current.get(id) {
            Some(index) if !matches!(event, Event::DrillStarted { .. }) => {
                attempts[*index].to_ms = attempts[*index].to_ms.max(*at_ms);
            }
            _ => {
                current.insert(id, attempts.len());
                attempts.push(Link { drill: Some(id), from_ms: *at_ms, to_ms: *at_ms });
            }
        }
    }
    attempts
}
