//! Three versions of a file become one: what was rendered, what a person made of it, and what is rendered now.

mod lines;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod toml;

use serde::Serialize;

use crate::file::Merge;
use shape::Shape;

/// What comes of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Merged {
    /// Both sides' changes.
    Clean(Vec<u8>),
    /// A person has to decide; the offer shows both sides where they differ.
    Conflict { offer: Vec<u8>, at: Vec<Disagreement> },
}

/// A place that both sides changed, each in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// A key of the file such as `services.web.port`, or a line of the offer such as `line 12`.
    pub at: String,
    /// What the project's file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// What is rendered now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
}

impl Disagreement {
    fn about(at: impl Into<String>) -> Self {
        Self { at: at.into(), ours: None, theirs: None }
    }
}

/// The bytes of the three versions.
#[derive(Clone, Copy)]
struct Three<'a> {
    base: &'a [u8],
    ours: &'a [u8],
    theirs: &'a [u8],
}

impl Three<'_> {
    /// The result where one side changed nothing, or both changed the same.
    fn plain(self) -> Option<Vec<u8>> {
        if self.ours == self.theirs || self.base == self.theirs {
            return Some(self.ours.to_vec());
        }
        (self.base == self.ours).then(|| self.theirs.to_vec())
    }
}

/// Merges. Without a base, only lines can be added; everything else is for a person.
///
/// Line ends, byte-order mark and a missing last line end stay as they are in `ours`.
pub(super) fn merge(how: Merge, path: &str, base: Option<&[u8]>, ours: &[u8], theirs: &[u8]) -> Merged {
    let base = match (base, how) {
        (Some(base), _) => base,
        (None, Merge::Lines) => b"",
        (None, _) if ours == theirs => return Merged::Clean(ours.to_vec()),
        (None, _) => {
            return Merged::Conflict {
                offer: theirs.to_vec(),
                at: vec![Disagreement::about("the whole file")],
            };
        }
    };
    let exact = Three { base, ours, theirs };
    if let Some(result) = exact.plain() {
        return Merged::Clean(result);
    }
    let shape = Shape::of(ours);
    let [base, ours, theirs] = [base, ours, theirs].map(|side| shape.strip(side));
    let three = Three { base: &base, ours: &ours, theirs: &theirs };
    let merged = match (three.plain(), how) {
        (Some(result), _) => Merged::Clean(result),
        (None, Merge::Text) => text::merge(three),
        (None, Merge::Lines) => Merged::Clean(lines::merge(path, three)),
        (None, Merge::Toml) => toml::merge(three),
    };
    match merged {
        Merged::Clean(result) => Merged::Clean(shape.dress(&result)),
        Merged::Conflict { offer, at } => Merged::Conflict { offer: shape.dress(&offer), at },
    }
}
