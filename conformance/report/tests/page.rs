//! The HTML report as a browser takes it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod fixture;

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use civic_contract::journal::{Entry, Event, Journal};
use civic_contract::verdict::Verdict;
use civic_report::html;
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};

fn parse(page: &str) -> Html {
    let document = Html::parse_document(page);
    assert_eq!(document.errors, Vec::<String>::new(), "a browser would have to repair the page");
    document
}

fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

fn words(element: &ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn attributes(document: &Html, name: &str) -> Vec<String> {
    all(document, "*").iter().filter_map(|element| element.attr(name)).map(Into::into).collect()
}

/// Writes the pages to a folder, so that they can be looked at.
#[test]
fn pages_to_look_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, (journal, verdicts)) in [("troubled", fixture::troubled()), ("sound", fixture::sound())] {
        let text: Vec<String> =
            journal.entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        std::fs::write(folder.join(name).with_extension("jsonl"), text.join("\n") + "\n").unwrap();
        std::fs::write(folder.join(name).with_extension("html"), html(&journal, &verdicts)).unwrap();
        for drill in &journal.start().roster {
            let picture = civic_report::timeline(&journal, drill);
            std::fs::write(folder.join(format!("{name}-{drill}.svg")), picture).unwrap();
        }
    }
}

#[test]
fn the_page_is_well_formed_and_the_same_each_time() {
    let (journal, verdicts) = fixture::troubled();
    let page = html(&journal, &verdicts);
    let document = parse(&page);
    assert_eq!(all(&document, "h1").len(), 1);
    assert_eq!(page, html(&journal, &verdicts));
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let (journal, verdicts) = fixture::troubled();
    let page = html(&journal, &verdicts);
    let document = parse(&page);
    for element in
        ["script", "img", "link", "iframe", "object", "form", "base", "image", "use", "foreignObject"]
    {
        assert!(all(&document, element).is_empty(), "{element}");
    }
    assert!(attributes(&document, "href").iter().all(|href| href.starts_with('#')));
    assert!(attributes(&document, "src").is_empty() && attributes(&document, "style").is_empty());
    assert!(!page.contains("://"), "an address of another place");
    assert!(page.split("url(").skip(1).all(|rest| rest.starts_with("#tl-")));
    assert!(!page.contains("@import"));
}

