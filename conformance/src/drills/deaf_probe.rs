//! `deaf-probe`: negative controls. Every probe and hook of the app is attacked; one that cannot fail proves nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use civic_contract::journal::{Control, Entry, Event, SpanName};
use civic_contract::verdict::{Finding, Outcome, Verdict};
use futures_util::future::{BoxFuture, join_all};

use super::Drill;
use crate::baseline::{AFTER_SEEDING, ON_EMPTY};
use crate::canary::Write;
use crate::engine::EngineError;
use crate::judge::{Bench, Case};
use crate::stage::Stage;

/// Attacks the app's own probes and hooks.
pub struct DeafProbe;

/// A probe or operation that has not said yes by then has not said yes.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the page of a `page` canary is called.
const PAGE_HOOK: &str = "canary.expect";

impl Drill for DeafProbe {
    fn id(&self) -> &'static str {
        "deaf-probe"
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            if !boot_on_altered_data(stage).await? {
                return Ok(());
            }
            backup_changes(stage).await?;
            stage.note_harm("sigstop", "docker pause <containers>".into());
            stage.freeze().await?;
            attack(stage, Control::FrozenIsNoticed).await;
            stage.note_harm("removed", "docker rm --force <containers>".into());
            stage.remove_app().await?;
            attack(stage, Control::RemovedIsNoticed).await;
            Ok(())
        })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        bench.measured().rto_ms = None; // nothing is expected to come back
        blame_baseline(&mut bench, case);
        let mut performed = BTreeMap::new();
        for entry in case.own() {
            if let Event::Control { control, hook, noticed, detail } = &entry.event {
                *performed.entry(*control).or_insert(0) += 1;
                if *noticed == Some(false) {
                    blame_hook(&mut bench, *control, hook, detail);
                }
            }
        }
        blame_dead_start(&mut bench, case);
        let altered = [Control::AlteredIsNoticed].into_iter().filter(|_| !case.serves_a_page());
        for control in altered.chain([Control::FrozenIsNoticed, Control::RemovedIsNoticed]) {
            if !performed.contains_key(&control) {
                bench.doubt(format!("The control `{}` was not performed.", word(control)));
            }
        }
        let count: u32 = performed.values().sum();
        bench.close(format!("All {count} attacks on the app's probes and hooks were noticed."))
    }
}

/// Alters one canary in the copy, boots on it and reads. Where the app refuses altered data altogether, that is
/// noticing it too, and the copy is mended for the controls that follow.
async fn boot_on_altered_data(stage: &mut Stage) -> Result<bool, EngineError> {
    if stage.serves_a_page() {
        return stage.boot().await; // there is no data to alter
    }
    let altered = stage.alter_one_canary().await?;
    let booted = stage.boot().await?;
    let (noticed, detail) = match (&altered, booted) {
        (None, _) => (None, "no file of the copy holds a canary in plain bytes".to_owned()),
        (Some(_), false) => (Some(true), "the app does not start on altered data".to_owned()),
        (Some(altered), true) => match stage.peek(None).await {
            Err(reason) => (Some(true), format!("the read fails on altered data: {reason}")),
            Ok(records) if records.contains(&altered.record) => (
                Some(false),
                format!(
                    "canary {:07} reads as before, although its bytes were replaced in {} file(s)",
                    altered.record.0,
                    altered.files.len()
                ),
            ),
            Ok(_) => (Some(true), format!("canary {:07} no longer reads as it was", altered.record.0)),
        },
    };
    let hook = "canary.read".to_owned();
    stage.note(Event::Control { control: Control::AlteredIsNoticed, hook, noticed, detail });
    match altered {
        Some(altered) if !booted => {
            stage.remove_app().await?;
            stage.mend(altered).await?;
            stage.boot().await
        }
        _ => Ok(booted),
    }
}

