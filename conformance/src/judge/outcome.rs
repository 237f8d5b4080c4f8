//! The bench on which a judge builds its verdict: starts as inconclusive, the worst word wins.

use civic_contract::journal::{Event, Journal};
use civic_contract::verdict::{Finding, Measured, Outcome, Verdict};

use super::case::{Case, Reading};
use super::ledger::Loss;

/// Fewer acknowledged canaries prove nothing.
const LEAST_ACKNOWLEDGED: u64 = 3;

/// What a drill knows about the causes of its failures.
#[derive(Debug, Clone, Copy)]
pub struct Advice {
    /// The likely cause, in plain words.
    pub cause: &'static str,
    /// What to change.
    pub fix: &'static str,
}

const PAGE_GONE: Advice = Advice {
    cause: "The page needs something that only the harmed container had, or the app says that it is ready before it is.",
    fix: "Put everything that the page needs into the image, and let the readiness probe ask for this page.",
};

/// Collects what speaks against an app, and turns it into a verdict.
pub struct Bench<'a> {
    case: &'a Case<'a>,
    outcome: Outcome,
    headline: Option<String>,
    findings: Vec<Finding>,
    measured: Measured,
}

impl<'a> Bench<'a> {
    /// Begins with what makes every drill inconclusive; `Err` is the verdict when there is nothing more to say.
    ///
    /// # Errors
    /// The final verdict: nothing recorded, a broken laboratory, an app that never started.
    pub fn open(case: &'a Case<'a>) -> Result<Self, Verdict> {
        let bench = Self::open_before_baseline(case)?;
        if case.baseline().is_none() {
            return Err(bench.never_started());
        }
        Ok(bench)
    }

    /// Nothing was tried: says why the app did not start, for whoever asked for this drill alone.
    fn never_started(mut self) -> Verdict {
        let why = self.case.shared().find_map(|entry| match &entry.event {
            Event::NotReady { service, reason, .. } => {
                Some(format!("service {service} was not ready: {reason}"))
            }
            _ => None,
        });
        let headline = "The app never started, so nothing could be tried.";
        if let Some(seen) = why {
            let finding = Finding {
                done: "docker compose down --volumes && docker compose up".into(),
                expected: "The app starts from its images alone, on empty volumes.".into(),
                seen,
                logs: self.case.log_of(self.case.shared()),
                cause: "The first start of all fails; see the drill cold-boot.".into(),
                fix: "Mend that first: `civic explain cold-boot`.".into(),
                ..Finding::default()
            };
            self.blame(Outcome::Inconclusive, headline, finding);
        }
        self.end(Outcome::Inconclusive, headline.into())
    }

    /// As [`Bench::open`], for the drill that judges the baseline itself.
    ///
    /// # Errors
    /// As [`Bench::open`].
    pub fn open_before_baseline(case: &'a Case<'a>) -> Result<Self, Verdict> {
        let (acknowledged, unknown) = case.written_here();
        let measured = Measured {
            acknowledged,
            unknown,
            rto_ms: case.longest_outage_ms(),
            boot_ms: case.slowest_boot_ms(),
            ..Measured::default()
        };
        let bench = Self { case, outcome: Outcome::Pass, headline: None, findings: Vec::new(), measured };
        if let Some(message) = case.infra_error() {
            return Err(bench.end(Outcome::InfraError, format!("The laboratory broke: {message}.")));
        }
        Ok(bench)
    }

    /// As [`Bench::open`], for a drill that harms an app whose canary operations are known to work.
    ///
    /// # Errors
    /// As [`Bench::open`].
    pub fn open_with_canaries(case: &'a Case<'a>) -> Result<Self, Verdict> {
        let bench = Self::open(case)?;
        if !case.seed_is_intact() {
            let reason = match case.serves_a_page() {
                true => {
                    "The page does not come as expected from an unharmed app (see deaf-probe), so no harm can be told."
                }
                false => {
                    "The canary operations do not work on an unharmed app (see deaf-probe), so no loss can be told."
                }
            };
            return Err(bench.end(Outcome::Inconclusive, reason.into()));
        }
        Ok(bench)
    }

