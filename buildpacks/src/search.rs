//! The words of the rules in the sources of a tree: each file is read once, by several threads where there are many.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use regex::bytes::{Captures, Regex, RegexBuilder};

use crate::lexicon::{Lexicon, Lexicons, Line};
use crate::rules::Text;
use crate::tree::SourceTree;

/// Bytes of a source file that are searched.
const MOST_SOURCE: usize = 192 << 10;
/// Source files that are searched, those near the root first.
const MOST_FILES: usize = 2_500;
/// Bytes of all source files together.
const MOST_BYTES: usize = 12 << 20;
/// Places that one text condition remembers.
const MOST_HITS: usize = 400;
/// More threads wait for the disk, not for each other.
const MOST_THREADS: usize = 8;
/// Files for which it pays to start one more thread.
const FILES_PER_THREAD: usize = 48;

/// A place where a text condition holds.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub path: String,
    pub line: usize,
    pub captures: BTreeMap<String, String>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Places by the number of the text condition.
    pub hits: Vec<Vec<Hit>>,
    /// Files that were not searched, because the limits were reached.
    pub unsearched: usize,
    /// Files that could not be read.
    pub unread: Vec<String>,
}

/// Searches the files that `texts` ask for; a condition that is `None` is not asked.
pub(crate) fn search(tree: &dyn SourceTree, texts: &[Option<&Text>]) -> Found {
    let mut lexicons = Lexicons::new(texts);
    let mut files: Vec<Sought> = Vec::new();
    for (index, path) in tree.paths().iter().enumerate() {
        files.extend(lexicons.of(path).map(|(asks, lexicon)| Sought { index, path, asks, lexicon }));
    }
    files.sort_by_cached_key(|file| file.path.bytes().filter(|byte| *byte == b'/').count());
    let all = files.len();
    files.truncate(MOST_FILES);
    let search = Search {
        tree,
        texts,
        files: &files,
        lexicons: lexicons.into_lexicons(),
        finds: texts.iter().map(|_| OnceLock::new()).collect(),
        next: AtomicUsize::new(0),
        is_done: AtomicBool::new(false),
        is_full: texts.iter().map(|_| AtomicBool::new(false)).collect(),
        merge: Mutex::new(Merge { hits: vec![Vec::new(); texts.len()], ..Merge::default() }),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(MOST_THREADS).min(files.len() / FILES_PER_THREAD);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| search.work());
        }
        search.work();
    });
    let merge = search.merge.into_inner().unwrap_or_else(PoisonError::into_inner);
    Found { hits: merge.hits, unsearched: all - merge.next, unread: merge.unread }
}

/// A file that some condition asks for.
struct Sought<'a> {
    index: usize,
    path: &'a str,
    /// Numbers of the conditions that ask for it, in order.
    asks: Vec<usize>,
    lexicon: usize,
}

/// What one file came to.
#[derive(Default)]
struct Outcome {
    bytes: usize,
    is_unread: bool,
    /// Conditions, each with the places of one line.
    hits: Vec<(usize, Vec<Hit>)>,
}

/// Outcomes in the order of the files, whoever was faster: the limits fall where one thread would reach them.
#[derive(Default)]
struct Merge {
    next: usize,
    bytes: usize,
    early: HashMap<usize, Outcome>,
    hits: Vec<Vec<Hit>>,
    unread: Vec<String>,
}

struct Search<'s> {
    tree: &'s dyn SourceTree,
    texts: &'s [Option<&'s Text>],
    files: &'s [Sought<'s>],
    lexicons: Vec<Lexicon<'s>>,
    finds: Vec<OnceLock<Option<Regex>>>,
    next: AtomicUsize,
    is_done: AtomicBool,
    /// Conditions that have all the places they may remember, in files before any that is still to be read.
    is_full: Vec<AtomicBool>,
    merge: Mutex<Merge>,
}

impl Search<'_> {
    fn work(&self) {
        while !self.is_done.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = self.files.get(index) else { return };
            let outcome = self.file(file);
            let mut merge = self.merge.lock().unwrap_or_else(PoisonError::into_inner);
            merge.early.insert(index, outcome);
            self.merge(&mut merge);
        }
    }

    fn merge(&self, merge: &mut Merge) {
        while merge.bytes < MOST_BYTES {
            let Some(outcome) = merge.early.remove(&merge.next) else { return };
            if outcome.is_unread {
                merge.unread.push(self.files[merge.next].path.to_owned());
            }
            for (text, hits) in outcome.hits {
                if merge.hits[text].len() < MOST_HITS {
                    merge.hits[text].extend(hits);
                } else {
                    self.is_full[text].store(true, Ordering::Relaxed);
                }
            }
            merge.bytes += outcome.bytes;
            merge.next += 1;
        }
        self.is_done.store(true, Ordering::Relaxed);
    }

    fn file(&self, file: &Sought) -> Outcome {
        let Some(content) = self.tree.read_at(file.index, MOST_SOURCE) else {
            return Outcome { is_unread: true, ..Outcome::default() };
        };
        let mut outcome = Outcome { bytes: content.len(), ..Outcome::default() };
        if let Some(text) = crate::source::decode(content) {
            outcome.hits = self.text(file, &text);
        }
        outcome
    }

    fn text(&self, file: &Sought, text: &str) -> Vec<(usize, Vec<Hit>)> {
        let mut found = Vec::new();
        let mut held = vec![(0, 0); file.asks.len()]; // places and last line by condition
        let mut line = Line::first(text);
        self.lexicons[file.lexicon].search(text, |start, asked| {
            line.advance(start);
            for index in asked {
                let (Ok(place), Some(condition)) = (file.asks.binary_search(index), self.texts[*index])
                else {
                    continue;
                };
                let (places, last) = &mut held[place];
                let is_over = *places >= MOST_HITS || self.is_full[*index].load(Ordering::Relaxed);
                if *last == line.number || is_over || !condition.anywhere && line.is_comment() {
                    continue;
                }
                *last = line.number;
                let hits = self.hits(file.path, *index, condition, &mut line);
                *places += hits.len();
                if !hits.is_empty() {
                    found.push((*index, hits));
                }
            }
        });
        found
    }

    fn hits(&self, path: &str, index: usize, condition: &Text, line: &mut Line) -> Vec<Hit> {
        let number = line.number;
        let hit = |captures| Hit { path: path.into(), line: number, captures };
        if condition.find.is_empty() {
            return vec![hit(BTreeMap::new())];
        }
        let Some(regex) = self.finds[index].get_or_init(|| compile(&condition.find)) else {
            return Vec::new();
        };
        let found = regex.captures_iter(line.content().as_bytes()).take(20);
        found.map(|captures| hit(named(regex, &captures))).collect()
    }
}

/// Source code is ASCII where the rules look; Unicode tables would make each expression slow to build.
fn compile(find: &str) -> Option<Regex> {
    RegexBuilder::new(find).unicode(false).build().ok()
}

fn named(regex: &Regex, captures: &Captures) -> BTreeMap<String, String> {
    let value = |name: &str| Some(String::from_utf8_lossy(captures.name(name)?.as_bytes()).into_owned());
    regex.capture_names().flatten().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
}