/// Two backups with a write between them must differ.
async fn backup_changes(stage: &mut Stage) -> Result<(), EngineError> {
    if stage.durable_volumes().is_empty() {
        return Ok(());
    }
    let mut digests = Vec::new();
    let mut failure = None;
    let mut written = 0;
    for round in 0..2 {
        if round == 1 {
            written = stage.write(1).await;
        }
        let filled = stage.run_pre_backup().await?;
        digests.push(stage.content_digest().await?);
        let cleaned = stage.run_post_backup().await?;
        failure = failure.or(filled.err()).or(cleaned.err());
    }
    let (noticed, detail) = match failure {
        Some(reason) => (Some(false), reason),
        None if written == 0 => (None, "the app acknowledged no canary between two backups".into()),
        None if digests[0] == digests[1] => {
            (Some(false), "two backups with a write between them hold the same bytes".into())
        }
        None => (Some(true), "the backup holds other bytes after a write".into()),
    };
    let hook = stage.backup_hook_name();
    stage.note(Event::Control { control: Control::BackupChanges, hook, noticed, detail });
    Ok(())
}

/// Asks every probe and both canary operations, of which none may say yes.
async fn attack(stage: &Stage, control: Control) {
    let from = stage.pen().now_ms();
    let probes = stage.declared_probes();
    let asked = probes.iter().map(|(service, which)| async move {
        let hook = format!("services.{service}.probes.{which}");
        (hook, stage.ask_probe(service, *which, PATIENCE).await.err())
    });
    let reading = async {
        let answer = stage.peek(Some(PATIENCE)).await;
        let hook = if stage.serves_a_page() { PAGE_HOOK } else { "canary.read" };
        (hook.to_owned(), answer.err())
    };
    let writing = async {
        if stage.serves_a_page() {
            return None; // the same request
        }
        let answer = tokio::time::timeout(PATIENCE, stage.try_write()).await;
        let refusal = match answer {
            Ok(Some(Write::Acknowledged)) => None,
            Ok(Some(Write::Failed(reason) | Write::Unknown(reason))) => Some(reason),
            Ok(None) | Err(_) => Some("no answer in time".into()),
        };
        Some(("canary.write".to_owned(), refusal))
    };
    let (mut answers, read, written) = tokio::join!(join_all(asked), reading, writing);
    if stage.canaries_go_through_the_app() {
        answers.extend([Some(read), written].into_iter().flatten());
    }
    stage.pen().span(SpanName::DeclaredWait, from);
    for (hook, refusal) in answers {
        let noticed = Some(refusal.is_some());
        let detail = refusal.unwrap_or_else(|| "it said yes".into());
        stage.note(Event::Control { control, hook, noticed, detail });
    }
}

/// The controls that the baseline makes: a read on an empty instance, and a read after the seeding.
fn blame_baseline(bench: &mut Bench<'_>, case: &Case<'_>) {
    for entry in case.shared() {
        match &entry.event {
            Event::ReadBack { after, records } if after == ON_EMPTY && !records.is_empty() => {
                let detail = format!("a fresh, empty instance gave {} canaries", records.len());
                blame_hook(bench, Control::FreshIsEmpty, "canary.read", &detail);
            }
            Event::ReadFailed { after, reason } if case.serves_a_page() => {
                let detail = format!("the page does not come as expected {after}: {reason}");
                blame_page(bench, &detail);
            }
            Event::ReadFailed { after, reason } => {
                let detail = format!("the read fails {after}: {reason}");
                let control = if after == ON_EMPTY { Control::FreshIsEmpty } else { Control::WriteIsRead };
                blame_hook(bench, control, "canary.read", &detail);
            }
            _ => {}
        }
    }
    let seeded = case.shared().find(|entry| is_seed_reading(entry));
    if seeded.is_some() && case.seed_was_acknowledged() && !case.seed_is_intact() {
        let detail = "what was just acknowledged is not what is read back";
        blame_hook(bench, Control::WriteIsRead, "canary.write or canary.read", detail);
    }
    let refusal = case.shared().find_map(|entry| match &entry.event {
        Event::WriteFailed { reason, .. } | Event::WriteUnknown { reason, .. } => Some(reason),
        _ => None,
    });
    if let Some(reason) = refusal.filter(|_| !case.seed_was_acknowledged()) {
        bench.doubt(match case.serves_a_page() {
            true => format!(
                "The page never came as expected while nothing was done to the app ({reason}): look at [canary] in civic.toml."
            ),
            false => format!(
                "The app acknowledged no canary while nothing was done to it ({reason}): look at canary.write in civic.toml."
            ),
        });
    }
}

