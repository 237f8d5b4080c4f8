//! Rules for all templates of the house.
#![allow(clippy::expect_used)] // a test that panics has failed, which is the point

use std::path::{Path, PathBuf};

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { templates(&path, found) } else { found.push(path) }
    }
}

fn house() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["files", "partials"] {
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).expect("text"))).collect()
}

#[test]
fn no_template_switches_escaping_off() {
    for (path, text) in house() {
        let squeezed: String = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("| ", "|");
        assert!(!squeezed.contains("|safe") && !squeezed.contains("autoescape"), "{}", path.display());
    }
}

#[test]
fn every_file_says_who_wrote_it() {
    let silent: Vec<_> = house()
        .into_iter()
        .filter(|(path, text)| {
            // JSON has no comments; the second only holds place for the folder.
            !text.contains("ritten by civic init")
                && !path.ends_with("civic.json")
                && !path.ends_with(".keep")
                && !path.iter().any(|part| part == "partials" || part == "deploy")
                && !path.ends_with("config/env")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}
