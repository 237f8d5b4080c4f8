//! Where in a text something stands.

/// Line, from 1, of a byte offset.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// First line that contains a word; 0 when none does.
pub(crate) fn line_of(text: &str, word: &str) -> usize {
    text.find(word).map_or(0, |offset| line_at(text, offset))
}

/// Line of `"key":` at or after the first `"section"`; 0 when it cannot be found.
pub(crate) fn line_of_key(text: &str, section: &str, key: &str) -> usize {
    let start = if section.is_empty() { 0 } else { text.find(&format!("\"{section}\"")).unwrap_or(0) };
    let quoted = format!("\"{key}\"");
    let tail = text.get(start..).unwrap_or("");
    tail.match_indices(&quoted)
        .find(|(at, _)| tail[at + quoted.len()..].trim_start().starts_with(':'))
        .map_or(0, |(at, _)| line_at(text, start + at))
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
