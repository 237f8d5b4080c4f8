//! One run: everything it needs is put into the journal, then the record, and only then is the project touched.
//!
//! A run that dies before its record is there has changed nothing, and is forgotten. After that all that is left to
//! do are renames and deletions, so the next start ends it. A run that meets a file that somebody changed, or a disk
//! that refuses, is taken back. The name of the record says how far a run came, and changes by one rename.

use std::collections::BTreeSet;

use civic_contract::lock::Digest;

use super::error::{ApplyError, Doing};
use super::journal::{HOME, JOURNAL, Kind, LAST, NEXT, Op, Record, RecordError, STAGING, State};
use super::tree::{Reach, Seen, Tree, Wanted};

/// Everything is in the journal: go on.
const DECIDED: &str = "record.json";
/// Something failed: go back.
const FAILED: &str = "abort.json";
/// The project is as it is to be: only the journal is left to tidy.
const DONE: &str = "done.json";

/// A change to be made.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) path: String,
    /// What is there, as far as is known.
    pub(super) from: State,
    pub(super) to: To,
}

/// What a path is to be.
#[derive(Debug, Clone)]
pub(super) enum To {
    File { content: Vec<u8>, mode: Wanted },
    Folder { mode: Wanted },
    Gone,
}

/// What became of an interrupted run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// It had not begun to change the project; its preparations were removed.
    Forgotten,
    /// It was finished.
    Finished,
    /// It was taken back; these files were changed since and stay as they are.
    TakenBack(Vec<String>),
}

/// What is at a path; nothing for what no run makes: links, devices, unreadable or huge files.
pub(super) fn state(tree: &Tree, path: &str) -> Option<State> {
    match tree.look(path).ok()? {
        Seen::Missing => Some(State::Missing),
        Seen::Folder { mode } => Some(State::Folder { mode }),
        Seen::File { mode, .. } => {
            let content = tree.read(path).ok()?;
            Some(State::File { sha256: Digest::of(&content), mode })
        }
        Seen::Link | Seen::Other => None,
    }
}

/// Whether a run waits to be ended.
pub(super) fn interrupted(tree: &Tree) -> Result<bool, ApplyError> {
    let inside = format!("{NEXT}/{DECIDED}");
    Ok(matches!(tree.reach(&inside).doing("look at", NEXT)?, Reach::Parent(_)))
}

/// Makes all changes, or none. `home` says that civic's folder is to go when nothing is left in it.
pub(super) fn run(tree: &mut Tree, changes: &[Change], kind: Kind, home: bool) -> Result<(), ApplyError> {
    let moved = changes.iter().filter(|change| !now_is(tree, change));
    let moved: Vec<String> = moved.map(|change| change.path.clone()).collect();
    if !moved.is_empty() {
        return Err(ApplyError::Changed(moved));
    }
    match prepare(tree, changes, kind, home) {
        Ok(record) => finish(tree, &record),
        Err(cause) => match forget(tree) {
            Ok(()) => Err(cause),
            Err(source) => Err(ApplyError::Stuck { cause: Box::new(cause), source: Box::new(source) }),
        },
    }
}

fn now_is(tree: &Tree, change: &Change) -> bool {
    state(tree, &change.path).is_some_and(|now| now.is(&change.from))
}

/// Ends or takes back a run that was interrupted, if there was one.
pub(super) fn recover(tree: &mut Tree) -> Result<Option<Recovery>, ApplyError> {
    let inside = format!("{NEXT}/{DECIDED}");
    if matches!(tree.reach(&inside).doing("look at", NEXT)?, Reach::Stopped(_)) {
        return Ok(None);
    }
    if let Some(record) = read(tree, NEXT, DONE)? {
        settle(tree, &record)?;
        return Ok(Some(Recovery::Finished));
    }
    if let Some(record) = read(tree, NEXT, FAILED)? {
        return Ok(Some(Recovery::TakenBack(take_back(tree, &record)?)));
    }
    if let Some(record) = read(tree, NEXT, DECIDED)? {
        return Ok(Some(match forward(tree, &record) {
            Ok(()) => {
                conclude(tree, &record)?;
                Recovery::Finished
            }
            Err(_) => Recovery::TakenBack(give_up(tree, &record)?),
        }));
    }
    let unfinished = interrupted(tree)?;
    forget(tree)?;
    Ok(unfinished.then_some(Recovery::Forgotten))
}

/// The last run that was done, and can be undone.
pub(super) fn last(tree: &Tree) -> Result<Option<Record>, ApplyError> {
    read(tree, LAST, DONE)
}

