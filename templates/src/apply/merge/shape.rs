//! How a file's bytes are laid out, whatever they say.

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Layout of a person's file, which a merge keeps.
pub(super) struct Shape {
    mark: bool,
    windows: bool,
    open_end: bool,
}

impl Shape {
    pub(super) fn of(content: &[u8]) -> Self {
        let ends = content.iter().filter(|byte| **byte == b'\n').count();
        let windows = content.windows(2).filter(|pair| *pair == b"\r\n").count();
        Self {
            mark: content.starts_with(MARK),
            // A file with both kinds of line ends keeps each line as it is.
            windows: ends > 0 && ends == windows,
            open_end: !content.is_empty() && !content.ends_with(b"\n"),
        }
    }

    /// The text alone, ending with a line end.
    pub(super) fn strip(&self, content: &[u8]) -> Vec<u8> {
        let text = content.strip_prefix(MARK).unwrap_or(content);
        let mut text = if self.windows { replace(text, b"\r\n", b"\n") } else { text.to_vec() };
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text
    }

    /// The text in this layout.
    pub(super) fn dress(&self, text: &[u8]) -> Vec<u8> {
        let text = if self.open_end { text.strip_suffix(b"\n").unwrap_or(text) } else { text };
        let body = if self.windows { replace(text, b"\n", b"\r\n") } else { text.to_vec() };
        let mark = if self.mark { MARK } else { b"" };
        [mark, &body].concat()
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        let (before, after) = rest.split_at(at);
        result.extend_from_slice(before);
        result.extend_from_slice(to);
        rest = after.strip_prefix(from).unwrap_or(after);
    }
    result.extend_from_slice(rest);
    result
}
