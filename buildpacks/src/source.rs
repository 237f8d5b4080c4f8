//! Texts of a tree, each read once, and where the rules' text conditions hold in it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::glob::{self, name};
use crate::read::{self, Manifest};
use crate::rules::{Buildpack, Rules, Text};
use crate::search::search;
use crate::tree::SourceTree;

pub(crate) use crate::glob::is_aside;
pub(crate) use crate::search::Hit;

/// Bytes of a manifest.
const MOST_MANIFEST: usize = 2 << 20;

/// A tree with its texts and hits.
pub(crate) struct Source<'a> {
    pub tree: &'a dyn SourceTree,
    /// Paths of manifests, sorted.
    pub manifests: Vec<&'a str>,
    texts: RefCell<HashMap<String, Option<Rc<str>>>>,
    read: RefCell<HashMap<String, Option<Manifest>>>,
    globs: RefCell<HashMap<String, Rc<[String]>>>,
    hits: Vec<Vec<Hit>>,
    faults: RefCell<BTreeMap<String, Fault>>,
    /// Source files that were not searched.
    pub unsearched: usize,
}

impl<'a> Source<'a> {
    /// Searches the sources for what the packs that `is_asked` holds for want to know.
    pub fn new(tree: &'a dyn SourceTree, rules: &Rules, is_asked: impl Fn(&Buildpack) -> bool) -> Self {
        let mut asked: Vec<Option<&Text>> = vec![None; rules.texts.len()];
        for pack in rules.packs.iter().filter(|pack| is_asked(pack)) {
            for index in pack.texts.clone() {
                asked[index] = rules.texts.get(index);
            }
        }
        let found = search(tree, &asked);
        let paths = tree.paths().iter().map(String::as_str);
        Self {
            tree,
            manifests: paths.filter(|path| read::is_manifest(name(path))).collect(),
            texts: RefCell::default(),
            read: RefCell::default(),
            globs: RefCell::default(),
            hits: found.hits,
            unsearched: found.unsearched + found.unread.len(),
            faults: RefCell::new(found.unread.into_iter().map(|path| (path, Fault::Unreadable)).collect()),
        }
    }

    /// A manifest or a configuration file; UTF-8 as far as it is, without a byte order mark. Binary files have no text.
    pub fn text(&self, path: &str) -> Option<Rc<str>> {
        if let Some(text) = self.texts.borrow().get(path) {
            return text.clone();
        }
        let text = self.read_text(path).unwrap_or_else(|fault| {
            self.faults.borrow_mut().insert(path.into(), fault);
            None
        });
        self.texts.borrow_mut().insert(path.into(), text.clone());
        text
    }

    fn read_text(&self, path: &str) -> Result<Option<Rc<str>>, Fault> {
        let Some(mut content) = self.tree.read(path, MOST_MANIFEST + 1) else {
            return if self.tree.has(path) { Err(Fault::Unreadable) } else { Ok(None) };
        };
        if content.len() > MOST_MANIFEST {
            content.truncate(MOST_MANIFEST);
            self.faults.borrow_mut().insert(path.into(), Fault::Large);
        }
        decode(content).map(|text| Some(text.into())).ok_or(Fault::Binary)
    }

    /// What a manifest says.
    pub fn manifest(&self, path: &str) -> Option<Manifest> {
        if let Some(manifest) = self.read.borrow().get(path) {
            return manifest.clone();
        }
        let manifest = self.text(path).and_then(|text| read::manifest(path, &text));
        self.read.borrow_mut().insert(path.into(), manifest.clone());
        manifest
    }

    /// A glob as globs without braces.
    pub fn alternatives(&self, glob: &str) -> Rc<[String]> {
        if let Some(known) = self.globs.borrow().get(glob) {
            return known.clone();
        }
        let all: Rc<[String]> = glob::alternatives(glob).into();
        self.globs.borrow_mut().insert(glob.into(), all.clone());
        all
    }

    /// Where a text condition holds.
    pub fn hits(&self, text: &Text) -> &[Hit] {
        self.hits.get(text.index).map_or(&[], Vec::as_slice)
    }

    /// Files that were asked for and could not be read, or not wholly.
    pub fn faults(&self) -> BTreeMap<String, Fault> {
        self.faults.borrow().clone()
    }
}

/// What is wrong with a file before anybody looks at what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Unreadable,
    Binary,
    /// It was cut after 2 MiB.
    Large,
}

impl Fault {
    /// What a person is told of the file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unreadable => "was not looked at: it cannot be read.",
            Self::Binary => "could not be used: it is no text.",
            Self::Large => "is larger than 2 MiB: what comes after that was not looked at.",
        }
    }
}

/// A text as UTF-8, without a byte order mark; `None` when it is binary.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    if bytes[..bytes.len().min(1024)].contains(&0) {
        return None;
    }
    // The check is ten times as fast as the repair, and nearly every file passes it.
    let mut text =
        String::from_utf8(bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Some(text)
}
