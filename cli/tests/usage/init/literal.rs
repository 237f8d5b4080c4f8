//! Text of strangers with meaning to a shell, to YAML, TOML, Docker, Compose, Habitat or a workflow: it stays text.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::project::{App, Is};

/// Each leaves a file named `traced` behind where a shell reads it, or breaks out of quotes.
const ODD: &str = r#"$(touch traced) `touch traced` ${HOME} "quoted' ; touch traced # {{ x }} {% x %} ${{ secrets.X }} \n \"#;

/// A project that has the odd text wherever a text is taken from.
fn app() -> App {
    let app = App::node();
    app.write(
        "package.json",
        json!({
            "name": "meals", "description": ODD, "license": "MIT", "engines": {"node": "24"},
            "scripts": {"start": "node web.js"}, "dependencies": {"express": "5.1.0", "pg": "8.16.0"},
        })
        .to_string(),
    );
    app.write("README.md", format!("# {ODD}\n\nWords {ODD}\n"));
    let env = json!({
        "GREETING": {"description": ODD, "value": ODD, "required": true},
        "SESSION_SECRET": {"description": ODD, "generator": "secret"},
    });
    app.write("app.json", json!({"name": ODD, "description": ODD, "env": env}).to_string());
    app.change(
        "web.js",
        "const app",
        "process.env.GREETING.length; process.env.SESSION_SECRET.length;\nconst app",
    );
    app
}

#[test]
fn a_manifest_with_odd_texts_is_valid_and_has_them_unchanged() {
    let app = app();
    app.init(&[]);
    let manifest = app.manifest();
    assert_eq!(manifest.services["web"].env["GREETING"], ODD);
    assert_eq!(app.errors(), Vec::<Value>::new());
}

/// A value that a YAML file must hold as it is, or with `$` doubled where Compose takes it off again.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(held) => held == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(items) => items.values().any(|item| holds(item, text)),
        _ => false,
    }
}

#[test]
fn every_file_is_still_what_it_is_and_holds_the_text_as_a_value() {
    let app = app();
    let before = app.content();
    app.init(&[]);
    let mut seen = 0;
    for (path, (is, _)) in app
        .content()
        .into_iter()
        .filter(|(path, _)| !before.contains_key(path) && !path.starts_with(".civic/"))
    {
        let Is::File(bytes) = is else { continue };
        let text = String::from_utf8(bytes).unwrap();
        match path.rsplit('.').next().unwrap() {
            "yaml" | "yml" => {
                for document in yaml(&text, &path) {
                    if path == "compose.yaml" {
                        assert!(holds(&document, &ODD.replace('$', "$$")), "{path}:\n{text}");
                    }
                }
            }
            "json" => drop(
                serde_json::from_str::<Value>(&text)
                    .unwrap_or_else(|error| panic!("{path}: {error}\n{text}")),
            ),
            "toml" => drop(
                text.parse::<toml_edit::DocumentMut>()
                    .unwrap_or_else(|error| panic!("{path}: {error}\n{text}")),
            ),
            _ => {}
        }
        seen += 1;
        if path.starts_with(".github/") {
            assert!(!text.contains("secrets.X"), "{path}:\n{text}");
        }
    }
    assert!(seen > 30);
}

/// Documents of a YAML text.
fn yaml(text: &str, path: &str) -> Vec<Value> {
    let documents = serde_saphyr::from_multiple::<Value>(text);
    documents.unwrap_or_else(|error| panic!("{path}: {error}\n{text}"))
}

/// Every program that civic wrote, with programs that do nothing in the place of all others.
fn run_all(app: &App) {
    let stubs = app.outside().join("stubs");
    fs::create_dir(&stubs).unwrap();
    for name in [
        "docker",
        "kubectl",
        "restic",
        "node",
        "npm",
        "curl",
        "wget",
        "psql",
        "pg_dump",
        "pg_isready",
        "sqlite3",
        "hab",
        "openssl",
        "sleep",
        "fix-permissions",
        "mysql",
        "mariadb",
        "redis-cli",
        "jq",
        "date",
        "id",
        "gunicorn",
        "touched",
    ] {
        fs::write(stubs.join(name), "#!/bin/sh\nexit 0\n").unwrap();
        fs::set_permissions(stubs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", stubs.display(), std::env::var("PATH").unwrap());
    for (name, (is, _)) in app.content() {
        let Is::File(bytes) = is else { continue };
        let is_shell = bytes.starts_with(b"#!") || name.ends_with(".sh");
        if !is_shell || name.starts_with(".civic/") || name.contains("civic/hooks/") {
            continue;
        }
        let shell = if String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().contains("bash")
            || name.ends_with("plan.sh")
        {
            "bash"
        } else {
            "sh"
        };
        let file: PathBuf = app.path(&name);
        let syntax = Command::new(shell).arg("-n").arg(&file).output().unwrap();
        assert!(syntax.status.success(), "{name}: {}", String::from_utf8_lossy(&syntax.stderr));
        let mut command = Command::new("timeout");
        command.args(["-k", "1", "10", shell]).arg(&file).current_dir(app.outside()).env_clear();
        command.env("PATH", &path).env("HOME", app.outside()).output().unwrap();
    }
}

#[test]
fn no_program_that_is_written_runs_the_text() {
    let app = app();
    app.init(&[]);
    let before: Vec<String> = app.content().into_keys().filter(|path| path.contains("traced")).collect();
    assert_eq!(before, Vec::<String>::new());
    run_all(&app);
    let all = super::project::tree(app.outside());
    assert!(all.keys().all(|path| !path.ends_with("traced")), "{:?}", all.keys().collect::<Vec<_>>());
}

#[test]
fn the_command_of_a_procfile_is_one_command_in_every_file() {
    let app = App::worker();
    let odd = r#"node worker.js --say "a b" 'c {{ d }}' ${{ secrets.X }}"#;
    app.write("Procfile", format!("web: node web.js\nworker: {odd}\n"));
    app.init(&[]);
    let command = app.manifest().services["worker"].command.clone().unwrap();
    assert!(
        command.last().is_some_and(|last| last.contains("'c {{ d }}'") && last.contains("${{ secrets.X }}")),
        "{command:?}"
    );
    let last = command.last().unwrap();
    let compose = yaml(&app.read("compose.yaml"), "compose.yaml");
    assert!(holds(&compose[0], &last.replace('$', "$$")), "{}", app.read("compose.yaml"));
    let kubernetes = yaml(&app.read("deploy/base/services/worker.yaml"), "worker.yaml");
    // Kubernetes fills in $(NAME) only, which this text has none of.
    assert!(
        kubernetes.iter().any(|document| holds(document, last)),
        "{}",
        app.read("deploy/base/services/worker.yaml")
    );
    assert!(!app.read(".github/workflows/civic.yml").contains("secrets.X"));
    run_all(&app);
}

#[test]
fn names_with_lines_and_marks_in_them_become_one_plain_line() {
    let app = App::node();
    app.write("package.json", r#"{"name": "a\nUSER root\u001b[31m", "description": "x\nRUN touch traced\r\n- evil: yes", "dependencies": {"express": "5"}, "scripts": {"start": "node web.js"}}"#);
    fs::remove_file(app.path("README.md")).unwrap();
    app.init(&[]);
    assert_eq!(app.errors(), Vec::<Value>::new());
    for (path, (is, _)) in app.content() {
        if let Is::File(bytes) = is
            && path != "package.json"
        {
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains('\u{1b}')
                    && !text
                        .lines()
                        .any(|line| line.starts_with("RUN touch traced") || line.starts_with("- evil")),
                "{path}"
            );
        }
    }
}
