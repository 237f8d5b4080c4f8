//! Snapshots and restores of a stage, in the order of production: hooks, restic, check, tag; then a restore into
//! new, empty volumes behind a gate.

use civic_contract::journal::{Event, SpanName};
use civic_contract::manifest::{Capture, VolumeKind};
use tokio::time::Instant;

use super::boot::millis;
use super::{BACKUP, Stage, VOLUMES};
use crate::engine::{EngineError, Exec};
use crate::snapshot::{Repository, SnapshotError};

/// The gate: what is restored may be served when this file says `complete`.
const GATE: &str = "/civic/backup/.civic-restore";

impl Stage {
    /// Makes the empty snapshot repository that clones of this sandbox copy.
    ///
    /// # Errors
    /// When the engine or restic fails.
    pub async fn make_repository(access: crate::access::Access) -> Result<(), EngineError> {
        Repository::new(&access).init().await.map_err(as_engine_error)
    }

    /// The ways into this sandbox, for work beside a boot.
    pub fn access(&self) -> crate::access::Access {
        self.access.clone()
    }

    /// Takes a snapshot; `false` when it did not become eligible, which is noted.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn snapshot(&mut self, name: &str) -> Result<bool, EngineError> {
        self.pen.note(Event::SnapshotBegun { snapshot: name.into() });
        let taken = match self.run_pre_backup().await? {
            Ok(()) => self.save(name).await,
            Err(reason) => Err(SnapshotError::Restic { step: "was not started", reason }),
        };
        let cleaned = self.run_post_backup().await?;
        let reason = match (taken, cleaned) {
            (Ok(event), Ok(())) => {
                self.pen.note(event);
                return Ok(true);
            }
            (Err(SnapshotError::Engine(error)), _) => return Err(error),
            (Err(SnapshotError::Restic { reason, step: "was not started" }), _) | (Ok(_), Err(reason)) => {
                reason
            }
            (Err(error), _) => error.to_string(),
        };
        self.pen.note(Event::SnapshotRefused { snapshot: name.into(), reason });
        self.note_logs().await;
        Ok(false)
    }

    async fn save(&mut self, name: &str) -> Result<Event, SnapshotError> {
        let content = self.content_digest().await?;
        let paths = self.snapshot_paths();
        let repository = Repository::new(&self.access);
        let app = &self.lab.manifest.app.name;
        let saved = self.pen.timed(SpanName::Snapshot, repository.save(app, name, &paths)).await?;
        self.restore_limit = saved.restore_limit();
        Ok(Event::SnapshotTaken {
            snapshot: name.into(),
            restic: saved.id,
            bytes: saved.bytes,
            files: saved.files,
            content,
        })
    }

    /// The backup folder and every durable volume that is saved as files.
    fn snapshot_paths(&self) -> Vec<String> {
        let volumes = self.lab.manifest.volumes.iter();
        let files = volumes
            .filter(|(_, volume)| volume.kind == VolumeKind::Durable && volume.backup == Capture::Files);
        let files = files.map(|(name, _)| format!("{VOLUMES}/{name}"));
        std::iter::once(BACKUP.to_owned()).chain(files).collect()
    }

    /// A digest over path and content of everything a snapshot would hold now, blind to times and owners.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn content_digest(&self) -> Result<String, EngineError> {
        let script = "find \"$@\" -type f -exec sha256sum {} + | sort | sha256sum | cut -d ' ' -f 1";
        let mut command: Vec<String> = ["sh", "-c", script, "sh"].map(Into::into).into();
        command.extend(self.snapshot_paths());
        let digest =
            self.pen.timed(SpanName::Observe, self.agent_must("read a backup", &Exec::new(command))).await?;
        Ok(digest.trim().to_owned())
    }

    /// Restores a snapshot into this sandbox's empty volumes and opens the gate; the next boot loads it by the
    /// post-restore hooks. `false` when it failed, which is noted.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn restore(&mut self, name: &str) -> Result<bool, EngineError> {
        let (from, started) = (self.pen.now_ms(), Instant::now());
        self.set_gate("half-way").await?;
        let restored = Repository::new(&self.access).restore(name, self.restore_limit).await;
        self.pen.span(SpanName::Restore, from);
        match restored {
            Ok(()) => {}
            Err(SnapshotError::Engine(error)) => return Err(error),
            Err(error) => {
                self.pen.note(Event::RestoreFailed { snapshot: name.into(), reason: error.to_string() });
                return Ok(false);
            }
        }
        self.set_gate("complete").await?;
        self.restoring = true;
        self.pen.note(Event::Restored { snapshot: name.into(), took_ms: millis(started.elapsed()) });
        Ok(true)
    }

    /// Volumes that took the place of destroyed ones are served only after a whole restore. An app whose canary is a
    /// page has nothing to restore: what it declares can be rebuilt.
    pub(super) async fn gate_is_open(&self) -> Result<bool, EngineError> {
        if self.volume_generation == 0 || self.serves_a_page() {
            return Ok(true);
        }
        let script = "cat \"$0\" 2>/dev/null || true";
        let state =
            self.agent_must("read the restore's gate", &Exec::new(["sh", "-c", script, GATE])).await?;
        Ok(state.trim() == "complete")
    }

    async fn set_gate(&self, state: &str) -> Result<(), EngineError> {
        let script = "chmod 1777 \"${0%/*}\" && printf '%s\\n' \"$1\" > \"$0.new\" && mv \"$0.new\" \"$0\"";
        let exec = Exec::new(["sh", "-c", script, GATE, state]);
        self.agent_must("set the restore's gate", &exec).await.map(drop)
    }
}

/// A repository in a volume of ours cannot fail for reasons of the app.
fn as_engine_error(error: SnapshotError) -> EngineError {
    match error {
        SnapshotError::Engine(error) => error,
        other => EngineError::Call {
            intention: "make a snapshot repository".into(),
            reason: other.to_string(),
            status: None,
        },
    }
}
