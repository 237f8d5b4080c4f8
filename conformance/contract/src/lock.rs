//! `.civic/lock.toml`: what `civic` rendered into a project and from which facts, schema 1.
//!
//! It is committed with the project, so that a later `civic update` anywhere tells its own lines from a person's.
//! The bytes are the same for the same values: no date, no machine, sorted. Whoever can send a pull request can
//! write this file, so nothing in it is taken on trust: every path is checked when it is read.

mod path;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

pub use path::{FilePath, PathError, clash};

/// Version of the lock file that this crate writes.
pub const SCHEMA: u32 = 1;

/// Most files, facts or offers in one lock: a scaffold has dozens.
const MOST: usize = 10_000;

const HEAD: &str = "\
# Written by civic: what it rendered into this project, so that `civic update` can tell your changes from its own.
# Commit this file with the folder it is in, and let civic change it.
";

/// What was rendered into a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    schema: u32,
    /// Version of civic that rendered.
    pub civic: String,
    /// Answers that a person or a flag gave, by question.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// What the files were rendered from.
    #[serde(default, rename = "fact", skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Rendered files, by path.
    #[serde(default, rename = "file", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Entry>,
    /// Texts that lie in `.civic/offers/` for a person to look at, by path.
    #[serde(default, rename = "offer", skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
}

/// A fact about the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Such as `port`.
    pub name: String,
    /// Its value, spelled out.
    pub value: String,
    /// `file:line`, or who gave it.
    pub source: String,
}

/// A file that civic rendered and that is in the project, or was until a person deleted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where.
    pub path: FilePath,
    /// Digest of what was rendered; the bytes are in `.civic/base/`.
    pub sha256: Digest,
    /// Mode as rendered.
    pub mode: Mode,
    /// How it comes together with a person's changes.
    pub role: Role,
}

/// A rendering that could not go into the project's file, put aside in `.civic/offers/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Path of the project's file.
    pub path: FilePath,
    /// Digest of the offered text.
    pub sha256: Digest,
    /// Digest of the project's file when the offer was made.
    pub ours: Digest,
    /// Digest of the rendering that did not fit.
    pub theirs: Digest,
}

/// Mode of a rendered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// 0644.
    Regular,
    /// 0755.
    Executable,
}

/// How two versions with one ancestor become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Line by line, with conflicts.
    Text,
    /// A set of lines.
    Lines,
    /// Key by key.
    Toml,
}

/// SHA-256 in 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Digest(String);

/// A lock file that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LockError {
    /// No TOML, or not of this shape.
    #[error("this is no lock file of civic: {0}")]
    Shape(String),
    /// Written by a later version of civic.
    #[error("this has schema {0}, and this civic reads up to schema {SCHEMA}: use a newer civic")]
    Newer(i64),
    /// The same path twice, or a file where another path needs a folder.
    #[error("this is no lock file of civic: {0:?} and {1:?} cannot both be files")]
    Clash(String, String),
    /// More than any scaffold has.
    #[error("this is no lock file of civic: it lists more than {MOST} files")]
    TooMany,
}

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(digit) {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom("a digest has 64 hexadecimal digits"))
    }
}

impl Lock {
    /// An empty lock of this version of civic.
    pub fn new(civic: impl Into<String>) -> Self {
        Self { schema: SCHEMA, civic: civic.into(), ..Self::default() }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// [`LockError`]: not of this shape, of a newer schema, or with paths that are no files of a project.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let shape = |error: toml_edit::de::Error| LockError::Shape(error.to_string().trim_end().to_owned());
        let stated: Stated = toml_edit::de::from_str(text).map_err(shape)?;
        match stated.schema {
            1 => {}
            newer if newer > i64::from(SCHEMA) => return Err(LockError::Newer(newer)),
            _ => return Err(LockError::Shape("it states no schema that ever was".to_owned())),
        }
        let lock: Self = toml_edit::de::from_str(text).map_err(shape)?;
        lock.check()?;
        Ok(lock)
    }

    fn check(&self) -> Result<(), LockError> {
        if self.files.len().max(self.facts.len()).max(self.offers.len()) > MOST {
            return Err(LockError::TooMany);
        }
        let files: Vec<&FilePath> = self.files.iter().map(|file| &file.path).collect();
        let offers: Vec<&FilePath> = self.offers.iter().map(|offer| &offer.path).collect();
        for paths in [files, offers] {
            if let Some((one, other)) = clash(paths) {
                return Err(LockError::Clash(one.to_string(), other.to_string()));
            }
        }
        Ok(())
    }

    /// The file's text: the same bytes for the same values.
    ///
    /// # Errors
    /// [`LockError`] when [`Lock::parse`] would not read it back.
    pub fn to_toml(&self) -> Result<String, LockError> {
        let mut sorted = self.clone();
        sorted.facts.sort();
        sorted.files.sort_by(|one, other| one.path.cmp(&other.path));
        sorted.offers.sort_by(|one, other| one.path.cmp(&other.path));
        sorted.check()?;
        let body =
            toml_edit::ser::to_string_pretty(&sorted).map_err(|error| LockError::Shape(error.to_string()))?;
        Ok(format!("{HEAD}{body}"))
    }

    /// What was rendered to a path.
    pub fn file(&self, path: &FilePath) -> Option<&Entry> {
        self.files.iter().find(|file| file.path == *path)
    }

    /// What lies aside for a path.
    pub fn offer(&self, path: &FilePath) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.path == *path)
    }

    /// Every path that was rendered.
    pub fn paths(&self) -> BTreeSet<&FilePath> {
        self.files.iter().map(|file| &file.path).collect()
    }
}

/// Read before everything else, so that a newer file is called newer and not malformed.
#[derive(Deserialize)]
struct Stated {
    schema: i64,
}
