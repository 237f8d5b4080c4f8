//! `civic verify`: what a run's files say, on any machine, without an engine.

use std::path::{Path, PathBuf};

use civic_conformance::drills::ROSTER;
use civic_conformance::judge::judge_all;
use civic_contract::certificate::{self, Certificate, Claim};
use civic_contract::exit::Exit;
use civic_contract::journal::{Event, Journal};
use civic_contract::verdict::Verdict;

use crate::args::Verify;
use crate::outputs::JOURNAL;
use crate::{render, say};

/// A journal larger than this is not read.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Checks that certificate and journal belong together, and with `--rejudge` that the verdicts follow.
pub fn run(args: &Verify) -> Exit {
    let path = if args.path.is_dir() { args.path.join(JOURNAL) } else { args.path.clone() };
    let text = match read(&path) {
        Ok(text) => text,
        Err(reason) => {
            say::error(&reason, &["`civic certify` writes the journal; name its folder.".into()]);
            return Exit::Usage;
        }
    };
    let journal = match Journal::parse(&text) {
        Ok(journal) => journal,
        Err(error) => return refuse(&[error.to_string()]),
    };
    let mut problems = compare_claim(&path, &text, &journal);
    if args.rejudge {
        problems.extend(rejudge(&journal));
    }
    if !problems.is_empty() {
        return refuse(&problems);
    }
    let how = if args.rejudge { "Judged again: the same verdicts" } else { "The files belong together" };
    println!("{how}. This proves what the journal says, not who wrote it.");
    Exit::Done
}

fn read(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    if !meta.is_file() || meta.len() > LARGEST {
        return Err(format!("{shown} is not a journal: it is no plain file, or larger than 256 MiB"));
    }
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))
}

fn refuse(problems: &[String]) -> Exit {
    say::error("this does not verify", problems);
    Exit::NotVerified
}

/// The certificate or refusal beside the journal must name this journal and say what follows from it.
fn compare_claim(path: &Path, text: &str, journal: &Journal) -> Vec<String> {
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let found = ["certificate.json", "refusal.json"].into_iter().find(|name| folder.join(name).is_file());
    let Some(name) = found else {
        return vec![why_unclaimed(journal).into()];
    };
    let claim = match read(&folder.join(name)).map(|text| certificate::read(&text).map(|claim| (text, claim)))
    {
        Ok(Ok(claim)) => claim,
        Ok(Err(error)) => return vec![format!("{name}: {error}")],
        Err(reason) => return vec![reason],
    };
    let recorded = recorded(journal);
    let expected = match Certificate::issue(journal, &recorded, certificate::digest(text.as_bytes())) {
        Ok(certificate) => certificate.to_json(),
        Err(refusal) => refusal.to_json(),
    };
    explain_difference(name, &claim.0, &claim.1, &expected)
}

fn why_unclaimed(journal: &Journal) -> &'static str {
    match journal.entries.last().map(|entry| &entry.event) {
        Some(Event::RunEnded { interrupted: true, .. }) => {
            "the run was interrupted, so nothing was claimed about it"
        }
        Some(Event::RunEnded { .. }) => "there is no certificate.json or refusal.json beside the journal",
        _ => "the run was cut off before its end, so nothing was claimed about it",
    }
}

fn explain_difference(name: &str, written: &str, claim: &Claim, expected: &str) -> Vec<String> {
    if written.trim() == expected.trim() {
        return Vec::new();
    }
    match certificate::read(expected) {
        Ok(right)
            if claim.facts.civic != env!("CARGO_PKG_VERSION")
                && bare(right.clone()) == bare(claim.clone()) =>
        {
            Vec::new()
        }
        Ok(right) if right.facts.journal != claim.facts.journal => {
            vec![format!("{name} was written for another journal (its digest differs)")]
        }
        Ok(right) if right.certified != claim.certified => {
            vec![format!("{name} says something else than follows from the journal's verdicts")]
        }
        _ => vec![format!("{name} states facts that are not those of the journal")],
    }
}

/// A claim without its prose: another version of civic may say the same in other words.
fn bare(mut claim: Claim) -> Claim {
    claim.reasons.clear();
    claim.facts.next_step.clear();
    claim.facts.does_not_prove.clear();
    claim
}

/// The verdicts as they were given at the time.
fn recorded(journal: &Journal) -> Vec<Verdict> {
    let judged = journal.entries.iter().filter_map(|entry| match &entry.event {
        Event::Judged { verdict } => Some(verdict.clone()),
        _ => None,
    });
    judged.collect()
}

/// Judges again, prints the table, and says where the record differs.
fn rejudge(journal: &Journal) -> Vec<String> {
    let (again, before) = (judge_all(journal, ROSTER), recorded(journal));
    println!("{}", super::certify::table(&civic_report::summary(journal, &again)));
    let same = |old: &Verdict, new: &Verdict| match journal.start().civic == env!("CARGO_PKG_VERSION") {
        true => old == new,
        // Another version of civic may say the same in other words.
        false => (old.outcome, &old.measured) == (new.outcome, &new.measured),
    };
    let given = |new: &Verdict| before.iter().any(|old| old.drill == new.drill && same(old, new));
    let differs = |verdict: &&Verdict| !given(verdict);
    let mut problems: Vec<String> = again
        .iter()
        .filter(differs)
        .map(|verdict| {
            format!(
                "{}: judged again it is `{}`, and the journal says otherwise",
                verdict.drill,
                render::outcome(verdict.outcome)
            )
        })
        .collect();
    if before.len() != again.len() {
        problems.push(format!(
            "the journal holds {} verdicts, and {} drills were planned",
            before.len(),
            again.len()
        ));
    }
    problems
}
