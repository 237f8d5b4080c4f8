//! Takes the last run back. One run is remembered, and an undo is a run of its own that leaves none.

use std::collections::BTreeSet;

use serde::Serialize;

use super::error::{ApplyError, Doing};
use super::journal::{HOME, Kind, Op, State};
use super::run::{self, Change, To, state};
use super::tree::{Seen, Tree};

/// What an undo does with files that were changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Refuses and names them.
    Refuse,
    /// Leaves them as they are.
    Keep,
}

/// What an undo did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// Are again as they were.
    pub restored: Vec<String>,
    /// Are gone: they came with the run.
    pub removed: Vec<String>,
    /// Were changed since and stay; of folders, those that hold something else by now.
    pub kept: Vec<String>,
}

pub(super) fn undo(tree: &mut Tree, since: Since) -> Result<Undone, ApplyError> {
    let record = run::last(tree)?.ok_or(ApplyError::NothingToUndo)?;
    let mut back = Back::default();
    for (index, op) in record.ops.iter().enumerate().rev() {
        back.add(tree, index, op)?;
    }
    if since == Since::Refuse && !back.changed.is_empty() {
        back.changed.sort();
        return Err(ApplyError::Changed(back.changed));
    }
    run::run(tree, &back.changes, Kind::Undo, record.home)?;
    let mut undone = back.undone;
    undone.kept.extend(back.changed);
    for list in [&mut undone.restored, &mut undone.removed, &mut undone.kept] {
        list.retain(|path| path.split('/').next() != Some(HOME));
        list.sort();
    }
    Ok(undone)
}

/// The way back, as far as it is known.
#[derive(Default)]
struct Back {
    changes: Vec<Change>,
    /// Paths that are gone after it.
    gone: BTreeSet<String>,
    /// Folders that are there again after it.
    again: BTreeSet<String>,
    changed: Vec<String>,
    undone: Undone,
}

impl Back {
    fn add(&mut self, tree: &Tree, index: usize, op: &Op) -> Result<(), ApplyError> {
        let Some(now) = state(tree, &op.path) else {
            self.changed.push(op.path.clone());
            return Ok(());
        };
        if now.is(&op.before) {
            return Ok(());
        }
        if !now.is(&op.after) || !self.has_parent(tree, &op.path)? {
            self.changed.push(op.path.clone());
            return Ok(());
        }
        let to = run::kept(tree, index, op)?;
        match (&to, &now) {
            (To::Gone, State::Folder { .. }) if !self.empties(tree, &op.path)? => {
                self.undone.kept.push(op.path.clone());
                return Ok(());
            }
            (To::Gone, now) => {
                self.gone.insert(op.path.clone());
                if matches!(now, State::File { .. }) {
                    self.undone.removed.push(op.path.clone());
                }
            }
            (To::Folder { .. }, _) => {
                self.again.insert(op.path.clone());
            }
            (To::File { .. }, _) => self.undone.restored.push(op.path.clone()),
        }
        self.changes.push(Change { path: op.path.clone(), from: now, to });
        Ok(())
    }

    fn has_parent(&self, tree: &Tree, path: &str) -> Result<bool, ApplyError> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(true) };
        let there = matches!(tree.look(folder).doing("look at", folder)?, Seen::Folder { .. });
        Ok(there || self.again.contains(folder))
    }

    fn empties(&self, tree: &Tree, folder: &str) -> Result<bool, ApplyError> {
        let inside = tree.list(folder).doing("look into", folder)?;
        Ok(inside.iter().all(|name| self.gone.contains(&format!("{folder}/{name}"))))
    }
}
