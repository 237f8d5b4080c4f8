//! `port-agrees`: EXPOSE is only a note, but one that people and platforms believe.

use crate::check::dockerfile::{Instruction, Word};
use crate::check::finding::{Finding, Place, shown};
use crate::check::survey::{Built, Survey};

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    survey.built.iter().filter_map(of).collect()
}

fn of(built: &Built) -> Option<Finding> {
    let port = built.service.port?;
    let exposed: Vec<(u32, &Word)> = built
        .steps()
        .into_iter()
        .flat_map(|step| match &step.does {
            Instruction::Expose(words) => words.iter().map(|word| (step.line, word)).collect(),
            _ => Vec::new(),
        })
        .collect();
    let (line, first) = exposed.first()?;
    // A port that only the build knows may well be the right one.
    let says_no = |(_, word): &(u32, &Word)| has(word, port) == Some(false);
    if !exposed.iter().all(says_no) {
        return None;
    }
    let message = format!(
        "EXPOSE says {}, but civic.toml says that `{}` listens on port {port}.",
        shown(first.value.as_deref().unwrap_or(&first.written)),
        built.name
    );
    Some(Finding::advice(
        Place::new(&built.path, *line),
        message,
        format!("Make them the same: `EXPOSE {port}`, or another `port`."),
    ))
}

/// Whether an EXPOSE names a port; `None` when it cannot be told.
fn has(word: &Word, port: u16) -> Option<bool> {
    let range = word.value.as_deref()?.split('/').next()?;
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    Some((first.parse::<u16>().ok()?..=last.parse().ok()?).contains(&port))
}
