use super::*;
use crate::catalogue::CATALOGUE;
use crate::journal::{Baseline, EngineFacts, Entry, Event, ImageReady, RunStarted, StaticFinding};
use crate::verdict::{Measured, Outcome};

fn performed() -> Vec<String> {
    CATALOGUE.iter().filter(|entry| entry.performed).map(|entry| entry.id.into()).collect()
}

fn start() -> RunStarted {
    RunStarted {
        schema: 1,
        run: "7f3a".into(),
        civic: "0.1.0".into(),
        started: "2026-11-21T08:00:00Z".into(),
        seed: 42,
        app: "courtbot".into(),
        project: "examples/courtbot".into(),
        manifest: format!("sha256:{}", "a".repeat(64)),
        engine: EngineFacts { name: "docker".into(), version: "20.10.24".into(), ..EngineFacts::default() },
        node: "logical".into(),
        canary: "app".into(),
        roster: performed(),
        not_tested: CATALOGUE
            .iter()
            .filter(|entry| !entry.performed)
            .map(|entry| (entry.id.into(), "This version does not perform it yet.".into()))
            .collect(),
        downtime_ms: 14_400_000,
        data_loss_ms: 86_400_000,
        jobs: 2,
        ..RunStarted::default()
    }
}

fn entry(drill: Option<&str>, event: Event) -> Entry {
    Entry { at_ms: 0, drill: drill.map(Into::into), sandbox: None, event }
}

/// A run in which every drill of the roster was performed to its end.
fn journal_of(start: RunStarted) -> Journal {
    let image = ImageReady {
        service: "web".into(),
        reference: "civic.local/courtbot/web:latest".into(),
        digest: format!("sha256:{}", "b".repeat(64)),
        built: true,
        stand_ins: vec!["node:24-trixie-slim, made from Debian packages".into()],
    };
    let baseline = Baseline {
        boots_ms: vec![900, 1100, 1000],
        ready_deadline_ms: 20_000,
        derivation: "3 x 1.1 s + 10 s, at least 20 s.".into(),
    };
    let roster = start.roster.clone();
    let mut entries = vec![
        entry(None, Event::RunStarted(start)),
        entry(None, Event::ImageReady(image)),
        entry(None, Event::Baseline(baseline)),
    ];
    for id in &roster {
        entries.push(entry(Some(id), Event::DrillStarted { attempt: 1 }));
        entries.push(entry(Some(id), Event::DrillEnded));
    }
    entries.push(entry(None, Event::RunEnded { interrupted: false, peak_memory: None }));
    Journal { entries, cut_off: false }
}

fn verdict(drill: &str, outcome: Outcome) -> Verdict {
    Verdict {
        drill: drill.into(),
        outcome,
        headline: format!("The judge of {drill} says {}.", outcome.word()),
        findings: Vec::new(),
        measured: Measured { rpo_ms: Some(0), rto_ms: Some(1200), acknowledged: 40, ..Measured::default() },
    }
}

fn passes(roster: &[String]) -> Vec<Verdict> {
    roster.iter().map(|id| verdict(id, Outcome::Pass)).collect()
}

fn with(drill: &str, outcome: Outcome) -> Vec<Verdict> {
    let mut verdicts = passes(&performed());
    let place = verdicts.iter_mut().find(|verdict| verdict.drill == drill).unwrap();
    *place = verdict(drill, outcome);
    verdicts
}

fn issue(journal: &Journal, verdicts: &[Verdict]) -> Result<Certificate, Refusal> {
    Certificate::issue(journal, verdicts, digest(b"the journal's text"))
}

/// The only reason of a run that is refused.
#[track_caller]
fn refused(journal: &Journal, verdicts: &[Verdict]) -> String {
    let refusal = issue(journal, verdicts).unwrap_err();
    assert_eq!(refusal.reasons().len(), 1, "{:?}", refusal.reasons());
    refusal.reasons()[0].clone()
}

/// As [`refused`], after a change of what the run set out to do.
#[track_caller]
fn refused_with(change: impl FnOnce(&mut RunStarted)) -> String {
    let mut start = start();
    change(&mut start);
    refused(&journal_of(start), &passes(&performed()))
}

#[test]
fn a_whole_run_that_passes_is_certified() {
    let certificate = issue(&journal_of(start()), &passes(&performed())).unwrap();
    assert_eq!(certificate.level(), Level::C3);
    insta::assert_snapshot!(certificate.to_json());
}

