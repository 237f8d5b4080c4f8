//! The first `civic init` on the four usual kinds of project, a second one, and the way back.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::project::App;

fn every() -> [(&'static str, App); 4] {
    [("node", App::node()), ("python", App::python()), ("site", App::site()), ("worker", App::worker())]
}

#[test]
fn a_volunteer_reads_what_was_found_and_written() {
    for (name, app) in every() {
        let said = app.init(&[]);
        insta::assert_snapshot!(format!("summary_{name}"), said);
    }
}

#[test]
fn what_is_written_is_valid_and_checks_without_an_error() {
    for (name, app) in every() {
        app.init(&[]);
        assert_eq!(app.manifest().app.name, "meals");
        assert_eq!(app.errors(), Vec::<Value>::new(), "{name}");
    }
}

#[test]
fn each_kind_of_project_gets_what_it_needs() {
    let services = |app: &App| {
        app.init(&[]);
        app.manifest().services.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(services(&App::node()), ["db", "web"]);
    assert_eq!(services(&App::python()), ["web"]);
    assert_eq!(services(&App::site()), ["web"]);
    let worker = App::worker();
    assert_eq!(services(&worker), ["db", "web", "worker"]);
    let jobs = worker.manifest().jobs;
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["remind"]);
    let python = App::python();
    python.init(&[]);
    assert!(python.manifest().volumes.values().any(|volume| volume.path == "/data/sqlite"));
}

#[test]
fn a_second_run_and_an_update_change_no_byte_no_time_and_no_mode() {
    for (name, app) in every() {
        app.init(&[]);
        let before = app.tree();
        for again in
            [&["init", "--yes"][..], &["update"], &["init", "--yes", "--json"], &["update", "--json"]]
        {
            app.civic(again).succeeded();
            assert_eq!(app.tree(), before, "{name}: {again:?}");
        }
        assert!(app.civic(&["update"]).succeeded().contains("Nothing to write"), "{name}");
    }
}

#[test]
fn undo_gives_the_project_back_byte_for_byte() {
    for (name, app) in every() {
        app.write(".gitignore", "node_modules\n");
        app.write(".dockerignore", "*.log");
        app.chmod(".gitignore", 0o640);
        app.chmod(".dockerignore", 0o755);
        fs::create_dir_all(app.path("docs/empty")).unwrap();
        fs::create_dir(app.path("deploy")).unwrap();
        app.chmod("deploy", 0o2770);
        symlink("../README.md", app.path("docs/start")).unwrap();
        symlink("nowhere", app.path("dangling")).unwrap();
        let before = app.content();
        app.init(&[]);
        assert_ne!(app.content(), before, "{name}");
        let said = app.civic(&["init", "--undo"]).succeeded();
        assert!(said.contains("as it was before"), "{said}");
        assert_eq!(app.content(), before, "{name}");
        app.refuses(&["init", "--undo"], 4, &["nothing to undo"]);
    }
}

#[test]
fn undo_refuses_what_was_changed_since_and_keeps_it_when_told_so() {
    let app = App::node();
    let before = app.content();
    app.init(&[]);
    app.write("Dockerfile", "FROM mine\n");
    app.refuses(&["init", "--undo"], 4, &["Dockerfile", "civic init --undo --keep"]);
    let said = app.civic(&["init", "--undo", "--keep"]).succeeded();
    assert!(said.contains("left as they are: Dockerfile"), "{said}");
    fs::remove_file(app.path("Dockerfile")).unwrap();
    assert_eq!(app.content(), before);
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would_write() {
    for (name, app) in every() {
        let before = (app.tree(), super::project::tree(app.outside()).len());
        let said = app.civic(&["init", "--dry-run"]).succeeded();
        assert!(said.contains("Would write\n") && said.contains("Nothing was written"), "{said}");
        let document: Value =
            serde_json::from_str(&app.civic(&["init", "--dry-run", "--json"]).succeeded()).unwrap();
        assert_eq!((&document["schema"], &document["plan"]["schema"]), (&1.into(), &1.into()));
        assert_eq!((app.tree(), super::project::tree(app.outside()).len()), before, "{name}");
        let planned: Vec<&str> = document["plan"]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["path"].as_str().unwrap())
            .collect();
        app.init(&[]);
        for path in planned {
            assert!(app.path(path).is_file(), "{name}: {path} was announced and not written");
        }
    }
}

#[test]
fn a_program_reads_one_document() {
    let app = App::node();
    let ended = app.civic(&["init", "--json"]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert_eq!(document["schema"], 1);
    assert_eq!(document["detection"]["kind"]["value"], "app");
    let steps = document["plan"]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["action"] == "create" && step["class"] == "new"), "{steps:#?}");
    assert!(steps.iter().any(|step| step["path"] == "civic.toml"));
    assert_eq!(app.manifest().app.name, "meals");
}

