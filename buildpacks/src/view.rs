//! One folder of the tree as a component: its own files, manifests and hits, without those of components below it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::glob::{beginning, ending};
use crate::read::{Dependency, Manifest, Scope};
use crate::rules::{Text, When};
use crate::source::{Hit, Source, is_aside};

/// A folder, seen as a component.
#[derive(Clone)]
pub(crate) struct View<'s, 'a> {
    pub source: &'s Source<'a>,
    /// Relative path without a slash at its end; empty for the project itself.
    pub root: String,
    nested: Vec<String>,
    /// Own files by the number of folders they lie in, each list sorted.
    levels: Rc<Vec<Vec<&'s str>>>,
    pub manifests: Vec<Manifest>,
    pub frameworks: Vec<String>,
    /// Manifest that stands for the component where a rule names no other file.
    pub seen: String,
    /// Whether the packaging files of the project's own folder are this component's.
    pub adopts: bool,
    globs: Rc<RefCell<HashMap<String, Option<String>>>>,
}

/// Where a condition holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub path: String,
    pub line: usize,
    /// `{dir}`, `{file}`, `{stem}`, `{module}` and captures of regular expressions.
    pub captures: Vec<(String, String)>,
}

/// Folders below the root in which a component keeps its manifests.
const MANIFEST_DEPTH: usize = 3;

impl<'s, 'a> View<'s, 'a> {
    /// A view of `root` without the folders `nested`.
    pub fn new(source: &'s Source<'a>, root: &str, nested: &[String]) -> Self {
        let prefix = prefix(root);
        let mut nested: Vec<String> = nested
            .iter()
            .filter(|other| *other != root && other.starts_with(&prefix))
            .map(|other| format!("{other}/"))
            .collect();
        nested.sort_unstable();
        let levels = Rc::new(levels(source.tree.paths(), &prefix, &nested));
        let mut view = Self {
            source,
            root: root.into(),
            nested,
            levels,
            manifests: Vec::new(),
            frameworks: Vec::new(),
            seen: String::new(),
            adopts: false,
            globs: Rc::default(),
        };
        view.read_manifests();
        view
    }

    fn prefix(&self) -> String {
        prefix(&self.root)
    }

    fn read_manifests(&mut self) {
        let is_near = |path: &&str| {
            let inner = self.inner(path);
            inner.matches('/').count() <= MANIFEST_DEPTH && self.owns(path) && !is_aside(inner)
        };
        let mut paths: Vec<&str> =
            below(&self.source.manifests, &self.prefix()).iter().copied().filter(is_near).take(60).collect();
        paths.sort_by_key(|path| path.matches('/').count());
        self.manifests = paths.iter().filter_map(|path| self.source.manifest(path)).collect();
    }

