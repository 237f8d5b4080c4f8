//! Globs of rules, and what a path tells by itself.

use std::collections::HashSet;

/// A glob that is asked about many paths. Without `/` it asks for a name in any folder.
pub(crate) struct Glob {
    glob: String,
    has_folder: bool,
    /// Where its last special character ends.
    end: usize,
}

impl Glob {
    pub fn new(glob: String) -> Self {
        Self { has_folder: glob.contains('/'), end: glob.len() - ending(&glob).len(), glob }
    }

    /// The only name that it matches, wherever that is.
    pub fn name(&self) -> Option<&str> {
        (self.end == 0 && !self.has_folder).then_some(&self.glob)
    }

    pub fn matches(&self, path: &str) -> bool {
        let seen = if self.has_folder { path } else { name(path) };
        seen.ends_with(&self.glob[self.end..]) && fast_glob::glob_match(&self.glob, seen)
    }

    /// Whether it can match a name with an extension.
    pub fn may_match(&self, wanted: &str) -> bool {
        let end = &self.glob[self.end..];
        if self.end == 0 || end.contains('.') { extension(end) == wanted } else { true }
    }
}

/// What a path must end with to match a glob: everything after its last special character.
pub(crate) fn ending(glob: &str) -> &str {
    glob.rfind(SPECIAL).map_or(glob, |at| &glob[at + 1..])
}

const SPECIAL: [char; 6] = ['*', '?', '}', ']', '{', '['];
/// Alternatives of one glob; more are left as they are.
const MOST_ALTERNATIVES: usize = 128;

/// A glob as globs without braces: most of them are then plain paths, which need no search.
/// One with characters that change what a brace means stays as it is.
pub(crate) fn alternatives(glob: &str) -> Vec<String> {
    let is_strange = glob.contains(['\\', '[', '!']);
    let all = if is_strange { None } else { expand(glob) };
    all.unwrap_or_else(|| vec![glob.to_owned()])
}

fn expand(glob: &str) -> Option<Vec<String>> {
    let Some((before, rest)) = glob.split_once('{') else {
        return (!glob.contains('}')).then(|| vec![glob.to_owned()]);
    };
    let (list, after) = braced(rest)?;
    let mut all = Vec::new();
    for choice in list {
        for end in expand(&format!("{choice}{after}"))? {
            all.push(format!("{before}{end}"));
        }
    }
    (all.len() <= MOST_ALTERNATIVES && !before.contains('}')).then_some(all)
}

/// What stands between a brace and its partner, at the commas, and what follows.
fn braced(rest: &str) -> Option<(Vec<&str>, &str)> {
    let (mut list, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                list.push(&rest[start..at]);
                start = at + 1;
            }
            '}' => {
                list.push(&rest[start..at]);
                return Some((list, &rest[at + 1..]));
            }
            _ => {}
        }
    }
    None
}

/// What a path must start with to match a glob.
pub(crate) fn beginning(glob: &str) -> &str {
    glob.find(SPECIAL).map_or(glob, |at| &glob[..at])
}

/// Globs of names, to be asked about many names.
pub(crate) struct Names {
    plain: HashSet<String>,
    globs: Vec<String>,
}

impl Names {
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g str>) -> Self {
        let all = globs.into_iter().flat_map(alternatives);
        let (globs, plain): (Vec<_>, Vec<_>) = all.partition(|glob| glob.contains(SPECIAL));
        Self { plain: plain.into_iter().collect(), globs }
    }

    pub fn has(&self, name: &str) -> bool {
        self.plain.contains(name)
            || self.globs.iter().any(|glob| name.ends_with(ending(glob)) && fast_glob::glob_match(glob, name))
    }
}

/// Last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What follows the last dot of a name; empty without one.
pub(crate) fn extension(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The extensions of a glob that asks for nothing else: `*.js`, `*.{js,ts}`.
pub(crate) fn extensions(glob: &str) -> Option<Vec<&str>> {
    plain(glob.strip_prefix("*.")?)
}

fn plain(end: &str) -> Option<Vec<&str>> {
    let list = match end.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?.split(',').collect(),
        None => vec![end],
    };
    let is_plain = |end: &&str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    list.iter().all(is_plain).then_some(list)
}

/// Whether a name is that of the output of a tool.
pub(crate) fn is_name_made(name: &str) -> bool {
    name.contains(".min.")
        || name.ends_with(".map")
        || name.ends_with(".lock")
        || name.ends_with("-lock.json")
}

/// Likewise for a folder.
pub(crate) fn is_folder_made(folder: &str) -> bool {
    folder.split('/').any(|part| matches!(part, "dist" | "bundle" | "bundles" | "locales" | "assets-build"))
}

/// Folders whose code is no part of the running app.
const ASIDE: [&str; 26] = [
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "docs",
    "doc",
    "example",
    "examples",
    "demo",
    "demos",
    "fixtures",
    "scripts",
    "script",
    "tools",
    "benchmarks",
    "stories",
    "notebooks",
    ".github",
    "samples",
    "sample",
    "testing",
];

/// Whether a file is a test or an example, or lies in a folder of tests, documents, examples or tools.
pub(crate) fn is_aside(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    is_name_aside(name) || is_folder_aside(folder)
}

pub(crate) fn is_name_aside(name: &str) -> bool {
    name.starts_with("test_")
        || [".test.", ".spec.", "_test.", "_spec.", ".stories."].iter().any(|mark| name.contains(mark))
}

pub(crate) fn is_folder_aside(folder: &str) -> bool {
    folder.split('/').any(|part| ASIDE.contains(&part))
}

#[cfg(test)]
mod tests;
