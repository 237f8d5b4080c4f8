//! A project's folder, reached one path component at a time without following a link, and changed step by step.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, accessat, fchmod, fchown, flock,
    fstat, fsync, mkdirat, open, openat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use serde::Serialize;

use super::error::ApplyError;

/// Longest file that is read: what is compared and merged is text that people write.
pub(super) const LONGEST: u64 = 64 << 20;

/// Number of a file system; its width differs between systems.
type Device = rustix::fs::Dev;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Is asked before each change of the disk; an error stands for a disk that fails there.
pub trait Steps: Send {
    /// What is about to be done, such as `rename`, and to which path.
    ///
    /// # Errors
    /// Ends the run at this point.
    fn before(&mut self, step: &'static str, path: &str) -> io::Result<()>;

    /// Whether what was written has to outlive a power cut, which takes its time; a kill it outlives anyway.
    fn outlives_power_cuts(&self) -> bool {
        true
    }
}

/// No step ever fails by itself.
pub(super) struct Unbroken;

impl Steps for Unbroken {
    fn before(&mut self, _: &'static str, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Missing,
    File { mode: u32, size: u64 },
    Folder { mode: u32 },
    Link,
    Other,
}

/// Why nothing can be written to a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "because", content = "at", rename_all = "kebab-case")]
pub enum Obstacle {
    /// A symbolic link stands there or on the way; it may lead out of the project.
    Link(String),
    /// A file stands where a folder is wanted.
    NotAFolder(String),
    /// A folder, a pipe or a device stands where a file is wanted.
    NotAFile(String),
    /// This user may not write there.
    ReadOnly(String),
    /// Another file system is mounted on the way, and no rename leads into it.
    OtherDisk(String),
    /// It cannot be read.
    Unreadable(String),
    /// It is too large for anything that people write.
    TooLarge(String),
}

/// Mode of a file that is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// As asked, less the umask.
    Fresh(u32),
    /// Exactly this; owned as this file was, where that is allowed.
    Exactly(u32),
}

/// The parent's folder of a path, or why it is not reached.
pub(super) enum Reach {
    Parent(OwnedFd),
    NoParent,
    Stopped(Obstacle),
}

/// An open project folder that no other run of civic has.
pub(super) struct Tree {
    root: OwnedFd,
    device: Device,
    steps: Box<dyn Steps>,
}

impl Drop for Tree {
    /// Closing alone would leave the lock to a program that another thread is just about to start.
    fn drop(&mut self) {
        let _ = flock(&self.root, FlockOperation::Unlock);
    }
}

impl Tree {
    /// Opens and locks a folder. The lock is on the folder itself: it leaves no trace, and it dies with its holder.
    pub(super) fn open(path: &Path, steps: Box<dyn Steps>) -> Result<Self, ApplyError> {
        let project = |error: Errno| ApplyError::Project { path: path.to_owned(), source: error.into() };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = open(path, flags, Mode::empty()).map_err(project)?;
        match flock(&root, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(ApplyError::Busy(path.to_owned())),
            Err(error) => return Err(ApplyError::NoLock { path: path.to_owned(), source: error.into() }),
        }
        let device = fstat(&root).map_err(project)?.st_dev;
        Ok(Self { root, device, steps })
    }

    /// Opens each folder on the way to a path.
    pub(super) fn reach(&self, path: &str) -> io::Result<Reach> {
        let mut folder = self.root.try_clone()?;
        for (end, _) in path.match_indices('/') {
            let here = path.get(..end).unwrap_or(path);
            folder = match openat(&folder, name(here), FOLDER, Mode::empty()) {
                Ok(next) if device(&next)? == self.device => next,
                Ok(_) => return Ok(Reach::Stopped(Obstacle::OtherDisk(here.to_owned()))),
                Err(Errno::NOENT) => return Ok(Reach::NoParent),
                Err(Errno::ACCESS) => return Ok(Reach::Stopped(Obstacle::Unreadable(here.to_owned()))),
                Err(error) => return stopped(&folder, here, error),
            };
        }
        Ok(Reach::Parent(folder))
    }

