//! The ledger of canaries, rebuilt from the journal, and what a read-back says about it.

use std::collections::{BTreeMap, BTreeSet};

use civic_contract::journal::{Entry, Event};

/// One canary in the ledger; times in milliseconds since the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its nonce.
    pub nonce: String,
    /// When the write was sent.
    pub invoked_ms: u64,
    /// When the app acknowledged it; `None` when it never did.
    pub acknowledged_ms: Option<u64>,
}

/// All canaries that one sandbox's data may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    written: BTreeMap<u32, Written>,
}

/// What a read-back lacks or has too much of. Numbers of canaries, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loss {
    /// Acknowledged, had to come back, and did not.
    pub lost: Vec<u32>,
    /// Acknowledged after the snapshot began and not back: allowed, and measured.
    pub forgone: Vec<u32>,
    /// Back with another nonce.
    pub corrupt: Vec<u32>,
    /// Back and never written.
    pub phantom: Vec<u32>,
    /// Acknowledged before a survivor was sent, and not back: a torn cut.
    pub torn: Vec<u32>,
    /// When the newest survivor was acknowledged.
    pub newest_survivor_ms: Option<u64>,
}

impl Loss {
    /// Whether nothing is wrong with the read-back.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.corrupt.is_empty() && self.phantom.is_empty() && self.torn.is_empty()
    }
}

impl Ledger {
    /// Everything written into a sandbox up to `until_ms`, and before that into the ones it was cloned from.
    pub fn of(entries: &[&Entry], sandbox: &str, until_ms: u64) -> Self {
        let mut ledger = Self::default();
        let (mut current, mut until) = (Some(sandbox), until_ms);
        let mut seen = BTreeSet::new();
        while let Some(name) = current.filter(|name| seen.insert(*name)) {
            ledger.absorb(entries, name, until);
            let made = entries.iter().find_map(|entry| match &entry.event {
                Event::SandboxMade { cloned_from } if entry.sandbox.as_deref() == Some(name) => {
                    Some((cloned_from.as_deref(), entry.at_ms))
                }
                _ => None,
            });
            // What the origin got after the clone was made is not in the clone.
            (current, until) = made.unwrap_or((None, until));
        }
        ledger
    }

    fn absorb(&mut self, entries: &[&Entry], sandbox: &str, until_ms: u64) {
        let own = entries
            .iter()
            .filter(|entry| entry.sandbox.as_deref() == Some(sandbox) && entry.at_ms <= until_ms);
        for entry in own {
            match &entry.event {
                Event::Invoked { id, nonce } => {
                    let written =
                        Written { nonce: nonce.clone(), invoked_ms: entry.at_ms, acknowledged_ms: None };
                    self.written.insert(*id, written);
                }
                Event::Acknowledged { id } => {
                    if let Some(written) = self.written.get_mut(id) {
                        written.acknowledged_ms = Some(entry.at_ms);
                    }
                }
                _ => {}
            }
        }
    }

    /// A canary by number.
    pub fn get(&self, id: u32) -> Option<&Written> {
        self.written.get(&id)
    }

    /// All canaries by number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Written)> {
        self.written.iter().map(|(id, written)| (*id, written))
    }

    /// How many were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.written.values().filter(|written| written.acknowledged_ms.is_some()).count()
    }

    /// How many were never acknowledged: refused, or of unknown outcome. Either may be in the data.
    pub fn uncertain(&self) -> usize {
        self.written.len() - self.acknowledged()
    }

    /// Judges a read-back. With `cut_ms`, the moment a snapshot began, only what was acknowledged before it has
    /// to be there; without, everything acknowledged has to be.
    pub fn compare(&self, records: &[(u32, String)], cut_ms: Option<u64>) -> Loss {
        let mut loss = Loss::default();
        let found: BTreeMap<u32, &str> = records.iter().map(|(id, nonce)| (*id, nonce.as_str())).collect();
        for (id, nonce) in &found {
            match self.written.get(id) {
                None => loss.phantom.push(*id),
                Some(written) if written.nonce != *nonce => loss.corrupt.push(*id),
                Some(written) => {
                    loss.newest_survivor_ms = loss.newest_survivor_ms.max(written.acknowledged_ms);
                }
            }
        }
        let newest_sent = found.keys().filter_map(|id| Some(self.written.get(id)?.invoked_ms)).max();
        for (id, written) in &self.written {
            let Some(acknowledged) = written.acknowledged_ms.filter(|_| !found.contains_key(id)) else {
                continue;
            };
            if cut_ms.is_none_or(|cut| acknowledged < cut) {
                loss.lost.push(*id);
            } else if newest_sent.is_some_and(|sent| acknowledged < sent) {
                loss.torn.push(*id);
            } else {
                loss.forgone.push(*id);
            }
        }
        // The same number twice with different nonces: the map kept one, the other is corrupt all the same.
        loss.corrupt.extend(doubled(records));
        loss.corrupt.sort_unstable();
        loss.corrupt.dedup();
        loss
    }
}

