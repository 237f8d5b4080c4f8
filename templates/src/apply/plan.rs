//! What is to be written where, and what stands against it: all of it at once, before anything is written.

mod decide;
mod gather;

use serde::Serialize;

use civic_contract::lock::Digest;

use super::merge::Disagreement;
use super::run::Change;
use super::tree::Obstacle;

pub(super) use gather::gather;

/// Version of the JSON that a plan is shown as.
pub const SCHEMA: u32 = 1;

/// Every file that was rendered now or before, and what becomes of it. As JSON it is what `--dry-run --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    schema: u32,
    steps: Vec<Step>,
    #[serde(skip)]
    pub(super) changes: Vec<Change>,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Relative, with `/`.
    pub path: String,
    /// What it is.
    pub class: Class,
    /// What is done.
    pub action: Action,
    /// Digest of what is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Digest>,
    /// Digest of what will be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Digest>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// Where both sides changed the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Disagreement>,
    /// File with the rendering, or with both sides, for a person to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Whether it is to be a program and the project's file is none. A file's mode is its owner's, so it stays.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_executable: bool,
}

/// What a file is to civic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Not there.
    New,
    /// There, and just as it is rendered.
    Identical,
    /// Rendered earlier, and nobody changed it.
    OursUnmodified,
    /// Rendered earlier, and a person changed it.
    OursModified,
    /// There, and not from civic: an input, which is kept.
    Foreign,
    /// Rendered earlier, and a person deleted it: it stays deleted.
    DeletedByUser,
    /// Rendered earlier, and no longer.
    Obsolete,
    /// Cannot be written.
    Blocked,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is made.
    Create,
    /// It becomes what is rendered now.
    Replace,
    /// It gets civic's changes and keeps the person's.
    Merge,
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// It stays, and a person has to decide; both sides are in the offer.
    Conflict,
    /// Nothing at all is written while it is so.
    Block,
}

impl Plan {
    fn new(mut steps: Vec<Step>, changes: Vec<Change>) -> Self {
        steps.sort_by(|one, other| one.path.cmp(&other.path));
        Self { schema: SCHEMA, steps, changes }
    }

    /// Every file, by path.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Files that stand in the way; with any of them nothing is written.
    pub fn blocked(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action == Action::Block)
    }

    /// Files about which a person has to decide; the others are written.
    pub fn conflicts(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action == Action::Conflict)
    }

    /// Whether something is left for a person, which is exit code 4.
    pub fn needs_person(&self) -> bool {
        self.blocked().chain(self.conflicts()).next().is_some()
    }

    /// Whether executing it would write nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Step {
    fn new(path: &str, class: Class, action: Action) -> Self {
        Self {
            path: path.to_owned(),
            class,
            action,
            before: None,
            after: None,
            obstacle: None,
            conflicts: Vec::new(),
            offer: None,
            not_executable: false,
        }
    }

    fn blocked(path: &str, obstacle: Obstacle) -> Self {
        Self { obstacle: Some(obstacle), ..Self::new(path, Class::Blocked, Action::Block) }
    }
}
