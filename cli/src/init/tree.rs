//! A project without what civic wrote into it: detection must not learn from its own output.

use std::collections::BTreeSet;

use civic_buildpacks::tree::{DiskTree, LeftOut, SourceTree};

/// A tree of which some files are not shown.
pub struct Without {
    inner: DiskTree,
    paths: Vec<String>,
}

impl Without {
    /// Hides files.
    pub fn new(inner: DiskTree, hidden: &BTreeSet<String>) -> Self {
        let paths = inner.paths().iter().filter(|path| !hidden.contains(*path)).cloned().collect();
        Self { inner, paths }
    }
}

impl SourceTree for Without {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        if self.has(path) { self.inner.read(path, most) } else { None }
    }

    fn left_out(&self) -> &[LeftOut] {
        self.inner.left_out()
    }
}
