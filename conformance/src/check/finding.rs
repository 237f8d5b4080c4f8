//! What a rule says, before the registry puts its id on it.

use std::fmt;

/// A line of a file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Relative to the project, with forward slashes.
    pub file: String,
    /// From 1; 0 is the whole file.
    pub line: u32,
}

impl Place {
    /// A line of a file.
    pub fn new(file: &str, line: u32) -> Self {
        Self { file: file.into(), line }
    }

    /// A whole file.
    pub fn whole(file: &str) -> Self {
        Self::new(file, 0)
    }
}

/// A place in a file as messages name it: `deploy/base/web.yaml:12:9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Relative to the project, with forward slashes.
    pub file: String,
    /// From 1; 0 is the whole file.
    pub line: u32,
    /// From 1, in characters; 0 is the whole line.
    pub column: u32,
}

impl Spot {
    /// The line of it.
    pub fn place(&self) -> Place {
        Place::new(&self.file, self.line)
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain: String = self.file.chars().map(|c| if is_unprintable(c) { '?' } else { c }).collect();
        match (self.line, self.column) {
            (0, _) => write!(f, "{plain}"),
            (line, 0) => write!(f, "{plain}:{line}"),
            (line, column) => write!(f, "{plain}:{line}:{column}"),
        }
    }
}

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub place: Place,
    pub error: bool,
    pub message: String,
    pub fix: String,
}

impl Finding {
    /// Breaks a rule that no drill forgives.
    pub fn error(place: Place, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { place, error: true, message: message.into(), fix: fix.into() }
    }

    /// Worth changing.
    pub fn advice(place: Place, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { place, error: false, message: message.into(), fix: fix.into() }
    }
}

/// Longest piece of somebody's file that a message repeats, in characters.
const LONGEST: usize = 80;

/// Text of the project in backticks, fit for a terminal: short, on one line, without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut plain: String =
        text.chars().take(LONGEST).map(|c| if is_unprintable(c) { '?' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        plain.push('…');
    }
    format!("`{plain}`")
}

/// Control characters could drive the terminal; the marks of writing direction could reorder what a reader sees.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || c == '`'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().into(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_drive_the_terminal() {
        assert_eq!(shown("a\u{1b}[2J\r\nb\u{202e}`"), "`a?[2J??b??`");
        assert_eq!(shown(&"é".repeat(100)).chars().count(), LONGEST + 3);
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a"]), "a");
    }
}