/// A page that does not come from an unharmed app tells nothing about a harmed one.
fn blame_page(bench: &mut Bench<'_>, detail: &str) {
    let finding = Finding {
        done: "One GET for the page of [canary]".into(),
        expected: "An unharmed, ready app answers with the page that civic.toml expects.".into(),
        seen: detail.into(),
        cause: "The path, the status or the regular expression in civic.toml is not that of the page, or the app says \
                that it is ready before it can serve."
            .into(),
        fix: "Ask for the page by hand (`curl -i`), and compare with `path`, `status` and `expect` below [canary]."
            .into(),
        ..Finding::default()
    };
    bench.blame(Outcome::Unsound, format!("{PAGE_HOOK} proves nothing: {detail}."), finding);
}

fn is_seed_reading(entry: &Entry) -> bool {
    matches!(&entry.event, Event::ReadBack { after, .. } if after == AFTER_SEEDING)
}

/// An app that does not start on an unharmed copy has more than deaf probes.
fn blame_dead_start(bench: &mut Bench<'_>, case: &Case<'_>) {
    let noticed = case.own().any(|entry| matches!(entry.event, Event::Control { .. }));
    if !noticed {
        bench.doubt("The app did not start on a copy of its own data, so its probes could not be attacked.");
    }
}

fn blame_hook(bench: &mut Bench<'_>, control: Control, hook: &str, detail: &str) {
    let (expected, cause, fix) = explain(control);
    let finding = Finding {
        done: format!("Control `{}` on {hook}", word(control)),
        expected: expected.into(),
        seen: detail.into(),
        cause: cause.into(),
        fix: fix.into(),
        ..Finding::default()
    };
    bench.blame(Outcome::Unsound, format!("{hook} proves nothing: {detail}."), finding);
}

fn word(control: Control) -> &'static str {
    match control {
        Control::FreshIsEmpty => "fresh-is-empty",
        Control::WriteIsRead => "write-is-read",
        Control::AlteredIsNoticed => "altered-is-noticed",
        Control::FrozenIsNoticed => "frozen-is-noticed",
        Control::RemovedIsNoticed => "removed-is-noticed",
        Control::BackupChanges => "backup-changes",
    }
}

fn explain(control: Control) -> (&'static str, &'static str, &'static str) {
    match control {
        Control::FreshIsEmpty => (
            "A read on a fresh, empty instance answers, and holds no canary.",
            "The read does not look at the app's own data, or fails when there is none.",
            "Let canary.read ask the app itself, and answer an empty list when there is nothing.",
        ),
        Control::WriteIsRead => (
            "What was just acknowledged is in the next read, with the same nonce.",
            "The write says yes without storing, or the read does not find what is stored (see `records`).",
            "Try both by hand: write one canary as civic.toml says, then read, and compare.",
        ),
        Control::AlteredIsNoticed => (
            "After the bytes of a canary are altered in a copy of the data, the read no longer shows the old ones.",
            "The read answers from somewhere else than the data that is backed up.",
            "Let canary.read ask for what is in the durable volumes.",
        ),
        Control::FrozenIsNoticed => (
            "While every process of the app stands still, no probe and no canary operation says yes.",
            "It does not ask the running app: a fixed answer, a file, or a command that always succeeds.",
            "Let the probe ask the app over its port, and the canary go through the app's own route.",
        ),
        Control::RemovedIsNoticed => (
            "While the app's containers are gone, no probe and no canary operation says yes.",
            "It asks something other than this app.",
            "Point it at the service it is meant for.",
        ),
        Control::BackupChanges => (
            "The backup hooks succeed, and after a write the backup holds other bytes.",
            "The backup hook does not save the app's data, or swallows an error.",
            "Let the hook fail when its dump fails (`set -eu`, no `|| true`), and dump into $CIVIC_BACKUP_DIR.",
        ),
    }
}
