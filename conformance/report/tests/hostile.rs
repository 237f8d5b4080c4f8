//! Journals and verdicts that were written to do harm.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod fixture;

use civic_contract::certificate::{Certificate, digest};
use civic_contract::journal::{Control, Entry, Event, Journal, SpanName};
use civic_contract::verdict::Verdict;
use civic_report::{html, json, summary, timeline};
use proptest::prelude::*;
use scraper::{Html, Selector};
use serde_json::Value;

const PAYLOAD: &str = "</script></style></title></svg><img src=x onerror=alert(1)>\"'><b>&amp;`<i>`\u{1b}[31mred\u{1b}]0;t\u{7}\0\u{8}\u{202e}\u{9b}1m\u{85}\u{ffff}\r\nend";

/// Texts that a parser needs as they are.
const NEEDED: [&str; 7] = ["event", "name", "outcome", "control", "drill", "sandbox", "cloned_from"];

/// Appends the payload to every other text.
fn poison(value: &mut Value, key: &str) {
    match value {
        Value::String(text) if !NEEDED.contains(&key) => text.push_str(PAYLOAD),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| poison(field, key)),
        _ => {}
    }
}

/// The troubled run with the payload wherever it fits, and names of drills and sandboxes that are payloads.
fn poisoned() -> (Journal, Vec<Verdict>) {
    let (journal, mut verdicts) = fixture::troubled();
    let mut entries: Vec<Entry> = journal
        .entries
        .iter()
        .map(|entry| {
            let mut value = serde_json::to_value(entry).unwrap();
            let roster = value.get("roster").cloned();
            poison(&mut value, "");
            if let Some(roster) = roster {
                value["roster"] = roster;
            }
            serde_json::from_value(value).unwrap()
        })
        .collect();
    for verdict in &mut verdicts {
        let mut value = serde_json::to_value(&*verdict).unwrap();
        poison(&mut value, "");
        *verdict = serde_json::from_value(value).unwrap();
    }
    if let Event::RunStarted(start) = &mut entries[0].event {
        start.roster.push(PAYLOAD.into());
        start.exempt.insert(format!("exempt{PAYLOAD}"), PAYLOAD.into());
        start.not_tested.insert(format!("untested{PAYLOAD}"), PAYLOAD.into());
    }
    let strange =
        |event| Entry { at_ms: 9_000, drill: Some(PAYLOAD.into()), sandbox: Some(PAYLOAD.into()), event };
    entries.push(strange(Event::SandboxMade { cloned_from: Some(PAYLOAD.into()) }));
    entries.push(strange(Event::Span { name: SpanName::Boot, from_ms: 9_000, to_ms: 9_500 }));
    entries.push(strange(Event::NotReady {
        service: PAYLOAD.into(),
        waited_ms: 1,
        deadline_ms: 1,
        reason: PAYLOAD.into(),
    }));
    entries.push(strange(Event::LayerCompared { service: PAYLOAD.into(), changed: vec![PAYLOAD.into()] }));
    entries.push(strange(Event::LayerHoldsCanary { service: PAYLOAD.into(), path: PAYLOAD.into(), id: 1 }));
    (Journal { entries, cut_off: false }, verdicts)
}

#[track_caller]
fn shows_nothing_hidden(text: &str) {
    let hidden =
        |c: &char| c.is_control() && *c != '\n' && *c != '\t' || matches!(c, '\u{202e}' | '\u{ffff}');
    assert_eq!(text.chars().find(hidden), None);
}

#[test]
fn nothing_in_a_journal_becomes_markup() {
    let (journal, verdicts) = poisoned();
    let page = html(&journal, &verdicts);
    let document = Html::parse_document(&page);
    assert_eq!(document.errors, Vec::<String>::new());
    for forbidden in ["img", "script", "i", "[onerror]"] {
        assert_eq!(document.select(&Selector::parse(forbidden).unwrap()).count(), 0, "{forbidden}");
    }
    assert!(!page.contains("<img") && page.contains("&lt;img src=x onerror=alert(1)&gt;"));
    assert!(!page.contains("[31m"), "the rest of a terminal escape");
    shows_nothing_hidden(&page);
}