fn doubled(records: &[(u32, String)]) -> Vec<u32> {
    let distinct: BTreeSet<&(u32, String)> = records.iter().collect();
    let mut seen = BTreeSet::new();
    distinct.into_iter().filter(|(id, _)| !seen.insert(*id)).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(at_ms: u64, sandbox: &str, event: Event) -> Entry {
        Entry { at_ms, drill: None, sandbox: Some(sandbox.into()), event }
    }

    fn wrote(sandbox: &str, id: u32, invoked: u64, acknowledged: Option<u64>) -> Vec<Entry> {
        let mut entries = vec![entry(invoked, sandbox, Event::Invoked { id, nonce: format!("N{id}") })];
        entries.extend(acknowledged.map(|at| entry(at, sandbox, Event::Acknowledged { id })));
        entries
    }

    fn ledger(entries: &[Entry], sandbox: &str) -> Ledger {
        Ledger::of(&entries.iter().collect::<Vec<_>>(), sandbox, u64::MAX)
    }

    fn back(ids: &[u32]) -> Vec<(u32, String)> {
        ids.iter().map(|id| (*id, format!("N{id}"))).collect()
    }

    #[test]
    fn everything_acknowledged_has_to_be_there() {
        let entries =
            [wrote("a", 1, 0, Some(5)), wrote("a", 2, 6, Some(9)), wrote("a", 3, 10, None)].concat();
        let ledger = ledger(&entries, "a");
        assert!(ledger.compare(&back(&[1, 2]), None).is_clean());
        assert!(ledger.compare(&back(&[1, 2, 3]), None).is_clean(), "an unknown outcome may be either");
        assert_eq!(ledger.compare(&back(&[1]), None).lost, [2]);
        assert_eq!(ledger.compare(&[], None).lost, [1, 2]);
    }

    #[test]
    fn what_came_after_the_snapshot_is_forgone_and_not_lost() {
        let entries = [wrote("a", 1, 0, Some(5)), wrote("a", 2, 16, Some(19))].concat();
        let loss = ledger(&entries, "a").compare(&back(&[1]), Some(10));
        assert!(loss.is_clean());
        assert_eq!((loss.forgone, loss.newest_survivor_ms), (vec![2], Some(5)));
    }

    #[test]
    fn a_survivor_that_was_sent_later_than_a_missing_one_was_acknowledged_is_a_torn_cut() {
        let entries = [wrote("a", 1, 11, Some(12)), wrote("a", 2, 13, Some(14))].concat();
        let loss = ledger(&entries, "a").compare(&back(&[2]), Some(10));
        assert_eq!(loss.torn, [1]);
    }

    #[test]
    fn other_nonces_and_unknown_numbers_are_noticed() {
        let entries = wrote("a", 1, 0, Some(5));
        let ledger = ledger(&entries, "a");
        assert_eq!(ledger.compare(&[(1, "OTHER".into())], None).corrupt, [1]);
        assert_eq!(ledger.compare(&[(1, "N1".into()), (1, "OTHER".into())], None).corrupt, [1]);
        assert_eq!(ledger.compare(&back(&[1, 9]), None).phantom, [9]);
    }

    #[test]
    fn a_clone_holds_what_its_origin_had_when_it_was_made() {
        let mut entries = wrote("baseline", 1, 0, Some(5));
        entries.push(entry(10, "b", Event::SandboxMade { cloned_from: Some("baseline".into()) }));
        entries.extend(wrote("baseline", 2, 20, Some(25)));
        entries.extend(wrote("b", 3, 30, Some(35)));
        let ids: Vec<u32> = ledger(&entries, "b").iter().map(|(id, _)| id).collect();
        assert_eq!(ids, [1, 3]);
    }

    #[test]
    fn sandboxes_that_claim_to_be_clones_of_each_other_end() {
        let made =
            |name: &str, from: &str| entry(0, name, Event::SandboxMade { cloned_from: Some(from.into()) });
        assert_eq!(ledger(&[made("a", "b"), made("b", "a")], "a"), Ledger::default());
    }

    proptest! {
        #[test]
        fn a_full_read_back_is_always_clean(times in proptest::collection::vec((0u64..50, 0u64..50), 0..20), cut in proptest::option::of(0u64..100)) {
            let entries: Vec<Entry> = times.iter().enumerate()
                .flat_map(|(id, (at, took))| wrote("a", id as u32, *at, Some(at + took))).collect();
            let ids: Vec<u32> = (0..times.len() as u32).collect();
            let loss = ledger(&entries, "a").compare(&back(&ids), cut);
            prop_assert!(loss.is_clean() && loss.forgone.is_empty());
        }

        #[test]
        fn whatever_is_missing_is_named_once(times in proptest::collection::vec((0u64..50, 0u64..50), 1..20), kept in any::<u32>(), cut in proptest::option::of(0u64..100)) {
            let entries: Vec<Entry> = times.iter().enumerate()
                .flat_map(|(id, (at, took))| wrote("a", id as u32, *at, Some(at + took))).collect();
            let ids: Vec<u32> = (0..times.len() as u32).filter(|id| kept >> id & 1 == 1).collect();
            let loss = ledger(&entries, "a").compare(&back(&ids), cut);
            let mut named = [loss.lost, loss.forgone, loss.torn].concat();
            named.sort_unstable();
            let missing: Vec<u32> = (0..times.len() as u32).filter(|id| !ids.contains(id)).collect();
            prop_assert_eq!(named, missing);
        }
    }
}
