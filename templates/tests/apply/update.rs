//! Later runs: what civic changed, what people changed, and both.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use civic_templates::apply::{Action, ApplyError, Choices};
use tempfile::TempDir;

use crate::ground::*;

const ONE: &str = "FROM node:20\nWORKDIR /app\nCOPY . .\nUSER 1001\nCMD [\"node\", \"server.js\"]\n";

fn two() -> String {
    ONE.replace("USER 1001", "USER 1001:0")
}

/// A project with one rendered file, which a person then changed by `edit`.
fn initialised(edit: impl Fn(&str) -> String) -> TempDir {
    let folder = project(&[]);
    apply(folder.path(), vec![file("Dockerfile", ONE), file("other", "x\n")]).unwrap();
    fs::write(folder.path().join("Dockerfile"), edit(ONE)).unwrap();
    folder
}

fn update(root: &Path) -> civic_templates::apply::Plan {
    apply(root, vec![file("Dockerfile", &two()), file("other", "x\n")]).unwrap()
}

fn choose(resolved: &[&str], restore: &[&str]) -> Choices {
    let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    Choices { resolved: set(resolved), restore: set(restore) }
}

#[test]
fn a_file_nobody_changed_becomes_the_new_rendering() {
    let folder = initialised(str::to_owned);
    let plan = update(folder.path());
    insta::assert_snapshot!(summary(&plan), @r"
    Dockerfile ours-unmodified replace
    other identical keep
    ");
    assert_eq!(read(folder.path(), "Dockerfile"), two());
    assert_eq!(read(folder.path(), ".civic/base/Dockerfile"), two());
}

#[test]
fn a_file_a_person_changed_keeps_the_change_and_gets_ours() {
    let folder = initialised(|one| one.replace("node:20", "node:22") + "# Ana was here\n");
    let plan = update(folder.path());
    insta::assert_snapshot!(summary(&plan), @r"
    Dockerfile ours-modified merge
    other identical keep
    ");
    assert_eq!(read(folder.path(), "Dockerfile"), two().replace("node:20", "node:22") + "# Ana was here\n");
    assert!(update(folder.path()).is_empty());
}

#[test]
fn a_checkout_with_windows_line_ends_is_no_conflict() {
    let folder = initialised(|one| one.replace('\n', "\r\n"));
    assert!(!update(folder.path()).needs_person());
    assert_eq!(read(folder.path(), "Dockerfile"), two().replace('\n', "\r\n"));
}

#[test]
fn a_deleted_file_stays_deleted_until_it_is_wanted_again() {
    let folder = initialised(str::to_owned);
    fs::remove_file(folder.path().join("Dockerfile")).unwrap();
    for _ in 0..2 {
        let plan = update(folder.path());
        assert_eq!(summary(&plan), "Dockerfile deleted-by-user keep\nother identical keep");
        assert!(!folder.path().join("Dockerfile").exists());
    }
    let files = vec![file("Dockerfile", &two()), file("other", "x\n")];
    apply_with(folder.path(), files, &choose(&[], &["Dockerfile"])).unwrap();
    assert_eq!(read(folder.path(), "Dockerfile"), two());
}

#[test]
fn what_is_no_longer_rendered_goes_only_if_nobody_changed_it() {
    let folder = project(&[("docs/own.md", text("own\n"))]);
    let files = ["docs/ops/a.md", "docs/ops/b.md", "deploy/x.yaml"].map(|path| file(path, "text\n"));
    apply(folder.path(), files.to_vec()).unwrap();
    fs::write(folder.path().join("docs/ops/b.md"), "text\nmine\n").unwrap();
    let plan = apply(folder.path(), vec![]).unwrap();
    insta::assert_snapshot!(summary(&plan), @r"
    deploy/x.yaml obsolete remove
    docs/ops/a.md obsolete remove
    docs/ops/b.md obsolete keep
    ");
    let left: Vec<String> =
        visible(folder.path()).into_keys().map(|path| path.display().to_string()).collect();
    assert_eq!(left, ["docs", "docs/ops", "docs/ops/b.md", "docs/own.md"]);
    assert!(!folder.path().join(".civic/base").exists());
    assert!(apply(folder.path(), vec![]).unwrap().is_empty());
}

#[test]
fn a_folder_becomes_a_file_only_over_two_runs() {
    let folder = project(&[]);
    apply(folder.path(), vec![file("docs/a.md", "text\n")]).unwrap();
    let refused = apply(folder.path(), vec![file("docs", "text\n")]);
    assert!(matches!(refused, Err(ApplyError::Blocked(steps)) if steps[0].path == "docs"));
    assert_eq!(read(folder.path(), "docs/a.md"), "text\n");
}

fn conflicting() -> TempDir {
    let folder = initialised(|one| one.replace("USER 1001", "USER ana"));
    let plan = update(folder.path());
    assert!(plan.needs_person());
    folder
}

#[test]
fn a_conflict_leaves_the_file_and_offers_both_sides() {
    let folder = conflicting();
    assert_eq!(read(folder.path(), "Dockerfile"), ONE.replace("USER 1001", "USER ana"));
    insta::assert_snapshot!(read(folder.path(), ".civic/offers/Dockerfile"));
    assert_eq!(read(folder.path(), ".civic/base/Dockerfile"), ONE);
    let before = (snapshot(folder.path()), times(folder.path()));
    let again = update(folder.path());
    assert!(again.needs_person() && again.is_empty());
    assert_eq!((snapshot(folder.path()), times(folder.path())), before);
}

#[test]
fn moving_the_offer_over_the_file_ends_a_conflict() {
    let folder = conflicting();
    let offer = folder.path().join(".civic/offers/Dockerfile");
    fs::rename(&offer, folder.path().join("Dockerfile")).unwrap();
    assert!(update(folder.path()).needs_person(), "the markers are still there");
    let settled = ONE.replace("USER 1001", "USER ana:0");
    fs::write(folder.path().join("Dockerfile"), &settled).unwrap();
    fs::remove_file(&offer).unwrap();
    assert!(!update(folder.path()).needs_person());
    assert_eq!(read(folder.path(), "Dockerfile"), settled);
    assert!(update(folder.path()).is_empty());
    let lock = read(folder.path(), ".civic/lock.toml");
    assert!(!lock.contains("[[offer]]"), "{lock}");
}

#[test]
fn an_offer_that_was_never_committed_ends_no_conflict() {
    let folder = conflicting();
    fs::remove_dir_all(folder.path().join(".civic/offers")).unwrap();
    assert!(update(folder.path()).needs_person());
    assert!(folder.path().join(".civic/offers/Dockerfile").exists());
}

#[test]
fn a_person_may_say_that_the_file_is_as_it_is_to_be() {
    let folder = conflicting();
    let files = vec![file("Dockerfile", &two()), file("other", "x\n")];
    let plan = apply_with(folder.path(), files, &choose(&["Dockerfile"], &[])).unwrap();
    assert!(!plan.needs_person());
    assert!(!folder.path().join(".civic/offers").exists());
    assert!(!update(folder.path()).needs_person());
    assert_eq!(read(folder.path(), "Dockerfile"), ONE.replace("USER 1001", "USER ana"));
}

#[test]
fn an_offer_that_a_person_works_on_is_not_overwritten() {
    let folder = conflicting();
    fs::write(folder.path().join(".civic/offers/Dockerfile"), "half-way\n").unwrap();
    let three = two().replace("CMD", "ENTRYPOINT");
    for _ in 0..2 {
        let plan = apply(folder.path(), vec![file("Dockerfile", &three), file("other", "x\n")]).unwrap();
        assert!(plan.needs_person());
        assert_eq!(read(folder.path(), ".civic/offers/Dockerfile"), "half-way\n");
    }
}

#[test]
fn an_offer_for_a_foreign_file_can_be_declined_and_taken() {
    let folder = project(&[("Dockerfile", text("FROM mine\n"))]);
    let files = || vec![file("Dockerfile", ONE)];
    apply(folder.path(), files()).unwrap();
    let offer = folder.path().join(".civic/offers/Dockerfile");
    fs::remove_file(&offer).unwrap();
    assert!(apply(folder.path(), files()).unwrap().is_empty());
    assert!(!offer.exists());
    apply(folder.path(), vec![file("Dockerfile", &two())]).unwrap();
    fs::rename(&offer, folder.path().join("Dockerfile")).unwrap();
    let plan = apply(folder.path(), vec![file("Dockerfile", &two())]).unwrap();
    insta::assert_snapshot!(summary(&plan), @"Dockerfile identical keep");
    assert_eq!(summary(&apply(folder.path(), files()).unwrap()), "Dockerfile ours-unmodified replace");
}

#[test]
fn settings_are_merged_by_key() {
    let folder = project(&[]);
    apply(folder.path(), vec![file("civic.toml", "port = 3000\ncase = 2\n")]).unwrap();
    fs::write(folder.path().join("civic.toml"), "# ours\ncase = 2 # local\nport = 8080\n").unwrap();
    apply(folder.path(), vec![file("civic.toml", "port = 3000\ncase = 1\nlevel = \"C3\"\n")]).unwrap();
    assert_eq!(read(folder.path(), "civic.toml"), "# ours\ncase = 1 # local\nport = 8080\nlevel = \"C3\"\n");
}

#[test]
fn a_rendering_that_becomes_a_program_does_so_unless_its_owner_chose_otherwise() {
    let mode = |folder: &TempDir| fs::metadata(folder.path().join("x")).unwrap().permissions().mode() & 0o777;
    for (owners, wanted) in [(0o644, 0o755), (0o600, 0o700), (0o744, 0o744)] {
        let folder = project(&[]);
        apply(folder.path(), vec![file("x", "#!/bin/sh\n")]).unwrap();
        fs::set_permissions(folder.path().join("x"), fs::Permissions::from_mode(owners)).unwrap();
        apply(folder.path(), vec![program("x", "#!/bin/sh\n")]).unwrap();
        assert_eq!(mode(&folder), wanted);
        apply(folder.path(), vec![program("x", "#!/bin/sh\ntrue\n")]).unwrap();
        assert_eq!(mode(&folder), wanted);
    }
    let folder = project(&[]);
    apply(folder.path(), vec![program("x", "#!/bin/sh\n")]).unwrap();
    fs::set_permissions(folder.path().join("x"), fs::Permissions::from_mode(0o600)).unwrap();
    apply(folder.path(), vec![program("x", "#!/bin/sh\ntrue\n")]).unwrap();
    assert_eq!(mode(&folder), 0o600);
}

#[test]
fn a_base_that_is_not_what_was_rendered_is_no_base() {
    let folder = initialised(|one| one.replace("node:20", "node:22"));
    fs::write(folder.path().join(".civic/base/Dockerfile"), "anything\n").unwrap();
    let plan = update(folder.path());
    assert_eq!(plan.conflicts().map(|step| step.path.as_str()).collect::<Vec<_>>(), ["Dockerfile"]);
    assert_eq!(read(folder.path(), ".civic/offers/Dockerfile"), two());
}

#[test]
fn a_lock_that_claims_a_persons_file_removes_nothing() {
    let folder = initialised(str::to_owned);
    put(folder.path(), &[("main.rs", text(ONE))]);
    let lock = read(folder.path(), ".civic/lock.toml").replace("\"Dockerfile\"", "\"main.rs\"");
    fs::write(folder.path().join(".civic/lock.toml"), lock).unwrap();
    let plan = apply(folder.path(), vec![file("other", "x\n")]).unwrap();
    assert!(plan.steps().iter().all(|step| step.action == Action::Keep), "{plan:?}");
    assert_eq!(read(folder.path(), "main.rs"), ONE);
}

#[test]
fn a_lock_that_leads_out_or_is_newer_is_refused() {
    for (from, to) in
        [("\"Dockerfile\"", "\"../Dockerfile\""), ("schema = 1", "schema = 2"), ("[[file]]", "[[")]
    {
        let folder = initialised(str::to_owned);
        let lock = read(folder.path(), ".civic/lock.toml").replacen(from, to, 1);
        fs::write(folder.path().join(".civic/lock.toml"), lock).unwrap();
        let before = snapshot(folder.path());
        let project = open(folder.path()).unwrap();
        let refused = project.plan(&rendering(vec![]), &Choices::default());
        assert!(matches!(refused, Err(ApplyError::Lock(_))), "{to}");
        assert_eq!(snapshot(folder.path()), before);
    }
}
