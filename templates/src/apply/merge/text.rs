//! Text by lines, as git merges it.

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};

use super::{Disagreement, Merged, Three};

const MARKER: &[u8] = b"<<<<<<< ";

pub(super) fn merge(three: Three<'_>) -> Merged {
    let Three { base, ours, theirs } = three;
    if [base, ours, theirs].iter().any(|side| side.contains(&0)) {
        return Merged::Conflict { offer: theirs.to_vec(), at: vec![Disagreement::about("the whole file")] };
    }
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Diff3);
    options.set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    match options.merge_bytes(base, ours, theirs) {
        Ok(result) => Merged::Clean(result),
        Err(offer) => {
            let lines = offer.split(|byte| *byte == b'\n').enumerate();
            let marked = lines.filter(|(_, line)| line.starts_with(MARKER));
            let at = marked.map(|(index, _)| Disagreement::about(format!("line {}", index + 1))).collect();
            Merged::Conflict { offer, at }
        }
    }
}