    /// A path as seen from the component.
    pub fn inner<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.root).map_or(path, |rest| rest.trim_start_matches('/'))
    }

    /// A path as seen from the project.
    pub fn outer(&self, path: &str) -> String {
        if self.root.is_empty() { path.into() } else { format!("{}/{path}", self.root) }
    }

    /// Whether a path of the project is one of this component.
    pub fn owns(&self, path: &str) -> bool {
        let is_below =
            self.root.is_empty() || path.strip_prefix(&self.root).is_some_and(|rest| rest.starts_with('/'));
        is_below && !self.nested.iter().any(|below| path.starts_with(below.as_str()))
    }

    /// The text of a file of the component.
    pub fn text(&self, inner: &str) -> Option<Rc<str>> {
        self.source.text(&self.outer(inner))
    }

    /// The first file that a glob matches, as seen from the project; the glob is as seen from the component.
    pub fn file(&self, glob: &str) -> Option<String> {
        if !glob.contains(['*', '?', '{', '[']) {
            let path = self.outer(glob);
            return (self.source.tree.has(&path) && self.owns(&path)).then_some(path);
        }
        if let Some(known) = self.globs.borrow().get(glob) {
            return known.clone();
        }
        let alternatives = self.source.alternatives(glob);
        let found = alternatives.iter().filter_map(|glob| self.first(glob));
        let found = found.min_by_key(|path| (depth(path), *path)).map(str::to_owned);
        self.globs.borrow_mut().insert(glob.into(), found.clone());
        found
    }

    /// The first file of the fewest folders that a glob matches.
    fn first(&self, glob: &str) -> Option<&'s str> {
        let (start, end) = (self.outer(beginning(glob)), ending(glob));
        let is_match = |path: &&&str| path.ends_with(end) && fast_glob::glob_match(glob, self.inner(path));
        let level = depth(glob); // `*` stands for no slash, `**` for any number
        let is_deep = glob.contains("**") || glob.contains(['{', '[', '\\', '!']);
        let levels = if is_deep { Some(&self.levels[..]) } else { self.levels.get(level..=level) };
        levels?.iter().find_map(|level| below(level, &start).iter().find(is_match)).copied()
    }

    /// A dependency by glob.
    pub fn dependency(&self, glob: &str, any_scope: bool) -> Option<(&Manifest, &Dependency)> {
        let fits = |held: &Dependency| {
            let is_scope = held.scope == Scope::Run || any_scope && held.scope == Scope::Dev;
            is_scope && (held.name == glob || glob.contains('*') && fast_glob::glob_match(glob, &held.name))
        };
        self.manifests.iter().find_map(|manifest| {
            let dependency = manifest.dependencies.iter().find(|held| fits(held))?;
            Some((manifest, dependency))
        })
    }

    /// Hits of a text condition in this component.
    pub fn hits(&self, text: &Text) -> impl Iterator<Item = &'s Hit> {
        self.source.hits(text).iter().filter(|hit| self.owns(&hit.path))
    }

    /// Where a condition holds; a condition without keys holds everywhere.
    pub fn holds(&self, when: &When) -> Option<Found> {
        self.places(when, 1).into_iter().next()
    }

    /// Every place where a condition holds: many for a text, one for anything else.
    pub fn all(&self, when: &When) -> Vec<Found> {
        self.places(when, usize::MAX)
    }

    fn places(&self, when: &When, most: usize) -> Vec<Found> {
        if when.not.as_ref().is_some_and(|not| self.holds(not).is_some()) {
            return Vec::new();
        }
        let is_framework =
            when.framework.is_empty() || when.framework.iter().any(|id| self.frameworks.contains(id));
        if !is_framework {
            return Vec::new();
        }
        let mut found: Option<Vec<Found>> = None;
        let parts = [
            (!when.any.is_empty())
                .then(|| when.any.iter().find_map(|any| self.holds(any)).into_iter().collect()),
            part(&when.dependency, |glob| self.found_dependency(glob, false)),
            part(&when.dependency_any, |glob| self.found_dependency(glob, true)),
            part(&when.field, |field| self.found_field(field)),
            part(&when.script, |name| self.found_script(name)),
            part(&when.file, |glob| self.found_file(glob)),
            when.text
                .as_ref()
                .map(|text| self.hits(text).take(most).map(|hit| self.found_hit(hit)).collect()),
        ];
        for part in parts.into_iter().flatten() {
            if Vec::is_empty(&part) {
                return Vec::new();
            }
            found = Some(part);
        }
        found.unwrap_or_else(|| vec![Found { path: self.seen.clone(), ..Found::default() }])
    }

    fn found_dependency(&self, glob: &str, any_scope: bool) -> Option<Found> {
        let (manifest, dependency) = self.dependency(glob, any_scope)?;
        let captures = vec![("version".into(), dependency.version.clone())];
        Some(Found { path: manifest.path.clone(), line: dependency.line, captures })
    }

    fn found_field(&self, field: &str) -> Option<Found> {
        let (key, glob) = field.split_once('=').unwrap_or((field, ""));
        self.manifests.iter().find_map(|manifest| {
            let fits = |value: &str| glob.is_empty() || fast_glob::glob_match(glob, value);
            let (_, value) =
                manifest.fields.iter().find(|(held, value)| held == key && fits(&value.value))?;
            let captures = vec![("value".into(), value.value.clone())];
            Some(Found { path: manifest.path.clone(), line: value.line, captures })
        })
    }

    fn found_script(&self, name: &str) -> Option<Found> {
        self.manifests.iter().find_map(|manifest| {
            let script = manifest.script(name)?;
            Some(Found { path: manifest.path.clone(), line: script.line, captures: Vec::new() })
        })
    }

    fn found_file(&self, glob: &str) -> Option<Found> {
        let path = self.file(glob)?;
        let captures = names(self.inner(&path));
        Some(Found { path, line: 0, captures })
    }

    fn found_hit(&self, hit: &Hit) -> Found {
        let mut captures = names(self.inner(&hit.path));
        captures.extend(hit.captures.clone());
        Found { path: hit.path.clone(), line: hit.line, captures }
    }
}

