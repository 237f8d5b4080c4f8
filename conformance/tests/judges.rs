//! Judges on hand-made journals: each verdict has a history that leads to it, and one that does not.

use civic_conformance::baseline::{AFTER_SEEDING, ON_EMPTY};
use civic_conformance::drills::ROSTER;
use civic_conformance::judge::{judge_all, judge_one};
use civic_contract::journal::{Baseline, Control, Entry, Event, Journal, RunStarted};
use civic_contract::verdict::{Outcome, Verdict};
use proptest::prelude::*;

/// A history under construction; its clock moves on by 10 ms an entry.
#[derive(Clone)]
struct History(Vec<Entry>);

impl History {
    fn empty() -> Self {
        let roster = ROSTER.iter().map(|drill| drill.id().to_owned()).collect();
        let start = RunStarted {
            schema: 1,
            roster,
            data_loss_ms: 3_600_000,
            downtime_ms: 3_600_000,
            project: "app".into(),
            ..RunStarted::default()
        };
        Self(Vec::new()).add(None, None, Event::RunStarted(start))
    }

    /// Three cold boots, a seeded and intact baseline.
    fn seeded() -> Self {
        let mut history = Self::empty();
        for sandbox in ["cold-1", "cold-2", "cold-3"] {
            history = history.add(None, Some(sandbox), Event::SandboxMade { cloned_from: None }).add(
                None,
                Some(sandbox),
                Event::Ready { took_ms: 1000, deadline_ms: 20_000 },
            );
        }
        history = history.add(None, Some("cold-2"), read(ON_EMPTY, &[]));
        for id in 1..=5 {
            history = history.add(None, Some("cold-1"), invoked(id)).add(
                None,
                Some("cold-1"),
                Event::Acknowledged { id },
            );
        }
        history.add(None, Some("cold-1"), read(AFTER_SEEDING, &[1, 2, 3, 4, 5])).add(
            None,
            None,
            Event::Baseline(Baseline { boots_ms: vec![1000], ..Baseline::default() }),
        )
    }

    fn drill(self, id: &str) -> Self {
        let made = Event::SandboxMade { cloned_from: Some("cold-1".into()) };
        self.add(Some(id), None, Event::DrillStarted { attempt: 1 }).add(Some(id), Some(id), made)
    }

    fn add(mut self, drill: Option<&str>, sandbox: Option<&str>, event: Event) -> Self {
        let at_ms = self.0.len() as u64 * 10;
        self.0.push(Entry { at_ms, drill: drill.map(Into::into), sandbox: sandbox.map(Into::into), event });
        self
    }

    fn here(self, id: &str, event: Event) -> Self {
        self.add(Some(id), Some(id), event)
    }

    fn wrote(self, drill: &str, ids: std::ops::RangeInclusive<u32>) -> Self {
        ids.fold(self, |history, id| history.here(drill, invoked(id)).here(drill, Event::Acknowledged { id }))
    }

    fn judge(&self, drill: &str) -> Verdict {
        judge_one(&Journal { entries: self.0.clone(), cut_off: false }, drill, ROSTER)
    }
}

fn nonce(id: u32) -> String {
    format!("NONCE{id}")
}

fn invoked(id: u32) -> Event {
    Event::Invoked { id, nonce: nonce(id) }
}

fn read(after: &str, ids: &[u32]) -> Event {
    Event::ReadBack { after: after.into(), records: ids.iter().map(|id| (*id, nonce(*id))).collect() }
}

fn harmed(fault: &str, phase: Option<&str>) -> Event {
    let phase = phase.map(Into::into);
    Event::Harmed {
        fault: fault.into(),
        phase,
        services: vec!["web".into()],
        command: String::new(),
        in_flight: None,
    }
}

fn exited(code: i64) -> Event {
    Event::Exited { service: "web".into(), container: "c".into(), code, oom: false, by_suite: true }
}

fn ready() -> Event {
    Event::Ready { took_ms: 500, deadline_ms: 20_000 }
}

fn observed(what: &str, value: &str) -> Event {
    Event::Observed { what: what.into(), service: "web".into(), value: value.into() }
}

fn control(control: Control, hook: &str, noticed: Option<bool>) -> Event {
    Event::Control { control, hook: hook.into(), noticed, detail: "seen".into() }
}

