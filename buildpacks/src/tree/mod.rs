//! The files of a project, as detection sees them: relative paths with `/`, regular files only.

mod disk;
mod memory;

pub use disk::{DiskTree, TreeError};
pub use memory::MemoryTree;

/// Files that can be listed and read, by several threads at once; nothing else about where they live is known.
pub trait SourceTree: Sync {
    /// Every file, sorted by path.
    fn paths(&self) -> &[String];

    /// The first `most` bytes of a file; `None` when it is not there or cannot be read.
    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>>;

    /// [`SourceTree::read`] for the path at an index of [`SourceTree::paths`], which need not be looked up.
    fn read_at(&self, index: usize, most: usize) -> Option<Vec<u8>> {
        self.read(self.paths().get(index)?, most)
    }

    /// What was left out of [`SourceTree::paths`], and why.
    fn left_out(&self) -> &[LeftOut] {
        &[]
    }

    /// Whether there is a file of that path.
    fn has(&self, path: &str) -> bool {
        self.paths().binary_search_by(|held| held.as_str().cmp(path)).is_ok()
    }
}

/// Something that detection did not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Relative path, `.` for the project itself.
    pub path: String,
    /// Reason, in words for a person.
    pub reason: &'static str,
}

/// Folders that hold other people's code, or what a build makes.
const VENDORED: [&str; 40] = [
    ".bundle",
    ".cache",
    ".civic",
    ".eggs",
    ".git",
    ".gradle",
    ".hg",
    ".idea",
    ".mypy_cache",
    ".next",
    ".nuxt",
    ".pytest_cache",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    ".vs",
    ".vscode",
    ".yarn",
    "Pods",
    "__pycache__",
    "_build",
    "_site",
    "bower_components",
    "coverage",
    "elm-stuff",
    "jspm_packages",
    "node_modules",
    "obj",
    "packrat",
    "site-packages",
    "target",
    "third_party",
    "third-party",
    "vendor",
    "vendors",
    "venv",
    "virtualenv",
    ".svelte-kit",
    ".parcel-cache",
];

/// Whether a folder of that name is skipped wherever it is.
pub(crate) fn is_vendored(folder: &str) -> bool {
    VENDORED.contains(&folder)
}
