//! Files that detection reads, with every content that a parser may not expect.

use std::fs::File;
use std::time::{Duration, Instant};

use super::project::App;

const READ: [&str; 8] = [
    "package.json",
    "Procfile",
    "app.json",
    "docker-compose.yml",
    "Dockerfile",
    "pyproject.toml",
    ".env.example",
    "README.md",
];

/// A whole tree or a reason, within a minute, and no panic.
#[track_caller]
fn ends_well(app: &App, what: &str) {
    let before = app.tree();
    let started = Instant::now();
    let ended = app.civic(&["init", "--yes"]);
    assert!(started.elapsed() < Duration::from_secs(60), "{what}");
    assert!(!ended.err.contains("panicked"), "{what}: {ended:?}");
    match ended.code {
        0 => assert_eq!(app.civic(&["update"]).code, 0, "{what}"),
        4 => assert!(app.tree() == before && ended.err.contains("error: "), "{what}: {ended:?}"),
        _ => panic!("{what}: {ended:?}"),
    }
}

fn each(content: impl Fn(&str) -> Vec<u8>, what: &str) {
    for path in READ {
        let app = App::node();
        app.write(path, content(path));
        ends_well(&app, &format!("{path} {what}"));
    }
}

#[test]
fn empty() {
    each(|_| Vec::new(), "empty");
}

#[test]
fn binary() {
    each(|_| (0..=255).cycle().take(70_000).collect(), "binary");
    each(|_| b"\xff\xfew\0e\0b\0".to_vec(), "UTF-16");
}

#[test]
fn cut_off_in_the_middle() {
    let whole = |path: &str| match path {
        "package.json" | "app.json" => r#"{"scripts": {"start": "node we"#,
        "docker-compose.yml" => "services:\n  web:\n    image: \"nod",
        "Dockerfile" => "FROM node:24 AS build\nRUN a && \\",
        "pyproject.toml" => "[project]\nname = \"a",
        _ => "web: node \"we",
    };
    each(|path| whole(path).into(), "cut off");
}

#[test]
fn of_another_type_than_expected() {
    let odd = |path: &str| match path {
        "package.json" => {
            r#"{"name": 7, "scripts": [], "dependencies": "express", "engines": "24", "workspaces": {"a": 1}, "description": {}}"#
        }
        "app.json" => {
            r#"{"env": ["A"], "addons": {"a": 1}, "formation": 3, "scripts": "x", "buildpacks": {}}"#
        }
        "docker-compose.yml" => "services: [a, b]\nvolumes: 3\n",
        "pyproject.toml" => "project = 3\ntool = []\n",
        _ => "= = =\n: : :\n",
    };
    each(|path| odd(path).into(), "of another type");
    each(|_| b"null".to_vec(), "null");
    each(|_| b"[[[1]]]".to_vec(), "lists");
}

#[test]
fn nested_deeper_than_a_stack_bears() {
    let deep = |path: &str| match path {
        "docker-compose.yml" => format!("services: {}{}", "{a: ".repeat(20_000), "}".repeat(20_000)),
        "pyproject.toml" => format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000)),
        "Dockerfile" => format!("FROM a\n{}", "RUN a \\\n".repeat(50_000)),
        _ => format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
    };
    each(|path| deep(path).into_bytes(), "nested");
}

#[test]
fn a_compose_file_whose_aliases_grow_without_end() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", ")));
    }
    text.push_str("services:\n  web:\n    image: *a11\n");
    let app = App::node();
    app.write("docker-compose.yml", text);
    ends_well(&app, "aliases");
}

#[test]
fn a_hundred_megabytes() {
    for path in READ {
        let app = App::node();
        // A file with a hole: as long as the real thing for who reads it, and nothing on the disk.
        File::options().create(true).append(true).open(app.path(path)).unwrap().set_len(100 << 20).unwrap();
        ends_well_without_copies(&app, path);
    }
}

#[track_caller]
fn ends_well_without_copies(app: &App, what: &str) {
    let started = Instant::now();
    let ended = app.civic(&["init", "--yes"]);
    assert!(started.elapsed() < Duration::from_secs(60), "{what}");
    assert!(matches!(ended.code, 0 | 4) && !ended.err.contains("panicked"), "{what}: {ended:?}");
}

#[test]
fn long_lines_and_many_of_them() {
    each(|_| b"web: ".iter().copied().chain(std::iter::repeat_n(b'a', 900_000)).collect(), "one long line");
    each(|_| "A=b\n".repeat(200_000).into_bytes(), "many lines");
}