    /// What is at a path; an obstacle on the way is an error.
    pub(super) fn look(&self, path: &str) -> io::Result<Seen> {
        match self.reach(path)? {
            Reach::Parent(folder) => look(&folder, name(path)),
            Reach::NoParent => Ok(Seen::Missing),
            Reach::Stopped(obstacle) => Err(obstructed(&obstacle)),
        }
    }

    /// The bytes of a file, which must be one.
    pub(super) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let folder = self.parent(path)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = openat(&folder, name(path), flags, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no regular file"));
        }
        let mut content = Vec::new();
        fs::File::from(file).take(LONGEST + 1).read_to_end(&mut content)?;
        match content.len() as u64 > LONGEST {
            true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "this is too large")),
            false => Ok(content),
        }
    }

    /// Names in a folder, sorted; those that are no UTF-8 with replacement characters.
    pub(super) fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let folder = openat(self.parent(path)?, name(path), FOLDER, Mode::empty())?;
        names(&folder)
    }

    /// Whether this user may change the file that is at a path, or make one.
    pub(super) fn writable(&self, path: &str, there: bool) -> io::Result<bool> {
        let mut inside = path;
        let folder = loop {
            match self.reach(inside)? {
                Reach::Parent(folder) => break folder,
                Reach::NoParent => inside = inside.rsplit_once('/').map_or("", |(above, _)| above),
                Reach::Stopped(obstacle) => return Err(obstructed(&obstacle)),
            }
        };
        let may_add = may(&folder, ".", Access::WRITE_OK | Access::EXEC_OK)?;
        Ok(may_add && (!there || may(&folder, name(path), Access::WRITE_OK)?))
    }

    /// Makes a file that is not there, on the disk for good when this returns. Its mode.
    pub(super) fn create(
        &mut self,
        path: &str,
        content: &[u8],
        mode: Wanted,
        like: Option<&str>,
    ) -> io::Result<u32> {
        let folder = self.parent(path)?;
        self.steps.before("create", path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let bits = match mode {
            Wanted::Fresh(bits) => bits,
            Wanted::Exactly(_) => 0o600,
        };
        let mut file = fs::File::from(openat(&folder, name(path), flags, bits_of(bits))?);
        for part in content.chunks(content.len() / 2 + 1) {
            self.steps.before("write", path)?;
            file.write_all(part)?;
        }
        if let Wanted::Exactly(bits) = mode {
            self.own(&file, like)?;
            fchmod(&file, bits_of(bits))?;
        }
        if self.steps.outlives_power_cuts() {
            file.sync_all()?;
        }
        Ok(fstat(&file)?.st_mode & 0o7777)
    }

    /// Gives a file the owner of another. Only root may, and everybody else owns what they replace, or shares it.
    fn own(&self, file: &fs::File, like: Option<&str>) -> io::Result<()> {
        let Some(like) = like else { return Ok(()) };
        let stat = statat(self.parent(like)?, name(like), AtFlags::SYMLINK_NOFOLLOW)?;
        let mine = fstat(file)?;
        if (stat.st_uid, stat.st_gid) != (mine.st_uid, mine.st_gid) {
            let owner = rustix::fs::Uid::from_raw(stat.st_uid);
            let _ = fchown(file, Some(owner), Some(rustix::fs::Gid::from_raw(stat.st_gid)));
        }
        Ok(())
    }

    /// Makes a folder that is not there. Its mode.
    pub(super) fn make_folder(&mut self, path: &str, mode: Wanted) -> io::Result<u32> {
        let folder = self.parent(path)?;
        self.steps.before("mkdir", path)?;
        let (Wanted::Fresh(bits) | Wanted::Exactly(bits)) = mode;
        mkdirat(&folder, name(path), bits_of(bits))?;
        let made = openat(&folder, name(path), FOLDER, Mode::empty())?;
        if matches!(mode, Wanted::Exactly(_)) {
            self.steps.before("chmod", path)?;
            fchmod(&made, bits_of(bits))?;
        }
        Ok(fstat(&made)?.st_mode & 0o7777)
    }

    /// Moves within the project; `onto` says whether something may be there, which is then replaced.
    pub(super) fn rename(&mut self, from: &str, to: &str, onto: bool) -> io::Result<()> {
        let (source, target) = (self.parent(from)?, self.parent(to)?);
        self.steps.before("rename", to)?;
        let (old, new) = (name(from), name(to));
        if onto {
            renameat(&source, old, &target, new)?;
        } else {
            match renameat_with(&source, old, &target, new, RenameFlags::NOREPLACE) {
                // Not every file system can; the caller looked a moment ago.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => renameat(&source, old, &target, new)?,
                other => other?,
            }
        }
        Ok(())
    }

    /// Deletes a file or a link.
    pub(super) fn unlink(&mut self, path: &str) -> io::Result<()> {
        self.delete("unlink", path, AtFlags::empty())
    }

    /// Deletes an empty folder.
    pub(super) fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        self.delete("rmdir", path, AtFlags::REMOVEDIR)
    }

    fn delete(&mut self, step: &'static str, path: &str, flags: AtFlags) -> io::Result<()> {
        let folder = self.parent(path)?;
        self.steps.before(step, path)?;
        Ok(unlinkat(&folder, name(path), flags)?)
    }

    /// Deletes a folder with all that is in it, or whatever else is there; of links the link.
    pub(super) fn clear(&mut self, path: &str) -> io::Result<()> {
        match self.look(path)? {
            Seen::Missing => Ok(()),
            Seen::Folder { .. } => {
                for inside in self.list(path)? {
                    self.clear(&format!("{path}/{inside}"))?;
                }
                self.remove_folder(path)
            }
            _ => self.unlink(path),
        }
    }

    /// Waits until the names in a folder are on the disk, if it is there; the root is the empty path.
    pub(super) fn sync(&self, path: &str) -> io::Result<()> {
        let inside = if path.is_empty() { "x".to_owned() } else { format!("{path}/x") };
        match self.reach(&inside)? {
            Reach::Parent(folder) if self.steps.outlives_power_cuts() => Ok(fsync(&folder)?),
            _ => Ok(()),
        }
    }

    fn parent(&self, path: &str) -> io::Result<OwnedFd> {
        match self.reach(path)? {
            Reach::Parent(folder) => Ok(folder),
            Reach::NoParent => Err(io::ErrorKind::NotFound.into()),
            Reach::Stopped(obstacle) => Err(obstructed(&obstacle)),
        }
    }
}

