//! A build context: the files a build can see.

use std::path::{Path, PathBuf};

use super::folder::{Entry, Folder, Unreadable, written};
use crate::dockerignore::{BadPattern, DockerIgnore};

/// Folders too large to look into; whether they are in the context at all is a finding of its own.
const HEAVY: &[&str] =
    &[".git", ".hg", ".svn", "node_modules", ".venv", "venv", "target", "vendor", "__pycache__"];

/// A build context.
#[derive(Debug)]
pub(super) struct Context {
    /// Relative to the project.
    pub path: PathBuf,
    pub ignore: Ignore,
    /// What a build is sent, without what is inside of heavy folders.
    pub sent: Vec<Entry>,
}

/// The context's `.dockerignore`.
#[derive(Debug)]
pub(super) enum Ignore {
    Missing,
    Unreadable(Unreadable),
    Bad(BadPattern),
    Read,
}

impl Context {
    /// Looks through a context.
    pub fn of(folder: &Folder, path: &Path) -> Self {
        let (ignore, patterns) = match folder.text(&path.join(".dockerignore")) {
            Ok(text) => match DockerIgnore::parse(&text.text) {
                Ok(patterns) => (Ignore::Read, patterns),
                Err(bad) => (Ignore::Bad(bad), DockerIgnore::default()),
            },
            Err(Unreadable::Empty) => (Ignore::Read, DockerIgnore::default()),
            Err(Unreadable::Missing) => (Ignore::Missing, DockerIgnore::default()),
            Err(other) => (Ignore::Unreadable(other), DockerIgnore::default()),
        };
        let inner = |entry: &Path| entry.strip_prefix(path).unwrap_or(entry).to_owned();
        let enter = |entry: &Path| {
            let is_heavy = entry.file_name().is_some_and(|name| HEAVY.iter().any(|heavy| name == *heavy));
            !is_heavy && (patterns.keeps_any() || !patterns.ignores(&inner(entry)))
        };
        let mut sent = folder.walk(path, enter);
        sent.retain(|entry| !patterns.ignores(&inner(&entry.path)));
        Self { path: path.into(), ignore, sent }
    }

    /// The path of `.dockerignore` as messages write it.
    pub fn ignore_file(&self) -> String {
        written(&self.path.join(".dockerignore"))
    }

    /// A file's path as the Dockerfile writes it.
    pub fn inner(&self, entry: &Entry) -> String {
        written(entry.path.strip_prefix(&self.path).unwrap_or(&entry.path))
    }
}
