//! Tells a live run from a dead one, so that the next run removes what a killed one left and nothing else.
//!
//! Each run holds a lock on a file of its own while it lives; the system lets go of it however the run ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::{Engine, EngineError, Leftovers, RUN_LABEL};

/// Where this machine keeps what it must remember between runs.
pub struct Home {
    folder: PathBuf,
    host: String,
}

/// A run's lock; released when it is dropped.
pub struct RunLock {
    path: PathBuf,
    _file: File,
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // a file that stays is only litter: its lock is free
    }
}

/// What was swept of dead runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs of which something was removed.
    pub runs: Vec<String>,
    /// How much.
    pub removed: Leftovers,
    /// Runs that are alive, or belong to another machine, and were left alone.
    pub spared: Vec<String>,
}

impl Home {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("runs"))?;
        let path = folder.join("host");
        let fresh = crate::secrets::hex(&rand::random::<[u8; 8]>());
        // The first of two runs that start at once wins; both then read the same name.
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => io::Write::write_all(&mut file, fresh.as_bytes())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let host = fs::read_to_string(&path)?.trim().to_owned();
        Ok(Self { folder: folder.into(), host: if host.is_empty() { "unnamed".into() } else { host } })
    }

    /// A random name for this machine, for labels: no host name leaves it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Marks a run as alive.
    ///
    /// # Errors
    /// When the lock cannot be had, for example because another run has the same id.
    pub fn lock(&self, run: &str) -> io::Result<RunLock> {
        let path = self.lock_path(run);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::Error::new(io::ErrorKind::AlreadyExists, "this run is alive"),
        })?;
        Ok(RunLock { path, _file: file })
    }

    fn is_alive(&self, run: &str) -> bool {
        let Ok(file) = File::open(self.lock_path(run)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    fn lock_path(&self, run: &str) -> PathBuf {
        // Labels are text that others may have written.
        let safe: String =
            run.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        self.folder.join("runs").join(format!("{safe}.lock"))
    }

    /// Removes from the engine what this machine's dead runs left, by label only. With `all`, also what other
    /// machines' runs left on it; runs of this machine that are alive are always spared.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn sweep_dead(&self, engine: &Engine, all: bool) -> Result<Swept, EngineError> {
        let mut swept = Swept::default();
        for (run, host) in engine.runs_present().await? {
            let ours = host == self.host;
            if (ours && self.is_alive(&run)) || !(ours || all) {
                swept.spared.push(run);
                continue;
            }
            let removed = engine.sweep_all(&[&format!("{RUN_LABEL}={run}")]).await?;
            swept.removed += removed;
            let _ = fs::remove_file(self.lock_path(&run));
            swept.runs.push(run);
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_alive_while_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let lock = home.lock("a1").unwrap();
        assert!(home.is_alive("a1"));
        assert!(home.lock("a1").is_err());
        drop(lock);
        assert!(!home.is_alive("a1"));
    }

    #[test]
    fn a_machine_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::open(folder.path()).unwrap().host().to_owned();
        assert_eq!(Home::open(folder.path()).unwrap().host(), first);
    }

    #[test]
    fn a_label_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        assert_eq!(home.lock_path("../../etc/x"), folder.path().join("runs/etcx.lock"));
    }
}
