//! Texts of a tree, each read once, and the words that the rules look for in them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::{Regex, RegexBuilder};

use crate::rules::{Rules, Text};
use crate::tree::SourceTree;

/// Bytes of a manifest.
const MOST_MANIFEST: usize = 2 << 20;
/// Bytes of a source file that are searched.
const MOST_SOURCE: usize = 192 << 10;
/// Source files that are searched, those near the root first.
const MOST_FILES: usize = 2_500;
/// Bytes of all source files together.
const MOST_BYTES: usize = 12 << 20;
/// Places that one text condition remembers.
const MOST_HITS: usize = 400;
/// Characters of a line that a regular expression sees.
const MOST_LINE: usize = 2_000;

/// A place where a text condition holds.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub path: String,
    pub line: usize,
    pub captures: BTreeMap<String, String>,
}

/// A tree with its texts and hits.
pub(crate) struct Source<'a> {
    pub tree: &'a dyn SourceTree,
    texts: RefCell<HashMap<String, Rc<str>>>,
    hits: Vec<Vec<Hit>>,
    /// Source files that were not searched.
    pub unsearched: usize,
}

impl<'a> Source<'a> {
    /// Searches the sources for what the rules ask.
    pub fn new(tree: &'a dyn SourceTree, rules: &Rules) -> Self {
        let mut source = Self {
            tree,
            texts: RefCell::default(),
            hits: vec![Vec::new(); rules.texts.len()],
            unsearched: 0,
        };
        source.search(&rules.texts);
        source
    }

    /// A manifest or a configuration file; UTF-8 as far as it is, without a byte order mark. Binary files have no text.
    pub fn text(&self, path: &str) -> Option<Rc<str>> {
        if let Some(text) = self.texts.borrow().get(path) {
            return Some(text.clone());
        }
        let text: Rc<str> = decode(&self.tree.read(path, MOST_MANIFEST)?)?.into();
        self.texts.borrow_mut().insert(path.into(), text.clone());
        Some(text)
    }

    /// Where a text condition holds.
    pub fn hits(&self, text: &Text) -> &[Hit] {
        self.hits.get(text.index).map_or(&[], Vec::as_slice)
    }

    fn search(&mut self, texts: &[Text]) {
        let Some(words) = Words::new(texts) else { return };
        let mut files: Vec<&String> = self.tree.paths().iter().filter(|path| words.wants(path)).collect();
        files.sort_by_key(|path| path.bytes().filter(|byte| *byte == b'/').count());
        let mut bytes = 0;
        for (index, path) in files.iter().enumerate() {
            if index >= MOST_FILES || bytes >= MOST_BYTES {
                self.unsearched = files.len() - index;
                return;
            }
            let Some(content) = self.tree.read(path, MOST_SOURCE) else { continue };
            bytes += content.len();
            if let Some(text) = decode(&content) {
                words.search(path, &text, &mut self.hits);
            }
        }
    }
}