#[test]
fn only_the_parts_that_were_asked_for_are_written_now_and_later() {
    let app = App::node();
    app.init(&["--only", "docker,compose"]);
    for there in ["civic.toml", "Dockerfile", ".dockerignore", "compose.yaml", "civic/hooks/postgres"] {
        assert!(app.path(there).exists(), "{there}");
    }
    for absent in ["deploy", "habitat", ".github", "docs"] {
        assert!(!app.path(absent).exists(), "{absent}");
    }
    app.civic(&["update"]).succeeded();
    assert!(!app.path("deploy").exists(), "an update remembers what was asked for");
    app.init(&["--only", "kubernetes"]);
    assert!(app.path("deploy/base").exists() && !app.path("Dockerfile").exists());
}

#[test]
fn the_maintainer_and_the_stack_can_be_given() {
    let app = App::node();
    app.init(&["--maintainer", "Meals team <meals@example.org>", "--stack", "node"]);
    assert_eq!(app.manifest().app.maintainers, ["Meals team <meals@example.org>"]);
    app.civic(&["update"]).succeeded();
    assert_eq!(app.manifest().app.maintainers, ["Meals team <meals@example.org>"]);
}

#[test]
fn programs_are_executable_and_other_files_are_not() {
    let app = App::python();
    app.init(&[]);
    for (path, (is, mode)) in app.content() {
        if let super::project::Is::File(bytes) = is
            && !path.starts_with(".civic/")
        {
            let is_program = bytes.starts_with(b"#!");
            assert_eq!(mode & 0o111 != 0, is_program, "{path} has mode {mode:o}");
        }
    }
}

#[test]
fn without_a_user_and_with_an_empty_environment_it_works() {
    let app = App::node();
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("civic"));
    command.current_dir(app.root()).env_clear().args(["init", "--yes"]);
    crate::bench::ended(&mut command).succeeded();
    assert_eq!(app.manifest().app.name, "meals");
}

#[test]
fn an_app_that_keeps_everything_in_redis_can_be_certified_too() {
    let app = App::of(&[
        (
            "package.json",
            r#"{"name": "brain", "engines": {"node": "24"}, "scripts": {"start": "node web.js"}, "dependencies": {"express": "5.1.0", "hubot-redis-brain": "2", "redis": "5"}}"#,
        ),
        (
            "web.js",
            "const app = require('express')();\nconst store = require('redis').createClient({ url: process.env.REDIS_URL });\napp.listen(process.env.PORT);\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  web:\n    build: .\n  redis:\n    image: redis:8\n    volumes: ['kept:/data']\nvolumes:\n  kept:\n",
        ),
    ]);
    app.init(&[]);
    assert_eq!(app.errors(), Vec::<Value>::new());
    app.civic(&["certify", "--plan"]).succeeded();
}

#[test]
fn a_variable_of_the_port_with_a_name_of_its_own_is_set_once() {
    let app = App::node();
    app.change("web.js", "process.env.PORT || 3000", "process.env.API_PORT || 3100");
    app.write(".env.example", "API_PORT=3100\n");
    app.init(&[]);
    assert_eq!(app.manifest().services["web"].port, Some(3100));
    assert_eq!(app.manifest().services["web"].env["API_PORT"], "3100");
}

#[test]
fn a_command_with_quoted_brackets_needs_no_shell() {
    let app = App::python();
    app.write("Procfile", "web: gunicorn \"app:make()\"\nworker: python -c \"work()\"\n");
    app.init(&[]);
    assert_eq!(app.errors(), Vec::<Value>::new());
}

#[test]
fn a_message_broker_has_its_folder_named() {
    let app = App::worker();
    app.write("docker-compose.yml", "services:\n  queue:\n    image: rabbitmq:4\n");
    app.init(&[]);
    assert!(app.manifest().services.contains_key("rabbitmq"));
    assert_eq!(app.errors(), Vec::<Value>::new());
}

#[test]
fn what_a_run_can_be_planned_for_is_planned_right_after_an_init() {
    for (name, app) in every() {
        app.init(&[]);
        assert!(app.civic(&["certify", "--plan"]).code == 0, "{name}");
    }
}