    /// What is measured.
    pub fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }

    /// Something makes this outcome at least; the first sentence of the worst one is the headline.
    pub fn blame(&mut self, outcome: Outcome, headline: impl Into<String>, finding: Finding) {
        if outcome > self.outcome {
            self.outcome = outcome;
            self.headline = Some(headline.into());
        }
        let rerun = format!(
            "civic certify {} --only {} --seed {}",
            self.project(),
            self.case.drill(),
            self.case.start().seed
        );
        self.findings.push(Finding { rerun, ..finding });
    }

    /// The drill proved nothing, for this reason.
    pub fn doubt(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        let finding = Finding {
            done: format!("civic certify {} --only {}", self.project(), self.case.drill()),
            expected: "A fault that took effect, and canaries that were acknowledged.".into(),
            seen: reason.clone(),
            cause: "The drill could not be carried through here.".into(),
            fix: "Run it again; if it stays like this, read this drill's page.".into(),
            ..Finding::default()
        };
        self.blame(Outcome::Inconclusive, reason, finding);
    }

    /// Doubts unless enough canaries were acknowledged, they were asked for, and the drill came to its end.
    pub fn demand_substance(&mut self) {
        let served = self.case.serves_a_page();
        let acknowledged = self.measured.acknowledged;
        if acknowledged < LEAST_ACKNOWLEDGED && self.outcome == Outcome::Pass {
            let few = match served {
                true => format!(
                    "The page came {acknowledged} times, and {LEAST_ACKNOWLEDGED} times are the least that prove anything."
                ),
                false => format!(
                    "Only {acknowledged} canaries were acknowledged, and {LEAST_ACKNOWLEDGED} are the least that prove anything."
                ),
            };
            self.doubt(few);
        }
        let asked = self.case.own().any(|entry| self.case.is_answer(&entry.event));
        if !asked && self.outcome == Outcome::Pass {
            self.doubt(format!(
                "Nobody asked for the {} afterwards.",
                if served { "page" } else { "canaries" }
            ));
        }
        if !self.case.was_performed() && self.outcome == Outcome::Pass {
            self.doubt("The drill was not performed to its end.");
        }
    }

    /// Fails for every boot of the drill that was not ready in time.
    pub fn demand_readiness(&mut self, done: &str, advice: Advice) {
        let late: Vec<_> = self
            .case
            .own()
            .filter_map(|entry| match &entry.event {
                Event::NotReady { service, waited_ms, deadline_ms, reason } => {
                    Some((service.clone(), *waited_ms, *deadline_ms, reason.clone()))
                }
                _ => None,
            })
            .collect();
        for (service, waited_ms, deadline_ms, reason) in late {
            let finding = Finding {
                done: done.into(),
                expected: format!("Service {service} is ready again within {} s.", deadline_ms / 1000),
                seen: format!("Not ready after {:.1} s: {reason}", waited_ms as f64 / 1000.0),
                deadline: self.case.baseline().map(|baseline| baseline.derivation.clone()),
                logs: self.case.last_log(),
                cause: advice.cause.into(),
                fix: advice.fix.into(),
                ..Finding::default()
            };
            self.blame(Outcome::Fail, format!("Service {service} did not become ready: {reason}."), finding);
        }
    }

    /// Fails for every read-back that was refused or lacks what it has to have.
    pub fn demand_canaries(&mut self, done: &str, cut_ms: Option<u64>, advice: Advice) {
        let advice = if self.case.serves_a_page() { PAGE_GONE } else { advice };
        for entry in self.case.own() {
            if let Event::ReadFailed { after, reason } = &entry.event {
                let expected = match self.case.serves_a_page() {
                    true => format!("The page comes as civic.toml expects it, {after}."),
                    false => format!("The app gives its canaries back {after}."),
                };
                let finding = Finding {
                    done: done.into(),
                    expected,
                    seen: reason.clone(),
                    logs: self.case.last_log(),
                    cause: advice.cause.into(),
                    fix: advice.fix.into(),
                    ..Finding::default()
                };
                self.blame(Outcome::Fail, format!("The app did not answer {after}: {reason}."), finding);
            }
        }
        for reading in self.case.readings(self.case.own(), cut_ms) {
            self.weigh(done, &reading, advice);
        }
    }

    /// Fails when the app refused a canary although nothing was done to it but the drill's confinement.
    pub fn demand_writes(&mut self, done: &str, advice: Advice) {
        let refused: Vec<_> = self
            .case
            .own()
            .filter_map(|entry| match &entry.event {
                Event::WriteFailed { id, reason } | Event::WriteUnknown { id, reason } => {
                    Some((*id, reason.clone()))
                }
                _ => None,
            })
            .collect();
        let Some((_, reason)) = refused.first() else { return };
        let count = refused.len();
        let (expected, headline) = match self.case.serves_a_page() {
            true => (
                "The page comes as it does otherwise.",
                format!("The page did not come as expected, {count} times: {reason}."),
            ),
            false => (
                "The app acknowledges canaries as it does otherwise.",
                format!("The app refused {count} of its canaries: {reason}."),
            ),
        };
        let examples = refused.iter().take(3).filter(|_| !self.case.serves_a_page());
        let finding = Finding {
            done: done.into(),
            expected: expected.into(),
            seen: reason.clone(),
            canaries: examples.map(|(id, _)| format!("{id:07}")).collect(),
            logs: self.case.last_log(),
            cause: advice.cause.into(),
            fix: advice.fix.into(),
            ..Finding::default()
        };
        self.blame(Outcome::Fail, headline, finding);
    }

    fn weigh(&mut self, done: &str, reading: &Reading<'_>, advice: Advice) {
        let loss = &reading.loss;
        self.measured.lost = self.measured.lost.max((loss.lost.len() + loss.torn.len()) as u64);
        self.measured.forgone = self.measured.forgone.max(loss.forgone.len() as u64);
        if loss.is_clean() {
            return;
        }
        let (seen, examples) = describe(loss);
        let finding = Finding {
            done: done.into(),
            expected: format!(
                "Every canary acknowledged before is back {}, with its own nonce.",
                reading.after
            ),
            seen: seen.clone(),
            canaries: examples.iter().take(3).map(|id| format!("{id:07}")).collect(),
            logs: self.case.last_log(),
            cause: advice.cause.into(),
            fix: advice.fix.into(),
            ..Finding::default()
        };
        self.blame(Outcome::Fail, format!("{seen} {}.", reading.after), finding);
    }

    /// The verdict, with this headline when nothing spoke against the app.
    pub fn close(self, passed: impl Into<String>) -> Verdict {
        let outcome = self.outcome;
        let headline = self.headline.clone().unwrap_or_else(|| passed.into());
        self.end(outcome, headline)
    }

    /// As [`Bench::close`], with another headline for an app whose canary is a page: it must not speak of data.
    pub fn close_as(self, records: impl Into<String>, page: impl Into<String>) -> Verdict {
        let passed = if self.case.serves_a_page() { page.into() } else { records.into() };
        self.close(passed)
    }

    fn end(self, outcome: Outcome, headline: String) -> Verdict {
        let drill = self.case.drill().to_owned();
        Verdict { drill, outcome, headline, findings: self.findings, measured: self.measured }
    }

    fn project(&self) -> String {
        quoted(&self.case.start().project)
    }
}

