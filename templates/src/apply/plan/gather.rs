//! Reads the project and puts a plan together. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use civic_contract::lock::{Digest, Entry, FilePath, Lock, LockError, clash};

use super::super::error::{ApplyError, Doing};
use super::super::journal::{BASE, HOME, IGNORE, LOCK, NEXT, OFFERS, State};
use super::super::run::{Change, To, interrupted};
use super::super::tree::{LONGEST, Obstacle, Reach, Seen, Tree, Wanted};
use super::super::{Choices, Rendering};
use super::decide::{Case, Decision, Found};
use super::{Action, Class, Plan, Step};
use crate::file::File;

const IGNORED: &[u8] =
    b"# Written by civic: what `civic init --undo` needs is for this copy of the project only.\njournal/\n";

/// Compares what is rendered with what is there.
pub(in super::super) fn gather(
    tree: &Tree,
    rendering: &Rendering,
    choices: &Choices,
) -> Result<Plan, ApplyError> {
    if interrupted(tree)? {
        return Err(ApplyError::Interrupted);
    }
    let files = by_path(&rendering.files)?;
    let mut gather = Gather { tree, steps: Vec::new(), changes: Vec::new() };
    gather.journal()?;
    let old = gather.old_lock()?;
    let mut lock = Lock::new(rendering.civic.clone());
    lock.answers.clone_from(&rendering.answers);
    lock.facts.clone_from(&rendering.facts);
    for (path, file) in &files {
        gather.file(path, file, &old, &mut lock, choices)?;
    }
    for known in old.files.iter().filter(|known| !files.contains_key(&known.path)) {
        gather.obsolete(known)?;
    }
    for offer in old.offers.iter().filter(|offer| lock.offer(&offer.path).is_none()) {
        gather.withdraw(&offer.path, &offer.sha256)?;
    }
    if old == Lock::default() && gather.find(IGNORE)?.is_ok_and(|found| found.is_none()) {
        gather.own(IGNORE, IGNORED)?;
    }
    gather.own(LOCK, lock.to_toml()?.as_bytes())?;
    let folders = gather.folders()?;
    let emptied = gather.emptied()?;
    Ok(Plan::new(gather.steps, [folders, gather.changes, emptied].concat()))
}

fn by_path(files: &[File]) -> Result<BTreeMap<FilePath, &File>, ApplyError> {
    let paths: Result<Vec<FilePath>, _> = files.iter().map(|file| FilePath::parse(&file.path)).collect();
    let paths = paths?;
    if let Some((one, other)) = clash(&paths) {
        return Err(ApplyError::Clash(one.to_string(), other.to_string()));
    }
    Ok(paths.into_iter().zip(files).collect())
}

struct Gather<'a> {
    tree: &'a Tree,
    steps: Vec<Step>,
    changes: Vec<Change>,
}

