//! Places where this user may not write. Root may everywhere, so root's tests start themselves as somebody else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;

use civic_templates::apply::{ApplyError, Obstacle};

use crate::ground::*;

const CHILD: &str = "CIVIC_TEST_READONLY";
/// Nobody.
const OTHER: u32 = 65534;

/// What somebody who is not root sees; `root` is theirs.
fn checks(root: &Path) {
    put(
        root,
        &[
            ("locked/mine", text("mine\n")),
            ("closed", Node::File(b"mine\n".to_vec(), 0o444)),
            ("hidden", Node::File(b"mine\n".to_vec(), 0o000)),
            ("dark/mine", text("mine\n")),
        ],
    );
    put(root, &[("open", Node::Folder(0o755))]);
    let mode =
        |path: &str, bits| fs::set_permissions(root.join(path), fs::Permissions::from_mode(bits)).unwrap();
    let files = || {
        ["locked/new", "locked/deep/er", "hidden", "dark/new", "open/new"]
            .map(|path| file(path, "x\n"))
            .to_vec()
    };
    mode("locked", 0o555);
    mode("dark", 0o000);
    let refused = apply(root, files());
    mode("dark", 0o755);
    let Err(ApplyError::Blocked(steps)) = refused else { panic!("{refused:?}") };
    let mut obstacles: Vec<Obstacle> = steps.into_iter().filter_map(|step| step.obstacle).collect();
    obstacles.sort_by_key(|obstacle| format!("{obstacle:?}"));
    let at = str::to_owned;
    assert_eq!(
        obstacles,
        [
            Obstacle::ReadOnly(at("locked/deep/er")),
            Obstacle::ReadOnly(at("locked/new")),
            Obstacle::Unreadable(at("dark")),
            Obstacle::Unreadable(at("hidden")),
        ]
    );
    assert!(!root.join("open/new").exists() && !root.join(".civic").exists());
    mode("locked", 0o755);
    a_closed_file_is_not_replaced(root);
    a_closed_project_is_named(root);
}

fn a_closed_file_is_not_replaced(root: &Path) {
    fs::remove_file(root.join("closed")).unwrap();
    apply(root, vec![file("closed", "one\n")]).unwrap();
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o444)).unwrap();
    let before = snapshot_without_hidden(root);
    let refused = apply(root, vec![file("closed", "two\n")]);
    assert!(
        matches!(&refused, Err(ApplyError::Blocked(steps)) if steps[0].obstacle == Some(Obstacle::ReadOnly("closed".to_owned())))
    );
    assert_eq!(snapshot_without_hidden(root), before);
}

fn a_closed_project_is_named(root: &Path) {
    fs::set_permissions(root.join("open"), fs::Permissions::from_mode(0o555)).unwrap();
    let refused = apply(&root.join("open"), vec![file("x", "x\n")]);
    assert!(
        matches!(&refused, Err(ApplyError::Blocked(steps)) if steps.iter().any(|step| step.path == "x")),
        "{refused:?}"
    );
    fs::set_permissions(root.join("open"), fs::Permissions::from_mode(0o755)).unwrap();
}

fn snapshot_without_hidden(root: &Path) -> Snapshot {
    fs::remove_file(root.join("hidden")).ok();
    snapshot(root)
}

/// Is started by the test below, as a user who is not root.
#[test]
#[ignore = "the test below starts it"]
fn as_somebody_else() {
    checks(Path::new(&std::env::var(CHILD).unwrap()));
}

#[test]
#[allow(clippy::disallowed_methods)] // only a process of its own can be another user
fn what_may_not_be_written_is_named_and_nothing_else_is_written() {
    let folder = tempfile::tempdir().unwrap();
    if !rustix::process::geteuid().is_root() {
        return checks(folder.path());
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let root = folder.path().join("project");
    fs::create_dir(&root).unwrap();
    chown(&root, Some(OTHER), Some(OTHER)).unwrap();
    let program = folder.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let output = std::process::Command::new(&program)
        .args(["--ignored", "--exact", "readonly::as_somebody_else"])
        .env(CHILD, &root)
        .current_dir(folder.path())
        .uid(OTHER)
        .gid(OTHER)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_replaced_file_keeps_its_owner() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = project(&[]);
    apply(folder.path(), vec![file("x", "one\n")]).unwrap();
    chown(folder.path().join("x"), Some(OTHER), Some(OTHER)).unwrap();
    apply(folder.path(), vec![file("x", "two\n")]).unwrap();
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder.path().join("x")).unwrap());
    assert_eq!(owner, OTHER);
}
