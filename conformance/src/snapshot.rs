//! Snapshots in Restic's format, taken by the `restic` program in the agent, as in production. The only part
//! that knows restic.
//!
//! A snapshot becomes eligible for restore by a tag that is set after a clean exit and a check of the
//! repository, because restic saves a snapshot also when it could not read every file (exit code 3), and such a
//! snapshot would be `latest`.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::access::Access;
use crate::engine::{EngineError, Exec, Output};

const PENDING: &str = "civic-pending";
const ELIGIBLE: &str = "civic-eligible";
const LIMIT: Duration = Duration::from_secs(1800);

/// What a backup saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Restic's id.
    pub id: String,
    /// Bytes of all files.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
    /// How long restic needed to read and save them.
    pub took: Duration,
}

impl Saved {
    /// How long a restore of it may take: a base for start-up and keys, and three times what saving it took, which
    /// is how the limit grows with the data and shrinks with the machine's throughput.
    pub fn restore_limit(&self) -> Duration {
        Duration::from_secs(60) + self.took * 3
    }
}

/// A restic step that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Restic.
    #[error("restic {step}: {reason}")]
    Restic {
        /// `init`, `backup`, `check`, `tag`, `snapshots` or `restore`.
        step: &'static str,
        /// What it said.
        reason: String,
    },
}

/// The repository in a sandbox.
pub struct Repository<'a> {
    access: &'a Access,
}

/// The last line of `restic backup --json`.
#[derive(Deserialize)]
struct Summary {
    message_type: String,
    #[serde(default)]
    snapshot_id: String,
    #[serde(default)]
    total_bytes_processed: u64,
    #[serde(default)]
    total_files_processed: u64,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

impl<'a> Repository<'a> {
    /// The repository that this sandbox's agent has.
    pub fn new(access: &'a Access) -> Self {
        Self { access }
    }

    /// Makes an empty repository.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub async fn init(&self) -> Result<(), SnapshotError> {
        self.restic("init", &[], LIMIT).await.map(drop)
    }

    /// Saves these paths under a name, checks the repository and makes the snapshot eligible.
    ///
    /// # Errors
    /// [`SnapshotError`]; the snapshot may then exist, and is not eligible.
    pub async fn save(&self, app: &str, name: &str, paths: &[String]) -> Result<Saved, SnapshotError> {
        let mut arguments = vec!["--json", "--host", app, "--tag", PENDING, "--tag", name];
        arguments.extend(paths.iter().map(String::as_str));
        let started = Instant::now();
        let output = self.restic("backup", &arguments, LIMIT).await?;
        let saved = summary(&output.text(), started.elapsed()).ok_or_else(|| SnapshotError::Restic {
            step: "backup",
            reason: "it ended without a summary".into(),
        })?;
        self.restic("check", &[], LIMIT).await?;
        self.restic("tag", &["--set", &format!("{ELIGIBLE},{name}"), &saved.id], LIMIT).await?;
        Ok(saved)
    }

    /// Restores the eligible snapshot of this name to where its files were.
    ///
    /// # Errors
    /// [`SnapshotError`], also when no such snapshot is eligible.
    pub async fn restore(&self, name: &str, limit: Duration) -> Result<(), SnapshotError> {
        let tags = format!("{ELIGIBLE},{name}");
        let output = self.restic("snapshots", &["--json", "--tag", &tags], LIMIT).await?;
        let listed: Vec<Listed> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let snapshot = listed.last().ok_or_else(|| SnapshotError::Restic {
            step: "snapshots",
            reason: format!("there is no eligible snapshot `{name}`"),
        })?;
        self.restic("restore", &[&snapshot.id, "--target", "/"], limit).await.map(drop)
    }

    async fn restic(
        &self,
        step: &'static str,
        arguments: &[&str],
        limit: Duration,
    ) -> Result<Output, SnapshotError> {
        let command = ["restic", "--no-cache", step].into_iter().chain(arguments.iter().copied());
        let output = self.access.agent(&Exec::new(command), limit).await?;
        if output.succeeded() {
            return Ok(output);
        }
        Err(SnapshotError::Restic { step, reason: output.complaint() })
    }
}

fn summary(output: &str, took: Duration) -> Option<Saved> {
    let lines = output.lines().rev().filter_map(|line| serde_json::from_str::<Summary>(line).ok());
    let summary = lines.into_iter().find(|line| line.message_type == "summary")?;
    let Summary { snapshot_id: id, total_bytes_processed: bytes, total_files_processed: files, .. } = summary;
    Some(Saved { id, bytes, files, took })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_found_among_progress_lines() {
        let output = concat!(
            "{\"message_type\":\"status\",\"percent_done\":1}\n",
            "{\"message_type\":\"summary\",\"files_new\":1,\"total_files_processed\":2,",
            "\"total_bytes_processed\":30,\"snapshot_id\":\"6d80\"}\n",
        );
        let took = Duration::from_secs(4);
        let saved = summary(output, took).unwrap();
        assert_eq!(saved, Saved { id: "6d80".into(), bytes: 30, files: 2, took });
        assert_eq!(saved.restore_limit(), Duration::from_secs(72));
    }

    #[test]
    fn no_summary_is_no_snapshot() {
        assert_eq!(summary("{\"message_type\":\"status\"}\nFatal: no space\n", Duration::ZERO), None);
    }
}
