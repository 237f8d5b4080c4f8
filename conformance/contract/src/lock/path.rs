//! Paths of files that may be rendered into somebody's project.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Longest path in bytes: Linux takes 4096, and other folders are put before it.
const LONGEST: usize = 1000;
/// Longest name in bytes that every common file system takes.
const LONGEST_NAME: usize = 255;

/// A relative path below a project's root, with `/`, that leads neither out nor into what git or civic keep there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FilePath(String);

/// A text that is no such path.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{path:?} is no path for a rendered file: it {reason}")]
pub struct PathError {
    /// The text.
    pub path: String,
    /// Why not, after "it".
    pub reason: &'static str,
}

impl FilePath {
    /// Checks a text.
    ///
    /// # Errors
    /// [`PathError`] with the first reason against it.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        match reason(text) {
            Some(reason) => Err(PathError { path: text.to_owned(), reason }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn reason(text: &str) -> Option<&'static str> {
    let drive = text.as_bytes().get(1) == Some(&b':');
    match text {
        "" => Some("is empty"),
        _ if text.len() > LONGEST => Some("is too long"),
        _ if text.contains(['\0', '\\']) => Some("contains a backslash or a zero byte"),
        _ if text.starts_with('/') || drive => Some("is absolute"),
        _ => text.split('/').enumerate().find_map(|(depth, name)| bad_name(depth, name)),
    }
}

/// Git runs programs that its folder names, so nothing is ever written there; file systems that ignore case are common.
fn bad_name(depth: usize, name: &str) -> Option<&'static str> {
    let is = |other: &str| name.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(other);
    match name {
        "" | "." => Some("has an empty part or `.`"),
        ".." => Some("leads out of the folder with `..`"),
        _ if name.len() > LONGEST_NAME => Some("has a part that is too long"),
        _ if is(".git") || is("git~1") => Some("leads into git's own folder"),
        _ if depth == 0 && is(".civic") => Some("leads into civic's own folder"),
        _ => None,
    }
}

/// Two of these paths that cannot both be files: the same one, the same but for case, or one below the other.
pub fn clash<'a>(paths: impl IntoIterator<Item = &'a FilePath>) -> Option<(&'a FilePath, &'a FilePath)> {
    let mut seen = BTreeMap::new();
    for path in paths {
        if let Some(other) = seen.insert(path.0.to_lowercase(), path) {
            return Some((other, path));
        }
    }
    seen.iter().find_map(|(key, path)| {
        let above = key.match_indices('/').filter_map(|(end, _)| key.get(..end));
        above.filter_map(|folder| seen.get(folder)).map(|file| (*file, *path)).next()
    })
}
