//! Trees that nobody meant to be looked at: detection ends soon, never panics, opens nothing else, and says what it left out.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot look has failed

mod content;
#[cfg(target_os = "linux")]
mod folder;
mod random;
mod size;

use civic_buildpacks::detection::Detection;
use civic_buildpacks::tree::{MemoryTree, SourceTree};
use civic_buildpacks::{Options, Rules, detect};

const PACKAGE: &str = r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#;
const SERVER: &str = "const app = require('express')();\napp.listen(process.env.PORT || 4100);\n";

fn look(tree: &dyn SourceTree) -> Detection {
    detect(tree, &Rules::embedded().unwrap(), &Options::default())
}

/// An app of Node.js with more files.
fn beside(files: &[(&str, &[u8])]) -> MemoryTree {
    let app = [("package.json", PACKAGE.as_bytes()), ("server.js", SERVER.as_bytes())];
    MemoryTree::new(app.into_iter().chain(files.iter().copied()))
}

/// Warnings about a file: `id: text`.
fn said(found: &Detection, file: &str) -> Vec<String> {
    let about = found.warnings.iter().filter(|warning| warning.file == file);
    about.map(|warning| format!("{}: {}", warning.id, warning.text)).collect()
}

fn json(found: &Detection) -> String {
    serde_json::to_string_pretty(found).unwrap()
}
