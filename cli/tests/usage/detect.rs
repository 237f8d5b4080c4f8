//! `civic detect`: what volunteers read, what programs read, and what it says when it cannot look.

use std::fs;
use std::path::Path;

use crate::bench::civic;

/// An app of three files, with a trap in each.
fn app(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("Procfile", "web: node web.js\nrelease: npm run reset\n");
    write(
        "package.json",
        r#"{"scripts": {"reset": "sequelize db:drop"}, "dependencies": {"express": "4", "pg": "8", "multer": "1"}, "engines": {"node": "16"}}"#,
    );
    write(
        "web.js",
        "const express = require('express');\nconst app = express();\nconst up = multer({ dest: 'kept/photos' });\napp.get('/healthz', (q, a) => a.send('ok'));\nconnect(process.env.DATABASE_URL);\napp.listen(process.env.PORT || 5000);\n",
    );
    write("README.md", "Add the scheduler:\n\n| `node remind.js` | Daily | 5:30pm |\n");
}

fn said(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    app(folder.path());
    let path = folder.path().to_str().unwrap();
    civic(&[&["detect", path][..], arguments].concat()).succeeded()
}

#[test]
fn a_volunteer_reads_what_the_app_is_and_what_is_dangerous() {
    let said = said(&[]);
    for expected in [
        "kind         app: express in . runs",
        "web          node web.js  (Procfile:1)",
        "by the clock node remind.js, at 30 17 * * *  (README.md:3)",
        "add-on       postgres  (package.json:1)",
        "state        files in kept/photos, durable: uploads are written to this folder  (web.js:3)",
        "health       ask /healthz: ",
        "port from    PORT  (web.js:6)",
        "env          DATABASE_URL, required, secret  (web.js:5)",
        "warning[destructive-command]: Procfile:2: `npm run reset` can destroy data",
        "Why: civic detect --explain.",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
    assert!(!said.contains("release "), "a command that drops tables was taken:\n{said}");
}

#[test]
fn explained_every_fact_has_its_rule() {
    let said = said(&["--explain"]);
    for expected in [
        "because package.json:1: rule node/addon/postgres, medium",
        "stack        .: node (express, web), taken",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
}

#[test]
fn a_program_reads_one_document_of_schema_1() {
    let document: serde_json::Value = serde_json::from_str(&said(&["--json"])).unwrap();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["kind"]["value"], "app");
    assert_eq!(document["processes"][0]["command"]["value"], "node web.js");
    assert_eq!(document["release"], serde_json::Value::Null, "a command that drops tables was taken");
    assert_eq!(document["state_verdict"], "found");
    assert_eq!(document["cron"][0]["schedule"], "30 17 * * *");
}

#[test]
fn nothing_known_is_said_with_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let said = civic(&["detect", folder.path().to_str().unwrap()]).succeeded();
    for expected in
        ["kind         unknown", "do not take it for an app that keeps nothing", "looked for   python:"]
    {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
}

#[test]
fn a_stack_that_is_not_known_is_refused_with_those_that_are() {
    civic(&["detect", "--stack", "cobol"])
        .refused(64, &["there is no stack `cobol`", "Stacks: emergence, php,"]);
}

#[test]
fn a_folder_that_is_not_there_is_refused_with_what_to_do() {
    civic(&["detect", "/nowhere/at/all"]).refused(64, &["/nowhere/at/all", "civic detect PATH"]);
}

#[test]
fn a_file_is_no_project() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Procfile");
    fs::write(&file, "web: node web.js\n").unwrap();
    civic(&["detect", file.to_str().unwrap()]).refused(64, &["civic detect PATH"]);
}

#[test]
fn nothing_is_written_into_the_project() {
    let folder = tempfile::tempdir().unwrap();
    app(folder.path());
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    civic(&["detect", folder.path().to_str().unwrap()]).succeeded();
    assert_eq!(names(), before);
}
