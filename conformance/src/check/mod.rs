//! The static checks: what can be said about a project from its files alone, in milliseconds and without an engine.
//!
//! A rule is an entry of [`RULES`] and one file in `rules/`. Rules only read the survey, which holds everything
//! they may look at; no rule opens a file that the survey did not find, starts a program or asks the network.
//! A rule breaks nothing by being wrong about a file it cannot read: it says nothing, and another rule says that
//! the file cannot be read.

mod compose;
mod context;
mod dockerfile;
mod finding;
mod folder;
mod habitat;
mod image;
mod kubernetes;
mod places;
mod rules;
mod said;
mod secret_words;
mod shell;
mod survey;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;

use civic_contract::journal::StaticFinding;

use crate::project::Project;

pub use rules::{RULES, Rule};
pub use secret_words::is_secret;

/// Checks the files of a project; the findings are sorted by file and line, each said once.
pub fn check(project: &Project) -> Vec<StaticFinding> {
    let survey = survey::Survey::of(project);
    let found =
        RULES.iter().flat_map(|rule| (rule.find)(&survey).into_iter().map(|finding| (rule.id, finding)));
    let mut findings: Vec<StaticFinding> = found
        .map(|(id, finding)| StaticFinding {
            check: id.into(),
            error: finding.error,
            message: finding.message,
            fix: finding.fix,
            file: finding.place.file,
            line: finding.place.line,
        })
        .collect();
    // Errors first where one line has both.
    let order = |finding: &StaticFinding| {
        (finding.file.clone(), finding.line, !finding.error, finding.check.clone(), finding.message.clone())
    };
    findings.sort_by_cached_key(order);
    // Services that share a Dockerfile share what is wrong with it.
    findings.dedup();
    shortened(findings)
}

/// Findings of one rule in one file; more would only bury the others.
const MOST_ALIKE: usize = 20;

fn shortened(findings: Vec<StaticFinding>) -> Vec<StaticFinding> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut kept: Vec<StaticFinding> = Vec::new();
    for finding in findings {
        let count = counts.entry((finding.file.clone(), finding.check.clone())).or_default();
        *count += 1;
        if *count <= MOST_ALIKE {
            kept.push(finding);
        }
    }
    for ((file, check), count) in counts.into_iter().filter(|(_, count)| *count > MOST_ALIKE) {
        let last = kept.iter_mut().rev().find(|finding| finding.file == file && finding.check == check);
        if let Some(last) = last {
            last.message.push_str(&format!(" {} more of this kind are left out.", count - MOST_ALIKE));
        }
    }
    kept
}
