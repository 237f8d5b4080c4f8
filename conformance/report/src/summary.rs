//! The run as a small table and a few sentences, for the terminal.

use civic_contract::journal::Journal;
use civic_contract::manifest::PAGE;
use civic_contract::verdict::{Outcome, Verdict};

use crate::duration::people;
use crate::ruling::Ruling;
use crate::text::clean;

/// What a person sees at the end of a run. All of it is safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Planned and exempt drills, in the catalogue's order.
    pub rows: Vec<SummaryRow>,
    /// Plain sentences: the verdict, why not more, where to look.
    pub closing: Vec<String>,
}

/// One drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// Drill id.
    pub drill: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Measured data loss for people, `None` where none was measured.
    pub rpo: Option<String>,
    /// Longest outage for people, `None` where none was measured.
    pub rto: Option<String>,
    /// The judge's one sentence.
    pub note: String,
}

/// Sums a run up.
pub fn summary(journal: &Journal, verdicts: &[Verdict]) -> Summary {
    let ruling = Ruling::of(journal, verdicts);
    let rows = ruling.facts.drills.iter().map(|drill| SummaryRow {
        drill: clean(&drill.drill).into_owned(),
        outcome: drill.outcome,
        rpo: drill.measured.rpo_ms.map(people),
        rto: drill.measured.rto_ms.map(people),
        note: clean(&drill.headline).into_owned(),
    });
    let rows = rows.collect();
    let sentences = closing(&ruling, verdicts);
    Summary { rows, closing: sentences.iter().map(|sentence| clean(sentence).into_owned()).collect() }
}

fn closing(ruling: &Ruling, verdicts: &[Verdict]) -> Vec<String> {
    let mut closing = vec![ruling.sentence()];
    if ruling.facts.canary == PAGE {
        closing
            .push("No data was at risk: the app keeps none, and only one of its pages was asked for.".into());
    }
    if !ruling.certified {
        closing.push(format!("Level reached: {}.", ruling.level_told()));
        closing.extend(ruling.general_reasons().cloned());
    }
    closing.push(ruling.facts.next_step.clone());
    closing.extend(where_to_look(verdicts));
    closing
}

/// The worst drill's first finding, which is the one to mend first.
fn where_to_look(verdicts: &[Verdict]) -> Option<String> {
    let worst = verdicts.iter().rev().max_by_key(|verdict| verdict.outcome)?;
    let finding = worst.findings.first()?;
    Some(format!("Begin with {}: {} Then run it again: {}", worst.drill, finding.fix, finding.rerun))
}