#[test]
fn the_policy_allows_its_own_style_and_nothing_else() {
    let (journal, verdicts) = fixture::sound();
    let document = parse(&html(&journal, &verdicts));
    let style: String = all(&document, "style").iter().flat_map(|style| style.text()).collect();
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = all(&document, "meta[http-equiv='Content-Security-Policy']")[0].attr("content").unwrap();
    assert_eq!(
        policy,
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
    assert_eq!(all(&document, "style").len(), 1);
}

#[test]
fn every_reference_has_its_target() {
    let (journal, verdicts) = fixture::troubled();
    let document = parse(&html(&journal, &verdicts));
    let ids = attributes(&document, "id");
    let known: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(known.len(), ids.len(), "an id is used twice");
    let links = attributes(&document, "href").into_iter().map(|href| href[1..].to_owned());
    let labels =
        attributes(&document, "aria-labelledby").into_iter().chain(attributes(&document, "aria-describedby"));
    let fills = attributes(&document, "fill")
        .into_iter()
        .filter_map(|fill| Some(fill.strip_prefix("url(#")?.replace(')', "")));
    for id in links.chain(labels).chain(fills) {
        assert!(known.contains(&id), "nothing has the id {id}");
    }
}

#[test]
fn each_verdict_is_told_in_words_and_not_only_in_colour() {
    let (journal, verdicts) = fixture::troubled();
    let document = parse(&html(&journal, &verdicts));
    let rows: Vec<String> = all(&document, "table.drills tbody tr").iter().map(words).collect();
    insta::assert_snapshot!(rows.join("\n"));
    let sentence = words(&all(&document, ".verdict .sentence")[0]);
    assert_eq!(
        sentence,
        "Not certified: of 7 drills, 1 failed (hard-kill) and 1 proved nothing (deaf-probe)."
    );
}

#[test]
fn a_failed_drill_tells_all_there_is_to_mend_it() {
    let (journal, verdicts) = fixture::troubled();
    let document = parse(&html(&journal, &verdicts));
    let finding = words(&all(&document, "#drill-hard-kill .finding")[0]);
    insta::assert_snapshot!(finding);
}

#[test]
fn the_picture_is_told_in_words_too() {
    let (journal, verdicts) = fixture::troubled();
    let document = parse(&html(&journal, &verdicts));
    let told = |drill: &str| {
        let moments =
            all(&document, &format!("#drill-{drill} .moments li")).iter().map(words).collect::<Vec<_>>();
        let picture = words(&all(&document, &format!("#tl-{drill}-desc"))[0]);
        format!("{drill}: {picture}\n{}", moments.join("\n"))
    };
    insta::assert_snapshot!([told("deaf-probe"), told("hard-kill"), told("volume-lost")].join("\n\n"));
}

#[test]
fn a_certified_app_sees_its_level() {
    let (journal, verdicts) = fixture::sound();
    let document = parse(&html(&journal, &verdicts));
    assert_eq!(
        words(&all(&document, ".verdict .sentence")[0]),
        "Certified at level C3 (disposable), except no-egress, crowded, host-lost and heir, which were not tested."
    );
    let ladder: Vec<String> = all(&document, ".ladder li").iter().map(words).collect();
    insta::assert_snapshot!(ladder.join("\n"));
}

#[test]
fn what_else_a_reader_must_know_is_there() {
    let (journal, verdicts) = fixture::sound();
    let document = parse(&html(&journal, &verdicts));
    let told: Vec<String> = all(&document, ".appendix, .notice").iter().map(words).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_journal_that_ends_anywhere_has_its_page() {
    let (journal, verdicts) = fixture::troubled();
    for length in (1..journal.entries.len()).step_by(61) {
        let part = Journal { entries: journal.entries[..length].to_vec(), cut_off: true };
        let document = parse(&html(&part, &[]));
        let sentence = words(&all(&document, ".verdict .sentence")[0]);
        assert!(sentence.starts_with("Not certified: of 7 drills, 7 proved nothing"), "{sentence}");
        parse(&html(&part, &verdicts));
    }
}

#[test]
fn exempt_drills_and_capped_levels_are_told() {
    let mut start = fixture::start();
    start.roster.retain(|id| id != "stranger-uid");
    start.exempt.insert("stranger-uid".into(), "The upstream image needs its own user.".into());
    start.canary = "database".into();
    let verdicts: Vec<Verdict> =
        fixture::all_pass().into_iter().filter(|one| one.drill != "stranger-uid").collect();
    let document = parse(&html(&fixture::journal(start, false), &verdicts));
    assert_eq!(
        words(&all(&document, ".verdict .sentence")[0]),
        "Certified at level C2 (dies well), except no-egress and crowded, which were not tested."
    );
    assert!(words(&all(&document, ".verdict")[0]).contains("caps the level at C2"));
    assert!(words(&all(&document, "#exemptions")[0]).contains("The upstream image needs its own user."));
    assert!(words(&all(&document, "#drill-stranger-uid")[0]).contains("exempt"));
}

#[test]
fn a_long_run_stays_below_a_megabyte() {
    let (mut journal, verdicts) = fixture::troubled();
    let drills: Vec<(u64, Entry)> = journal
        .entries
        .iter()
        .filter(|entry| matches!(entry.event, Event::Acknowledged { .. }) && entry.drill.is_some())
        .map(|entry| (entry.at_ms, entry.clone()))
        .collect();
    for (index, (at_ms, entry)) in drills.iter().cycle().take(30_000).enumerate() {
        let id = 1_000_000 + index as u32;
        let nonce = format!("NONCE{id}");
        journal.entries.push(Entry { at_ms: *at_ms, event: Event::Invoked { id, nonce }, ..entry.clone() });
        journal.entries.push(Entry { at_ms: at_ms + 1, event: Event::Acknowledged { id }, ..entry.clone() });
    }
    journal.entries.sort_by_key(|entry| entry.at_ms);
    let size = html(&journal, &verdicts).len();
    assert!(size < 300_000, "{size} bytes");
}
