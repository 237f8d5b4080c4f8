//! `.env.example` and its relatives: `NAME=value`, one a line.

use super::lines::numbered;

/// A variable that a sample names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// Reads a sample of environment variables.
pub(crate) fn environment(text: &str) -> Vec<Sample> {
    numbered(text).filter_map(|(line, content)| sample(content, line)).collect()
}

fn sample(content: &str, line: usize) -> Option<Sample> {
    let content = content.trim();
    let content = content.strip_prefix("export ").unwrap_or(content);
    let (name, value) = content.split_once(['=', ':'])?;
    let name = name.trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    is_name.then(|| Sample { name: name.into(), value: value.into(), line })
}
