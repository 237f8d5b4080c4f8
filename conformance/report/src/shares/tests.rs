use super::*;
use civic_contract::journal::{Baseline, RunStarted};

struct Run(Vec<Entry>);

impl Run {
    fn new() -> Self {
        let start = RunStarted { jobs: 2, ..RunStarted::default() };
        Self(vec![Entry { at_ms: 0, drill: None, sandbox: None, event: Event::RunStarted(start) }])
    }

    fn note(mut self, drill: Option<&str>, at_ms: u64, event: Event) -> Self {
        self.0.push(Entry { at_ms, drill: drill.map(Into::into), sandbox: None, event });
        self
    }

    fn span(self, drill: Option<&str>, name: SpanName, from_ms: u64, to_ms: u64) -> Self {
        self.note(drill, to_ms, Event::Span { name, from_ms, to_ms })
    }

    fn drill(self, id: &str, from_ms: u64, to_ms: u64) -> Self {
        self.note(Some(id), from_ms, Event::DrillStarted { attempt: 1 }).note(
            Some(id),
            to_ms,
            Event::DrillEnded,
        )
    }

    fn shares(mut self) -> Shares {
        self.0.sort_by_key(|entry| entry.at_ms);
        shares(&Journal { entries: self.0, cut_off: false })
    }
}

fn ended(peak_memory: Option<u64>) -> Event {
    Event::RunEnded { interrupted: false, peak_memory }
}

fn path(shares: &Shares) -> Vec<(Option<&str>, u64, u64)> {
    shares.steps.iter().map(|step| (step.drill.as_deref(), step.from_ms, step.to_ms)).collect()
}

#[test]
fn an_empty_run_took_no_time() {
    let shares = Run::new().shares();
    assert_eq!(shares, Shares::default());
    assert_eq!((shares.own_share(), shares.in_boots()), (None, None));
}

#[test]
fn drills_in_a_row_are_all_on_the_path() {
    let shares = Run::new()
        .span(None, SpanName::Boot, 10, 100)
        .drill("a", 100, 300)
        .span(Some("a"), SpanName::Boot, 120, 280)
        .drill("b", 300, 400)
        .span(Some("b"), SpanName::Stop, 310, 390)
        .shares();
    assert_eq!(path(&shares), [(None, 0, 100), (Some("a"), 100, 300), (Some("b"), 300, 400)]);
    assert_eq!((shares.own_ms, shares.suite_ms, shares.total_ms), (90 + 160 + 80, 70, 400));
}

#[test]
fn side_by_side_only_the_chain_of_waiting_counts() {
    // Lane 1: a, then c. Lane 2: b, which ends in time and holds nobody up.
    let shares = Run::new()
        .span(None, SpanName::Boot, 0, 100)
        .drill("a", 100, 300)
        .drill("b", 100, 250)
        .span(Some("b"), SpanName::Boot, 100, 250)
        .drill("c", 300, 500)
        .span(Some("c"), SpanName::Boot, 300, 450)
        .shares();
    assert_eq!(path(&shares), [(None, 0, 100), (Some("a"), 100, 300), (Some("c"), 300, 500)]);
    assert_eq!(shares.own_ms, 100 + 150, "what b did meanwhile made nothing longer");
}

#[test]
fn a_drill_waited_for_the_one_whose_end_made_room() {
    let shares = Run::new()
        .drill("a", 0, 400)
        .drill("b", 0, 150)
        .drill("c", 160, 600)
        .note(None, 600, ended(None))
        .shares();
    assert_eq!(path(&shares), [(Some("b"), 0, 150), (None, 150, 160), (Some("c"), 160, 600)]);
}

#[test]
fn what_the_run_does_after_the_last_drill_is_the_suites() {
    let shares = Run::new()
        .drill("a", 0, 100)
        .span(None, SpanName::CleanUp, 100, 130)
        .note(None, 140, ended(None))
        .shares();
    assert_eq!(path(&shares), [(Some("a"), 0, 100), (None, 100, 140)]);
    assert!(shares.parts.contains(&Part { name: Some(SpanName::CleanUp), own: false, ms: 30 }));
}

#[test]
fn a_build_is_told_apart() {
    let shares = Run::new()
        .span(None, SpanName::Build, 0, 5_000)
        .span(None, SpanName::Boot, 5_000, 6_000)
        .drill("a", 6_000, 7_000)
        .span(Some("a"), SpanName::Boot, 6_000, 7_000)
        .shares();
    assert_eq!((shares.build_ms, shares.total_ms, shares.own_ms), (5_000, 2_000, 2_000));
    assert_eq!((shares.roster_ms, shares.in_boots()), (Some(2_000), Some(2.0)));
}

#[test]
fn the_roster_is_counted_in_first_cold_boots() {
    let baseline = Baseline { boots_ms: vec![500, 900], ..Baseline::default() };
    let shares = Run::new()
        .span(None, SpanName::Boot, 100, 650)
        .note(None, 700, Event::Baseline(baseline))
        .drill("a", 700, 5_100)
        .shares();
    assert_eq!(
        (shares.first_boot_ms, shares.roster_ms, shares.in_boots()),
        (Some(500), Some(5_000), Some(10.0))
    );
}

#[test]
fn nested_spans_count_once() {
    let shares = Run::new()
        .drill("a", 0, 100)
        .span(Some("a"), SpanName::Hook, 40, 60)
        .span(Some("a"), SpanName::Boot, 20, 70)
        .span(Some("a"), SpanName::Canary, 80, 90)
        .shares();
    assert_eq!((shares.own_ms, shares.total_ms), (50, 100));
    assert_eq!(
        shares.parts[1..],
        [Part { name: None, own: false, ms: 40 }, Part { name: Some(SpanName::Canary), own: false, ms: 10 },]
    );
}

#[test]
fn a_second_attempt_is_a_link_of_its_own_and_judging_is_none() {
    let verdict = civic_contract::verdict::Verdict {
        drill: "a".into(),
        outcome: civic_contract::verdict::Outcome::Pass,
        headline: String::new(),
        findings: Vec::new(),
        measured: Default::default(),
    };
    let shares = Run::new()
        .note(Some("a"), 0, Event::DrillStarted { attempt: 1 })
        .note(Some("a"), 50, Event::InfraError { message: "engine restarted".into() })
        .note(Some("a"), 70, Event::DrillStarted { attempt: 2 })
        .note(Some("a"), 170, Event::DrillEnded)
        .note(Some("a"), 900, Event::Judged { verdict })
        .shares();
    assert_eq!(path(&shares)[..3], [(Some("a"), 0, 50), (None, 50, 70), (Some("a"), 70, 170)]);
}

#[test]
fn broken_spans_do_no_harm() {
    let shares = Run::new()
        .drill("a", 0, 100)
        .span(Some("a"), SpanName::Boot, 90, 10)
        .note(Some("a"), 95, Event::Span { name: SpanName::Boot, from_ms: 50, to_ms: u64::MAX })
        .shares();
    assert_eq!((shares.own_ms, shares.total_ms), (50, 100));
}
