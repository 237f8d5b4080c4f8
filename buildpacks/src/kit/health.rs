//! Code that answers `/healthz` and `/readyz`, as a patch for a person to review. It is never applied silently.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Code of one framework: `templates/health/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCode {
    /// Frameworks that it is for; empty for every other one of the stack.
    #[serde(default)]
    pub frameworks: Vec<String>,
    /// The new file, below the component's folder.
    pub file: String,
    /// What is in it.
    pub code: String,
    /// Where it is called from, in words for a person.
    pub register: String,
    /// The line that calls it, where the place can be found.
    pub anchor: Option<Anchor>,
}

/// Where a line goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Files in which the place may be, as globs, the best first.
    pub files: Vec<String>,
    /// The line it goes behind, a regular expression.
    pub after: String,
    /// Lines to add.
    pub add: String,
}

/// Every `health/*.toml` of a stack.
pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Vec<HealthCode>, String> {
    let own = files.iter().filter(|(path, _)| path.starts_with("health/") && path.ends_with(".toml"));
    own.map(|(path, text)| toml_edit::de::from_str(text).map_err(|error| format!("{path}: {error}")))
        .collect()
}
