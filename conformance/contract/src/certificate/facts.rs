//! What certificates and refusals have in common, all of it taken from the journal and the verdicts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::{self, CATALOGUE, Level};
use crate::journal::{Baseline, EngineFacts, Event, ImageReady, Journal, RunStarted};
use crate::verdict::{Measured, Outcome, Verdict};

use super::level::{self, Outcomes};
use super::limits::limits;

/// The facts of a run that a certificate or a refusal states.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// App's name.
    pub app: String,
    /// Why the level is not higher.
    pub next_step: String,
    /// Id of the run.
    pub run: String,
    /// Wall-clock start, RFC 3339 in UTC.
    pub started: String,
    /// Version of `civic`.
    pub civic: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// `sha256:…` of civic.toml.
    pub manifest: String,
    /// `sha256:…` of the journal.
    pub journal: String,
    /// The engine.
    pub engine: EngineFacts,
    /// Kind of node: `logical` or `nested`.
    pub node: String,
    /// Kind of canary: `app`, `database`, `volume` or `page`.
    pub canary: String,
    /// Images, in the order in which they became ready.
    pub images: Vec<ImageReady>,
    /// What the app's users can bear.
    pub tolerance: Tolerance,
    /// Cold boots and the deadline that follows from them; `None` when none was measured.
    pub deadline: Option<Baseline>,
    /// Every planned or exempt drill, in the catalogue's order.
    pub drills: Vec<DrillResult>,
    /// Drill to reason.
    pub exemptions: BTreeMap<String, String>,
    /// Drill to reason.
    pub not_tested: BTreeMap<String, String>,
    /// What this does not prove.
    pub does_not_prove: Vec<String>,
}

/// What the manifest says the app's users can bear, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Longest outage.
    pub downtime_ms: u64,
    /// Oldest snapshot that is good enough.
    pub data_loss_ms: u64,
}

/// How one drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillResult {
    /// Drill id.
    pub drill: String,
    /// Level that asks for it; `None` when this version does not know the drill.
    pub level: Option<Level>,
    /// The judge's answer.
    pub outcome: Outcome,
    /// The judge's one sentence, or the reason of the exemption.
    pub headline: String,
    /// What was measured on the way.
    pub measured: Measured,
}

impl Facts {
    /// Gathers them; `digest` is the journal's.
    pub(super) fn gather(journal: &Journal, verdicts: &[Verdict], digest: String) -> Self {
        let start = journal.start().clone();
        let outcomes = outcomes(&start, verdicts);
        let images = images(journal);
        Self {
            next_step: next_step(&start, &outcomes),
            journal: digest,
            deadline: baseline(journal).cloned(),
            drills: results(&start, verdicts),
            not_tested: not_tested(&start),
            does_not_prove: limits(&start, &images),
            images,
            tolerance: Tolerance { downtime_ms: start.downtime_ms, data_loss_ms: start.data_loss_ms },
            app: start.app,
            run: start.run,
            started: start.started,
            civic: start.civic,
            seed: start.seed,
            manifest: start.manifest,
            engine: start.engine,
            node: start.node,
            canary: start.canary,
            exemptions: start.exempt,
        }
    }
}

/// The level a run reached; `None` below C1, and for a quick run, which repeats too little to reach any.
pub fn level_of(start: &RunStarted, verdicts: &[Verdict]) -> Option<Level> {
    level::reached(&outcomes(start, verdicts), &start.canary).filter(|_| !start.quick)
}

fn next_step(start: &RunStarted, outcomes: &Outcomes) -> String {
    match start.quick {
        true => "A quick run repeats too little to reach a level.".into(),
        false => level::next_step(outcomes, &start.canary),
    }
}

/// Outcome of every planned or exempt drill. Of several verdicts the worst counts; a planned drill without one is
/// inconclusive, and so is one that claims an exemption the manifest does not declare.
pub(super) fn outcomes(start: &RunStarted, verdicts: &[Verdict]) -> Outcomes {
    let results = results(start, verdicts).into_iter();
    results.map(|result| (result.drill, result.outcome)).collect()
}

fn results(start: &RunStarted, verdicts: &[Verdict]) -> Vec<DrillResult> {
    let mut ids: Vec<&String> = start.roster.iter().chain(start.exempt.keys()).collect();
    ids.sort_by_key(|id| {
        (CATALOGUE.iter().position(|entry| entry.id == id.as_str()).unwrap_or(usize::MAX), *id)
    });
    ids.dedup();
    ids.into_iter().map(|id| result(start, verdicts, id)).collect()
}

fn result(start: &RunStarted, verdicts: &[Verdict], id: &str) -> DrillResult {
    let level = catalogue::find(id).map(|entry| entry.level);
    let worst = verdicts.iter().filter(|verdict| verdict.drill == id).max_by_key(|verdict| verdict.outcome);
    let (outcome, headline, measured) = match (worst, start.exempt.get(id)) {
        (Some(verdict), None) if verdict.outcome == Outcome::Exempt => {
            (Outcome::Inconclusive, "It was left out without an exemption.".to_owned(), Measured::default())
        }
        (Some(verdict), _) => (verdict.outcome, verdict.headline.clone(), verdict.measured.clone()),
        (None, Some(reason)) => (Outcome::Exempt, reason.clone(), Measured::default()),
        (None, None) => (Outcome::Inconclusive, "It has no verdict.".to_owned(), Measured::default()),
    };
    DrillResult { drill: id.to_owned(), level, outcome, headline, measured }
}

/// Drills of the catalogue that were neither planned nor exempt, those the journal says nothing about included.
fn not_tested(start: &RunStarted) -> BTreeMap<String, String> {
    let mut not_tested = start.not_tested.clone();
    for entry in CATALOGUE {
        let known = start.roster.iter().any(|id| id == entry.id) || start.exempt.contains_key(entry.id);
        if !known && !not_tested.contains_key(entry.id) {
            not_tested.insert(entry.id.into(), "It was not part of this run.".into());
        }
    }
    not_tested
}

/// Every image the journal says is ready.
pub(super) fn images(journal: &Journal) -> Vec<ImageReady> {
    let events = journal.entries.iter().map(|entry| &entry.event);
    let images = events.filter_map(|event| match event {
        Event::ImageReady(image) => Some(image.clone()),
        _ => None,
    });
    images.collect()
}

fn baseline(journal: &Journal) -> Option<&Baseline> {
    journal.entries.iter().find_map(|entry| match &entry.event {
        Event::Baseline(baseline) => Some(baseline),
        _ => None,
    })
}
