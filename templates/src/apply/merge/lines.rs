//! Files that are a set of lines, such as `.gitignore`: every line of both sides.

use std::collections::BTreeSet;

use super::Three;

/// Adds the lines that are new in the rendering. A line that a person took out stays out, and none is removed.
pub(super) fn merge(path: &str, three: Three<'_>) -> Vec<u8> {
    let ours: Vec<&[u8]> = lines(three.ours).collect();
    let known: BTreeSet<&[u8]> =
        lines(three.base).chain(ours.iter().copied()).map(<[u8]>::trim_ascii).collect();
    let mut seen = BTreeSet::new();
    let fresh = |line: &&[u8]| {
        let rule = line.trim_ascii();
        !rule.is_empty() && !known.contains(rule) && seen.insert(rule.to_vec())
    };
    let new: Vec<&[u8]> = lines(three.theirs).filter(fresh).collect();
    let (before, after) = ours.split_at(place(path, &ours));
    [before, &new, after].concat().concat()
}

/// Where new lines go, so that a person's exceptions still win: the last line that fits decides in these files.
fn place(path: &str, ours: &[&[u8]]) -> usize {
    if path.rsplit('/').next() == Some(".gitattributes") {
        return 0;
    }
    ours.iter().position(|line| line.trim_ascii_start().starts_with(b"!")).unwrap_or(ours.len())
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}
