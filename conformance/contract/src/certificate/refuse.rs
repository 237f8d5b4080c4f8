//! The reasons for which a run gets no certificate.

use std::collections::BTreeSet;

use crate::catalogue::{self, CATALOGUE};
use crate::journal::{Event, Journal};
use crate::verdict::{Outcome, Verdict};

use super::facts::{images, outcomes};
use super::level;

/// Lists every reason against a certificate, each as one plain sentence; none means that it may be issued.
///
/// The plan is the journal's own: its roster and exemptions must cover every drill that this version performs,
/// every planned drill must have been carried out and have passed, and nothing else may have been judged.
pub fn reasons(journal: &Journal, verdicts: &[Verdict]) -> Vec<String> {
    let mut reasons = of_the_run(journal);
    reasons.extend(of_the_plan(journal));
    reasons.extend(of_the_drills(journal, verdicts));
    reasons.extend(of_strangers(journal, verdicts));
    let start = journal.start();
    if reasons.is_empty() && level::reached(&outcomes(start, verdicts), &start.canary).is_none() {
        reasons.push("No drill of level C1 passed, so there is no level to certify.".into());
    }
    reasons
}

fn of_the_run(journal: &Journal) -> Vec<String> {
    let mut reasons = Vec::new();
    if journal.cut_off || !ended(journal) {
        reasons.push("The run did not come to its end: its journal is cut off.".into());
    } else if !journal.is_complete() {
        reasons.push("The run was interrupted.".into());
    }
    if journal.start().quick {
        reasons.push(
            "This was a quick run. It repeats too little to certify; run it again without `--quick`.".into(),
        );
    }
    if images(journal).is_empty() {
        reasons.push("The journal names no image, so there is nothing to certify.".into());
    }
    reasons.extend(static_errors(journal));
    reasons
}

fn ended(journal: &Journal) -> bool {
    matches!(journal.entries.last().map(|entry| &entry.event), Some(Event::RunEnded { .. }))
}

fn static_errors(journal: &Journal) -> impl Iterator<Item = String> {
    journal.entries.iter().filter_map(|entry| match &entry.event {
        Event::Checked(finding) if finding.error => {
            Some(format!("The static check {} found an error: {}", finding.check, finding.message))
        }
        _ => None,
    })
}

fn of_the_plan(journal: &Journal) -> Vec<String> {
    let start = journal.start();
    let mut reasons = Vec::new();
    let planned =
        |id: &str| start.roster.iter().any(|planned| planned == id) || start.exempt.contains_key(id);
    let missing = CATALOGUE.iter().filter(|entry| entry.performed && !planned(entry.id));
    let missing: Vec<&str> = missing.map(|entry| entry.id).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        reasons.push(format!(
            "Only a part of the drills was planned; left out: {missing}. Run it again without `--only`."
        ));
    }
    for id in start.roster.iter().filter(|id| catalogue::find(id).is_none()) {
        reasons.push(format!("The drill {id} was planned, and this version of civic does not know it."));
    }
    for (id, _) in start.exempt.iter().filter(|(_, reason)| reason.trim().is_empty()) {
        reasons.push(format!("The exemption from {id} gives no reason."));
    }
    reasons
}

fn of_the_drills(journal: &Journal, verdicts: &[Verdict]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let planned = journal.start().roster.iter().filter(|id| seen.insert(*id));
    planned.filter_map(|id| of_one_drill(journal, verdicts, id)).collect()
}

fn of_one_drill(journal: &Journal, verdicts: &[Verdict], id: &str) -> Option<String> {
    let mut own = verdicts.iter().filter(|verdict| verdict.drill == id);
    let Some(verdict) = own.next() else {
        return Some(format!("The drill {id} was planned and has no verdict."));
    };
    if own.next().is_some() {
        return Some(format!("The drill {id} has more than one verdict."));
    }
    let headline = &verdict.headline;
    match verdict.outcome {
        Outcome::Pass if !was_performed(journal, id) => Some(format!(
            "The drill {id} is said to have passed, and the journal does not show that it was performed."
        )),
        Outcome::Pass => None,
        Outcome::Exempt if journal.start().exempt.contains_key(id) => None,
        Outcome::Exempt => Some(format!("The drill {id} was left out without an exemption in civic.toml.")),
        Outcome::Fail => Some(format!("The app failed {id}: {headline}")),
        Outcome::Unsound => Some(format!("The drill {id} is unsound: {headline}")),
        Outcome::InfraError => Some(format!("The laboratory broke during {id}: {headline}")),
        Outcome::Inconclusive => Some(format!("The drill {id} is inconclusive: {headline}")),
    }
}

/// After an infrastructure error a drill begins again, so what counts is how its last attempt ended.
fn was_performed(journal: &Journal, id: &str) -> bool {
    let own = journal.entries.iter().filter(|entry| entry.drill.as_deref() == Some(id));
    let mut bounds =
        own.filter(|entry| matches!(entry.event, Event::DrillStarted { .. } | Event::DrillEnded));
    bounds.next_back().is_some_and(|entry| entry.event == Event::DrillEnded)
}

fn of_strangers(journal: &Journal, verdicts: &[Verdict]) -> Vec<String> {
    let start = journal.start();
    let known = |id: &String| start.roster.contains(id) || start.exempt.contains_key(id);
    let strangers: BTreeSet<&String> =
        verdicts.iter().map(|verdict| &verdict.drill).filter(|id| !known(id)).collect();
    strangers.into_iter().map(|id| format!("There is a verdict for {id}, which was not planned.")).collect()
}
