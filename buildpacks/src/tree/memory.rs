//! A tree of tests and of archives.

use std::collections::BTreeMap;

use super::{SourceTree, is_vendored};

/// Files in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    paths: Vec<String>,
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryTree {
    /// Takes `(path, content)` pairs; files in vendored folders are left out, as on a disk.
    pub fn new<P: Into<String>, C: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, C)>) -> Self {
        let files: BTreeMap<String, Vec<u8>> = files
            .into_iter()
            .map(|(path, content)| (path.into(), content.into()))
            .filter(|(path, _)| {
                !path.rsplit_once('/').is_some_and(|(folder, _)| folder.split('/').any(is_vendored))
            })
            .collect();
        Self { paths: files.keys().cloned().collect(), files }
    }
}

impl SourceTree for MemoryTree {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        let content = self.files.get(path)?;
        Some(content[..content.len().min(most)].to_vec())
    }
}
