//! What a run is about to do, written down before it does it.

use civic_contract::lock::{Digest, FilePath};
use serde::{Deserialize, Serialize};

/// Folder of everything that civic keeps in a project.
pub(super) const HOME: &str = ".civic";
/// That folder before it has anything in it and after; so an empty one by its own name is never taken for civic's.
pub(super) const STAGING: &str = ".civic-new";
/// Folder of the run in hand and the last one.
pub(super) const JOURNAL: &str = ".civic/journal";
/// The run in hand.
pub(super) const NEXT: &str = ".civic/journal/next";
/// The run that can be undone.
pub(super) const LAST: &str = ".civic/journal/last";
/// What was rendered, below it.
pub(super) const BASE: &str = ".civic/base";
/// What did not fit, below it.
pub(super) const OFFERS: &str = ".civic/offers";
/// The lock file.
pub(super) const LOCK: &str = ".civic/lock.toml";
/// Keeps the journal out of git: it holds what the project's files were.
pub(super) const IGNORE: &str = ".civic/.gitignore";

/// Version of the record that this crate writes.
const SCHEMA: u32 = 1;

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    schema: u32,
    pub(super) kind: Kind,
    /// Whether civic's folder came with this run, or goes with it.
    pub(super) home: bool,
    pub(super) ops: Vec<Op>,
}

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Apply,
    Undo,
}

/// One change of one path. The bytes are in `before/<n>` and `after/<n>`, n being its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Op {
    pub(super) path: String,
    pub(super) before: State,
    pub(super) after: State,
}

/// What is at a path, as far as a run changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum State {
    Missing,
    File { sha256: Digest, mode: u32 },
    Folder { mode: u32 },
}

impl State {
    /// Whether they are the same to a run: the mode of a folder is its owner's business.
    pub(super) fn is(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Folder { .. }, Self::Folder { .. })) || self == other
    }
}

/// A record that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecordError {
    /// Not of this shape.
    #[error("this is no record of civic: {0}; delete .civic/journal to go on without it")]
    Shape(String),
    /// Written by a later version of civic.
    #[error("this has schema {0}, and this civic reads up to schema {SCHEMA}: use a newer civic")]
    Newer(u64),
    /// It names a path that civic never writes.
    #[error("this is no record of civic: it names {0:?}; delete .civic/journal to go on without it")]
    Place(String),
    /// The bytes of a file are not those that were recorded.
    #[error("what was kept of {0:?} is damaged, so it cannot be restored")]
    Damaged(String),
}

impl Record {
    pub(super) fn new(kind: Kind, home: bool, ops: Vec<Op>) -> Self {
        Self { schema: SCHEMA, kind, home, ops }
    }

    /// Reads a record, which anybody may have put into the repository.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let shape = |error: serde_json::Error| RecordError::Shape(error.to_string());
        let stated: Stated = serde_json::from_slice(bytes).map_err(shape)?;
        if stated.schema > u64::from(SCHEMA) {
            return Err(RecordError::Newer(stated.schema));
        }
        let record: Self = serde_json::from_slice(bytes).map_err(shape)?;
        match record.ops.iter().find(|op| !is_place(&op.path)) {
            Some(op) => Err(RecordError::Place(op.path.clone())),
            None => Ok(record),
        }
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, RecordError> {
        serde_json::to_vec_pretty(self).map_err(|error| RecordError::Shape(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Stated {
    schema: u64,
}

/// Whether civic ever writes there: a file of the project, or one of its own other than the journal.
fn is_place(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    if let Some(path) = below(BASE).or(below(OFFERS)) {
        return FilePath::parse(path).is_ok();
    }
    [LOCK, IGNORE, BASE, OFFERS].contains(&path) || FilePath::parse(path).is_ok()
}