/// What the last run found in the place of one of its changes.
pub(super) fn kept(tree: &Tree, index: usize, op: &Op) -> Result<To, ApplyError> {
    let blob = format!("{LAST}/before/{index}");
    Ok(match &op.before {
        State::Missing => To::Gone,
        State::Folder { mode } => To::Folder { mode: Wanted::Exactly(*mode) },
        State::File { sha256, mode } => {
            let content = tree.read(&blob).doing("read", &blob)?;
            if Digest::of(&content) != *sha256 {
                return Err(RecordError::Damaged(op.path.clone()).into());
            }
            To::File { content, mode: Wanted::Exactly(*mode) }
        }
    })
}

fn read(tree: &Tree, folder: &str, name: &str) -> Result<Option<Record>, ApplyError> {
    let path = format!("{folder}/{name}");
    match tree.look(&path).doing("look at", &path)? {
        Seen::Missing => Ok(None),
        _ => Ok(Some(Record::parse(&tree.read(&path).doing("read", &path)?)?)),
    }
}

fn prepare(tree: &mut Tree, changes: &[Change], kind: Kind, home: bool) -> Result<Record, ApplyError> {
    let fresh = tree.look(HOME).doing("look at", HOME)? == Seen::Missing;
    if fresh {
        tree.make_folder(STAGING, Wanted::Fresh(0o755)).doing("make", HOME)?;
        tree.make_folder(&format!("{STAGING}/journal"), Wanted::Fresh(0o700)).doing("make", JOURNAL)?;
        tree.rename(STAGING, HOME, false).doing("make", HOME)?;
    } else if tree.look(JOURNAL).doing("look at", JOURNAL)? == Seen::Missing {
        tree.make_folder(JOURNAL, Wanted::Fresh(0o700)).doing("make", JOURNAL)?;
    }
    for folder in [NEXT.to_owned(), format!("{NEXT}/after"), format!("{NEXT}/before")] {
        tree.make_folder(&folder, Wanted::Fresh(0o700)).doing("make", &folder)?;
    }
    let mut ops = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        ops.push(stage(tree, index, change)?);
    }
    for folder in ["", HOME, JOURNAL, NEXT, &format!("{NEXT}/after"), &format!("{NEXT}/before")] {
        tree.sync(folder).doing("write", folder)?;
    }
    let record = Record::new(kind, home || fresh, ops);
    let part = format!("{NEXT}/part");
    tree.create(&part, &record.to_json()?, Wanted::Fresh(0o600), None).doing("write", &part)?;
    mark(tree, "part", DECIDED)?;
    Ok(record)
}

/// Puts both sides of a change into the journal.
fn stage(tree: &mut Tree, index: usize, change: &Change) -> Result<Op, ApplyError> {
    let path = change.path.as_str();
    match &change.from {
        State::Missing => {}
        State::File { mode, .. } => {
            let content = tree.read(path).doing("read", path)?;
            let blob = format!("{NEXT}/before/{index}");
            tree.create(&blob, &content, Wanted::Exactly(*mode), Some(path)).doing("keep", path)?;
        }
        State::Folder { mode } => {
            let blob = format!("{NEXT}/before/{index}");
            tree.make_folder(&blob, Wanted::Exactly(*mode)).doing("keep", path)?;
        }
    }
    let blob = format!("{NEXT}/after/{index}");
    let after = match &change.to {
        To::Gone => State::Missing,
        To::Folder { mode } => State::Folder { mode: tree.make_folder(&blob, *mode).doing("prepare", path)? },
        To::File { content, mode } => {
            let like = matches!(change.from, State::File { .. }).then_some(path);
            let mode = tree.create(&blob, content, *mode, like).doing("prepare", path)?;
            State::File { sha256: Digest::of(content), mode }
        }
    };
    Ok(Op { path: path.to_owned(), before: change.from.clone(), after })
}

fn finish(tree: &mut Tree, record: &Record) -> Result<(), ApplyError> {
    let Err(cause) = forward(tree, record) else { return conclude(tree, record) };
    match give_up(tree, record) {
        Ok(_) => Err(cause),
        Err(source) => Err(ApplyError::Stuck { cause: Box::new(cause), source: Box::new(source) }),
    }
}

fn forward(tree: &mut Tree, record: &Record) -> Result<(), ApplyError> {
    for (index, op) in record.ops.iter().enumerate() {
        let now = state(tree, &op.path);
        match now {
            Some(now) if now.is(&op.after) => {}
            Some(now) if now.is(&op.before) => {
                turn(tree, &op.path, &now, &op.after, &format!("{NEXT}/after/{index}"))
                    .doing("write", &op.path)?;
            }
            _ => return Err(ApplyError::Changed(vec![op.path.clone()])),
        }
    }
    Ok(())
}

