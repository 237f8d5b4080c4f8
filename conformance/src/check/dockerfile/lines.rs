//! Lines of a Dockerfile: directives, comments, continued lines and here-documents.

use super::Problem;

/// An instruction with everything that belongs to it, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub number: u32,
    /// The instruction in capitals.
    pub keyword: String,
    /// What follows it.
    pub rest: String,
    /// Bodies of its here-documents.
    pub documents: Vec<String>,
}

/// All instructions of a file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub escape: char,
    pub lines: Vec<Line>,
    pub problems: Vec<Problem>,
}

/// Longest instruction without its here-documents.
const LONGEST: usize = 64 * 1024;

type Numbered<'a> = std::iter::Peekable<std::iter::Zip<std::ops::RangeFrom<u32>, std::str::Lines<'a>>>;

/// Splits a file into instructions.
pub(super) fn lines(text: &str) -> Lines {
    let mut found = Lines { escape: escape_character(text), ..Lines::default() };
    let mut rest: Numbered = (1..).zip(text.lines()).peekable();
    while let Some((number, first)) = rest.next() {
        if is_comment_or_empty(first) {
            continue;
        }
        let whole = continued(first, &mut rest, found.escape);
        let (keyword, arguments) = first_word(whole.trim_start());
        let keyword = keyword.to_ascii_uppercase();
        let mut documents = Vec::new();
        if may_have_documents(&keyword, arguments) {
            for mark in marks(arguments) {
                match document(&mark, &mut rest) {
                    Some(body) => documents.push(body),
                    None => found.problems.push(never_ends(number)),
                }
            }
        }
        if arguments.len() > LONGEST {
            found
                .problems
                .push(Problem { line: number, message: "This instruction is longer than 64 KiB".into() });
            continue;
        }
        found.lines.push(Line { number, keyword, rest: arguments.trim().into(), documents });
    }
    found
}

fn never_ends(line: u32) -> Problem {
    Problem { line, message: "A here-document begins here and never ends".into() }
}

/// Directives stand before everything else; `escape` is the only one that changes how lines are read.
fn escape_character(text: &str) -> char {
    for line in text.lines() {
        let Some((name, value)) = line.trim().strip_prefix('#').and_then(|comment| comment.split_once('='))
        else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

fn is_comment_or_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// A line and those it continues on. Comments and empty lines in between are left out, as builders do.
fn continued(first: &str, rest: &mut Numbered, escape: char) -> String {
    let mut whole = String::new();
    let mut goes_on = push(&mut whole, first, escape);
    while goes_on {
        let Some((_, next)) = rest.next() else { break };
        if !is_comment_or_empty(next) {
            goes_on = push(&mut whole, next, escape);
        }
    }
    whole
}

/// Adds a line without its mark of continuation, and tells whether it had one.
fn push(whole: &mut String, line: &str, escape: char) -> bool {
    let end = line.trim_end_matches([' ', '\t', '\r']);
    match end.strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => {
            whole.push_str(before);
            true
        }
        _ => {
            whole.push_str(line);
            false
        }
    }
}

fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn may_have_documents(keyword: &str, arguments: &str) -> bool {
    match keyword {
        "ONBUILD" => may_have_documents(&first_word(arguments.trim_start()).0.to_ascii_uppercase(), ""),
        _ => matches!(keyword, "RUN" | "COPY" | "ADD"),
    }
}

/// `<<EOF` and its kin.
struct Mark {
    name: String,
    strips_tabs: bool,
}

/// The here-documents that a line announces.
fn marks(arguments: &str) -> Vec<Mark> {
    super::split_words(arguments, '\\').iter().filter_map(|word| mark(word)).collect()
}

fn mark(word: &str) -> Option<Mark> {
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (strips_tabs, name) = match word.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, word),
    };
    let name: String = name.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    let is_name = !name.is_empty() && !name.starts_with('<');
    is_name.then_some(Mark { name, strips_tabs })
}

/// The body up to the line that is the mark's name.
fn document(mark: &Mark, rest: &mut Numbered) -> Option<String> {
    let mut body = String::new();
    for (_, line) in rest.by_ref() {
        let line = if mark.strips_tabs { line.trim_start_matches('\t') } else { line };
        if line == mark.name {
            return Some(body);
        }
        body.push_str(line);
        body.push('\n');
    }
    None
}
