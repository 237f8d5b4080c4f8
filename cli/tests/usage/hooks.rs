//! Hooks that cannot be used are found before any container is made.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::bench::Project;

const HOOK: &str = "civic/hooks/pre-backup";

/// Puts something else in the hook's place; returns what is said to that.
#[track_caller]
fn refused(put: impl FnOnce(&Path), said: &[&str]) {
    let project = Project::sound();
    let hook = project.path(HOOK);
    fs::remove_file(&hook).unwrap();
    put(&hook);
    for command in [&["certify"][..], &["certify", "--plan"], &["check"]] {
        project.civic(command).refused(64, said);
    }
    assert!(!project.path(".civic").exists());
}

#[test]
fn a_hook_that_is_missing() {
    refused(
        |_| {},
        &["hook civic/hooks/pre-backup: there is no such file", "Write it, or take it out of civic.toml."],
    );
}

#[test]
fn a_hook_that_is_not_executable() {
    let put = |hook: &Path| {
        fs::write(hook, "#!/bin/sh\n").unwrap();
        fs::set_permissions(hook, fs::Permissions::from_mode(0o644)).unwrap();
    };
    refused(put, &["it is not executable", "chmod +x civic/hooks/pre-backup", "git update-index --chmod=+x"]);
}

#[test]
fn a_hook_that_is_a_link() {
    let put = |hook: &Path| symlink("/bin/true", hook).unwrap();
    refused(put, &["it is not a plain file", "links are not followed"]);
}

#[test]
fn a_hook_that_is_a_folder() {
    refused(|hook| fs::create_dir(hook).unwrap(), &["it is not a plain file"]);
}

#[test]
fn a_hook_below_a_file() {
    let put = |hook: &Path| {
        let folder = hook.parent().unwrap();
        fs::remove_dir_all(folder).unwrap();
        fs::write(folder, "").unwrap();
    };
    refused(put, &["hook civic/hooks/", "Not a directory"]);
}

#[test]
fn a_hooks_folder_that_leads_out_of_the_project() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("pre-backup");
    fs::write(&target, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(&target, outside.path().join("post-restore")).unwrap();
    let put = |hook: &Path| {
        let folder = hook.parent().unwrap();
        fs::remove_dir_all(folder).unwrap();
        symlink(outside.path(), folder).unwrap();
    };
    refused(put, &["civic/hooks", "link"]);
}

#[test]
fn hooks_that_are_too_large_together() {
    let project = Project::sound();
    fs::write(project.path("civic/hooks/dump"), vec![b'x'; 16 * 1024 * 1024]).unwrap();
    project.civic(&["check"]).refused(64, &["larger than 16 MiB together"]);
}