fn soft_stop(code: i64, back: &[u32]) -> History {
    let id = "soft-stop";
    let history = History::seeded().drill(id).here(id, ready()).wrote(id, 100..=104);
    let history = history.here(id, harmed("sigterm", None)).here(id, exited(code)).here(id, ready());
    history.here(id, read("after a soft stop", back)).add(Some(id), None, Event::DrillEnded)
}

fn volume_lost(back: &[u32]) -> History {
    let id = "volume-lost";
    let taken = Event::SnapshotTaken {
        snapshot: "s".into(),
        restic: "r".into(),
        bytes: 10,
        files: 1,
        content: "c".into(),
    };
    let volume = |made: bool| {
        let (volume, id) = ("data".to_owned(), "v".to_owned());
        if made { Event::VolumeMade { volume, id } } else { Event::VolumeGone { volume, id } }
    };
    let history = History::seeded().drill(id).here(id, ready()).wrote(id, 100..=104);
    let history = history.here(id, Event::SnapshotBegun { snapshot: "s".into() }).here(id, taken);
    let history = history.wrote(id, 105..=109).here(id, harmed("volumes-destroyed", None));
    let history = history.here(id, volume(false)).here(id, volume(true));
    let history = history.here(id, Event::Restored { snapshot: "s".into(), took_ms: 5 }).here(id, ready());
    history.here(id, read("after the restore", back)).add(Some(id), None, Event::DrillEnded)
}

fn hard_kill(back: &[u32]) -> History {
    let id = "hard-kill";
    let mut history = History::seeded().drill(id).here(id, ready()).wrote(id, 100..=104);
    for phase in ["idle", "mid-write", "after-ack", "mid-boot", "mid-migration"] {
        if phase == "mid-write" {
            history = history.here(id, invoked(200));
        }
        history = history.here(id, harmed("sigkill", Some(phase))).here(id, exited(137));
        if phase == "mid-write" {
            history = history.here(id, Event::WriteUnknown { id: 200, reason: "gone".into() });
        }
        history = history.here(id, ready()).here(id, read(&format!("after a kill, {phase}"), back));
    }
    history.add(Some(id), None, Event::DrillEnded)
}

fn read_only(root: &str) -> History {
    let id = "read-only-root";
    let history = History::seeded().drill(id).here(id, ready()).here(id, observed("root-read-only", root));
    let history = history.wrote(id, 100..=104);
    history.here(id, read("on a read-only root", &[1, 2, 3, 4, 5, 100, 101, 102, 103, 104])).add(
        Some(id),
        None,
        Event::DrillEnded,
    )
}

fn deaf_probe(noticed: bool) -> History {
    let id = "deaf-probe";
    let mut history = History::seeded().drill(id).here(id, ready());
    for (which, hook) in [
        (Control::AlteredIsNoticed, "canary.read"),
        (Control::BackupChanges, "hooks.pre_backup"),
        (Control::FrozenIsNoticed, "services.web.probes.ready"),
        (Control::RemovedIsNoticed, "services.web.probes.ready"),
    ] {
        history = history.here(id, control(which, hook, Some(noticed || which != Control::FrozenIsNoticed)));
    }
    history.add(Some(id), None, Event::DrillEnded)
}

fn page_of(mut history: History) -> History {
    for entry in &mut history.0 {
        match &mut entry.event {
            Event::RunStarted(start) => start.canary = "page".into(),
            Event::ReadBack { after, .. } => entry.event = Event::PageServed { after: after.clone() },
            _ => {}
        }
    }
    history
}

fn started(container: &str) -> Event {
    Event::Started { service: "web".into(), container: container.into(), image: "sha256:a".into() }
}

/// Everything but the image destroyed, and the page served again, or not.
fn page_from_the_image(old: &str, new: &str, served: bool) -> History {
    let id = "volume-lost";
    let history =
        page_of(History::seeded()).drill(id).here(id, started(old)).here(id, ready()).wrote(id, 100..=104);
    let history = history
        .here(id, harmed("sigkill", None))
        .here(id, exited(137))
        .here(id, harmed("volumes-destroyed", None));
    let history = history.here(id, started(new)).here(id, ready());
    let (after, reason) =
        ("after the loss of everything but the image".to_owned(), "GET / answered an empty page".into());
    let answer = if served { Event::PageServed { after } } else { Event::ReadFailed { after, reason } };
    history.here(id, answer).add(Some(id), None, Event::DrillEnded)
}

