//! `civic update`: what a person changed stays, what civic has anew comes in, and a contradiction is a person's.

use std::fs;

use serde_json::Value;

use super::project::App;

/// A project of which civic is to write another Dockerfile at the next run.
fn with_another_version(app: &App) {
    app.change("package.json", "\"node\": \"24\"", "\"node\": \"22\"");
}

#[test]
fn a_port_in_the_manifest_reaches_every_file() {
    let app = App::node();
    app.init(&[]);
    let text = app
        .read("civic.toml")
        .replace("port = 3000", "port = 4300")
        .replace("PORT = \"3000\"", "PORT = \"4300\"");
    app.write("civic.toml", &text);
    app.civic(&["update"]).succeeded();
    assert_eq!(app.read("civic.toml"), text);
    for path in [
        "compose.yaml",
        "deploy/base/services/web.yaml",
        "habitat/web/default.toml",
        "docs/operations/runbook.md",
    ] {
        let text = app.read(path);
        assert!(text.contains("4300") && !text.contains("3000"), "{path}:\n{text}");
    }
    assert_eq!(app.errors(), Vec::<Value>::new());
    let before = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), before);
}

#[test]
fn comments_and_order_of_the_manifest_survive() {
    let app = App::node();
    app.init(&[]);
    let text = app.read("civic.toml").replace("[tolerance]", "# Agreed on in March.\n[tolerance]");
    let text = text.replace("downtime = \"4h\"", "downtime   =   \"30m\" # promised");
    app.write("civic.toml", &text);
    app.write("Procfile", "web: node web.js\nworker: node worker.js\n");
    app.write("worker.js", "require('pg');\n");
    app.civic(&["update"]).succeeded();
    let after = app.read("civic.toml");
    assert!(
        after.contains("# Agreed on in March.") && after.contains("downtime   =   \"30m\" # promised"),
        "{after}"
    );
    assert!(app.manifest().services.contains_key("worker"), "{after}");
}

#[test]
fn changes_of_both_sides_in_different_places_are_merged() {
    let app = App::node();
    app.init(&[]);
    let mine = app.read("Dockerfile") + "\n# ours: the county's proxy\nENV COUNTY=1\n";
    app.write("Dockerfile", &mine);
    app.chmod("Dockerfile", 0o640);
    with_another_version(&app);
    let said = app.civic(&["update"]).succeeded();
    let text = app.read("Dockerfile");
    assert!(
        text.contains("node:22") && !text.contains("node:24") && text.ends_with("ENV COUNTY=1\n"),
        "{text}"
    );
    assert!(said.contains("Merged with your changes\n  Dockerfile"), "{said}");
    assert_eq!(app.tree()["Dockerfile"].mode, 0o640);
}

/// A project in which a person and civic both changed the base image.
fn in_conflict() -> (App, String) {
    let app = App::node();
    app.init(&[]);
    let mine = app.read("Dockerfile").replace("node:24", "registry.example.org/county-node:24");
    app.write("Dockerfile", &mine);
    with_another_version(&app);
    (app, mine)
}

#[test]
fn a_conflict_needs_a_person_and_the_persons_file_stays() {
    let (app, mine) = in_conflict();
    let ended = app.civic(&["update"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(app.read("Dockerfile"), mine);
    let offer = app.read(".civic/offers/Dockerfile");
    assert!(
        offer.contains("<<<<<<<") && offer.contains("county-node:24") && offer.contains("node:22"),
        "{offer}"
    );
    for words in
        ["Dockerfile: you and civic both changed", ".civic/offers/Dockerfile", "civic update --resolved"]
    {
        assert!(ended.out.contains(words), "{}", ended.out);
    }
    let again = app.tree();
    assert_eq!(app.civic(&["update"]).code, 4, "it stays open");
    assert_eq!(app.tree(), again, "and nothing is written twice");
}

#[test]
fn a_conflict_ends_when_a_person_says_so() {
    let (app, mine) = in_conflict();
    assert_eq!(app.civic(&["update"]).code, 4);
    app.civic(&["update", "--resolved", "Dockerfile"]).succeeded();
    assert_eq!(app.read("Dockerfile"), mine);
    assert!(!app.path(".civic/offers/Dockerfile").exists());
    let settled = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), settled);
}

