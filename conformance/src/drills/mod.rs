//! The drills. One drill is one file here, one page in `docs/drills/`, one specimen in `specimens/` and one line
//! in the catalogue; a test compares the four.

mod cold_boot;
mod deaf_probe;
mod hard_kill;
mod read_only_root;
mod soft_stop;
mod stranger_uid;
mod volume_lost;

use civic_contract::verdict::Verdict;
use futures_util::future::BoxFuture;

use crate::engine::EngineError;
use crate::judge::Case;
use crate::stage::Stage;

/// What a drill's sandbox holds at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The drill judges the baseline itself and needs no sandbox.
    Baseline,
    /// A clone of the seeded and cleanly stopped baseline.
    Seeded,
    /// Empty volumes.
    Empty,
}

/// A drill: one half harms and records, the other judges the record.
pub trait Drill: Send + Sync {
    /// Its id in the catalogue.
    fn id(&self) -> &'static str;

    /// What its sandbox holds at the start.
    fn ground(&self) -> Ground {
        Ground::Seeded
    }

    /// Does what the drill does to the app, and records what happens. What the app does wrong is recorded, not
    /// returned: an error here is the laboratory's.
    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>>;

    /// Judges the record: pure, the same today and in years.
    fn judge(&self, case: &Case<'_>) -> Verdict;
}

/// Every drill this version performs. The longest come first, so that they do not run alone at the end.
pub const ROSTER: &[&dyn Drill] = &[
    &hard_kill::HardKill,
    &volume_lost::VolumeLost,
    &deaf_probe::DeafProbe,
    &soft_stop::SoftStop,
    &stranger_uid::StrangerUid,
    &read_only_root::ReadOnlyRoot,
    &cold_boot::ColdBoot,
];
