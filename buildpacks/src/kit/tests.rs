#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use super::{BuildPlan, Kits};
use crate::detect::{Options, detect};
use crate::rules::Rules;
use crate::tree::{DiskTree, MemoryTree, SourceTree};

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn plan(tree: &dyn SourceTree) -> BuildPlan {
    let found = detect(tree, &Rules::embedded().unwrap(), &Options::default());
    let first =
        found.components.first().unwrap_or_else(|| panic!("nothing in {:?}: {}", tree.paths(), found.reason));
    Kits::embedded().unwrap().plan(&found, first, "web", tree).unwrap()
}

fn of(files: &[(&str, &str)]) -> BuildPlan {
    plan(&MemoryTree::new(files.iter().map(|(path, text)| (*path, *text))))
}

#[test]
fn every_folder_of_templates_is_in_the_program() {
    let kits = Kits::embedded().unwrap();
    let on_disk = fs::read_dir(here())
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("templates/Dockerfile").is_file());
    let missing: Vec<_> =
        on_disk.filter(|entry| kits.kit(&entry.file_name().to_string_lossy()).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_template_that_is_handed_out_is_whole() {
    for (id, kit) in Kits::embedded().unwrap().all() {
        assert!(!kit.dockerfile.contains("{% include"), "{id}");
        assert!(kit.dockerfile.contains("USER "), "{id}");
    }
}

#[test]
fn every_fixture_is_planned_as_people_expect() {
    for stack in fs::read_dir(here()).unwrap().flatten() {
        let Ok(fixtures) = fs::read_dir(stack.path().join("fixtures")) else { continue };
        for fixture in fixtures.flatten() {
            let name =
                format!("{}-{}", stack.file_name().to_string_lossy(), fixture.file_name().to_string_lossy());
            let plan = plan(&DiskTree::open(&fixture.path()).unwrap());
            assert_eq!(plan.stack, stack.file_name().to_string_lossy());
            insta::assert_json_snapshot!(name, plan);
        }
    }
}

#[test]
fn a_folder_of_somebodys_own_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path: PathBuf = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(path, text).unwrap();
    };
    write("node/templates/Dockerfile", "FROM ours\n{% include \"labels\" %}\n");
    write("shared/templates/labels.part", "LABEL ours=true\n");
    write("cobol/templates/Dockerfile", "FROM cobol\n");
    let kits = Kits::with_folder(folder.path()).unwrap();
    assert_eq!(kits.kit("node").unwrap().dockerfile, "FROM ours\nLABEL ours=true\n");
    assert_eq!(kits.kit("cobol").unwrap().dockerfile, "FROM cobol\n");
    assert!(kits.kit("python").unwrap().dockerfile.contains("pip"));
    write("node/templates/Dockerfile", "{% include \"nothing\" %}\n");
    assert!(Kits::with_folder(folder.path()).unwrap_err().to_string().contains("nothing"));
}

#[test]
fn a_manager_and_its_version_are_read_from_the_project() {
    let package = r#"{"scripts": {"start": "next start", "build": "next build", "postinstall": "prisma generate"}, "packageManager": "pnpm@9.1.0+sha512.ab",
        "dependencies": {"next": "15", "react": "19"}, "engines": {"node": ">=20 <23"}}"#;
    let plan = of(&[
        ("package.json", package),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
        ("pages/index.js", ""),
        ("next.config.js", ""),
    ]);
    assert_eq!(plan.manager_version.as_deref(), Some("9.1.0"));
    assert_eq!(plan.start, ["next", "start"]);
    assert_eq!(plan.image, "node:22-trixie-slim");
    assert!(plan.is_locked && plan.traits.contains(&"install-needs-source".to_owned()));
    assert!(plan.needs.tmpfs.contains(&"/app/.next/cache".to_owned()));
}

#[test]
fn a_start_that_needs_what_developers_need_keeps_it() {
    let package = r#"{"scripts": {"start": "ts-node server.ts"}, "dependencies": {"express": "4"}, "devDependencies": {"ts-node": "10"}}"#;
    let plan = of(&[
        ("package.json", package),
        ("server.ts", "express().listen(3000)"),
        ("yarn.lock", "# yarn lockfile v1\n"),
    ]);
    assert_eq!(plan.traits, ["dev-dependencies"]);
    assert_eq!(plan.manager.as_deref(), Some("yarn"));
}

#[test]
fn lists_inside_lists_are_found_and_loose_versions_are_seen() {
    let plan = of(&[
        ("requirements.txt", "-r requirements/base.txt\npsycopg2==2.9.9\n"),
        ("requirements/base.txt", "flask\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("Aptfile", "libfoo\n# no\n:repo:deb http://x\n"),
    ]);
    assert_eq!(plan.manifests, ["requirements.txt", "requirements/base.txt"]);
    assert!(!plan.is_locked);
    assert_eq!(plan.packages, ["libfoo", "libpq5"]);
    assert!(plan.traits.iter().any(|name| name.starts_with("add-gunicorn==")), "{:?}", plan.traits);
}

#[test]
fn odd_paths_never_reach_a_dockerfile() {
    let plan = of(&[
        (
            "package.json",
            r#"{"workspaces": ["a b", "../out", "packages/*"], "scripts": {"start": "node s.js"}, "dependencies": {"express": "4"}}"#,
        ),
        ("a b/package.json", "{}"),
        ("packages/one/package.json", "{}"),
        ("s.js", "express().listen(1)"),
    ]);
    assert_eq!(plan.manifests, ["package.json", "packages/one/package.json"]);
}
