//! What every run does first: cold boots to measure, canaries to seed, a stopped copy for all drills to clone.

use std::sync::Arc;
use std::time::Duration;

use civic_contract::journal::{Baseline, Event};

use crate::engine::EngineError;
use crate::lab::Lab;
use crate::stage::{Sandbox, Stage, Volumes};

/// Label of the read-back that shows the seeding worked.
pub const AFTER_SEEDING: &str = "after the seeding";
/// Label of the read-back on a fresh, empty instance.
pub const ON_EMPTY: &str = "on a fresh, empty instance";
/// Sandbox that is seeded and cloned.
const FIRST: &str = "cold-1";
/// The other cold boots, side by side.
const OTHERS: [&str; 2] = ["cold-2", "cold-3"];
/// Canaries every drill starts with.
const SEEDS: usize = 12;
/// No deadline is longer, whatever a manifest allows.
const LONGEST: Duration = Duration::from_secs(600);
const SHORTEST: Duration = Duration::from_secs(20);

/// The ground on which drills stand.
pub struct Ground {
    /// Volumes of the seeded and cleanly stopped first sandbox.
    pub volumes: Volumes,
    /// Ready deadline of every later boot.
    pub ready_deadline: Duration,
}

impl Ground {
    /// The sandbox to clone.
    pub fn origin(&self) -> (&'static str, &Volumes) {
        (FIRST, &self.volumes)
    }
}

/// Boots the app from nothing, once alone and then twice side by side while the first is seeded; `None` when the
/// first boot never became ready. `jobs` is how many sandboxes will run at once later.
///
/// # Errors
/// When the engine fails.
pub async fn lay(lab: &Arc<Lab>, jobs: usize) -> Result<Option<Ground>, EngineError> {
    let longest = lab.manifest.tolerance.boot.min(LONGEST);
    let mut first = cold(lab, FIRST, 1, longest).await?;
    if !first.boot().await? {
        first.remove().await?;
        return Ok(None);
    }
    let others = if lab.quick { &OTHERS[..0] } else { &OTHERS[..] };
    let boots =
        others.iter().enumerate().map(|(index, name)| boot_empty(lab, name, index as u32 + 2, longest));
    let (seeded, others) = tokio::join!(seed(&mut first), futures_util::future::try_join_all(boots));
    seeded?;
    let mut boots = vec![first.last_boot()];
    boots.extend(others?.into_iter().flatten());
    let (ready_deadline, baseline) = derive(&boots, jobs, lab.engine.facts().cores as usize, longest);
    lab.recorder.pen(None, None).note(Event::Baseline(baseline));
    Ok(Some(Ground { volumes: first.volumes(), ready_deadline }))
}

async fn cold(lab: &Arc<Lab>, name: &str, index: u32, limit: Duration) -> Result<Stage, EngineError> {
    let sandbox = Sandbox { drill: None, name, index, origin: None, ready_deadline: limit };
    Stage::make(lab.clone(), sandbox).await
}

/// Seeds the app, reads back, looks for data in the wrong place, and stops it cleanly.
async fn seed(stage: &mut Stage) -> Result<(), EngineError> {
    stage.write(SEEDS).await;
    stage.read(AFTER_SEEDING).await;
    stage.search_writable_layers().await?;
    stage.stop().await?;
    stage.remove_app().await
}

/// A boot from nothing that is read while it is empty; its duration, when it became ready.
async fn boot_empty(
    lab: &Arc<Lab>,
    name: &str,
    index: u32,
    limit: Duration,
) -> Result<Option<Duration>, EngineError> {
    let mut stage = cold(lab, name, index, limit).await?;
    let ready = stage.boot().await?;
    if ready {
        stage.read(ON_EMPTY).await;
    }
    let took = stage.last_boot();
    stage.remove().await?;
    Ok(ready.then_some(took))
}

/// `clamp(3 x slowest x crowding + 10 s, 20 s, what the manifest allows, at most 600 s)`.
fn derive(boots: &[Duration], jobs: usize, cores: usize, longest: Duration) -> (Duration, Baseline) {
    let slowest = boots.iter().max().copied().unwrap_or_default();
    let crowding = (jobs as f64 / cores.max(1) as f64).max(1.0);
    let wanted = slowest.mul_f64(3.0 * crowding) + Duration::from_secs(10);
    let deadline = wanted.max(SHORTEST).min(longest);
    let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
    let derivation = format!(
        "3 x {} (the slowest of {} cold boots) x {crowding:.1} ({jobs} sandboxes at once on {cores} cores) + 10 s = {}; \
         at least {}, at most {} (tolerance.boot in civic.toml, and never over 600 s): {}",
        seconds(slowest),
        boots.len(),
        seconds(wanted),
        seconds(SHORTEST),
        seconds(longest),
        seconds(deadline),
    );
    let millis = |duration: Duration| duration.as_millis() as u64;
    let boots_ms = boots.iter().map(|boot| millis(*boot)).collect();
    (deadline, Baseline { boots_ms, ready_deadline_ms: millis(deadline), derivation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(boots: &[u64], jobs: usize, longest: u64) -> u64 {
        let boots: Vec<Duration> = boots.iter().map(|seconds| Duration::from_secs(*seconds)).collect();
        derive(&boots, jobs, 2, Duration::from_secs(longest)).0.as_secs()
    }

    #[test]
    fn deadlines_follow_the_slowest_boot_and_the_crowding() {
        assert_eq!(deadline(&[4, 5, 6], 2, 600), 28);
        assert_eq!(deadline(&[4, 5, 6], 4, 600), 46);
    }

    #[test]
    fn deadlines_are_never_shorter_than_twenty_seconds_nor_longer_than_allowed() {
        assert_eq!(deadline(&[1], 1, 600), 20);
        assert_eq!(deadline(&[60], 1, 120), 120);
        assert_eq!(deadline(&[1], 1, 5), 5);
    }
}
