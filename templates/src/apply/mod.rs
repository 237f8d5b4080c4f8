//! Writes rendered files into somebody's project, and takes them out again. Never a lost byte of theirs.
//!
//! [`Project::open`] takes the project for itself, [`Project::recover`] ends what a killed run left,
//! [`Project::plan`] only reads, [`Project::execute`] writes all of a plan or nothing, [`Project::undo`] takes the
//! last run back. What civic keeps is in `.civic/`: the lock, the last rendering, offers and the journal.

mod error;
mod journal;
mod merge;
mod plan;
mod run;
mod tree;
mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use civic_contract::lock::Fact;

use crate::file::{File, Merge};
use journal::Kind;
use tree::Tree;

pub use error::ApplyError;
pub use journal::RecordError;
pub use merge::Disagreement;
pub use plan::{Action, Class, Plan, SCHEMA, Step};
pub use run::Recovery;
pub use tree::{Obstacle, Steps};
pub use undo::{Since, Undone};

/// What was rendered, and from what.
#[derive(Debug, Clone, Default)]
pub struct Rendering {
    /// Version of civic.
    pub civic: String,
    /// Answers that a person or a flag gave, by question.
    pub answers: BTreeMap<String, String>,
    /// Facts about the project, each with its source.
    pub facts: Vec<Fact>,
    /// The files.
    pub files: Vec<File>,
}

/// What a person said about single files, by path.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// The project's file is as it is to be: the new rendering counts as merged into it.
    pub resolved: BTreeSet<String>,
    /// A file that was deleted is wanted again.
    pub restore: BTreeSet<String>,
}

/// The merged bytes of three versions; `None` where a person has to decide.
pub fn merged(how: Merge, path: &str, base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    match merge::merge(how, path, Some(base), ours, theirs) {
        merge::Merged::Clean(bytes) => Some(bytes),
        merge::Merged::Conflict { .. } => None,
    }
}

/// A project's folder that no other run of civic has, until this is dropped.
pub struct Project {
    tree: Tree,
}

impl Project {
    /// Opens and locks a folder; writes nothing.
    ///
    /// # Errors
    /// [`ApplyError::Project`], [`ApplyError::Busy`] or [`ApplyError::NoLock`].
    pub fn open(root: &Path) -> Result<Self, ApplyError> {
        Self::open_watched(root, Box::new(tree::Unbroken))
    }

    /// As [`Project::open`], with somebody who is asked before each change of the disk and can end the run there.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn open_watched(root: &Path, steps: Box<dyn Steps>) -> Result<Self, ApplyError> {
        Ok(Self { tree: Tree::open(root, steps)? })
    }

    /// Ends a run that was killed: one that had all it needs is finished, another leaves nothing. `None` when there was none.
    ///
    /// # Errors
    /// [`ApplyError::Record`] for a journal that is not readable, [`ApplyError::Disk`].
    pub fn recover(&mut self) -> Result<Option<Recovery>, ApplyError> {
        run::recover(&mut self.tree)
    }

    /// Compares what was rendered with what is there; writes nothing. Obstacles and conflicts are in the plan.
    ///
    /// # Errors
    /// [`ApplyError::Interrupted`] before [`Project::recover`]; a lock that is not readable; a rendering with impossible paths.
    pub fn plan(&self, rendering: &Rendering, choices: &Choices) -> Result<Plan, ApplyError> {
        plan::gather(&self.tree, rendering, choices)
    }

    /// Writes all of a plan, or nothing. Files in conflict stay; see [`Plan::needs_person`].
    ///
    /// # Errors
    /// [`ApplyError::Blocked`] with every obstacle, [`ApplyError::Changed`] when the project is no longer as it was
    /// planned for, [`ApplyError::Disk`]: in all of them the project is as it was. [`ApplyError::Stuck`] otherwise.
    pub fn execute(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let blocked: Vec<Step> = plan.blocked().cloned().collect();
        if !blocked.is_empty() {
            return Err(ApplyError::Blocked(blocked));
        }
        if run::interrupted(&self.tree)? {
            return Err(ApplyError::Interrupted);
        }
        if plan.is_empty() {
            return Ok(());
        }
        run::run(&mut self.tree, &plan.changes, Kind::Apply, false)
    }

    /// Takes the last run back that changed something: contents, modes, files and folders. Only one is remembered.
    ///
    /// # Errors
    /// [`ApplyError::NothingToUndo`]; [`ApplyError::Changed`] with every file that was changed since, unless they
    /// are to stay; as [`Project::execute`] otherwise.
    pub fn undo(&mut self, since: Since) -> Result<Undone, ApplyError> {
        if run::interrupted(&self.tree)? {
            return Err(ApplyError::Interrupted);
        }
        undo::undo(&mut self.tree, since)
    }
}
