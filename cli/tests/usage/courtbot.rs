//! The example's packaging is what `civic init` makes of its sources, its civic.toml and the recorded answers.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use civic_contract::lock::Lock;

fn example() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/courtbot")
}

/// Path, mode and bytes of every file, without what tests and runs leave.
fn files(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect("a folder").flatten() {
            let path = folder.join(entry.file_name());
            let name = path.to_string_lossy().into_owned();
            let meta = entry.metadata().expect("metadata");
            if meta.is_dir() {
                if !matches!(name.as_str(), "node_modules" | ".civic/runs" | ".civic/journal") {
                    folders.push(path);
                }
            } else {
                let is_program = meta.permissions().mode() & 0o100;
                found.insert(name, (is_program, std::fs::read(root.join(&path)).expect("a file")));
            }
        }
    }
    found
}

#[test]
fn the_examples_packaging_is_what_init_makes() {
    let example = example();
    let text = std::fs::read_to_string(example.join(".civic/lock.toml")).expect("the example's lock");
    let lock = Lock::parse(&text).expect("a valid lock");
    let made: BTreeSet<String> = lock.files.iter().map(|entry| entry.path.to_string()).collect();
    assert!(made.contains("Dockerfile") && made.contains("compose.yaml") && !made.contains("civic.toml"));
    let committed = files(&example);
    let bare = tempfile::tempdir().expect("a folder");
    let is_bare = |path: &str| !path.starts_with(".civic/") && (!made.contains(path) || path == ".gitignore");
    for (path, (_, content)) in committed.iter().filter(|(path, _)| is_bare(path)) {
        let target = bare.path().join(path);
        std::fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        std::fs::write(&target, content).expect("a file");
    }
    let mut init = Command::cargo_bin("civic").expect("civic");
    init.arg("init").arg(bare.path()).arg("--yes");
    for (name, value) in &lock.answers {
        init.arg(format!("--{name}")).arg(value);
    }
    init.assert().success();
    let rendered = files(bare.path());
    let names = |files: &BTreeMap<String, (u32, Vec<u8>)>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&rendered), "to renew: see examples/courtbot in CONTRIBUTING.md");
    for (path, (mode, content)) in &committed {
        let is_made = made.contains(path) || path.starts_with(".civic/");
        let (new_mode, new) = &rendered[path];
        assert!(
            !is_made || content == new,
            "{path} is not what init makes: renew the example (CONTRIBUTING.md)"
        );
        assert!(!is_made || mode == new_mode, "{path} has another mode");
    }
}
