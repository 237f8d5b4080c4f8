//! What is wrong with a `civic.toml`, where, and what would be right.

use std::fmt;
use std::ops::Range;

use super::words::visible;

/// More are not shown: whoever has so many is better served by the first ones.
const MOST: usize = 100;

/// Said when the reader and the schema disagree, which tests must never see.
pub(super) const OUR_MISTAKE: &str =
    "civic could not read this file, and cannot say why: this is a mistake in civic";

/// Everything that is wrong with a `civic.toml`, in the order of the file. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestErrors(Vec<ManifestError>);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// Bytes of the source that are meant. Empty where something is missing at the end of the file.
    pub span: Range<usize>,
    /// Line of the span's start, from 1.
    pub line: usize,
    /// Column of the span's start in characters, from 1.
    pub column: usize,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What would be right.
    pub expected: Option<String>,
    /// What was probably meant, to be shown after "did you mean".
    pub suggestion: Option<String>,
}

impl ManifestErrors {
    /// The errors, sorted by position.
    pub fn iter(&self) -> std::slice::Iter<'_, ManifestError> {
        self.0.iter()
    }

    /// Turns them into a list, sorted by position.
    pub fn into_vec(self) -> Vec<ManifestError> {
        self.0
    }

    /// A single error at a known place.
    pub(super) fn one(error: ManifestError) -> Self {
        Self(vec![error])
    }
}

impl<'a> IntoIterator for &'a ManifestErrors {
    type Item = &'a ManifestError;
    type IntoIter = std::slice::Iter<'a, ManifestError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(f, "{gap}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.line, self.column, self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "\n  expected: {expected}")?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "\n  did you mean {suggestion}?")?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestErrors {}

impl std::error::Error for ManifestError {}

/// Collects errors while a file is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<ManifestError>,
}

impl Report {
    /// Notes an error; line and column follow at the end.
    pub(super) fn add(&mut self, span: &Range<usize>, message: impl Into<String>) -> &mut ManifestError {
        self.found.truncate(MOST - 1);
        let at = self.found.len();
        self.found.push(ManifestError {
            span: span.clone(),
            line: 1,
            column: 1,
            message: message.into(),
            expected: None,
            suggestion: None,
        });
        &mut self.found[at]
    }

    /// Whether more would not be shown, so that they need no care.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Sorts what was found and gives each its line and column.
    pub(super) fn into_errors(mut self, source: &str) -> ManifestErrors {
        if self.found.is_empty() {
            self.add(&(0..0), OUR_MISTAKE);
        }
        self.found.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
        self.found.dedup();
        for error in &mut self.found {
            (error.line, error.column) = position(source.as_bytes(), error.span.start);
            // The one wall between a stranger's file and the terminal, for whatever quotes it.
            error.message = visible(&error.message);
            error.expected = error.expected.as_deref().map(visible);
            error.suggestion = error.suggestion.as_deref().map(visible);
        }
        ManifestErrors(self.found)
    }
}

impl ManifestError {
    pub(super) fn expected(&mut self, expected: impl Into<String>) -> &mut Self {
        self.expected = Some(expected.into());
        self
    }

    pub(super) fn suggest(&mut self, suggestion: Option<String>) -> &mut Self {
        self.suggestion = suggestion;
        self
    }
}

/// Line and column in characters, both from 1. Bytes that are no text count as one character each.
pub(super) fn position(source: &[u8], at: usize) -> (usize, usize) {
    let before = &source[..at.min(source.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    // A byte-order mark is invisible and in front of everything: no editor counts it.
    let text = before[start..].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&before[start..]);
    let continues = |byte: &&u8| (**byte & 0b1100_0000) == 0b1000_0000;
    (line, text.len() - text.iter().filter(continues).count() + 1)
}
