//! `hard-kill`: SIGKILL under load, at five moments.

use std::time::Duration;

use civic_contract::journal::{Entry, Event, SpanName};
use civic_contract::verdict::Verdict;
use futures_util::future::BoxFuture;

use super::Drill;
use crate::engine::EngineError;
use crate::judge::{Advice, Bench, Case};
use crate::stage::{Moment, Stage};

/// Kills every container of the app at once, five times.
pub struct HardKill;

const DONE: &str = "docker kill --signal SIGKILL <containers>, then new containers on the same volumes";
const WRITERS: usize = 3;
const WARM_UP: usize = 6;
const PHASES: [&str; 5] = ["idle", "mid-write", "after-ack", "mid-boot", "mid-migration"];
const ADVICE: Advice = Advice {
    cause: "The app acknowledged before the data was safe, or left something behind that stops the next start (a \
            lock, a half-written file, a half-run migration).",
    fix: "Acknowledge after the commit or fsync. Write files beside their place and rename them. Make migrations \
          run in a transaction, and never wait for a lock that a dead process holds.",
};

impl Drill for HardKill {
    fn id(&self) -> &'static str {
        "hard-kill"
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            if !stage.boot().await? {
                return Ok(());
            }
            for phase in stage.repetitions(&PHASES) {
                match *phase {
                    "idle" => idle(stage).await?,
                    "mid-write" => mid_write(stage).await?,
                    "after-ack" => after_acknowledgement(stage).await?,
                    "mid-boot" => mid_boot(stage).await?,
                    _ => mid_migration(stage).await?,
                }
                if !stage.replace().await? || !stage.read(&format!("after a kill, {phase}")).await {
                    return Ok(());
                }
            }
            Ok(())
        })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open_with_canaries(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        bench.demand_readiness(DONE, ADVICE);
        bench.demand_canaries(DONE, None, ADVICE);
        bench.demand_substance();
        let own: Vec<&Entry> = case.own().collect();
        for phase in PHASES.iter().take(if case.start().quick { 3 } else { PHASES.len() }) {
            if let Some(doubt) = doubt_about(case, &own, phase) {
                bench.doubt(doubt);
            }
        }
        let kills = own.iter().filter(|entry| is_harm(entry, None)).count();
        bench.close_as(
            format!("Killed {kills} times without warning; came back by itself and lost nothing."),
            format!(
                "Killed {kills} times without warning; came back by itself and served its page each time. civic.toml \
                 declares no data, so none was at risk."
            ),
        )
    }
}

async fn idle(stage: &mut Stage) -> Result<(), EngineError> {
    stage.write(WRITERS).await;
    stage.kill(Some("idle"), None).await
}

async fn mid_write(stage: &mut Stage) -> Result<(), EngineError> {
    let mut load = stage.dense_load(WRITERS);
    load.wait_for(WARM_UP, stage.load_limit()).await;
    let in_flight = load.wait_for_write(stage.load_limit()).await;
    stage.kill(Some("mid-write"), in_flight).await?;
    load.stop().await;
    Ok(())
}

async fn after_acknowledgement(stage: &mut Stage) -> Result<(), EngineError> {
    let mut load = stage.load(1);
    load.wait_for(2, stage.load_limit()).await;
    stage.kill(Some("after-ack"), None).await?;
    load.stop().await;
    Ok(())
}

/// Cuts a warm boot off at a seeded share of what one took before.
async fn mid_boot(stage: &mut Stage) -> Result<(), EngineError> {
    stage.write(WRITERS).await;
    stage.kill(Some("before the boot"), None).await?;
    let after = stage.last_boot().mul_f64(stage.share(0.2, 0.8));
    boot_until(stage, tokio::time::sleep(after)).await?;
    stage.kill(Some("mid-boot"), None).await
}

/// Cuts a boot off while its release job runs.
async fn mid_migration(stage: &mut Stage) -> Result<(), EngineError> {
    if !stage.has_release_job() {
        let reason = "no release job is declared".to_owned();
        stage.note(Event::NotApplicable { phase: "mid-migration".into(), reason });
        return stage.kill(Some("mid-migration"), None).await;
    }
    stage.kill(Some("before the migration"), None).await?;
    let delay = Duration::from_millis(300).mul_f64(stage.share(0.05, 0.9));
    let mut moments = stage.moments();
    let in_migration = async {
        let reached = moments.wait_for(|moment| *moment == Moment::ReleaseJob).await.is_ok();
        if reached {
            tokio::time::sleep(delay).await;
        }
    };
    boot_until(stage, in_migration).await?;
    stage.kill(Some("mid-migration"), None).await
}

/// Replaces the app and drops the boot at a moment. One that is quicker is left as it is: the kill then hits an
/// app that has just become ready.
async fn boot_until(stage: &mut Stage, moment: impl Future<Output = ()>) -> Result<(), EngineError> {
    let from = stage.pen().now_ms();
    let finished = tokio::select! {
        booted = stage.replace() => Some(booted),
        () = moment => None,
    };
    match finished {
        Some(booted) => booted.map(drop),
        None => {
            stage.pen().span(SpanName::Boot, from);
            Ok(())
        }
    }
}

fn is_harm(entry: &Entry, wanted: Option<&str>) -> bool {
    let Event::Harmed { fault, phase, .. } = &entry.event else { return false };
    fault == "sigkill" && wanted.is_none_or(|wanted| phase.as_deref() == Some(wanted))
}

/// Why a phase proves nothing: it was not reached, killed nothing, or hit no write.
fn doubt_about(case: &Case<'_>, own: &[&Entry], phase: &str) -> Option<String> {
    let Some(fault) = own.iter().position(|entry| is_harm(entry, Some(phase))) else {
        return Some(format!("The phase {phase} was not reached."));
    };
    let until =
        own[fault + 1..].iter().position(|entry| is_harm(entry, None)).map_or(own.len(), |at| fault + 1 + at);
    let after = &own[fault + 1..until];
    let killed =
        after.iter().any(|entry| matches!(entry.event, Event::Exited { code: 137, by_suite: true, .. }));
    if !killed {
        return Some(format!("In the phase {phase} nothing was seen to die by SIGKILL (exit code 137)."));
    }
    if !after.iter().any(|entry| case.is_answer(&entry.event)) {
        let what = if case.serves_a_page() { "page" } else { "canaries" };
        return Some(format!("After the phase {phase} nobody asked for the {what}."));
    }
    if phase == "mid-write" && !hit_a_write(&own[..fault], after) {
        let what = if case.serves_a_page() { "request for the page" } else { "write" };
        return Some(format!("In the phase mid-write no {what} was under way when the kill came."));
    }
    None
}

/// A write that was sent before the fault, and whose outcome came after it.
fn hit_a_write(before: &[&Entry], after: &[&Entry]) -> bool {
    let sent = |wanted: u32| {
        before.iter().any(|entry| matches!(entry.event, Event::Invoked { id, .. } if id == wanted))
    };
    after.iter().any(|entry| match entry.event {
        Event::Acknowledged { id } | Event::WriteFailed { id, .. } | Event::WriteUnknown { id, .. } => {
            sent(id)
        }
        _ => false,
    })
}