impl Gather<'_> {
    /// The file at a path; nothing when there is none, and why when it is out of reach.
    fn find(&self, path: &str) -> Result<Result<Option<Found>, Obstacle>, ApplyError> {
        match self.tree.reach(path).doing("look at", path)? {
            Reach::Stopped(obstacle) => return Ok(Err(obstacle)),
            Reach::NoParent => return Ok(Ok(None)),
            Reach::Parent(_) => {}
        }
        let at = path.to_owned();
        Ok(match self.tree.look(path).doing("look at", path)? {
            Seen::Missing => Ok(None),
            Seen::Link => Err(Obstacle::Link(at)),
            Seen::Folder { .. } | Seen::Other => Err(Obstacle::NotAFile(at)),
            Seen::File { size, .. } if size > LONGEST => Err(Obstacle::TooLarge(at)),
            Seen::File { mode, .. } => match self.tree.read(path) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    Err(Obstacle::Unreadable(at))
                }
                content => Ok(Some(Found { content: content.doing("read", path)?, mode })),
            },
        })
    }

    /// The journal itself must be within reach.
    fn journal(&mut self) -> Result<(), ApplyError> {
        let inside = format!("{NEXT}/record.json");
        if let Reach::Stopped(obstacle) = self.tree.reach(&inside).doing("look at", NEXT)? {
            self.steps.push(Step::blocked(NEXT, obstacle));
        }
        Ok(())
    }

    fn old_lock(&mut self) -> Result<Lock, ApplyError> {
        match self.find(LOCK)? {
            Ok(None) => Ok(Lock::default()),
            Ok(Some(found)) => {
                let text = String::from_utf8(found.content);
                Ok(Lock::parse(&text.map_err(|error| LockError::Shape(error.to_string()))?)?)
            }
            Err(obstacle) => {
                self.steps.push(Step::blocked(LOCK, obstacle));
                Ok(Lock::default())
            }
        }
    }

    fn file(
        &mut self,
        path: &FilePath,
        new: &File,
        old: &Lock,
        lock: &mut Lock,
        choices: &Choices,
    ) -> Result<(), ApplyError> {
        let ours = match self.find(path.as_str())? {
            Ok(ours) => ours,
            Err(obstacle) => {
                self.steps.push(Step::blocked(path.as_str(), obstacle));
                return Ok(());
            }
        };
        let known = old.file(path).filter(|_| ours.is_some() || !choices.restore.contains(path.as_str()));
        let base = self.base(old.file(path))?;
        let case = Case {
            path,
            new,
            known,
            base: base.as_deref(),
            ours,
            offer: old.offer(path),
            offered: self.find(&format!("{OFFERS}/{path}"))?.ok().flatten(),
            resolved: choices.resolved.contains(path.as_str()),
        };
        let decision = case.decide();
        self.record(path, new, case.ours.as_ref(), old.file(path), decision, lock)
    }

    fn record(
        &mut self,
        path: &FilePath,
        new: &File,
        ours: Option<&Found>,
        known: Option<&Entry>,
        decision: Decision,
        lock: &mut Lock,
    ) -> Result<(), ApplyError> {
        let mut step = decision.step;
        if let Some((content, mode)) = decision.write {
            match self.obstacle(path.as_str(), ours)? {
                Some(obstacle) => step = Step::blocked(path.as_str(), obstacle),
                None => self.change(path.as_str(), ours, To::File { content, mode }),
            }
        }
        self.steps.push(step);
        match decision.entry {
            Some(entry) => {
                self.own(&format!("{BASE}/{path}"), &new.content)?;
                lock.files.push(entry);
            }
            None => lock.files.extend(known.cloned()),
        }
        if let Some((offer, text)) = decision.offer {
            if let Some(text) = text {
                self.own(&format!("{OFFERS}/{path}"), &text)?;
            }
            lock.offers.push(offer);
        }
        Ok(())
    }

    /// A file that is no longer rendered goes only if it is, byte for byte, what was rendered.
    fn obsolete(&mut self, known: &Entry) -> Result<(), ApplyError> {
        let path = known.path.as_str();
        let base = self.base(Some(known))?;
        let mut step = Step::new(path, Class::Obsolete, Action::Keep);
        match self.find(path)? {
            Ok(None) => return self.drop_base(known),
            Err(obstacle) => step.obstacle = Some(obstacle),
            Ok(Some(ours)) => {
                step.before = Some(Digest::of(&ours.content));
                step.after.clone_from(&step.before);
                if base.is_some_and(|base| base == ours.content) {
                    step.action = Action::Remove;
                    step.after = None;
                    match self.obstacle(path, Some(&ours))? {
                        Some(obstacle) => step = Step::blocked(path, obstacle),
                        None => self.change(path, Some(&ours), To::Gone),
                    }
                }
            }
        }
        self.steps.push(step);
        self.drop_base(known)
    }

    fn drop_base(&mut self, known: &Entry) -> Result<(), ApplyError> {
        self.withdraw_at(&format!("{BASE}/{}", known.path), &known.sha256)
    }

    /// An offer that is no longer one goes, unless a person wrote into it.
    fn withdraw(&mut self, path: &FilePath, sha256: &Digest) -> Result<(), ApplyError> {
        self.withdraw_at(&format!("{OFFERS}/{path}"), sha256)
    }

    fn withdraw_at(&mut self, path: &str, sha256: &Digest) -> Result<(), ApplyError> {
        match self.find(path)? {
            Ok(Some(found)) if Digest::of(&found.content) == *sha256 => {
                self.change(path, Some(&found), To::Gone);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What was rendered last, if it is still just that.
    fn base(&self, known: Option<&Entry>) -> Result<Option<Vec<u8>>, ApplyError> {
        let Some(known) = known else { return Ok(None) };
        let found = self.find(&format!("{BASE}/{}", known.path))?.ok().flatten();
        Ok(found.map(|found| found.content).filter(|content| Digest::of(content) == known.sha256))
    }

    /// Writes a file of civic's own, where it is not already so.
    fn own(&mut self, path: &str, content: &[u8]) -> Result<(), ApplyError> {
        let found = match self.find(path)? {
            Ok(found) => found,
            Err(obstacle) => {
                self.steps.push(Step::blocked(path, obstacle));
                return Ok(());
            }
        };
        if found.as_ref().is_some_and(|found| found.content == content) {
            return Ok(());
        }
        if let Some(obstacle) = self.obstacle(path, found.as_ref())? {
            self.steps.push(Step::blocked(path, obstacle));
        }
        let mode = found.as_ref().map_or(Wanted::Fresh(0o644), |found| Wanted::Exactly(found.mode));
        self.change(path, found.as_ref(), To::File { content: content.to_vec(), mode });
        Ok(())
    }

    fn obstacle(&self, path: &str, ours: Option<&Found>) -> Result<Option<Obstacle>, ApplyError> {
        let writable = self.tree.writable(path, ours.is_some()).doing("look at", path)?;
        Ok((!writable).then(|| Obstacle::ReadOnly(path.to_owned())))
    }

    fn change(&mut self, path: &str, ours: Option<&Found>, to: To) {
        let from = match ours {
            None => State::Missing,
            Some(found) => State::File { sha256: Digest::of(&found.content), mode: found.mode },
        };
        self.changes.push(Change { path: path.to_owned(), from, to });
    }

    /// Folders that new files need, parents first.
    fn folders(&self) -> Result<Vec<Change>, ApplyError> {
        let made = self.changes.iter().filter(|change| change.from == State::Missing);
        let wanted: BTreeSet<&str> = made.flat_map(|change| above(&change.path)).collect();
        let mut folders = Vec::new();
        for folder in wanted.into_iter().filter(|folder| *folder != HOME) {
            let blocked = matches!(self.tree.reach(folder).doing("look at", folder)?, Reach::Stopped(_));
            if !blocked && self.tree.look(folder).doing("look at", folder)? == Seen::Missing {
                let to = To::Folder { mode: Wanted::Fresh(0o755) };
                folders.push(Change { path: folder.to_owned(), from: State::Missing, to });
            }
        }
        Ok(folders)
    }

    /// Folders that hold nothing but files that go, deepest first.
    fn emptied(&self) -> Result<Vec<Change>, ApplyError> {
        let gone = self.changes.iter().filter(|change| matches!(change.to, To::Gone));
        let mut gone: BTreeSet<String> = gone.map(|change| change.path.clone()).collect();
        let kept: BTreeSet<&str> = {
            let kept = self.changes.iter().filter(|change| !matches!(change.to, To::Gone));
            kept.flat_map(|change| above(&change.path)).collect()
        };
        let folders: BTreeSet<String> = gone.iter().flat_map(|path| above(path)).map(str::to_owned).collect();
        let mut emptied = Vec::new();
        for folder in
            folders.into_iter().rev().filter(|folder| folder != HOME && !kept.contains(folder.as_str()))
        {
            let inside = self.tree.list(&folder).doing("look into", &folder)?;
            if let Seen::Folder { mode } = self.tree.look(&folder).doing("look at", &folder)?
                && inside.iter().all(|name| gone.contains(&format!("{folder}/{name}")))
            {
                emptied.push(Change { path: folder.clone(), from: State::Folder { mode }, to: To::Gone });
                gone.insert(folder);
            }
        }
        Ok(emptied)
    }
}

/// Every folder above a path, the outermost first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(move |(end, _)| path.get(..end))
}
