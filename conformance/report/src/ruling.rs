//! What a run came to, in sentences that all reports share.

use civic_contract::catalogue::{CATALOGUE, Level};
use civic_contract::certificate::{Certificate, Facts};
use civic_contract::journal::Journal;
use civic_contract::verdict::{Outcome, Verdict};

/// What a run came to.
pub(crate) struct Ruling {
    /// There is a certificate.
    pub(crate) certified: bool,
    /// Level reached.
    pub(crate) level: Option<Level>,
    /// Reasons against a certificate.
    pub(crate) reasons: Vec<String>,
    /// What certificate or refusal states.
    pub(crate) facts: Facts,
}

impl Ruling {
    /// Rules as the certificate does.
    pub(crate) fn of(journal: &Journal, verdicts: &[Verdict]) -> Self {
        match Certificate::issue(journal, verdicts, "") {
            Ok(certificate) => Self {
                certified: true,
                level: Some(certificate.level()),
                reasons: Vec::new(),
                facts: certificate.facts().clone(),
            },
            Err(refusal) => Self {
                certified: false,
                level: refusal.level(),
                reasons: refusal.reasons().to_vec(),
                facts: refusal.facts().clone(),
            },
        }
    }

    /// The verdict in one plain sentence.
    pub(crate) fn sentence(&self) -> String {
        match self.level.filter(|_| self.certified) {
            Some(level) => format!("Certified at level {level} ({}){}.", level.motto(), self.untested(level)),
            None => format!("Not certified{}.", self.why_not()),
        }
    }

    /// Drills that the level asks for and nobody tested: a certificate never lets its reader believe otherwise.
    fn untested(&self, level: Level) -> String {
        let asked = CATALOGUE.iter().filter(|entry| entry.level <= level);
        let open = asked.filter(|entry| self.facts.not_tested.contains_key(entry.id));
        let names: Vec<&str> = open.map(|entry| entry.id).collect();
        match names.split_last() {
            None => String::new(),
            Some((only, [])) => format!(", except {only}, which was not tested"),
            Some((last, others)) => {
                format!(", except {} and {last}, which were not tested", others.join(", "))
            }
        }
    }

    /// `: of 7 drills, 1 failed (hard-kill) and 1 proved nothing (deaf-probe)`
    fn why_not(&self) -> String {
        let said: Vec<String> = [
            (vec![Outcome::Fail], "failed"),
            (vec![Outcome::Unsound, Outcome::Inconclusive], "proved nothing"),
            (vec![Outcome::InfraError], "could not be carried through"),
        ]
        .into_iter()
        .filter_map(|(outcomes, what)| self.told(&outcomes, what))
        .collect();
        let all = self.facts.drills.len();
        let of = format!("of {all} {}", if all == 1 { "drill" } else { "drills" });
        match said.split_last() {
            // The first reason says it; its own full stop makes way for the sentence's.
            None => self.reasons.first().map_or_else(String::new, |reason| {
                let (first, rest) = reason.split_at(reason.chars().next().map_or(0, char::len_utf8));
                format!(": {}{}", first.to_lowercase(), rest.trim_end_matches('.'))
            }),
            Some((last, [])) => format!(": {of}, {last}"),
            Some((last, others)) => format!(": {of}, {} and {last}", others.join(", ")),
        }
    }

    /// The reasons that the sentence does not tell already.
    pub(crate) fn more_reasons(&self) -> &[String] {
        let told = usize::from(self.troubled().next().is_none()).min(self.reasons.len());
        &self.reasons[told..]
    }

    /// Those of them that are about the run as a whole.
    pub(crate) fn general_reasons(&self) -> impl Iterator<Item = &String> {
        self.more_reasons().iter().filter(|reason| !self.troubled().any(|drill| reason.contains(drill)))
    }

    /// Drills that neither passed nor are exempt.
    fn troubled(&self) -> impl Iterator<Item = &str> {
        let troubled = self.facts.drills.iter().filter(|drill| drill.outcome > Outcome::Exempt);
        troubled.map(|drill| drill.drill.as_str()).filter(|drill| !drill.is_empty())
    }

    fn told(&self, outcomes: &[Outcome], what: &str) -> Option<String> {
        let drills = self.facts.drills.iter().filter(|drill| outcomes.contains(&drill.outcome));
        let names: Vec<&str> = drills.map(|drill| drill.drill.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} {what} ({})", names.len(), names.join(", ")))
    }

    /// The level for people: `C2 (dies well)`, `none`.
    pub(crate) fn level_told(&self) -> String {
        self.level.map_or_else(|| "none".into(), |level| format!("{level} ({})", level.motto()))
    }
}

/// The sign beside an outcome's word, so that colour is never alone.
pub fn symbol(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Exempt => "–",
        Outcome::Inconclusive => "?",
        Outcome::InfraError => "~",
        Outcome::Unsound => "!",
        Outcome::Fail => "✗",
    }
}
