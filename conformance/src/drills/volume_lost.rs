//! `volume-lost`: the volumes are destroyed and a snapshot is restored into new ones.

use std::collections::BTreeSet;

use civic_contract::journal::{Entry, Event};
use civic_contract::verdict::{Finding, Outcome, Verdict};
use futures_util::future::BoxFuture;

use super::Drill;
use crate::engine::EngineError;
use crate::judge::{Advice, Bench, Case};
use crate::stage::Stage;

/// Takes a snapshot, writes on, destroys every volume and restores.
pub struct VolumeLost;

const DONE: &str = "docker volume rm <volumes>, then restic restore into new ones and the post-restore hooks";
const FROM_IMAGES: &str = "docker compose down --volumes && docker compose up";
const PAGE_ADVICE: Advice = Advice {
    cause: "The app needs something that only the destroyed containers or volumes had.",
    fix: "Put everything into the image. What must be kept is data: declare its place as a durable volume.",
};
const CANARIES: usize = 10;
const SNAPSHOT: &str = "before-the-loss";
const ADVICE: Advice = Advice {
    cause: "The backup does not hold what the app acknowledged, or the restore does not bring it back.",
    fix: "Have the pre-backup hook put all state into $CIVIC_BACKUP_DIR (or declare the volume with `backup = \
          \"files\"`) and fail when its dump is not whole; have the post-restore hook load exactly that.",
};

impl Drill for VolumeLost {
    fn id(&self) -> &'static str {
        "volume-lost"
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            if stage.serves_a_page() {
                return lose_everything(stage).await;
            }
            if stage.durable_volumes().is_empty() {
                let reason = "civic.toml declares no durable volume".to_owned();
                stage.note(Event::NotApplicable { phase: "volume-lost".into(), reason });
                return Ok(());
            }
            let repository = Stage::make_repository(stage.access());
            let (booted, made) = tokio::join!(stage.boot(), repository);
            made?;
            if !booted? {
                return Ok(());
            }
            stage.write(CANARIES).await;
            if !stage.snapshot(SNAPSHOT).await? {
                return Ok(());
            }
            stage.write(CANARIES).await;
            stage.destroy_volumes().await?;
            if stage.restore(SNAPSHOT).await? && stage.boot().await? {
                stage.read("after the restore").await;
            }
            Ok(())
        })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open_with_canaries(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        if case.serves_a_page() {
            return judge_page(bench, case);
        }
        let own: Vec<&Entry> = case.own().collect();
        if own.iter().any(|entry| matches!(entry.event, Event::NotApplicable { .. })) {
            bench.doubt("civic.toml declares no durable volume, so there is nothing to lose or restore. Is the app really stateless?");
            return bench.close("");
        }
        blame_failed_steps(&mut bench, case);
        bench.demand_readiness(DONE, ADVICE);
        let cut = own
            .iter()
            .find(|entry| matches!(entry.event, Event::SnapshotBegun { .. }))
            .map(|entry| entry.at_ms);
        bench.demand_canaries(DONE, cut.or(Some(0)), ADVICE);
        let rpo = measured_loss_ms(case, &own, cut);
        bench.measured().rpo_ms = rpo;
        blame_intolerable(&mut bench, case, rpo);
        bench.demand_substance();
        if let Some(doubt) = doubt(&own) {
            bench.doubt(doubt);
        }
        bench.close("Every volume was destroyed; all that was acknowledged before the snapshot came back.")
    }
}

/// For an app that keeps no data: nothing is left but its images, and there is no snapshot to come back from.
async fn lose_everything(stage: &mut Stage) -> Result<(), EngineError> {
    if !stage.boot().await? {
        return Ok(());
    }
    stage.write(CANARIES).await;
    stage.destroy_volumes().await?;
    if stage.boot().await? {
        stage.read("after the loss of everything but the image").await;
    }
    Ok(())
}

fn judge_page(mut bench: Bench<'_>, case: &Case<'_>) -> Verdict {
    bench.demand_readiness(FROM_IMAGES, PAGE_ADVICE);
    bench.demand_canaries(FROM_IMAGES, None, PAGE_ADVICE);
    blame_intolerable(&mut bench, case, None);
    bench.demand_substance();
    if let Some(doubt) = doubt_about_images(&case.own().collect::<Vec<_>>()) {
        bench.doubt(doubt);
    }
    bench.close(
        "Every container was destroyed, and there was no volume to restore: the page came back from the images alone. \
         civic.toml declares no data, so none was at risk.",
    )
}

