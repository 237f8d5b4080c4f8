//! The way back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use civic_templates::File;
use civic_templates::apply::{ApplyError, Since, Undone};

use crate::ground::*;

fn undo(root: &Path, since: Since) -> Result<Undone, ApplyError> {
    open(root)?.undo(since)
}

fn lived_in() -> tempfile::TempDir {
    project(&[
        (".gitignore", Node::File(b"node_modules".to_vec(), 0o640)),
        ("Dockerfile", text("FROM mine\n")),
        ("bin/run", Node::File(b"#!/bin/sh\r\n".to_vec(), 0o755)),
        ("empty", Node::Folder(0o700)),
        ("deploy/base", Node::Folder(0o755)),
        ("current", Node::Link(PathBuf::from("bin/run"))),
        ("broken", Node::Link(PathBuf::from("/nowhere"))),
    ])
}

fn scaffold(version: &str) -> Vec<File> {
    vec![
        file(".gitignore", &format!("*.log\n{version}.tmp\n")),
        file("Dockerfile", &format!("FROM {version}\n")),
        file("deploy/base/app.yaml", &format!("version: {version}\n")),
        file("docs/operations/runbook.md", &format!("# {version}\n")),
        program("civic/hooks/health", &format!("#!/bin/sh\n# {version}\n")),
    ]
}

#[test]
fn undo_brings_back_every_byte_mode_link_and_folder() {
    let folder = lived_in();
    let before = snapshot(folder.path());
    apply(folder.path(), scaffold("one")).unwrap();
    let undone = undo(folder.path(), Since::Refuse).unwrap();
    assert_eq!(snapshot(folder.path()), before);
    assert_eq!(undone.restored, [".gitignore"]);
    assert_eq!(undone.removed, ["civic/hooks/health", "deploy/base/app.yaml", "docs/operations/runbook.md"]);
    assert!(undone.kept.is_empty());
}

#[test]
fn undo_of_an_update_restores_what_was_before_it_and_no_further() {
    let folder = lived_in();
    apply(folder.path(), scaffold("one")).unwrap();
    let lived = |root: &Path| {
        let mut all = snapshot(root);
        all.retain(|path, _| !path.starts_with(".civic/journal"));
        all
    };
    fs::set_permissions(folder.path().join("docs"), fs::Permissions::from_mode(0o750)).unwrap();
    let before = lived(folder.path());
    apply(folder.path(), scaffold("two").into_iter().filter(|file| !file.path.starts_with("docs")).collect())
        .unwrap();
    assert!(!folder.path().join("docs").exists());
    undo(folder.path(), Since::Refuse).unwrap();
    assert_eq!(lived(folder.path()), before);
    assert!(matches!(undo(folder.path(), Since::Refuse), Err(ApplyError::NothingToUndo)));
}