fn prefix(root: &str) -> String {
    if root.is_empty() { String::new() } else { format!("{root}/") }
}

fn depth(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}

/// The files below a prefix, without those below `nested`, by the number of folders below the prefix.
fn levels<'s>(paths: &'s [String], prefix: &str, nested: &[String]) -> Vec<Vec<&'s str>> {
    let mut levels: Vec<Vec<&str>> = Vec::new();
    let mut add = |paths: &'s [String]| {
        for path in paths {
            let level = depth(&path[prefix.len()..]);
            if levels.len() <= level {
                levels.resize(level + 1, Vec::new());
            }
            levels[level].push(path);
        }
    };
    let mut rest = below(paths, prefix);
    for other in nested {
        let start = rest.partition_point(|path| path.as_str() < other.as_str());
        let hidden = below(&rest[start..], other).len();
        add(&rest[..start]);
        rest = &rest[start + hidden..];
    }
    add(rest);
    levels
}

/// The part of sorted paths that starts with a prefix.
fn below<'p, P: AsRef<str>>(paths: &'p [P], prefix: &str) -> &'p [P] {
    let start = paths.partition_point(|path| path.as_ref() < prefix);
    let length = paths[start..].partition_point(|path| path.as_ref().starts_with(prefix));
    &paths[start..start + length]
}

fn part(list: &[String], find: impl FnMut(&String) -> Option<Found>) -> Option<Vec<Found>> {
    (!list.is_empty()).then(|| list.iter().find_map(find).into_iter().collect())
}

/// Names of a file that a command can use.
fn names(inner: &str) -> Vec<(String, String)> {
    let (dir, file) = inner.rsplit_once('/').unwrap_or((".", inner));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let parent = dir.rsplit_once('/').map_or(if dir == "." { "" } else { dir }, |(_, last)| last);
    let chdir = dir.rsplit_once('/').map_or(".", |(above, _)| above);
    let module = inner.rsplit_once('.').map_or(inner, |(path, _)| path).replace('/', ".");
    let module = module.strip_suffix(".__init__").unwrap_or(&module).to_owned();
    [
        ("dir", dir),
        ("path", inner),
        ("file", file),
        ("stem", stem),
        ("parent", parent),
        ("above", chdir),
        ("module", &module),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

impl Found {
    /// Puts captures into a text with `{name}`; `None` when one is missing.
    pub fn fill(&self, template: &str) -> Option<String> {
        let mut filled = template.to_owned();
        for (name, value) in self.captures.iter().rev() {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        let is_missing = has_placeholder(&filled);
        (!is_missing).then_some(filled)
    }

    /// A capture.
    pub fn capture(&self, name: &str) -> Option<&str> {
        self.captures.iter().rev().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a `{word}` was left.
fn has_placeholder(text: &str) -> bool {
    text.split('{').skip(1).any(|rest| {
        rest.split_once('}')
            .is_some_and(|(word, _)| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
    })
}