fn page_histories() -> [(&'static str, History); 4] {
    [
        ("soft-stop", page_of(soft_stop(0, &[]))),
        ("hard-kill", page_of(hard_kill(&[]))),
        ("read-only-root", page_of(read_only("true"))),
        ("volume-lost", page_from_the_image("a", "b", true)),
    ]
}

const ALL: [u32; 10] = [1, 2, 3, 4, 5, 100, 101, 102, 103, 104];

#[test]
fn an_empty_history_proves_nothing_in_any_drill() {
    for drill in ROSTER {
        assert_eq!(History::empty().judge(drill.id()).outcome, Outcome::Inconclusive, "{}", drill.id());
    }
}

#[test]
fn a_drill_that_was_not_performed_is_never_a_pass() {
    for drill in ROSTER.iter().filter(|drill| drill.id() != "cold-boot") {
        assert_eq!(History::seeded().judge(drill.id()).outcome, Outcome::Inconclusive, "{}", drill.id());
    }
}

#[test]
fn a_whole_history_passes() {
    assert_eq!(History::seeded().judge("cold-boot").outcome, Outcome::Pass);
    assert_eq!(deaf_probe(true).judge("deaf-probe").outcome, Outcome::Pass);
    assert_eq!(soft_stop(0, &ALL).judge("soft-stop").outcome, Outcome::Pass);
    assert_eq!(hard_kill(&ALL).judge("hard-kill").outcome, Outcome::Pass);
    assert_eq!(volume_lost(&ALL).judge("volume-lost").outcome, Outcome::Pass);
    assert_eq!(read_only("true").judge("read-only-root").outcome, Outcome::Pass);
}

#[test]
fn a_page_that_comes_again_passes_and_says_that_no_data_was_at_risk() {
    for (drill, history) in page_histories() {
        let verdict = history.judge(drill);
        assert_eq!(verdict.outcome, Outcome::Pass, "{verdict:?}");
        assert!(verdict.headline.contains("civic.toml declares no data"), "{}", verdict.headline);
        assert!(
            !verdict.headline.contains("canar") && !verdict.headline.contains("lost nothing"),
            "{verdict:?}"
        );
        assert_eq!((verdict.measured.lost, verdict.measured.rpo_ms), (0, None), "{drill}");
    }
}

#[test]
fn a_page_that_does_not_come_again_fails_every_drill_that_harms() {
    for (drill, mut history) in page_histories() {
        let last =
            history.0.iter_mut().rfind(|entry| matches!(entry.event, Event::PageServed { .. })).unwrap();
        let reason = "GET / answered 200 without what `expect` asks for: oops".to_owned();
        last.event = Event::ReadFailed { after: "afterwards".into(), reason };
        let verdict = history.judge(drill);
        assert_eq!(verdict.outcome, Outcome::Fail, "{verdict:?}");
        assert!(verdict.findings[0].canaries.is_empty(), "{verdict:?}");
    }
}

#[test]
fn a_page_that_never_came_before_the_harm_proves_nothing() {
    for (drill, mut history) in page_histories() {
        history.0.retain(|entry| !matches!(entry.event, Event::Acknowledged { .. }));
        assert_eq!(history.judge(drill).outcome, Outcome::Inconclusive, "{drill}");
    }
    for (drill, mut history) in page_histories() {
        history.0.retain(|entry| entry.drill.is_none() || !matches!(entry.event, Event::Acknowledged { .. }));
        let verdict = history.judge(drill);
        assert_eq!(verdict.outcome, Outcome::Inconclusive, "{drill}");
        assert!(verdict.headline.starts_with("The page came 0 times"), "{}", verdict.headline);
    }
}

#[test]
fn a_page_and_records_are_never_taken_for_each_other() {
    for (drill, mut history) in page_histories() {
        let Event::RunStarted(start) = &mut history.0[0].event else { panic!() };
        start.canary = "app".into();
        assert_eq!(
            history.judge(drill).outcome,
            Outcome::Inconclusive,
            "{drill}: a page brings no record back"
        );
    }
    for (drill, mut history) in [("soft-stop", soft_stop(0, &ALL)), ("hard-kill", hard_kill(&ALL))] {
        let Event::RunStarted(start) = &mut history.0[0].event else { panic!() };
        start.canary = "page".into();
        assert_eq!(history.judge(drill).outcome, Outcome::Inconclusive, "{drill}: a record is no page");
    }
}

#[test]
fn old_containers_and_volumes_prove_no_start_from_the_image() {
    assert_eq!(page_from_the_image("a", "a", true).judge("volume-lost").outcome, Outcome::Inconclusive);
    let mut kept = page_from_the_image("a", "b", true);
    let made = Event::VolumeMade { volume: "cache".into(), id: "v".into() };
    let at = kept.0.iter().position(|entry| entry.event == started("b")).unwrap();
    let entry = Entry { event: made, ..kept.0[at].clone() };
    kept.0.insert(at, entry);
    let verdict = kept.judge("volume-lost");
    assert_eq!(
        (verdict.outcome, verdict.headline.as_str()),
        (Outcome::Inconclusive, "A rebuildable volume was not destroyed.")
    );
}

#[test]
fn a_page_is_attacked_by_what_it_can_miss() {
    let mut history = page_of(deaf_probe(true));
    history
        .0
        .retain(|entry| !matches!(entry.event, Event::Control { control: Control::AlteredIsNoticed, .. }));
    assert_eq!(history.judge("deaf-probe").outcome, Outcome::Pass, "there is no data to alter");
    let yes = control(Control::FrozenIsNoticed, "canary.expect", Some(false));
    let verdict = history.clone().here("deaf-probe", yes).judge("deaf-probe");
    assert_eq!(verdict.outcome, Outcome::Unsound);
    assert!(verdict.headline.starts_with("canary.expect proves nothing"), "{}", verdict.headline);
    let failed = Event::ReadFailed { after: AFTER_SEEDING.into(), reason: "GET / answered 404".into() };
    let verdict = history.add(None, Some("cold-1"), failed).judge("deaf-probe");
    assert_eq!(verdict.outcome, Outcome::Unsound);
    assert!(verdict.findings[0].fix.contains("curl -i"), "{verdict:?}");
}

#[test]
fn a_lost_canary_fails_every_drill_that_harms() {
    let less = &ALL[..9];
    let histories = [
        ("soft-stop", soft_stop(0, less)),
        ("hard-kill", hard_kill(less)),
        ("volume-lost", volume_lost(less)),
    ];
    for (drill, history) in histories {
        let verdict = history.judge(drill);
        assert_eq!(verdict.outcome, Outcome::Fail, "{drill}");
        assert_eq!(verdict.measured.lost, 1, "{drill}");
        assert_eq!(verdict.findings[0].canaries, ["0000104"], "{drill}");
    }
}

#[test]
fn what_came_after_the_snapshot_is_measured_and_not_held_against_the_app() {
    let verdict = volume_lost(&ALL).judge("volume-lost");
    assert_eq!((verdict.measured.forgone, verdict.measured.lost), (5, 0));
    // From the acknowledgement of canary 104 to the fault: 13 entries of 10 ms.
    assert_eq!(verdict.measured.rpo_ms, Some(130));
}

#[test]
fn an_app_that_had_to_be_killed_fails_the_soft_stop() {
    let verdict = soft_stop(137, &ALL).judge("soft-stop");
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert!(verdict.headline.contains("had to be killed"), "{}", verdict.headline);
}

#[test]
fn a_probe_that_says_yes_while_the_app_is_frozen_is_unsound_and_named() {
    let verdict = deaf_probe(false).judge("deaf-probe");
    assert_eq!(verdict.outcome, Outcome::Unsound);
    assert!(verdict.headline.starts_with("services.web.probes.ready proves nothing"), "{}", verdict.headline);
}

#[test]
fn a_read_that_finds_canaries_on_an_empty_instance_is_unsound() {
    let history = deaf_probe(true).add(None, Some("cold-3"), read(ON_EMPTY, &[1]));
    assert_eq!(history.judge("deaf-probe").outcome, Outcome::Unsound);
}

#[test]
fn losses_mean_nothing_when_the_canary_operations_do_not_work() {
    let mut history = soft_stop(0, &[]);
    for entry in &mut history.0 {
        if matches!(&entry.event, Event::ReadBack { after, .. } if after == AFTER_SEEDING) {
            entry.event = read(AFTER_SEEDING, &[]);
        }
    }
    assert_eq!(history.judge("soft-stop").outcome, Outcome::Inconclusive);
    assert_eq!(history.judge("deaf-probe").outcome, Outcome::Unsound);
}

#[test]
fn a_fault_without_effect_proves_nothing() {
    assert_eq!(read_only("false").judge("read-only-root").outcome, Outcome::Inconclusive);
    let mut unharmed = hard_kill(&ALL);
    unharmed.0.retain(|entry| !matches!(entry.event, Event::Exited { .. }));
    assert_eq!(unharmed.judge("hard-kill").outcome, Outcome::Inconclusive);
    let mut kept = volume_lost(&ALL);
    kept.0.retain(|entry| !matches!(entry.event, Event::VolumeGone { .. }));
    assert_eq!(kept.judge("volume-lost").outcome, Outcome::Inconclusive);
}

#[test]
fn a_kill_that_hit_no_write_proves_nothing_about_writes() {
    let mut history = hard_kill(&ALL);
    history.0.retain(|entry| !matches!(entry.event, Event::WriteUnknown { .. }));
    let verdict = history.judge("hard-kill");
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    assert!(verdict.headline.contains("mid-write"), "{}", verdict.headline);
}

#[test]
fn a_crash_before_readiness_fails_the_cold_boot_although_it_recovers() {
    let crash =
        Event::Exited { service: "web".into(), container: "c".into(), code: 1, oom: false, by_suite: false };
    let verdict = History::seeded().add(None, Some("cold-3"), crash).judge("cold-boot");
    assert_eq!(verdict.outcome, Outcome::Fail);
}

#[test]
fn data_in_the_writable_layer_fails_the_read_only_root() {
    let held = Event::LayerHoldsCanary { service: "web".into(), path: "/app/x".into(), id: 1 };
    let verdict = read_only("true").add(None, Some("cold-1"), held).judge("read-only-root");
    assert_eq!(verdict.outcome, Outcome::Fail);
}

#[test]
fn a_broken_laboratory_is_never_the_apps_fault() {
    let broken = Event::InfraError { message: "gone".into() };
    let verdict = soft_stop(137, &[]).here("soft-stop", broken.clone()).judge("soft-stop");
    assert_eq!(verdict.outcome, Outcome::InfraError);
    // The second attempt counts, and only that.
    let mut again = History::seeded().drill("soft-stop").here("soft-stop", broken);
    for mut entry in soft_stop(0, &ALL).0.split_off(History::seeded().0.len()) {
        entry.at_ms += 10_000;
        again.0.push(entry);
    }
    assert_eq!(again.judge("soft-stop").outcome, Outcome::Pass);
}

#[test]
fn a_journal_judged_again_gives_the_same_verdicts() {
    let journal = Journal { entries: hard_kill(&ALL).0, cut_off: false };
    let text: String =
        journal.entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
    assert_eq!(judge_all(&Journal::parse(&text).unwrap(), ROSTER), judge_all(&journal, ROSTER));
}

proptest! {
    /// No subset of a passing history is better than the whole, and no judge panics on one.
    #[test]
    fn leaving_things_out_never_makes_a_pass_of_a_loss(kept in proptest::collection::vec(any::<bool>(), 120)) {
        let mut history = volume_lost(&ALL[..9]);
        let mut index = 0;
        history.0.retain(|entry| {
            index += 1;
            index == 1 || kept[index % kept.len()] || matches!(entry.event, Event::Invoked { .. } | Event::Acknowledged { .. } | Event::ReadBack { .. })
        });
        for drill in ROSTER {
            let verdict = history.judge(drill.id());
            prop_assert!(!verdict.headline.contains("defect of civic"), "{verdict:?}");
        }
        prop_assert_ne!(history.judge("volume-lost").outcome, Outcome::Pass);
    }
}
