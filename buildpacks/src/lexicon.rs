//! The words that matter in files of one kind, as one automaton.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::glob::{
    Glob, alternatives, extension, extensions, is_folder_aside, is_folder_made, is_name_aside, is_name_made,
};
use crate::rules::Text;

/// Files of one kind for which it pays to build the larger automaton, which is twice as fast.
const MANY: usize = 150;

/// Words, and the numbers of the text conditions that ask for each of them.
pub(crate) struct Lexicon<'t> {
    words: Vec<&'t str>,
    asked: Vec<Vec<usize>>,
    /// Files that are searched with it.
    pub files: usize,
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl<'t> Lexicon<'t> {
    fn new(conditions: &[usize], texts: &[Option<&'t Text>]) -> Self {
        let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in conditions {
            for word in texts[*index].iter().flat_map(|text| &text.words) {
                by_word.entry(word).or_default().push(*index);
            }
        }
        let (words, asked) = by_word.into_iter().unzip();
        Self { words, asked, files: 0, automaton: OnceLock::new() }
    }

    /// Calls `found` for each word in a text: its start, and who asks for it.
    pub fn search(&self, text: &str, mut found: impl FnMut(usize, &[usize])) {
        let kind = if self.files > MANY { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let build = || AhoCorasick::builder().kind(Some(kind)).build(&self.words).ok();
        let Some(automaton) = self.automaton.get_or_init(build) else { return };
        for word in automaton.find_overlapping_iter(text) {
            found(word.start(), &self.asked[word.pattern().as_usize()]);
        }
    }
}

/// What is asked of files with one extension.
struct Kind {
    /// Conditions that ask for all of them.
    plain: Vec<usize>,
    /// Globs that may ask for one of them, by number.
    others: Vec<usize>,
    lexicon: usize,
}

/// What the folder of a path tells about its files.
#[derive(Default)]
struct Folder {
    path: String,
    is_aside: bool,
    is_made: bool,
}

/// Lexicons by extension, made when a file has it.
pub(crate) struct Lexicons<'t> {
    texts: &'t [Option<&'t Text>],
    /// Conditions by the extensions, names and other globs that they ask for.
    extensions: HashMap<&'t str, Vec<usize>>,
    names: HashMap<String, Vec<usize>>,
    globs: Vec<(Glob, usize)>,
    kinds: HashMap<String, Kind>,
    numbers: HashMap<Vec<usize>, usize>,
    lexicons: Vec<Lexicon<'t>>,
    last: Folder,
}

impl<'t> Lexicons<'t> {
    /// Conditions by number; `None` is not asked.
    pub fn new(texts: &'t [Option<&'t Text>]) -> Self {
        let mut all = Self {
            texts,
            extensions: HashMap::new(),
            names: HashMap::new(),
            globs: Vec::new(),
            kinds: HashMap::new(),
            numbers: HashMap::new(),
            lexicons: Vec::new(),
            last: Folder::default(),
        };
        let asked = texts.iter().enumerate().filter_map(|(index, text)| Some((index, (*text)?)));
        for (index, glob) in asked.flat_map(|(index, text)| text.files.iter().map(move |glob| (index, glob)))
        {
            match extensions(glob) {
                Some(list) => list.iter().for_each(|end| all.extensions.entry(end).or_default().push(index)),
                None => alternatives(glob).into_iter().for_each(|glob| all.other(glob, index)),
            }
        }
        all
    }

    fn other(&mut self, glob: String, index: usize) {
        let glob = Glob::new(glob);
        match glob.name() {
            Some(name) => self.names.entry(name.to_owned()).or_default().push(index),
            None => self.globs.push((glob, index)),
        }
    }

    /// The conditions that ask for a file, in order, and the number of its lexicon; `None` when none does.
    pub fn of(&mut self, path: &str) -> Option<(Vec<usize>, usize)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let extension = extension(name);
        if !self.kinds.contains_key(extension) {
            let kind = self.kind(extension);
            self.kinds.insert(extension.to_owned(), kind);
        }
        let kind = self.kinds.get(extension)?;
        let mut asks = kind.plain.clone();
        asks.extend(self.names.get(name).into_iter().flatten());
        let others = kind.others.iter().filter_map(|at| self.globs.get(*at));
        asks.extend(others.filter(|(glob, _)| glob.matches(path)).map(|(_, index)| *index));
        if asks.is_empty() {
            return None;
        }
        if self.last.path != folder {
            let (is_aside, is_made) = (is_folder_aside(folder), is_folder_made(folder));
            self.last = Folder { path: folder.to_owned(), is_aside, is_made };
        }
        if self.last.is_aside || is_name_aside(name) {
            asks.retain(|index| self.texts[*index].is_some_and(|text| text.anywhere));
        }
        if asks.is_empty() || self.last.is_made || is_name_made(name) {
            return None;
        }
        asks.sort_unstable();
        asks.dedup();
        self.lexicons[kind.lexicon].files += 1;
        Some((asks, kind.lexicon))
    }

    fn kind(&mut self, wanted: &str) -> Kind {
        let plain = self.extensions.get(wanted).cloned().unwrap_or_default();
        let others: Vec<usize> =
            (0..self.globs.len()).filter(|at| self.globs[*at].0.may_match(wanted)).collect();
        let names = self.names.iter().filter(|(name, _)| extension(name) == wanted);
        let mut all: Vec<usize> = names.flat_map(|(_, list)| list).chain(&plain).copied().collect();
        all.extend(others.iter().map(|at| self.globs[*at].1));
        all.sort_unstable();
        all.dedup();
        let next = self.lexicons.len();
        let lexicon = *self.numbers.entry(all).or_insert_with_key(|all| {
            self.lexicons.push(Lexicon::new(all, self.texts));
            next
        });
        Kind { plain, others, lexicon }
    }

    pub fn into_lexicons(self) -> Vec<Lexicon<'t>> {
        self.lexicons
    }
}

/// A line of a text, found from the places of words in it.
pub(crate) struct Line<'t> {
    text: &'t str,
    start: usize,
    at: usize,
    /// From 1.
    pub number: usize,
    content: Option<&'t str>,
}

/// Bytes of a line that are looked at: longer ones are data, or the output of a tool.
const MOST_LINE: usize = 2_000;

impl<'t> Line<'t> {
    pub fn first(text: &'t str) -> Self {
        Self { text, start: 0, at: 0, number: 1, content: None }
    }

    /// Goes on to the line of an offset.
    pub fn advance(&mut self, offset: usize) {
        let between = self.text.as_bytes().get(self.at..offset).unwrap_or_default();
        let lines = between.iter().filter(|byte| **byte == b'\n').count();
        if lines > 0 {
            self.number += lines;
            self.start = self.at + between.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            self.content = None;
        }
        self.at = self.at.max(offset);
    }

    /// The line without its end, cut where it is too long.
    pub fn content(&mut self) -> &'t str {
        let (text, start) = (self.text, self.start);
        self.content.get_or_insert_with(|| {
            let end = text.len().min(start + MOST_LINE + 2);
            let end = (start..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(start);
            let line = text.get(start..end).and_then(|line| line.lines().next()).unwrap_or_default();
            let end = (0..=line.len().min(MOST_LINE)).rev().find(|at| line.is_char_boundary(*at));
            &line[..end.unwrap_or(0)]
        })
    }

    pub fn is_comment(&mut self) -> bool {
        let line = self.content().trim_start();
        ["//", "# ", "* ", "/*", "<!--", ";;", "%%"].iter().any(|start| line.starts_with(start))
    }
}