#[test]
fn an_offer_that_is_moved_over_the_file_ends_the_conflict() {
    let (app, mine) = in_conflict();
    assert_eq!(app.civic(&["update"]).code, 4);
    fs::remove_file(app.path(".civic/offers/Dockerfile")).unwrap();
    app.write("Dockerfile", mine.replace("county-node:24", "county-node:22"));
    app.civic(&["update"]).succeeded();
    assert!(app.read("Dockerfile").contains("county-node:22"));
}

#[test]
fn an_update_can_be_taken_back_too() {
    let app = App::node();
    app.init(&[]);
    let before = app.content();
    with_another_version(&app);
    app.civic(&["update"]).succeeded();
    app.civic(&["init", "--undo"]).succeeded();
    app.change("package.json", "\"node\": \"22\"", "\"node\": \"24\"");
    let after = app.content();
    let own = |path: &&String| !path.starts_with(".civic/journal");
    assert_eq!(before.keys().filter(own).collect::<Vec<_>>(), after.keys().filter(own).collect::<Vec<_>>());
    assert!(before.iter().filter(|(path, _)| own(path)).all(|(path, entry)| after[path] == *entry));
}

#[test]
fn a_deleted_file_stays_deleted_until_it_is_wanted_again() {
    let app = App::node();
    app.init(&[]);
    let text = app.read("compose.yaml");
    fs::remove_file(app.path("compose.yaml")).unwrap();
    let said = app.civic(&["update"]).succeeded();
    assert!(!app.path("compose.yaml").exists());
    assert!(said.contains("civic update --restore compose.yaml"), "{said}");
    app.init(&[]);
    assert!(!app.path("compose.yaml").exists(), "an init is no other");
    app.civic(&["update", "--restore", "compose.yaml"]).succeeded();
    assert_eq!(app.read("compose.yaml"), text);
}

#[test]
fn a_file_that_civic_does_not_know_can_neither_be_settled_nor_restored() {
    let app = App::node();
    app.init(&[]);
    app.refuses(&["update", "--resolved", "Dockerfil"], 64, &["Dockerfil", "Dockerfile"]);
    app.refuses(&["update", "--restore", "../../etc/passwd"], 64, &["../../etc/passwd"]);
}

#[test]
fn what_a_person_added_to_an_unchanged_project_is_not_touched() {
    let app = App::node();
    app.init(&[]);
    app.write("deploy/base/ours.yaml", "a: b\n");
    app.write("Dockerfile", "FROM scratch\n");
    let before = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_dry_run_of_an_update_writes_nothing() {
    let app = App::node();
    app.init(&[]);
    with_another_version(&app);
    let before = app.tree();
    let said = app.civic(&["update", "--dry-run"]).succeeded();
    assert!(said.contains("Would change\n") && said.contains("To write it: civic update"), "{said}");
    let document: Value =
        serde_json::from_str(&app.civic(&["update", "--dry-run", "--json"]).succeeded()).unwrap();
    let steps = document["plan"]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["path"] == "Dockerfile" && step["action"] == "replace"));
    assert_eq!(app.tree(), before);
}

#[test]
fn a_list_that_civic_added_lines_to_still_tells_what_the_app_keeps() {
    let app = App::node();
    app.write(".gitignore", "node_modules/\n.env\nuploads/\n!uploads/.keep\n");
    app.init(&[]);
    assert!(
        app.manifest().volumes.values().any(|volume| volume.path.ends_with("/uploads")),
        "{}",
        app.read("civic.toml")
    );
    let before = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), before, "the volume went, or a line has another number");
}
