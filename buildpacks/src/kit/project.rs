//! The files of one component, by their paths below its folder.

use crate::glob::alternatives;
use crate::read::{self, Manifest, Scope};
use crate::source::decode;
use crate::tree::SourceTree;

/// Bytes of a file that is looked into.
const MOST_TEXT: usize = 2 << 20;
/// Manifests that are read; more are a collection of projects.
const MOST_MANIFESTS: usize = 60;

/// A component's files.
pub(crate) struct Project<'a> {
    tree: &'a dyn SourceTree,
    prefix: String,
    /// Below the folder, sorted.
    pub files: Vec<&'a str>,
    /// Those of the folder itself and of folders in it.
    pub manifests: Vec<Manifest>,
}

impl<'a> Project<'a> {
    pub fn new(tree: &'a dyn SourceTree, root: &str) -> Self {
        let prefix = if matches!(root, "" | ".") { String::new() } else { format!("{root}/") };
        let files: Vec<&str> =
            tree.paths().iter().filter_map(|path| path.strip_prefix(prefix.as_str())).collect();
        let mut project = Self { tree, prefix, files, manifests: Vec::new() };
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut paths: Vec<&str> = project
            .files
            .iter()
            .copied()
            .filter(|path| path.matches('/').count() < 3 && read::is_manifest(&name(path)))
            .collect();
        paths.sort_by_key(|path| path.matches('/').count());
        let read = |path: &&str| read::manifest(path, &project.text(path)?);
        project.manifests = paths.iter().take(MOST_MANIFESTS).filter_map(read).collect();
        project
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search(&path).is_ok()
    }

    pub fn text(&self, path: &str) -> Option<String> {
        decode(self.tree.read(&format!("{}{path}", self.prefix), MOST_TEXT)?)
    }

    /// Files that a glob names, braces allowed.
    pub fn find(&self, glob: &str) -> Vec<&'a str> {
        let globs = alternatives(glob);
        let fits = |path: &&&str| globs.iter().any(|glob| fast_glob::glob_match(glob, path));
        self.files.iter().filter(fits).copied().collect()
    }

    pub fn any(&self, glob: &str) -> bool {
        !self.find(glob).is_empty()
    }

    /// Manifests of the folder itself.
    pub fn own(&self) -> impl Iterator<Item = &Manifest> {
        self.manifests.iter().filter(|manifest| !manifest.path.contains('/'))
    }

    /// The manifest of the folder itself with that name.
    pub fn manifest(&self, name: &str) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.path == name)
    }

    /// Whether something that runs is among the dependencies.
    pub fn depends(&self, glob: &str) -> bool {
        self.dependency(glob, |scope| scope != Scope::Dev)
    }

    /// Whether something is only among what developers need.
    pub fn develops(&self, glob: &str) -> bool {
        self.dependency(glob, |scope| scope == Scope::Dev) && !self.depends(glob)
    }

    fn dependency(&self, glob: &str, is_meant: impl Fn(Scope) -> bool) -> bool {
        let all = self.manifests.iter().flat_map(|manifest| &manifest.dependencies);
        let mut meant = all.filter(|held| is_meant(held.scope));
        meant.any(|held| fast_glob::glob_match(glob, &held.name))
    }
}
