//! Why nothing, or not everything, was written.

use std::io;
use std::path::PathBuf;

use civic_contract::lock::{LockError, PathError};

use super::journal::RecordError;
use super::plan::Step;

/// A plan, a run or an undo that did not happen. Unless it says otherwise, the project is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is no such folder.
    #[error("cannot open the project folder {path:?}: {source}")]
    Project {
        /// As it was given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another civic is at work here.
    #[error("another run of civic is at work in {0:?}: wait until it has ended")]
    Busy(PathBuf),
    /// No two runs can be kept apart here, as on some network drives.
    #[error("the file system of {path:?} has no locks ({source}): copy the project to a local disk")]
    NoLock {
        /// As it was given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lock file is not readable as one.
    #[error(".civic/lock.toml: {0}")]
    Lock(#[from] LockError),
    /// A rendered file has a path that no file of a project may have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Two rendered files exclude each other.
    #[error("the files {0:?} and {1:?} were rendered, and a project cannot hold both")]
    Clash(String, String),
    /// An earlier run was killed.
    #[error("an earlier run of civic was interrupted here and has to be finished or taken back first")]
    Interrupted,
    /// What an earlier run left behind is not readable.
    #[error(".civic/journal: {0}")]
    Record(#[from] RecordError),
    /// Something stands in the way; nothing was written.
    #[error("{} of the files cannot be written, so none was", .0.len())]
    Blocked(Vec<Step>),
    /// Files changed between plan and execution, or since the run that is to be undone; nothing was written.
    #[error("these files were changed in the meantime, and nothing was written: {}", list(.0))]
    Changed(Vec<String>),
    /// There is no run whose effects are known.
    #[error("there is nothing to undo: no earlier run is recorded in .civic/journal")]
    NothingToUndo,
    /// The disk refused.
    #[error("could not {doing}: {source}")]
    Disk {
        /// What was tried.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The run failed half-way, and so did taking it back: the journal is kept, and the next run tries again.
    #[error("{cause}; taking it back failed too ({source}), and the next run tries again")]
    Stuck {
        /// Why the run failed.
        cause: Box<ApplyError>,
        /// Why it could not be taken back.
        source: Box<ApplyError>,
    },
}

fn list(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
    quoted.join(", ")
}

/// Adds what was tried to an error of the disk.
pub(super) trait Doing<T> {
    fn doing(self, what: &str, path: &str) -> Result<T, ApplyError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &str) -> Result<T, ApplyError> {
        self.map_err(|source| ApplyError::Disk { doing: format!("{what} {path:?}"), source })
    }
}