fn may(folder: &OwnedFd, name: &str, access: Access) -> io::Result<bool> {
    match accessat(folder, name, access, AtFlags::EACCESS) {
        Ok(()) => Ok(true),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn bits_of(bits: u32) -> Mode {
    Mode::from_raw_mode(bits as rustix::fs::RawMode)
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn device(folder: &OwnedFd) -> io::Result<Device> {
    Ok(fstat(folder)?.st_dev)
}

fn look(folder: &OwnedFd, name: &str) -> io::Result<Seen> {
    let stat = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Seen::Missing),
        Err(error) => return Err(error.into()),
    };
    let mode = stat.st_mode & 0o7777;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Seen::File { mode, size: u64::try_from(stat.st_size).unwrap_or(u64::MAX) },
        FileType::Directory => Seen::Folder { mode },
        FileType::Symlink => Seen::Link,
        _ => Seen::Other,
    })
}

fn stopped(folder: &OwnedFd, here: &str, error: Errno) -> io::Result<Reach> {
    match look(folder, name(here))? {
        Seen::Link => Ok(Reach::Stopped(Obstacle::Link(here.to_owned()))),
        Seen::File { .. } | Seen::Other => Ok(Reach::Stopped(Obstacle::NotAFolder(here.to_owned()))),
        Seen::Missing | Seen::Folder { .. } => Err(error.into()),
    }
}

fn obstructed(obstacle: &Obstacle) -> io::Error {
    io::Error::other(obstacle.to_string())
}

fn names(folder: &impl AsFd) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link(at) => write!(f, "{at:?} is a symbolic link, which may lead out of the project"),
            Self::NotAFolder(at) => write!(f, "{at:?} is a file, and a folder is needed there"),
            Self::NotAFile(at) => write!(f, "{at:?} is no file, and a file is needed there"),
            Self::ReadOnly(at) => write!(f, "{at:?} may not be written by you"),
            Self::OtherDisk(at) => write!(f, "{at:?} is on another file system than the project"),
            Self::Unreadable(at) => write!(f, "{at:?} may not be read by you"),
            Self::TooLarge(at) => write!(f, "{at:?} is too large for a file that civic writes"),
        }
    }
}
