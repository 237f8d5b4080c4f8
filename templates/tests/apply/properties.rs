//! What holds for every tree and every rendering.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use civic_templates::File;
use civic_templates::apply::{ApplyError, Since};
use proptest::prelude::*;

use crate::ground::*;

const PATHS: [&str; 12] = [
    "a",
    "b",
    "b/a",
    "b/{{ x }}",
    "b/c/a",
    "c/d/e",
    "c/d/f g",
    ".gitignore",
    "b/.dockerignore",
    "civic.toml",
    ".civic",
    ".civic/own",
];
const RENDERED: [&str; 10] = [
    "a",
    "b/a",
    "b/{{ x }}",
    "b/c/a",
    "c/d/e",
    "c/d/f g",
    ".gitignore",
    "b/.dockerignore",
    "civic.toml",
    "new/folder/x",
];

fn content() -> impl Strategy<Value = String> {
    let line =
        prop_oneof!["[xyz]", Just("k = 1".to_owned()), Just("k = 2".to_owned()), Just("# c".to_owned())];
    (proptest::collection::vec(line, 0..6), prop_oneof![Just("\n"), Just("\r\n")], any::<bool>())
        .prop_map(|(lines, end, open)| lines.join(end) + if open { "" } else { end })
}

fn node() -> impl Strategy<Value = Node> {
    let mode = prop_oneof![Just(0o644), Just(0o755), Just(0o600), Just(0o640)];
    prop_oneof![
        6 => (content(), mode).prop_map(|(content, mode)| Node::File(content.into_bytes(), mode)),
        1 => prop_oneof![Just(0o755), Just(0o700)].prop_map(Node::Folder),
        1 => prop_oneof![Just("a"), Just(".."), Just("/nowhere")].prop_map(|target| Node::Link(PathBuf::from(target))),
    ]
}

/// Trees in which files and folders do not clash.
fn tree() -> impl Strategy<Value = BTreeMap<&'static str, Node>> {
    proptest::collection::btree_map(proptest::sample::select(&PATHS[..]), node(), 0..8).prop_map(
        |mut tree| {
            let folders: Vec<&str> = tree
                .iter()
                .filter(|(_, node)| !matches!(node, Node::Folder(_)))
                .map(|(path, _)| *path)
                .collect();
            tree.retain(|path, _| {
                !folders.iter().any(|above| Path::new(path).starts_with(above) && path != above)
            });
            tree
        },
    )
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let one = (content(), any::<bool>());
    proptest::collection::btree_map(proptest::sample::select(&RENDERED[..]), one, 0..8).prop_map(|files| {
        let made = |(path, (content, runs)): (&str, (String, bool))| {
            if runs { program(path, &content) } else { file(path, &content) }
        };
        files.into_iter().map(made).collect()
    })
}

fn set_up(tree: &BTreeMap<&'static str, Node>) -> tempfile::TempDir {
    let nodes: Vec<(&str, Node)> = tree.iter().map(|(path, node)| (*path, node.clone())).collect();
    project(&nodes)
}

/// Applies; whether it was not blocked.
fn applied(root: &Path, files: &[File]) -> bool {
    match apply(root, files.to_vec()) {
        Ok(_) => true,
        Err(ApplyError::Blocked(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn without_journal(root: &Path) -> Snapshot {
    snapshot(root).into_iter().filter(|(path, _)| !path.starts_with(".civic/journal")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn undo_gives_the_same_tree_back(tree in tree(), files in files()) {
        let folder = set_up(&tree);
        let before = snapshot(folder.path());
        if applied(folder.path(), &files) {
            open(folder.path()).unwrap().undo(Since::Refuse).unwrap();
        }
        prop_assert_eq!(snapshot(folder.path()), before);
    }

    #[test]
    fn twice_is_once(tree in tree(), files in files()) {
        let folder = set_up(&tree);
        applied(folder.path(), &files);
        let once = (snapshot(folder.path()), times(folder.path()));
        applied(folder.path(), &files);
        prop_assert_eq!((snapshot(folder.path()), times(folder.path())), once);
    }

    #[test]
    fn nobodys_file_is_lost(tree in tree(), files in files()) {
        let folder = set_up(&tree);
        let before = snapshot(folder.path());
        applied(folder.path(), &files);
        let after = snapshot(folder.path());
        for (path, node) in before {
            match (&node, after.get(&path)) {
                (Node::File(old, mode), Some(Node::File(new, now))) if path.to_string_lossy().ends_with("ignore") => {
                    let new = String::from_utf8(new.clone()).unwrap();
                    let old = String::from_utf8(old.clone()).unwrap();
                    prop_assert!(old.lines().all(|line| new.lines().any(|there| there == line)), "{old:?} {new:?}");
                    prop_assert_eq!(mode, now);
                }
                (node, there) => prop_assert_eq!(Some(node), there),
            }
        }
    }

    #[test]
    fn an_update_of_an_edited_project_goes_back_too(
        tree in tree(), one in files(), edit in tree(), gone in proptest::sample::subsequence(&RENDERED[..], 0..3), two in files(),
    ) {
        let folder = set_up(&tree);
        applied(folder.path(), &one);
        for path in gone {
            let _ = std::fs::remove_file(folder.path().join(path));
        }
        for (path, node) in edit {
            let there = folder.path().join(path);
            if let (Node::File(content, _), true) = (node, there.is_file()) {
                std::fs::write(there, content).unwrap();
            }
        }
        let before = without_journal(folder.path());
        let plan = apply(folder.path(), two.clone());
        let after = snapshot(folder.path());
        match plan {
            Ok(plan) if !plan.is_empty() => {
                prop_assert!(apply(folder.path(), two).unwrap().is_empty());
                prop_assert_eq!(&snapshot(folder.path()), &after);
                open(folder.path()).unwrap().undo(Since::Refuse).unwrap();
                prop_assert_eq!(without_journal(folder.path()), before);
            }
            Ok(_) | Err(ApplyError::Blocked(_)) => prop_assert_eq!(without_journal(folder.path()), before),
            Err(error) => panic!("{error}"),
        }
    }
}