#[test]
fn a_refusal_states_the_same_facts_and_its_reasons() {
    let journal = journal_of(start());
    let refusal = issue(&journal, &with("hard-kill", Outcome::Fail)).unwrap_err();
    assert_eq!(refusal.level(), Some(Level::C1));
    let certificate = issue(&journal, &passes(&performed())).unwrap();
    assert_eq!(refusal.facts().images, certificate.facts().images);
    let json = refusal.to_json();
    let head: Vec<&str> = json.lines().take(9).collect();
    insta::assert_snapshot!(head.join("\n"));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let [first, second] =
        [0, 1].map(|_| issue(&journal_of(start()), &passes(&performed())).unwrap().to_json());
    assert_eq!(first, second);
}

#[test]
fn nothing_but_a_pass_is_certified() {
    for (outcome, said) in [
        (Outcome::Fail, "The app failed soft-stop"),
        (Outcome::Unsound, "The drill soft-stop is unsound"),
        (Outcome::InfraError, "The laboratory broke during soft-stop"),
        (Outcome::Inconclusive, "The drill soft-stop is inconclusive"),
        (Outcome::Exempt, "The drill soft-stop was left out without an exemption"),
    ] {
        let reason = refused(&journal_of(start()), &with("soft-stop", outcome));
        assert!(reason.starts_with(said), "{reason}");
    }
}

#[test]
fn a_planned_drill_needs_a_verdict() {
    let mut verdicts = passes(&performed());
    verdicts.retain(|verdict| verdict.drill != "volume-lost");
    assert_eq!(
        refused(&journal_of(start()), &verdicts),
        "The drill volume-lost was planned and has no verdict."
    );
}

#[test]
fn a_planned_drill_needs_no_more_than_one_verdict() {
    let mut verdicts = passes(&performed());
    verdicts.push(verdict("hard-kill", Outcome::Pass));
    assert_eq!(refused(&journal_of(start()), &verdicts), "The drill hard-kill has more than one verdict.");
}

#[test]
fn a_verdict_for_an_unplanned_drill_is_refused() {
    let mut verdicts = passes(&performed());
    verdicts.push(verdict("twin-boot", Outcome::Pass));
    assert_eq!(
        refused(&journal_of(start()), &verdicts),
        "There is a verdict for twin-boot, which was not planned."
    );
}

#[test]
fn a_pass_of_a_drill_that_was_not_performed_is_refused() {
    let mut journal = journal_of(start());
    journal.entries.retain(|entry| entry.drill.as_deref() != Some("read-only-root"));
    assert!(refused(&journal, &passes(&performed())).contains("does not show that it was performed"));
}

#[test]
fn a_drill_that_began_again_and_did_not_end_is_refused() {
    let mut journal = journal_of(start());
    let again = entry(Some("hard-kill"), Event::DrillStarted { attempt: 2 });
    journal.entries.insert(journal.entries.len() - 1, again);
    assert!(refused(&journal, &passes(&performed())).contains("The drill hard-kill is said to have passed"));
}

#[test]
fn quick_runs_are_refused_and_reach_no_level() {
    assert!(refused_with(|start| start.quick = true).starts_with("This was a quick run."));
    let journal = journal_of(RunStarted { quick: true, ..start() });
    assert_eq!(issue(&journal, &passes(&performed())).unwrap_err().level(), None);
}

#[test]
fn partial_runs_are_refused() {
    let only = RunStarted { roster: vec!["cold-boot".into(), "deaf-probe".into()], ..start() };
    let verdicts = passes(&only.roster);
    let reason = refused(&journal_of(only), &verdicts);
    assert!(reason.contains("read-only-root, stranger-uid, soft-stop, hard-kill, volume-lost"), "{reason}");
}

#[test]
fn a_drill_listed_as_not_tested_is_missing_all_the_same() {
    let mut start = start();
    start.roster.retain(|id| id != "volume-lost");
    start.not_tested.insert("volume-lost".into(), "we were in a hurry".into());
    let verdicts = passes(&start.roster);
    assert!(refused(&journal_of(start), &verdicts).contains("left out: volume-lost"));
}

#[test]
fn interrupted_and_cut_off_runs_are_refused() {
    let mut journal = journal_of(start());
    journal.entries.pop();
    assert!(refused(&journal, &passes(&performed())).contains("cut off"));
    journal.entries.push(entry(None, Event::RunEnded { interrupted: true, peak_memory: None }));
    assert_eq!(refused(&journal, &passes(&performed())), "The run was interrupted.");
    let cut_off = Journal { cut_off: true, ..journal_of(start()) };
    assert!(refused(&cut_off, &passes(&performed())).contains("cut off"));
}