/// Why a start from the images alone was not shown.
fn doubt_about_images(own: &[&Entry]) -> Option<&'static str> {
    let destroyed =
        |entry: &&Entry| matches!(&entry.event, Event::Harmed { fault, .. } if fault == "volumes-destroyed");
    let Some(fault) = own.iter().position(destroyed) else { return Some("Nothing was destroyed.") };
    let (before, after) = own.split_at(fault);
    let started = |entries: &[&Entry]| -> BTreeSet<String> {
        let containers = entries.iter().filter_map(|entry| match &entry.event {
            Event::Started { container, .. } => Some(container.clone()),
            _ => None,
        });
        containers.collect()
    };
    let (old, new) = (started(before), started(after));
    if old.is_empty() || new.is_empty() || !old.is_disjoint(&new) {
        return Some("Nobody saw new containers in the place of those that were destroyed.");
    }
    let count = |wanted: fn(&Event) -> bool| after.iter().filter(|entry| wanted(&entry.event)).count();
    let gone = count(|event| matches!(event, Event::VolumeGone { .. }));
    let made = count(|event| matches!(event, Event::VolumeMade { .. }));
    (gone < made).then_some("A rebuildable volume was not destroyed.")
}

fn blame_failed_steps(bench: &mut Bench<'_>, case: &Case<'_>) {
    for entry in case.own() {
        let (step, reason) = match &entry.event {
            Event::SnapshotRefused { reason, .. } => ("The snapshot did not become eligible", reason),
            Event::RestoreFailed { reason, .. } => ("The restore failed", reason),
            _ => continue,
        };
        let finding = Finding {
            done: DONE.into(),
            expected: "Hooks, snapshot and restore end without an error.".into(),
            seen: reason.clone(),
            logs: case.last_log(),
            cause: ADVICE.cause.into(),
            fix: ADVICE.fix.into(),
            ..Finding::default()
        };
        bench.blame(Outcome::Fail, format!("{step}: {reason}."), finding);
    }
}

/// From the acknowledgement of the newest survivor to the fault.
fn measured_loss_ms(case: &Case<'_>, own: &[&Entry], cut: Option<u64>) -> Option<u64> {
    let fault = own.iter().find(|entry| matches!(entry.event, Event::Harmed { .. }))?.at_ms;
    let readings = case.readings(own.iter().copied(), cut);
    Some(fault.saturating_sub(readings.last()?.loss.newest_survivor_ms?))
}

fn blame_intolerable(bench: &mut Bench<'_>, case: &Case<'_>, rpo: Option<u64>) {
    let start = case.start();
    let limits = [
        ("data loss", rpo, start.data_loss_ms, "tolerance.data_loss"),
        ("outage", case.longest_outage_ms(), start.downtime_ms, "tolerance.downtime"),
    ];
    for (what, measured, limit, key) in limits {
        let Some(measured) = measured.filter(|measured| *measured > limit) else { continue };
        let finding = Finding {
            done: DONE.into(),
            expected: format!("A {what} of at most {} s, as {key} in civic.toml says.", limit / 1000),
            seen: format!("{} s.", measured / 1000),
            cause: "The restore takes longer than the app's users can bear.".into(),
            fix: format!("Make the restore faster, or declare honestly what can be borne in {key}."),
            ..Finding::default()
        };
        bench.blame(Outcome::Fail, format!("The measured {what} is beyond {key}."), finding);
    }
}

/// Why the drill proves nothing.
fn doubt(own: &[&Entry]) -> Option<&'static str> {
    let any = |wanted: fn(&Event) -> bool| own.iter().any(|entry| wanted(&entry.event));
    if !any(|event| matches!(event, Event::SnapshotBegun { .. })) {
        return Some("No snapshot was begun.");
    }
    if !any(|event| matches!(event, Event::VolumeGone { .. })) {
        return Some("Nobody saw a volume being destroyed.");
    }
    if !any(|event| matches!(event, Event::Restored { .. })) {
        return Some("Nothing was restored.");
    }
    if any(|event| matches!(event, Event::SnapshotTaken { bytes: 0, .. })) {
        return Some("The snapshot is empty.");
    }
    None
}
