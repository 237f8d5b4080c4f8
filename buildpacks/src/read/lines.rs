//! Where in a text something stands.

use std::cell::RefCell;
use std::collections::HashMap;

/// Line, from 1, of a byte offset.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// First line that contains a word; 0 when none does.
pub(crate) fn line_of(text: &str, word: &str) -> usize {
    text.find(word).map_or(0, |offset| line_at(text, offset))
}

/// Where the keys of a JSON text stand, found in one pass: some manifests have thousands.
pub(crate) struct Keys<'t> {
    text: &'t str,
    /// Offsets and lines of each `"key":`, in order.
    places: HashMap<&'t str, Vec<(usize, usize)>>,
    sections: RefCell<HashMap<String, usize>>,
}

impl<'t> Keys<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        let (mut line, mut last) = (1, 0);
        for (start, end) in quotes(text) {
            line += text[last..start].matches('\n').count();
            last = start;
            if text[end + 1..].trim_start().starts_with(':') {
                places.entry(&text[start + 1..end]).or_default().push((start, line));
            }
        }
        Self { text, places, sections: RefCell::default() }
    }

    /// Line of `"key":` at or after the first `"section"`; 0 when it cannot be found.
    pub fn line(&self, section: &str, key: &str) -> usize {
        let find = || if section.is_empty() { Some(0) } else { self.text.find(&format!("\"{section}\"")) };
        let mut sections = self.sections.borrow_mut();
        let start = *sections.entry(section.to_owned()).or_insert_with(|| find().unwrap_or(0));
        let places = self.places.get(key).map_or(&[][..], Vec::as_slice);
        places.get(places.partition_point(|place| place.0 < start)).map_or(0, |place| place.1)
    }
}

/// Each quotation mark with the next one.
fn quotes(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let marks = || text.match_indices('"').map(|(at, _)| at);
    marks().zip(marks().skip(1))
}

/// Where the lines of a text begin, so that many offsets cost little.
pub(crate) struct Lines<'t> {
    pub text: &'t str,
    ends: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// Line, from 1, of a byte offset.
    pub fn at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }
}

/// A line without its comment, where a comment starts with `#` at the start or after a blank.
pub(super) fn without_comment(line: &str) -> &str {
    let cut =
        line.char_indices().find(|(at, c)| *c == '#' && (*at == 0 || line[..*at].ends_with([' ', '\t'])));
    cut.map_or(line, |(at, _)| &line[..at]).trim()
}

/// Numbered lines, from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}
