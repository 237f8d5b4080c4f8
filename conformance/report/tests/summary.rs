//! The terminal's table and the JSON document.

mod fixture;

use civic_contract::certificate::{Certificate, digest};
use civic_contract::journal::Journal;
use civic_contract::verdict::Verdict;
use civic_report::{Summary, json, summary};

fn table(Summary { rows, closing }: &Summary) -> String {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let (rpo, rto) = (dash(&row.rpo), dash(&row.rto));
            format!("{:<15} {:<8} {rpo:>8} {rto:>8}  {}", row.drill, row.outcome.word(), row.note)
        })
        .collect();
    lines.push(String::new());
    lines.extend(closing.iter().cloned());
    lines.join("\n")
}

fn document((journal, verdicts): (Journal, Vec<Verdict>)) -> String {
    let ruling = Certificate::issue(&journal, &verdicts, digest(b"the journal's text"));
    json(&journal, &verdicts, &ruling)
}

#[test]
fn a_troubled_run_is_summed_up() {
    let (journal, verdicts) = fixture::troubled();
    insta::assert_snapshot!(table(&summary(&journal, &verdicts)));
}

#[test]
fn a_sound_run_is_summed_up() {
    let (journal, verdicts) = fixture::sound();
    insta::assert_snapshot!(table(&summary(&journal, &verdicts)));
}

#[test]
fn a_quick_run_says_why_it_certifies_nothing() {
    let mut start = fixture::start();
    start.quick = true;
    let summary = summary(&fixture::journal(start, false), &fixture::all_pass());
    insta::assert_snapshot!(summary.closing.join("\n"));
}

#[test]
fn a_part_of_the_roster_says_what_is_left_out() {
    let mut start = fixture::start();
    start.roster = vec!["cold-boot".into(), "hard-kill".into()];
    let verdicts: Vec<Verdict> =
        fixture::all_pass().into_iter().filter(|one| start.roster.contains(&one.drill)).collect();
    let summary = summary(&fixture::journal(start, false), &verdicts);
    insta::assert_snapshot!(summary.closing.join("\n"));
}

#[test]
fn an_interrupted_run_says_so() {
    let (mut journal, _) = fixture::sound();
    journal.entries.truncate(journal.entries.len() / 2);
    insta::assert_snapshot!(summary(&journal, &fixture::all_pass()[..3]).closing.join("\n"));
}

#[test]
fn the_json_document_of_a_refused_run() {
    insta::assert_snapshot!(document(fixture::troubled()));
}

#[test]
fn the_json_document_of_a_certified_run_says_so() {
    let document: serde_json::Value = serde_json::from_str(&document(fixture::sound())).unwrap();
    assert_eq!(
        (&document["schema"], &document["certified"], &document["level"]),
        (&1.into(), &true.into(), &"C3".into())
    );
    assert_eq!(document["reasons"], serde_json::json!([]));
}
