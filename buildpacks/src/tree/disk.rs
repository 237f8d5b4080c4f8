//! A folder of this machine, read and never written. Links out of it are not followed.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{LeftOut, SourceTree, is_vendored};

/// More files than any project has that people wrote.
const MOST_FILES: usize = 250_000;
/// Likewise folders.
const MOST_FOLDERS: usize = 100_000;
/// Folders below folders.
const MOST_DEPTH: usize = 24;
/// Notes about what was left out; a tree full of sockets needs no list of them.
const MOST_NOTES: usize = 50;

/// A folder that was listed once.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    #[cfg(target_os = "linux")]
    handle: File,
    paths: Vec<String>,
    left_out: Vec<LeftOut>,
}

/// Why a folder cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is nothing of that name, or it cannot be read.
    #[error("cannot read the folder {}: {reason}", path.display())]
    Unreadable {
        /// As it was asked for.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// There is something else of that name.
    #[error("{} is no folder: name the project's folder", .0.display())]
    NoFolder(PathBuf),
}

impl DiskTree {
    /// Lists a folder; vendored folders are not entered.
    ///
    /// # Errors
    ///
    /// When `path` is no folder or cannot be read. What cannot be read below it is left out and noted.
    pub fn open(path: &Path) -> Result<Self, TreeError> {
        let unreadable = |reason| TreeError::Unreadable { path: path.into(), reason };
        let root = path.canonicalize().map_err(unreadable)?;
        if !root.is_dir() {
            return Err(TreeError::NoFolder(path.into()));
        }
        fs::read_dir(&root).map_err(unreadable)?;
        #[cfg(target_os = "linux")]
        let handle = File::open(&root).map_err(unreadable)?;
        let mut walk = Walk { root: &root, paths: Vec::new(), folders: 0, left_out: Vec::new() };
        walk.folder(&root, "", 0);
        let Walk { mut paths, left_out, .. } = walk;
        paths.sort_unstable();
        Ok(Self {
            root,
            #[cfg(target_os = "linux")]
            handle,
            paths,
            left_out,
        })
    }

    /// Opens what a path led to when it was listed: never anything outside, never a device, and a pipe without waiting.
    #[cfg(target_os = "linux")]
    fn open_below(&self, path: &str) -> Option<File> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        use rustix::io::Errno;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = |path: &Path| openat2(&self.handle, path, flags, Mode::empty(), ResolveFlags::BENEATH);
        match open(Path::new(path)) {
            Ok(file) => Some(file.into()),
            // A link with an absolute path, though into the project.
            Err(Errno::XDEV) => open(self.resolve(path)?.strip_prefix(&self.root).ok()?).ok().map(File::from),
            // An old kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => File::open(self.resolve(path)?).ok(),
            Err(_) => None,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_below(&self, path: &str) -> Option<File> {
        File::open(self.resolve(path)?).ok()
    }

    /// The file behind all links, when it is still a file of the project.
    fn resolve(&self, path: &str) -> Option<PathBuf> {
        let path = self.root.join(path).canonicalize().ok()?;
        let is_ours = path.starts_with(&self.root) && fs::symlink_metadata(&path).ok()?.is_file();
        is_ours.then_some(path)
    }
}

impl SourceTree for DiskTree {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        if !self.has(path) {
            return None; // whatever was not listed is not ours to open
        }
        self.content(path, most)
    }

    fn read_at(&self, index: usize, most: usize) -> Option<Vec<u8>> {
        self.content(self.paths.get(index)?, most)
    }

    fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

impl DiskTree {
    fn content(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        let file = self.open_below(path)?;
        let known = file.metadata().ok().filter(fs::Metadata::is_file)?; // it may have changed since the walk
        let size = usize::try_from(known.len()).unwrap_or(most).min(most);
        let mut content = Vec::with_capacity(size + 1);
        file.take(most as u64).read_to_end(&mut content).ok()?;
        Some(content)
    }
}

struct Walk<'a> {
    root: &'a Path,
    paths: Vec<String>,
    folders: usize,
    left_out: Vec<LeftOut>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) {
        if depth > MOST_DEPTH {
            return self.note(prefix, "it lies too deep");
        }
        let Ok(entries) = fs::read_dir(folder) else {
            return self.note(prefix, "it cannot be read");
        };
        self.folders += 1;
        for entry in entries.flatten() {
            if self.paths.len() >= MOST_FILES || self.folders >= MOST_FOLDERS {
                return self.note(prefix, "the project has too many files");
            }
            self.entry(&entry, prefix, depth);
        }
    }

    fn entry(&mut self, entry: &DirEntry, prefix: &str, depth: usize) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return self.note(&format!("{prefix}{}", name.to_string_lossy()), "its name is not UTF-8");
        };
        let path = format!("{prefix}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_file() => self.paths.push(path),
            Ok(kind) if kind.is_dir() && is_vendored(name) => {}
            Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &format!("{path}/"), depth + 1),
            Ok(kind) if kind.is_symlink() => self.link(&entry.path(), path),
            Ok(_) => self.note(&path, "it is no regular file"),
            Err(_) => self.note(&path, "it cannot be read"),
        }
    }

    /// A link to a file of the project is that file; a link to a folder would show files twice.
    fn link(&mut self, at: &Path, path: String) {
        match at.canonicalize() {
            Err(_) => self.note(&path, "the link leads nowhere"),
            Ok(target) if !target.starts_with(self.root) => {
                self.note(&path, "the link leads out of the project")
            }
            Ok(target) if target.is_file() => self.paths.push(path),
            Ok(_) => {}
        }
    }

    fn note(&mut self, path: &str, reason: &'static str) {
        if self.left_out.len() < MOST_NOTES {
            let path = if path.is_empty() { "." } else { path.trim_end_matches('/') };
            self.left_out.push(LeftOut { path: path.into(), reason });
        }
    }
}