/// Makes one path what it is to be, by one rename or deletion.
fn turn(tree: &mut Tree, path: &str, now: &State, to: &State, blob: &str) -> std::io::Result<()> {
    match (now, to) {
        (State::Folder { .. }, State::Missing) => tree.remove_folder(path),
        (_, State::Missing) => tree.unlink(path),
        (now, _) => tree.rename(blob, path, *now != State::Missing),
    }
}

fn conclude(tree: &mut Tree, record: &Record) -> Result<(), ApplyError> {
    sync(tree, record)?;
    mark(tree, DECIDED, DONE)?;
    settle(tree, record)
}

fn give_up(tree: &mut Tree, record: &Record) -> Result<Vec<String>, ApplyError> {
    mark(tree, DECIDED, FAILED)?;
    take_back(tree, record)
}

fn take_back(tree: &mut Tree, record: &Record) -> Result<Vec<String>, ApplyError> {
    let mut stay = BTreeSet::new();
    for (index, op) in record.ops.iter().enumerate().rev() {
        let now = state(tree, &op.path);
        match now {
            Some(now) if now.is(&op.before) => {}
            Some(now) if now.is(&op.after) => {
                let blob = format!("{NEXT}/before/{index}");
                match turn(tree, &op.path, &now, &op.before, &blob) {
                    Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
                    other => other.doing("restore", &op.path)?,
                }
            }
            _ => {
                stay.insert(op.path.clone());
            }
        }
    }
    sync(tree, record)?;
    tree.clear(NEXT).doing("tidy", NEXT)?;
    tidy(tree, record.home && record.kind == Kind::Apply)?;
    Ok(stay.into_iter().collect())
}

/// Waits until every name that a run changed is on the disk, so that the journal does not get ahead of it.
fn sync(tree: &Tree, record: &Record) -> Result<(), ApplyError> {
    let folders = record.ops.iter().map(|op| op.path.rsplit_once('/').map_or("", |(folder, _)| folder));
    folders
        .collect::<BTreeSet<_>>()
        .into_iter()
        .try_for_each(|folder| tree.sync(folder).doing("write", folder))
}

/// What was done becomes the run that can be undone; an undo leaves none.
fn settle(tree: &mut Tree, record: &Record) -> Result<(), ApplyError> {
    tree.clear(LAST).doing("tidy", LAST)?;
    match record.kind {
        Kind::Apply => tree.rename(NEXT, LAST, false).doing("keep", LAST),
        Kind::Undo => {
            tree.clear(NEXT).doing("tidy", NEXT)?;
            tidy(tree, record.home)
        }
    }
}

/// Removes preparations.
fn forget(tree: &mut Tree) -> Result<(), ApplyError> {
    sweep(tree)?;
    tree.clear(NEXT).doing("tidy", NEXT)?;
    tidy(tree, true)
}

/// Removes the journal's folder when it is empty, and with `home` civic's own when that holds nothing else.
fn tidy(tree: &mut Tree, home: bool) -> Result<(), ApplyError> {
    if !is_empty(tree, JOURNAL)? {
        return Ok(());
    }
    if !home || tree.list(HOME).doing("look into", HOME)?.len() > 1 {
        return tree.remove_folder(JOURNAL).doing("tidy", JOURNAL);
    }
    tree.rename(HOME, STAGING, false).doing("tidy", HOME)?;
    sweep(tree)
}

/// Removes civic's folder where a run died while it was made or removed.
fn sweep(tree: &mut Tree) -> Result<(), ApplyError> {
    let journal = format!("{STAGING}/journal");
    if is_empty(tree, STAGING)? {
        return tree.remove_folder(STAGING).doing("tidy", STAGING);
    }
    if is_empty(tree, &journal)? && tree.list(STAGING).doing("look into", STAGING)?.len() == 1 {
        return tree.clear(STAGING).doing("tidy", STAGING);
    }
    Ok(())
}

fn is_empty(tree: &Tree, folder: &str) -> Result<bool, ApplyError> {
    let reachable = matches!(tree.reach(folder).doing("look at", folder)?, Reach::Parent(_));
    let there = reachable && matches!(tree.look(folder).doing("look at", folder)?, Seen::Folder { .. });
    Ok(there && tree.list(folder).doing("look into", folder)?.is_empty())
}

fn mark(tree: &mut Tree, from: &str, to: &str) -> Result<(), ApplyError> {
    tree.rename(&format!("{NEXT}/{from}"), &format!("{NEXT}/{to}"), false).doing("write", NEXT)?;
    tree.sync(NEXT).doing("write", NEXT)
}
