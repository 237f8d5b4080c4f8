//! What a judge has before it: the run's aims and the entries of one drill and the shared baseline.

use civic_contract::journal::{Baseline, Entry, Event, Journal, RunStarted};
use civic_contract::manifest::PAGE;

use super::ledger::{Ledger, Loss};
use crate::baseline::AFTER_SEEDING;

/// The case of one drill.
pub struct Case<'a> {
    start: &'a RunStarted,
    drill: &'a str,
    entries: Vec<&'a Entry>,
}

/// A read-back and what it means.
pub struct Reading<'a> {
    /// When the answer came.
    pub at_ms: u64,
    /// Sandbox that was read.
    pub sandbox: &'a str,
    /// What came before.
    pub after: &'a str,
    /// What it lacks.
    pub loss: Loss,
}

impl<'a> Case<'a> {
    /// The case of a drill in a journal. After an infrastructure error only the last attempt counts.
    pub fn new(journal: &'a Journal, drill: &'a str) -> Self {
        let evidence = journal.evidence(drill);
        let own = |entry: &&Entry| entry.drill.is_some();
        let last = evidence
            .iter()
            .rposition(|entry| own(entry) && matches!(entry.event, Event::DrillStarted { .. }))
            .unwrap_or(0);
        let entries = evidence
            .iter()
            .enumerate()
            .filter(|(index, entry)| !own(entry) || *index >= last)
            .map(|(_, entry)| *entry)
            .collect();
        Self { start: journal.start(), drill, entries }
    }

    /// The drill's id.
    pub fn drill(&self) -> &'a str {
        self.drill
    }

    /// What the run set out to do.
    pub fn start(&self) -> &'a RunStarted {
        self.start
    }

    /// The canary is a page: the app keeps no data, and none was at risk.
    pub fn serves_a_page(&self) -> bool {
        self.start.canary == PAGE
    }

    /// The app answered with all its canaries, or with its page.
    pub fn is_answer(&self, event: &Event) -> bool {
        match event {
            Event::ReadBack { .. } => !self.serves_a_page(),
            Event::PageServed { .. } => self.serves_a_page(),
            _ => false,
        }
    }

    /// The drill's own entries, in order.
    pub fn own(&self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries.iter().copied().filter(|entry| entry.drill.is_some())
    }

    /// The baseline's entries, in order.
    pub fn shared(&self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries.iter().copied().filter(|entry| entry.drill.is_none())
    }

    /// The measured cold boots.
    pub fn baseline(&self) -> Option<&'a Baseline> {
        self.shared().find_map(|entry| match &entry.event {
            Event::Baseline(baseline) => Some(baseline),
            _ => None,
        })
    }

    /// The drill was performed to its end.
    pub fn was_performed(&self) -> bool {
        self.own().any(|entry| matches!(entry.event, Event::DrillEnded))
    }

    /// What broke in the laboratory during the last attempt.
    pub fn infra_error(&self) -> Option<&'a str> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::InfraError { message } => Some(message.as_str()),
            _ => None,
        })
    }

    /// The ledger of a sandbox up to a moment.
    pub fn ledger(&self, sandbox: &str, until_ms: u64) -> Ledger {
        Ledger::of(&self.entries, sandbox, until_ms)
    }

    /// The drill's own ledger, of all its sandboxes, up to now.
    pub fn written_here(&self) -> (u64, u64) {
        if self.serves_a_page() {
            // A page that another sandbox served is none of this one's.
            let count =
                |wanted: fn(&Event) -> bool| self.own().filter(|entry| wanted(&entry.event)).count() as u64;
            let served = count(|event| matches!(event, Event::Acknowledged { .. }));
            return (served, count(|event| matches!(event, Event::Invoked { .. })).saturating_sub(served));
        }
        let mut sandboxes: Vec<&str> = self.own().filter_map(|entry| entry.sandbox.as_deref()).collect();
        sandboxes.sort_unstable();
        sandboxes.dedup();
        let ledgers = sandboxes.into_iter().map(|sandbox| self.ledger(sandbox, u64::MAX));
        ledgers.fold((0, 0), |(acknowledged, uncertain), ledger| {
            (acknowledged + ledger.acknowledged() as u64, uncertain + ledger.uncertain() as u64)
        })
    }

    /// Every read-back among `entries`, judged; `cut_ms` as in [`Ledger::compare`].
    pub fn readings(
        &self,
        entries: impl Iterator<Item = &'a Entry>,
        cut_ms: Option<u64>,
    ) -> Vec<Reading<'a>> {
        entries
            .filter_map(|entry| {
                let Event::ReadBack { after, records } = &entry.event else { return None };
                let sandbox = entry.sandbox.as_deref()?;
                let loss = self.ledger(sandbox, entry.at_ms).compare(records, cut_ms);
                Some(Reading { at_ms: entry.at_ms, sandbox, after, loss })
            })
            .collect()
    }

    /// The baseline's seeded canaries were acknowledged and read back whole, or its page was served again and again.
    /// Without this no later loss means anything.
    pub fn seed_is_intact(&self) -> bool {
        if !self.seed_was_acknowledged() {
            return false;
        }
        if self.serves_a_page() {
            let again =
                |event: &Event| matches!(event, Event::PageServed { after } if after == AFTER_SEEDING);
            return self.shared().any(|entry| again(&entry.event));
        }
        let readings = self.readings(self.shared(), None);
        readings.iter().any(|reading| reading.after == AFTER_SEEDING && reading.loss.is_clean())
    }

    /// The app acknowledged canaries while nothing was done to it.
    pub fn seed_was_acknowledged(&self) -> bool {
        self.shared().any(|entry| matches!(entry.event, Event::Acknowledged { .. }))
    }

    /// The longest time from a fault to the next readiness, milliseconds.
    pub fn longest_outage_ms(&self) -> Option<u64> {
        let (mut fault, mut longest) = (None, None);
        for entry in self.own() {
            match &entry.event {
                Event::Harmed { .. } => fault = fault.or(Some(entry.at_ms)),
                Event::Ready { .. } => {
                    longest = longest.max(fault.take().map(|fault| entry.at_ms.saturating_sub(fault)));
                }
                _ => {}
            }
        }
        longest
    }

    /// The slowest boot, milliseconds.
    pub fn slowest_boot_ms(&self) -> Option<u64> {
        let boots = self.own().filter_map(|entry| match entry.event {
            Event::Ready { took_ms, .. } => Some(took_ms),
            _ => None,
        });
        boots.max()
    }

    /// The app's last log lines of the drill, each with its service.
    pub fn last_log(&self) -> Vec<String> {
        self.log_of(self.own())
    }

    /// The last log lines among `entries`, each with its service.
    pub fn log_of(&self, entries: impl DoubleEndedIterator<Item = &'a Entry>) -> Vec<String> {
        let last = entries.rev().find_map(|entry| match &entry.event {
            Event::Log { service, lines } => Some((service, lines)),
            _ => None,
        });
        let (service, lines) = last.unzip();
        let service = service.map_or("", String::as_str);
        lines.into_iter().flatten().map(|line| format!("{service}: {line}")).collect()
    }
}
