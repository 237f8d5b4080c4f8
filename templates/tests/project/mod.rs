//! The projects of `tests/projects/`, as tests render them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use civic_contract::manifest::{self, Manifest};
use civic_templates::{Facts, File, Part, Stack, render};

pub struct Project {
    pub manifest: Manifest,
    pub facts: Facts,
}

/// A Dockerfile that shows what it is given; the real ones are tested with their stacks.
const PLAIN: &str = "FROM {{ build.image | word }}\nCMD {{ build.start | json }}\n";

pub fn project(name: &str) -> Project {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/projects").join(name);
    let manifest = std::fs::read(folder.join("civic.toml")).expect("a manifest");
    let facts = std::fs::read(folder.join("facts.json")).expect("facts");
    Project {
        manifest: manifest::parse(&manifest).expect("a valid manifest"),
        facts: serde_json::from_slice(&facts).expect("valid facts"),
    }
}

impl Project {
    /// Every file, by path.
    pub fn files(&self) -> BTreeMap<String, File> {
        let plain = Stack { dockerfile: PLAIN, dockerignore: "" };
        let stacks = BTreeMap::from([("python", plain), ("node", plain)]);
        let files = render(&self.manifest, &self.facts, &stacks, &Part::ALL).expect("files");
        files.into_iter().map(|file| (file.path.clone(), file)).collect()
    }

    /// Text of one file.
    #[allow(dead_code)] // not every test file asks for one file alone
    pub fn text(&self, path: &str) -> String {
        let files = self.files();
        let file = files.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", files.keys()));
        String::from_utf8(file.content.clone()).expect("text")
    }
}