#[test]
fn nothing_in_a_journal_breaks_a_picture() {
    let (journal, _) = poisoned();
    for drill in ["hard-kill", "volume-lost", PAYLOAD] {
        let picture = timeline(&journal, drill);
        roxmltree::Document::parse(&picture).unwrap();
        shows_nothing_hidden(&picture);
    }
}

#[test]
fn nothing_in_a_journal_reaches_the_terminal() {
    let (journal, verdicts) = poisoned();
    let summary = summary(&journal, &verdicts);
    summary.rows.iter().for_each(|row| shows_nothing_hidden(&format!("{}{}", row.drill, row.note)));
    summary.closing.iter().for_each(|sentence| shows_nothing_hidden(sentence));
}

#[test]
fn json_keeps_what_it_was_given() {
    let (journal, verdicts) = poisoned();
    let ruling = Certificate::issue(&journal, &verdicts, digest(b""));
    let document: Value = serde_json::from_str(&json(&journal, &verdicts, &ruling)).unwrap();
    assert!(document["facts"]["app"].as_str().unwrap().contains(PAYLOAD));
}

/// Times as a broken or malicious journal may have them.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..5_000, Just(u64::MAX), Just(u64::MAX - 1), any::<u64>()]
}

fn event() -> impl Strategy<Value = Event> {
    let span = prop_oneof![
        Just(SpanName::Boot),
        Just(SpanName::Build),
        Just(SpanName::Hook),
        Just(SpanName::Restore),
        Just(SpanName::Stop)
    ];
    let name = prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    prop_oneof![
        (span, time(), time()).prop_map(|(name, from_ms, to_ms)| Event::Span { name, from_ms, to_ms }),
        (time(), time()).prop_map(|(took_ms, deadline_ms)| Event::Ready { took_ms, deadline_ms }),
        (0u32..9, "[A-Z]{1,3}").prop_map(|(id, nonce)| Event::Invoked { id, nonce }),
        (0u32..9).prop_map(|id| Event::Acknowledged { id }),
        (0u32..9).prop_map(|id| Event::WriteUnknown { id, reason: String::new() }),
        proptest::collection::vec((0u32..9, "[A-Z]{1,3}"), 0..4)
            .prop_map(|records| Event::ReadBack { after: String::new(), records }),
        name.clone().prop_map(|snapshot| Event::SnapshotBegun { snapshot }),
        (name.clone(), time()).prop_map(|(snapshot, took_ms)| Event::Restored { snapshot, took_ms }),
        proptest::option::of(name).prop_map(|cloned_from| Event::SandboxMade { cloned_from }),
        Just(Event::Harmed {
            fault: "sigkill".into(),
            phase: None,
            services: Vec::new(),
            command: String::new(),
            in_flight: None
        }),
        Just(Event::Control {
            control: Control::FrozenIsNoticed,
            hook: "...".into(),
            noticed: Some(false),
            detail: String::new()
        }),
        Just(Event::DrillStarted { attempt: 1 }),
        Just(Event::DrillEnded),
        Just(Event::RunEnded { interrupted: false, peak_memory: None }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let drill =
        prop_oneof![Just(None), Just(Some("hard-kill".to_owned())), Just(Some("soft-stop".to_owned()))];
    let sandbox = prop_oneof![Just(None), Just(Some("a".to_owned())), Just(Some("b".to_owned()))];
    (time(), drill, sandbox, event()).prop_map(|(at_ms, drill, sandbox, event)| Entry {
        at_ms,
        drill,
        sandbox,
        event,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_order_of_events_and_no_number_does_harm(entries in proptest::collection::vec(entry(), 0..60)) {
        let mut journal = Journal { entries, cut_off: false };
        let start = Event::RunStarted(fixture::start());
        journal.entries.insert(0, Entry { at_ms: 0, drill: None, sandbox: None, event: start });
        let page = html(&journal, &fixture::mixed());
        prop_assert!(Html::parse_document(&page).errors.is_empty());
        prop_assert!(!page.contains("NaN") && !page.contains("inf\""));
        summary(&journal, &[]);
        let picture = timeline(&journal, "hard-kill");
        prop_assert!(roxmltree::Document::parse(&picture).is_ok());
    }
}