#[test]
fn a_run_without_images_is_refused() {
    let mut journal = journal_of(start());
    journal.entries.retain(|entry| !matches!(entry.event, Event::ImageReady(_)));
    assert!(refused(&journal, &passes(&performed())).contains("nothing to certify"));
}

#[test]
fn static_errors_refuse_and_advice_does_not() {
    for error in [true, false] {
        let finding = StaticFinding { check: "image-pinned".into(), error, ..StaticFinding::default() };
        let mut journal = journal_of(start());
        journal.entries.insert(1, entry(None, Event::Checked(finding)));
        assert_eq!(issue(&journal, &passes(&performed())).is_err(), error);
    }
}

#[test]
fn exemptions_need_a_reason_and_show() {
    let mut start = start();
    start.roster.retain(|id| id != "stranger-uid");
    start.exempt.insert("stranger-uid".into(), "The upstream image needs its own user.".into());
    let verdicts = passes(&start.roster);
    let certificate = issue(&journal_of(start.clone()), &verdicts).unwrap();
    assert_eq!((certificate.level(), certificate.facts().exemptions.len()), (Level::C3, 1));
    let shown = certificate.facts().drills.iter().find(|drill| drill.drill == "stranger-uid").unwrap();
    assert_eq!(
        (shown.outcome, shown.headline.as_str()),
        (Outcome::Exempt, "The upstream image needs its own user.")
    );
    let mut told = verdicts.clone();
    told.push(verdict("stranger-uid", Outcome::Exempt));
    assert!(issue(&journal_of(start.clone()), &told).is_ok(), "its exemption may be judged, too");
    start.exempt.insert("stranger-uid".into(), "  ".into());
    assert!(refused(&journal_of(start), &verdicts).contains("gives no reason"));
}

#[test]
fn a_level_that_was_only_exempt_lowers_the_certificate() {
    let mut start = start();
    start.roster.retain(|id| id != "volume-lost");
    start.exempt.insert("volume-lost".into(), "It holds no state.".into());
    let verdicts = passes(&start.roster);
    assert_eq!(issue(&journal_of(start), &verdicts).unwrap().level(), Level::C2);
}

#[test]
fn a_run_in_which_everything_is_exempt_is_refused() {
    let exempt = performed().into_iter().map(|id| (id, "because".to_owned())).collect();
    let journal = journal_of(RunStarted { roster: Vec::new(), exempt, ..start() });
    assert!(refused(&journal, &[]).starts_with("No drill of level C1 passed"));
}

#[test]
fn an_unknown_drill_in_the_plan_is_refused() {
    let mut start = start();
    start.roster.push("meteor".into());
    let verdicts = passes(&start.roster);
    assert!(refused(&journal_of(start), &verdicts).contains("does not know it"));
}

#[test]
fn database_canaries_are_certified_at_c2_at_most() {
    let journal = journal_of(RunStarted { canary: "database".into(), ..start() });
    let certificate = issue(&journal, &passes(&performed())).unwrap();
    assert_eq!(certificate.level(), Level::C2);
    assert!(certificate.facts().next_step.contains("kind = \"app\""));
}

#[test]
fn what_is_written_is_read_back() {
    let journal = journal_of(start());
    let certificate = issue(&journal, &passes(&performed())).unwrap();
    let claim = read(&certificate.to_json()).unwrap();
    assert_eq!((claim.certified, claim.level, claim.reasons.len()), (true, Some(Level::C3), 0));
    assert_eq!(&claim.facts, certificate.facts());
    let refusal = issue(&journal, &with("hard-kill", Outcome::Fail)).unwrap_err();
    let claim = read(&refusal.to_json()).unwrap();
    assert_eq!((claim.certified, claim.reasons.as_slice()), (false, refusal.reasons()));
}

#[test]
fn strange_files_are_refused_with_a_reason() {
    let newer = issue(&journal_of(start()), &passes(&performed())).unwrap().to_json();
    let newer = newer.replacen("\"schema\": 1", "\"schema\": 2", 1);
    assert_eq!(read(&newer), Err(ClaimError::Newer(2)));
    for text in ["", "[]", "{}", "{\"schema\":1,\"type\":\"poem\"}", "null"] {
        assert!(matches!(read(text), Err(ClaimError::Shape(_))), "{text}");
    }
}

#[test]
fn a_digest_is_that_of_sha256() {
    let known = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(b"abc"), known);
}
