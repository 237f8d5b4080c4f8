//! The project's files, read without leaving the project and never without a bound.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Largest file a rule reads whole.
const LARGEST: u64 = 1024 * 1024;
/// Most entries looked at below one folder.
const MOST_ENTRIES: usize = 20_000;
/// Deepest folder looked into.
const DEEPEST: usize = 16;

/// A text file as its reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Without a byte order mark; what is no UTF-8 is replaced.
    pub text: String,
    /// It began with a byte order mark.
    pub marked: bool,
    /// First line that is not UTF-8.
    pub foreign: Option<u32>,
    /// First line that ends with a carriage return.
    pub returns: Option<u32>,
}

/// Why a file says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("there is no such file")]
    Missing,
    #[error("it is a folder, not a file")]
    Folder,
    #[error("it is not a plain file")]
    Special,
    #[error("it is a link that leads out of the project")]
    Outside,
    #[error("it is larger than 1 MiB")]
    TooLarge,
    #[error("it is empty")]
    Empty,
    #[error("it is UTF-16 text, not UTF-8")]
    Utf16,
    #[error("it is not text")]
    Binary,
    #[error("{0}")]
    Failed(String),
}

impl Text {
    /// Decodes a file.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (marked, bytes) = match bytes {
            [] => return Err(Unreadable::Empty),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(Unreadable::Utf16),
            [0xef, 0xbb, 0xbf, rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        if bytes.contains(&0) {
            return Err(Unreadable::Binary);
        }
        let foreign = std::str::from_utf8(bytes).err().map(|error| line_at(bytes, error.valid_up_to()));
        let returns = bytes.windows(2).position(|pair| pair == b"\r\n").map(|at| line_at(bytes, at));
        Ok(Self { text: String::from_utf8_lossy(bytes).into_owned(), marked, foreign, returns })
    }
}

/// Line of a byte, from 1.
fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// The project's folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder. Its own path may well be a link.
    pub fn open(path: &Path) -> Self {
        Self { root: path.canonicalize().unwrap_or_else(|_| path.to_owned()) }
    }

    /// Reads a text file; a link is followed only to a file of the project.
    pub fn text(&self, relative: &Path) -> Result<Text, Unreadable> {
        Text::decode(&self.bytes(relative)?)
    }

    /// Reads a file of at most 1 MiB.
    pub fn bytes(&self, relative: &Path) -> Result<Vec<u8>, Unreadable> {
        let path = self.inside(relative)?;
        let meta = std::fs::metadata(&path).map_err(failed)?;
        if meta.is_dir() {
            return Err(Unreadable::Folder);
        }
        // Opening a FIFO would block for ever.
        if !meta.is_file() {
            return Err(Unreadable::Special);
        }
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(failed)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > LARGEST { Err(Unreadable::TooLarge) } else { Ok(bytes) }
    }

    /// Whether there is anything by this name, itself or as a link.
    pub fn has(&self, relative: &Path) -> bool {
        std::fs::symlink_metadata(self.root.join(relative)).is_ok()
    }

    /// Names directly in a folder, sorted; folders end with a slash.
    pub fn names(&self, relative: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for entry in self.entries(relative) {
            let slash = if entry.is_folder { "/" } else { "" };
            names.extend(entry.path.file_name().map(|name| format!("{}{slash}", name.to_string_lossy())));
        }
        names
    }

    /// What is below a folder, in a stable order. `enter` says which folders to look into; links are not followed.
    pub fn walk(&self, relative: &Path, mut enter: impl FnMut(&Path) -> bool) -> Vec<Entry> {
        let mut found = Vec::new();
        let mut waiting = vec![relative.to_owned()];
        while let Some(folder) = waiting.pop() {
            for entry in self.entries(&folder) {
                if found.len() >= MOST_ENTRIES {
                    return found;
                }
                let is_shallow = entry.path.components().count() <= DEEPEST;
                if entry.is_folder && is_shallow && enter(&entry.path) {
                    waiting.push(entry.path.clone());
                }
                found.push(entry);
            }
        }
        found
    }

    fn entries(&self, relative: &Path) -> Vec<Entry> {
        let Ok(folder) = self.inside(relative) else { return Vec::new() };
        let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut entries: Vec<Entry> = listing
            .take(MOST_ENTRIES)
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let kind = entry.file_type().ok()?;
                let path = relative.join(entry.file_name());
                Some(Entry { path, is_folder: kind.is_dir(), is_file: kind.is_file() })
            })
            .collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries
    }

    /// The real path of something that must be in the project.
    fn inside(&self, relative: &Path) -> Result<PathBuf, Unreadable> {
        let real = self.root.join(relative).canonicalize().map_err(failed)?;
        if real.starts_with(&self.root) { Ok(real) } else { Err(Unreadable::Outside) }
    }
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Relative to the project.
    pub path: PathBuf,
    pub is_folder: bool,
    pub is_file: bool,
}

fn failed(error: io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unreadable::Missing,
        _ => Unreadable::Failed(error.to_string()),
    }
}

/// A path of the project as messages write it: forward slashes, without `.` and with `..` worked out.
pub(super) fn written(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            _ => {}
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_editors_leave_behind() {
        let text = Text::decode(b"\xef\xbb\xbfa\r\nb\xe9\n").unwrap();
        assert_eq!((text.marked, text.returns, text.foreign), (true, Some(1), Some(2)));
        assert_eq!(text.text, "a\r\nb\u{fffd}\n");
        assert_eq!(Text::decode(b"\xff\xfeF\0"), Err(Unreadable::Utf16));
        assert_eq!(Text::decode(b"\x7fELF\0"), Err(Unreadable::Binary));
        assert_eq!(Text::decode(b""), Err(Unreadable::Empty));
    }

    #[cfg(unix)]
    #[test]
    fn never_follows_a_link_out_of_the_project() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("project");
        std::fs::create_dir_all(root.join("real")).unwrap();
        std::fs::write(outer.path().join("secret"), "x").unwrap();
        std::fs::write(root.join("real/file"), "y").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("out")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        std::os::unix::fs::symlink("real/file", root.join("in")).unwrap();
        let folder = Folder::open(&root);
        assert_eq!(folder.text(Path::new("out")), Err(Unreadable::Outside));
        assert_eq!(folder.text(Path::new("up/secret")), Err(Unreadable::Outside));
        assert_eq!(folder.text(Path::new("../secret")), Err(Unreadable::Outside));
        assert_eq!(folder.text(Path::new("in")).unwrap().text, "y");
        assert_eq!(folder.text(Path::new("real")), Err(Unreadable::Folder));
        assert_eq!(folder.text(Path::new("none")), Err(Unreadable::Missing));
        assert_eq!(folder.text(Path::new("real/file/x")), Err(Unreadable::Missing));
        let walked: Vec<String> =
            folder.walk(Path::new(""), |_| true).iter().map(|e| written(&e.path)).collect();
        assert_eq!(walked, ["in", "out", "real", "up", "real/file"]);
    }

    #[test]
    fn writes_paths_plainly() {
        assert_eq!(written(Path::new("./a/../b/./Dockerfile")), "b/Dockerfile");
    }
}
