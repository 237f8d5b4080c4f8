//! What a service must be given for its image to run, beside what the project names.

use std::collections::BTreeMap;

/// For the service in civic.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Needs {
    /// Port that the image listens on, when the image decides it.
    pub port: Option<u16>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Scratch folders: everything else but volumes is read-only.
    pub tmpfs: Vec<String>,
    /// Path that answers when the image is well, when the image itself has one.
    pub health: Option<String>,
    /// Whether a first process must pass signals on.
    pub init: bool,
}