#[test]
fn a_run_that_changes_nothing_leaves_the_way_back() {
    let folder = lived_in();
    let before = snapshot(folder.path());
    apply(folder.path(), scaffold("one")).unwrap();
    apply(folder.path(), scaffold("one")).unwrap();
    undo(folder.path(), Since::Refuse).unwrap();
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn undo_refuses_with_every_file_that_was_changed_since() {
    let folder = lived_in();
    apply(folder.path(), scaffold("one")).unwrap();
    fs::write(folder.path().join(".gitignore"), "mine\n").unwrap();
    fs::write(folder.path().join("deploy/base/app.yaml"), "mine\n").unwrap();
    fs::set_permissions(folder.path().join("civic/hooks/health"), fs::Permissions::from_mode(0o700)).unwrap();
    let before = snapshot(folder.path());
    let Err(ApplyError::Changed(paths)) = undo(folder.path(), Since::Refuse) else {
        panic!("it was not refused")
    };
    assert_eq!(paths, [".gitignore", "civic/hooks/health", "deploy/base/app.yaml"]);
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn changes_since_stay_where_they_are_to_be_kept() {
    let folder = lived_in();
    apply(folder.path(), scaffold("one")).unwrap();
    fs::write(folder.path().join("docs/operations/runbook.md"), "mine\n").unwrap();
    fs::write(folder.path().join("civic/own"), "mine\n").unwrap();
    fs::remove_file(folder.path().join("deploy/base/app.yaml")).unwrap();
    let undone = undo(folder.path(), Since::Keep).unwrap();
    assert_eq!(undone.kept, ["civic", "docs", "docs/operations", "docs/operations/runbook.md"]);
    assert_eq!(undone.removed, ["civic/hooks/health"]);
    assert_eq!(read(folder.path(), "docs/operations/runbook.md"), "mine\n");
    assert_eq!(read(folder.path(), "civic/own"), "mine\n");
    assert!(!folder.path().join(".civic").exists());
}

#[test]
fn a_new_file_in_our_folder_is_no_reason_to_refuse() {
    let folder = lived_in();
    apply(folder.path(), scaffold("one")).unwrap();
    fs::write(folder.path().join("civic/own"), "mine\n").unwrap();
    assert_eq!(undo(folder.path(), Since::Refuse).unwrap().kept, ["civic"]);
    assert_eq!(read(folder.path(), "civic/own"), "mine\n");
}

#[test]
fn a_removed_file_whose_folder_is_gone_by_now_is_named() {
    let folder = project(&[("docs/own", text("mine\n"))]);
    apply(folder.path(), vec![file("docs/x", "x\n"), file("y", "one\n")]).unwrap();
    apply(folder.path(), vec![file("y", "two\n")]).unwrap();
    fs::remove_dir_all(folder.path().join("docs")).unwrap();
    let refused = undo(folder.path(), Since::Refuse);
    assert!(matches!(&refused, Err(ApplyError::Changed(paths)) if paths == &["docs/x"]), "{refused:?}");
    let undone = undo(folder.path(), Since::Keep).unwrap();
    assert_eq!((undone.restored, undone.kept), (vec!["y".to_owned()], vec!["docs/x".to_owned()]));
    assert!(!folder.path().join("docs").exists());
}

#[test]
fn a_folder_of_civics_that_was_there_before_stays() {
    for nodes in [vec![(".civic", Node::Folder(0o700))], vec![(".civic/own", text("mine\n"))]] {
        let folder = project(&nodes);
        let before = snapshot(folder.path());
        apply(folder.path(), scaffold("one")).unwrap();
        undo(folder.path(), Since::Refuse).unwrap();
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn nothing_is_undone_where_nothing_was_done() {
    let folder = lived_in();
    let before = snapshot(folder.path());
    assert!(matches!(undo(folder.path(), Since::Refuse), Err(ApplyError::NothingToUndo)));
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_damaged_journal_restores_nothing() {
    let folder = lived_in();
    apply(folder.path(), scaffold("one")).unwrap();
    let kept = folder.path().join(".civic/journal/last/before");
    for entry in fs::read_dir(kept).unwrap() {
        fs::write(entry.unwrap().path(), "other\n").unwrap();
    }
    let before = snapshot(folder.path());
    assert!(matches!(undo(folder.path(), Since::Refuse), Err(ApplyError::Record(_))));
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_journal_that_somebody_committed_writes_only_what_civic_writes() {
    let bad =
        [".git/hooks/pre-commit", "../x", "/etc/x", ".civic/journal/last/done.json", ".civic", "a/../../x"];
    let texts = bad.map(|path| {
        format!(r#"{{"schema":1,"kind":"apply","home":false,"ops":[{{"path":"{path}","before":{{"is":"missing"}},"after":{{"is":"missing"}}}}]}}"#)
    });
    let newer = [r#"{"schema":2}"#.to_owned(), "{".to_owned(), String::new()];
    for record in texts.into_iter().chain(newer) {
        for place in [
            ".civic/journal/next/record.json",
            ".civic/journal/next/abort.json",
            ".civic/journal/next/done.json",
            ".civic/journal/last/done.json",
        ] {
            let folder = project(&[(place, text(&record))]);
            let before = snapshot(folder.path());
            let result = match place.contains("next") {
                true => open(folder.path()).unwrap().recover().map(|_| ()),
                false => undo(folder.path(), Since::Keep).map(|_| ()),
            };
            assert!(matches!(result, Err(ApplyError::Record(_))), "{record} {result:?}");
            assert_eq!(snapshot(folder.path()), before);
        }
    }
}
