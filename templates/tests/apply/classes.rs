//! What a file is to civic, and what becomes of it at the first run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use civic_templates::apply::{ApplyError, Choices, Project};

use crate::ground::*;

fn scaffold() -> Vec<civic_templates::File> {
    vec![
        file("Dockerfile", "FROM scratch\n"),
        file(".gitignore", "*.log\n.env\n"),
        file("civic.toml", "schema = 1\n"),
        file("deploy/base/app.yaml", "kind: Deployment\n"),
        program("civic/hooks/health", "#!/bin/sh\n"),
    ]
}

#[test]
fn a_first_run_keeps_what_is_there_and_adds_what_is_missing() {
    let folder = project(&[
        ("Dockerfile", text("FROM node:20\n")),
        (".gitignore", text("node_modules\n")),
        ("civic.toml", text("schema = 1\n")),
    ]);
    let root = folder.path();
    let plan = apply(root, scaffold()).unwrap();
    insta::assert_snapshot!(summary(&plan), @r"
    .gitignore foreign merge
    Dockerfile foreign keep
    civic.toml identical keep
    civic/hooks/health new create
    deploy/base/app.yaml new create
    ");
    assert!(!plan.needs_person());
    assert_eq!(read(root, "Dockerfile"), "FROM node:20\n");
    assert_eq!(read(root, ".civic/offers/Dockerfile"), "FROM scratch\n");
    assert_eq!(read(root, ".gitignore"), "node_modules\n*.log\n.env\n");
    insta::assert_snapshot!(read(root, ".civic/lock.toml"));
}

#[test]
fn programs_can_be_executed_and_a_files_own_mode_stays() {
    let folder = project(&[
        (".gitignore", Node::File(b"x\n".to_vec(), 0o600)),
        ("civic/hooks/health", text("#!/bin/sh\n")),
    ]);
    let plan =
        apply(folder.path(), [scaffold(), vec![program("civic/hooks/canary-read", "#!/bin/sh\n")]].concat())
            .unwrap();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("civic/hooks/canary-read"), 0o755);
    assert_eq!(mode("deploy/base/app.yaml"), 0o644);
    assert_eq!(mode(".gitignore"), 0o600);
    assert_eq!(mode("civic/hooks/health"), 0o644);
    let warned: Vec<&str> =
        plan.steps().iter().filter(|step| step.not_executable).map(|step| step.path.as_str()).collect();
    assert_eq!(warned, ["civic/hooks/health"]);
}

#[test]
fn a_second_run_changes_no_byte_and_no_time() {
    let folder = project(&[("Dockerfile", text("FROM node:20\n")), (".gitignore", text("a"))]);
    apply(folder.path(), scaffold()).unwrap();
    let before = (snapshot(folder.path()), times(folder.path()));
    let plan = apply(folder.path(), scaffold()).unwrap();
    assert!(plan.is_empty());
    assert_eq!((snapshot(folder.path()), times(folder.path())), before);
}

#[test]
fn planning_writes_nothing_and_says_everything_as_json() {
    let folder = project(&[("Dockerfile", text("FROM node:20\n")), ("deploy", text("a file\n"))]);
    let before = (snapshot(folder.path()), times(folder.path()));
    let project = Project::open(folder.path()).unwrap();
    let plan = project.plan(&rendering(scaffold()), &Choices::default()).unwrap();
    assert_eq!((snapshot(folder.path()), times(folder.path())), before);
    insta::assert_json_snapshot!(plan);
}

#[test]
fn names_with_spaces_braces_and_line_ends_are_names() {
    let odd =
        ["docs/a b.md", "docs/{{ x }}.md", "docs/two\nlines.md", "docs/quote\"'.md", "docs/- [x] # é.md"];
    let folder = project(&[("docs/a b.md", text("mine\n")), ("docs/other\nfile", text("mine\n"))]);
    let before = snapshot(folder.path());
    let files = || odd.iter().map(|path| file(path, "text\n")).collect::<Vec<_>>();
    apply(folder.path(), files()).unwrap();
    assert_eq!(read(folder.path(), "docs/a b.md"), "mine\n");
    assert_eq!(read(folder.path(), "docs/two\nlines.md"), "text\n");
    assert!(apply(folder.path(), files()).unwrap().is_empty());
    Project::open(folder.path()).unwrap().undo(civic_templates::apply::Since::Refuse).unwrap();
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_rendering_with_an_impossible_path_is_refused() {
    let folder = project(&[]);
    for path in [
        "../x",
        "/x",
        "a/../x",
        ".git/hooks/pre-commit",
        "sub/.GIT/config",
        ".civic/lock.toml",
        ".CIVIC/x",
        "a\\b",
        "",
        "a//b",
    ] {
        let refused = apply(folder.path(), vec![file(path, "x")]);
        assert!(matches!(refused, Err(ApplyError::Path(_))), "{path}: {refused:?}");
    }
    for (one, other) in [("a", "a/b"), ("readme", "README")] {
        let refused = apply(folder.path(), vec![file(one, "x"), file(other, "x")]);
        assert!(matches!(refused, Err(ApplyError::Clash(..))), "{one} {other}");
    }
    assert!(snapshot(folder.path()).is_empty());
}

#[test]
fn two_runs_at_once_are_one_too_many() {
    let folder = project(&[]);
    let first = Project::open(folder.path()).unwrap();
    assert!(matches!(Project::open(folder.path()), Err(ApplyError::Busy(_))));
    drop(first);
    assert!(Project::open(folder.path()).is_ok());
    assert!(snapshot(folder.path()).is_empty());
}

#[test]
fn a_project_that_changed_after_the_plan_is_left_alone() {
    let folder = project(&[]);
    let mut project = Project::open(folder.path()).unwrap();
    let plan = project.plan(&rendering(scaffold()), &Choices::default()).unwrap();
    put(folder.path(), &[("Dockerfile", text("mine\n"))]);
    let before = snapshot(folder.path());
    let refused = project.execute(&plan);
    assert!(matches!(&refused, Err(ApplyError::Changed(paths)) if paths == &["Dockerfile"]), "{refused:?}");
    assert_eq!(snapshot(folder.path()), before);
}
