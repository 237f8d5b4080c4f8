//! `civic.toml`, schema 1: read raw, then validated into [`Manifest`].
//!
//! The validated model holds only what can be true: every name that another part refers to exists, every
//! number is in range, dependencies have no cycle. What is wrong is reported all at once, each with line and
//! column, what was expected, and what was probably meant.
//!
//! The way of a file: bytes -> `document` (size, encoding, TOML) -> tree with places (`node`) -> `shape`
//! (keys and types, against the JSON Schema) -> `raw` -> `check` (texts, names, contradictions) -> [`Manifest`].

mod check;
mod document;
mod errors;
mod graph;
mod model;
mod names;
mod node;
mod paths;
mod placeholders;
mod queries;
mod raw;
mod readings;
mod schema;
mod shape;
mod units;
mod wanted;
mod words;

pub use document::SCHEMA;
pub use errors::{ManifestError, ManifestErrors};
pub use model::*;
pub use names::{is_image, is_licence, is_variable, to_name};
pub use schema::json_schema;
pub use units::{ByteSize, Period, UnitError};

/// Reads and validates a `civic.toml`.
///
/// # Errors
/// Everything that is wrong with it, sorted by position; the list is never empty. Keys and types come first:
/// names are looked up only when those are right or their meaning is clear.
pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestErrors> {
    let text = document::text(bytes)?;
    let mut tree = document::tree(text)?;
    let mut report = errors::Report::default();
    let manifest = match shape::check(&mut tree, &mut report) {
        true => validated(&tree, &mut report),
        false => None,
    };
    match manifest {
        Some(manifest) if report.is_empty() => Ok(manifest),
        _ => Err(report.into_errors(text)),
    }
}

fn validated(tree: &node::Node, report: &mut errors::Report) -> Option<Manifest> {
    match serde_json::from_value::<raw::Manifest>(tree.to_json()) {
        Ok(raw) => check::manifest(&raw, tree, report),
        Err(error) => {
            report.add(&(0..0), format!("{}: {error}", errors::OUR_MISTAKE));
            None
        }
    }
}