/// A path as one word for a POSIX shell: readers paste commands.
fn quoted(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./-+:,@%".contains(letter);
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

fn describe(loss: &Loss) -> (String, &[u32]) {
    let many = |count: usize| if count == 1 { "1 canary".to_owned() } else { format!("{count} canaries") };
    let parts = [
        (&loss.lost, "lost"),
        (&loss.corrupt, "changed"),
        (&loss.phantom, "came from nowhere"),
        (&loss.torn, "missing between survivors (a torn cut)"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(ids, _)| !ids.is_empty())
        .map(|(ids, what)| format!("{} {what}", many(ids.len())))
        .collect();
    let examples = parts.iter().find(|(ids, _)| !ids.is_empty()).map_or(&[][..], |(ids, _)| ids.as_slice());
    (said.join(", "), examples)
}

/// Judges every planned drill of a journal; a judge that panics makes its drill inconclusive, never a pass.
pub fn judge_all(journal: &Journal, roster: &[&dyn crate::drills::Drill]) -> Vec<Verdict> {
    let planned = journal.start().roster.iter();
    planned.map(|id| judge_one(journal, id, roster)).collect()
}

/// Judges one drill of a journal.
pub fn judge_one(journal: &Journal, id: &str, roster: &[&dyn crate::drills::Drill]) -> Verdict {
    let inconclusive = |headline: &str| Verdict {
        drill: id.into(),
        outcome: Outcome::Inconclusive,
        headline: headline.into(),
        findings: Vec::new(),
        measured: Measured::default(),
    };
    let Some(drill) = roster.iter().find(|drill| drill.id() == id) else {
        return inconclusive("This version of civic has no such drill.");
    };
    let case = Case::new(journal, id);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drill.judge(&case))).unwrap_or_else(|_| {
        inconclusive("The judge of this drill failed on the journal: a defect of civic, please report it.")
    })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_in_a_command_is_one_word_for_a_shell() {
        assert_eq!(quoted("examples/courtbot"), "examples/courtbot");
        assert_eq!(quoted("our app"), "'our app'");
        assert_eq!(quoted("it's $(id)"), r"'it'\''s $(id)'");
        assert_eq!(quoted("--help"), "./--help");
    }
}
