//! `cold-boot`: start from the image alone, on empty volumes.

use std::collections::BTreeSet;

use civic_contract::journal::{Entry, Event};
use civic_contract::verdict::{Finding, Outcome, Verdict};
use futures_util::future::BoxFuture;

use super::{Drill, Ground};
use crate::engine::EngineError;
use crate::judge::{Bench, Case};
use crate::stage::Stage;

/// Judges the cold boots that every run makes for its baseline.
pub struct ColdBoot;

const DONE: &str = "docker compose down --volumes && docker compose up";
const CAUSE: &str =
    "The app expects something that an empty volume does not have, or a dependency that is not ready yet.";
const FIX: &str = "Make the first start complete by itself: create schema and folders at start or in a release job, \
                   and wait for dependencies with a retry instead of exiting.";

impl Drill for ColdBoot {
    fn id(&self) -> &'static str {
        "cold-boot"
    }

    fn ground(&self) -> Ground {
        Ground::Baseline
    }

    fn perform<'a>(&'a self, _stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async { Ok(()) })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open_before_baseline(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        let boots: Vec<u64> = case.shared().filter_map(ready_ms).collect();
        bench.measured().boot_ms = boots.iter().max().copied();
        let mut told = BTreeSet::new();
        for entry in case.shared() {
            match &entry.event {
                // A crash loop is one finding, not one for each turn.
                Event::Exited { service, code, by_suite: false, .. } if !told.insert((service, code)) => {}
                _ => blame_entry(&mut bench, case, entry),
            }
        }
        let wanted = if case.start().quick { 1 } else { 3 };
        let sandboxes: BTreeSet<_> = case
            .shared()
            .filter(|entry| ready_ms(entry).is_some())
            .filter_map(|entry| entry.sandbox.as_deref())
            .collect();
        if sandboxes.len() < wanted {
            bench.doubt(format!("Only {} of {wanted} cold boots came to their end.", sandboxes.len()));
        }
        let slowest = boots.iter().max().copied().unwrap_or(0) as f64 / 1000.0;
        bench.close(format!("Ready from nothing each time, in {slowest:.1} s at most."))
    }
}

fn ready_ms(entry: &Entry) -> Option<u64> {
    match entry.event {
        Event::Ready { took_ms, .. } => Some(took_ms),
        _ => None,
    }
}

fn exits_like(case: &Case<'_>, wanted: &str, wanted_code: i64) -> usize {
    let alike = |entry: &&Entry| matches!(&entry.event, Event::Exited { service, code, by_suite: false, .. } if service == wanted && *code == wanted_code);
    case.shared().filter(alike).count()
}

fn blame_entry(bench: &mut Bench<'_>, case: &Case<'_>, entry: &Entry) {
    let (headline, expected, seen) = match &entry.event {
        Event::Exited { service, code, by_suite: false, .. } => (
            format!("Service {service} ended with exit code {code} before it was ready."),
            format!("Service {service} starts once and keeps running."),
            match exits_like(case, service, *code) {
                1 => format!("It ended with exit code {code} and had to be started again."),
                times => format!("It ended {times} times with exit code {code} and had to be started again."),
            },
        ),
        Event::NotReady { service, waited_ms, reason, .. } => (
            format!("Service {service} did not become ready: {reason}."),
            format!("Service {service} is ready within the deadline."),
            format!("Not ready after {:.1} s: {reason}", *waited_ms as f64 / 1000.0),
        ),
        _ => return,
    };
    let deadline = match &entry.event {
        Event::NotReady { deadline_ms, .. } => {
            Some(format!("{} s, what civic.toml allows for a cold boot (tolerance.boot)", deadline_ms / 1000))
        }
        _ => None,
    };
    let finding = Finding {
        done: DONE.into(),
        expected,
        seen,
        deadline,
        logs: case.log_of(case.shared()),
        cause: CAUSE.into(),
        fix: FIX.into(),
        ..Finding::default()
    };
    bench.blame(Outcome::Fail, headline, finding);
}