fn decode(bytes: &[u8]) -> Option<String> {
    let is_binary = bytes.iter().take(1024).any(|byte| *byte == 0);
    let text = String::from_utf8_lossy(bytes);
    (!is_binary).then(|| text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Every word of every text condition, in one automaton.
struct Words<'t> {
    texts: &'t [Text],
    automaton: AhoCorasick,
    /// Text conditions by word.
    asked: Vec<Vec<usize>>,
    /// Endings of file names that any condition asks for.
    endings: Vec<String>,
    finds: RefCell<HashMap<usize, Option<Regex>>>,
}

impl<'t> Words<'t> {
    fn new(texts: &'t [Text]) -> Option<Self> {
        let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, text) in texts.iter().enumerate() {
            for word in &text.words {
                by_word.entry(word).or_default().push(index);
            }
        }
        // A DFA of so many words takes longer to build than most projects take to search.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let automaton = AhoCorasick::builder().kind(kind).build(by_word.keys()).ok()?;
        let mut endings: Vec<String> =
            texts.iter().flat_map(|text| &text.files).map(|glob| ending(glob).to_owned()).collect();
        endings.sort();
        endings.dedup();
        Some(Self {
            texts,
            automaton,
            asked: by_word.into_values().collect(),
            endings,
            finds: RefCell::default(),
        })
    }

    fn wants(&self, path: &str) -> bool {
        let is_asked = self.endings.iter().any(|ending| path.ends_with(ending.as_str()));
        is_asked && !is_made(path)
    }

    fn search(&self, path: &str, text: &str, hits: &mut [Vec<Hit>]) {
        let is_aside = is_aside(path);
        let mut line = Cursor { start: 0, number: 1 };
        let mut seen: (usize, Vec<usize>) = (0, Vec::new());
        let mut asks: Vec<Option<bool>> = vec![None; self.texts.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            line.advance(text, found.start());
            if seen.0 != line.number {
                seen = (line.number, Vec::new());
            }
            for index in &self.asked[found.pattern().as_usize()] {
                let asked = &self.texts[*index];
                if !*asks[*index].get_or_insert_with(|| asked.asks(path)) || seen.1.contains(index) {
                    continue;
                }
                let content = line.content(text);
                let is_wanted = asked.anywhere || !(is_aside || is_comment(content));
                if is_wanted && hits[*index].len() < MOST_HITS {
                    seen.1.push(*index);
                    self.line(*index, path, &line, content, &mut hits[*index]);
                }
            }
        }
    }

    fn line(&self, index: usize, path: &str, line: &Cursor, content: &str, hits: &mut Vec<Hit>) {
        let find = &self.texts[index].find;
        let hit = |captures| Hit { path: path.into(), line: line.number, captures };
        if find.is_empty() {
            hits.push(hit(BTreeMap::new()));
            return;
        }
        let mut finds = self.finds.borrow_mut();
        let Some(regex) = finds.entry(index).or_insert_with(|| compile(find)) else { return };
        for captures in regex.captures_iter(content.as_bytes()).take(20) {
            let named = regex.capture_names().flatten().filter_map(|name| {
                Some((name.to_owned(), String::from_utf8_lossy(captures.name(name)?.as_bytes()).into_owned()))
            });
            hits.push(hit(named.collect()));
        }
    }
}

/// Source code is ASCII where the rules look; Unicode tables would make each expression slow to build.
fn compile(find: &str) -> Option<Regex> {
    RegexBuilder::new(find).unicode(false).build().ok()
}

impl Text {
    fn asks(&self, path: &str) -> bool {
        self.files.iter().any(|glob| matches(glob, path))
    }
}

struct Cursor {
    start: usize,
    number: usize,
}

impl Cursor {
    fn advance(&mut self, text: &str, offset: usize) {
        let between = text.as_bytes().get(self.start..offset).unwrap_or_default();
        let lines = between.iter().filter(|byte| **byte == b'\n').count();
        if lines > 0 {
            self.number += lines;
            self.start += between.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        }
    }

    fn content<'t>(&self, text: &'t str) -> &'t str {
        let line = text.get(self.start..).unwrap_or_default().lines().next().unwrap_or_default();
        let end = (0..=line.len().min(MOST_LINE)).rev().find(|at| line.is_char_boundary(*at));
        &line[..end.unwrap_or(0)]
    }
}

/// Whether a path is what a glob asks for; a glob without `/` asks for a name in any folder.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    if !path.ends_with(ending(glob)) {
        return false;
    }
    if glob.contains('/') {
        return fast_glob::glob_match(glob, path);
    }
    fast_glob::glob_match(glob, path.rsplit('/').next().unwrap_or(path))
}

/// What a path must end with to match a glob: everything after its last special character.
pub(crate) fn ending(glob: &str) -> &str {
    glob.rfind(['*', '?', '}', ']', '{', '[']).map_or(glob, |at| &glob[at + 1..])
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "# ", "* ", "/*", "<!--", ";;", "%%"].iter().any(|start| line.starts_with(start))
}

/// Whether a file is the output of a tool.
fn is_made(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains(".min.")
        || name.ends_with(".map")
        || name.ends_with(".lock")
        || name.ends_with("-lock.json")
        || folders(path)
            .any(|folder| matches!(folder, "dist" | "bundle" | "bundles" | "locales" | "assets-build"))
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

/// Whether a file lies in a folder of tests, documents, examples or tools.
pub(crate) fn is_aside(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test =
        [".test.", ".spec.", "_test.", "_spec.", ".stories."].iter().any(|mark| name.contains(mark));
    is_test || name.starts_with("test_") || folders(path).any(|folder| ASIDE.contains(&folder))
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).split('/')
}
