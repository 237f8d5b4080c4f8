//! Links, and things that stand in the way.

use std::path::PathBuf;

use civic_templates::apply::{ApplyError, Choices, Obstacle, Since};

use crate::ground::*;

/// A project of these nodes beside a folder `elsewhere`, which nothing may touch.
fn beside(nodes: &[(&str, Node)]) -> tempfile::TempDir {
    let folder = project(&[("elsewhere/precious", text("precious\n")), ("app/README.md", text("app\n"))]);
    put(&folder.path().join("app"), nodes);
    folder
}

fn link(target: &str) -> Node {
    Node::Link(PathBuf::from(target))
}

fn refused(nodes: &[(&str, Node)], files: &[&str]) -> Vec<Option<Obstacle>> {
    let folder = beside(nodes);
    let before = snapshot(folder.path());
    let files = files.iter().map(|path| file(path, "rendered\n")).collect();
    let result = apply(&folder.path().join("app"), files);
    assert_eq!(snapshot(folder.path()), before);
    match result {
        Err(ApplyError::Blocked(steps)) => steps.into_iter().map(|step| step.obstacle).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_link_is_followed_wherever_it_leads() {
    for target in ["../elsewhere", "/nowhere/at/all", ".", "..", "deploy"] {
        let at = |path: &str| vec![Some(Obstacle::Link(path.to_owned()))];
        assert_eq!(refused(&[("deploy", link(target))], &["deploy/app.yaml"]), at("deploy"), "{target}");
        assert_eq!(
            refused(&[("civic/hooks", link(target))], &["civic/hooks/x"]),
            at("civic/hooks"),
            "{target}"
        );
        assert_eq!(refused(&[("Dockerfile", link(target))], &["Dockerfile"]), at("Dockerfile"), "{target}");
    }
    let precious = refused(&[("a", link("../elsewhere/precious"))], &["a"]);
    assert_eq!(precious, [Some(Obstacle::Link("a".to_owned()))]);
}

#[test]
fn civics_own_folder_is_no_way_out_either() {
    let elsewhere = || link("../elsewhere");
    let blocked = refused(&[(".civic", elsewhere())], &["x"]);
    assert!(!blocked.is_empty());
    assert!(
        blocked.iter().all(|obstacle| *obstacle == Some(Obstacle::Link(".civic".to_owned()))),
        "{blocked:?}"
    );
    for inside in
        [".civic/journal", ".civic/base", ".civic/lock.toml", ".civic/journal/next", ".civic/base/x"]
    {
        let blocked = refused(&[(inside, link("../../elsewhere"))], &["x"]);
        assert!(blocked.contains(&Some(Obstacle::Link(inside.to_owned()))), "{inside}: {blocked:?}");
    }
}

#[test]
fn all_obstacles_are_shown_at_once() {
    let nodes = [
        ("deploy", text("x")),
        ("Dockerfile", Node::Folder(0o755)),
        ("docs", link("../elsewhere")),
        ("ok", text("mine\n")),
    ];
    let mut blocked = refused(&nodes, &["deploy/a/b.yaml", "Dockerfile", "docs/x.md", "ok", "new"]);
    blocked.sort_by_key(|obstacle| format!("{obstacle:?}"));
    let wanted = [
        Obstacle::Link("docs".to_owned()),
        Obstacle::NotAFile("Dockerfile".to_owned()),
        Obstacle::NotAFolder("deploy".to_owned()),
    ];
    assert_eq!(blocked, wanted.map(Some));
}

#[test]
fn a_pipe_is_no_file() {
    let folder = beside(&[]);
    let pipe = folder.path().join("app/pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o644)).unwrap();
    let result = apply(&folder.path().join("app"), vec![file("pipe", "x")]);
    assert!(
        matches!(result, Err(ApplyError::Blocked(steps)) if steps[0].obstacle == Some(Obstacle::NotAFile("pipe".to_owned())))
    );
}

#[test]
fn another_file_system_is_not_written_to() {
    let project = open(std::path::Path::new("/")).unwrap();
    let plan = project.plan(&rendering(vec![file("dev/civic-test", "x\n")]), &Choices::default()).unwrap();
    let found: Vec<_> = plan.blocked().filter(|step| step.path == "dev/civic-test").collect();
    assert_eq!(
        found.iter().map(|step| step.obstacle.clone()).collect::<Vec<_>>(),
        [Some(Obstacle::OtherDisk("dev".to_owned()))]
    );
}

#[test]
fn a_link_that_comes_after_the_plan_stops_everything() {
    for (gone, path) in [("deploy", "deploy/app.yaml"), ("app.yaml", "app.yaml")] {
        let folder = beside(&[]);
        let root = folder.path().join("app");
        let mut project = open(&root).unwrap();
        let plan =
            project.plan(&rendering(vec![file("a", "x\n"), file(path, "x\n")]), &Choices::default()).unwrap();
        put(&root, &[(gone, link("../elsewhere"))]);
        let before = snapshot(folder.path());
        assert!(matches!(project.execute(&plan), Err(ApplyError::Changed(_))));
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn undo_and_removal_follow_no_link_either() {
    let folder = beside(&[]);
    let root = folder.path().join("app");
    apply(&root, vec![file("deploy/precious", "precious\n"), file("x", "x\n")]).unwrap();
    std::fs::rename(root.join("deploy"), root.join("moved")).unwrap();
    put(&root, &[("deploy", link("../elsewhere"))]);
    let before = snapshot(&folder.path().join("elsewhere"));
    let refused = open(&root).unwrap().undo(Since::Refuse);
    assert!(
        matches!(&refused, Err(ApplyError::Changed(paths)) if paths.contains(&"deploy/precious".to_owned())),
        "{refused:?}"
    );
    let plan = apply(&root, vec![file("x", "x\n")]).unwrap();
    insta::assert_snapshot!(summary(&plan), @r"
    deploy/precious obsolete keep
    x identical keep
    ");
    open(&root).unwrap().undo(Since::Keep).unwrap();
    assert_eq!(snapshot(&folder.path().join("elsewhere")), before);
    assert_eq!(snapshot(&root).get(&PathBuf::from("deploy")), Some(&link("../elsewhere")));
}
