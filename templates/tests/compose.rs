//! `compose.yaml` and the programs beside it: as people read them, as Compose reads them, and as they run.
#![allow(clippy::expect_used)] // a test that panics has failed, which is the point

#[allow(dead_code)] // other tests need other parts of it
mod project;
mod tools;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use project::project;
use tools::{output, run, written};

const PROJECTS: [&str; 4] = ["meals", "pages", "chat", "ledger"];

#[test]
fn compose_files_are_as_people_would_write_them() {
    for name in PROJECTS {
        insta::assert_snapshot!(format!("{name}-compose"), project(name).text("compose.yaml"));
    }
}

#[test]
fn programs_beside_it_are_as_people_would_write_them() {
    for program in ["make-env", "backup", "restore"] {
        for name in ["meals", "pages"] {
            let text = project(name).text(&format!("civic/{program}"));
            insta::assert_snapshot!(format!("{name}-{program}"), text);
        }
    }
}

#[test]
fn programs_pass_shellcheck() {
    for name in PROJECTS {
        let folder = written(&project(name).files());
        run(
            &folder.path().join("project/civic"),
            "shellcheck",
            &["--severity", "warning", "make-env", "backup", "restore"],
        );
    }
}

#[test]
fn compose_and_its_schema_accept_each_file() {
    for name in PROJECTS {
        let folder = written(&project(name).files());
        let root = folder.path().join("project");
        run(&root, "civic/make-env", &[]);
        run(&root, "docker", &["compose", "--profile", "*", "config", "--quiet"]);
        run(&root, "check-jsonschema", &["--builtin-schema", "vendor.compose-spec", "compose.yaml"]);
    }
}

#[test]
fn without_secrets_compose_says_what_to_run() {
    let folder = written(&project("meals").files());
    let said = output(&folder.path().join("project"), "docker", &["compose", "config", "--quiet"]);
    assert!(!said.status.success());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("run civic/make-env first"), "{said}");
}

/// Compose's own reading of a service's environment. It prints each dollar twice, to be read again.
fn environment(root: &Path, service: &str) -> serde_json::Value {
    let text = run(root, "docker", &["compose", "config", "--format", "json"]).replace("$$", "$");
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    all["services"][service]["environment"].clone()
}

#[test]
fn strings_of_a_project_reach_its_containers_letter_by_letter() {
    let meals = project("meals");
    let folder = written(&meals.files());
    let root = folder.path().join("project");
    run(&root, "civic/make-env", &[]);
    assert_eq!(environment(&root, "web")["GREETING"], meals.manifest.services["web"].env["GREETING"]);
}

#[test]
fn secrets_reach_the_containers_that_asked_for_them() {
    let folder = written(&project("ledger").files());
    let root = folder.path().join("project");
    run(&root, "civic/make-env", &[]);
    let (web, db) = (environment(&root, "web"), environment(&root, "db"));
    let password = db["POSTGRES_PASSWORD"].as_str().expect("a password");
    assert!(password.len() == 48 && password.bytes().all(|byte| byte.is_ascii_hexdigit()), "{password}");
    assert_eq!(web["DATABASE_URL"], format!("postgres://ledger:{password}@db:5432/ledger?a={{b}}$5"));
    assert_eq!(web["GREETING"], r#"it's $5 "today" \ ${HOME} `id` # {{ x }}"#);
    assert!(web.get("POSTGRES_PASSWORD").is_none() && db.get("DATABASE_URL").is_none());
}

#[test]
fn make_env_keeps_what_is_there_and_shows_it_to_nobody() {
    let folder = written(&project("ledger").files());
    let root = folder.path().join("project");
    let env = root.join(".env");
    std::fs::write(&env, "# mine\nexport SIGNING_KEY=old\nPORT=1").expect("a file");
    let said = run(&root, "civic/make-env", &[]);
    let first = std::fs::read_to_string(&env).expect("secrets");
    assert!(first.starts_with("# mine\nexport SIGNING_KEY=old\nPORT=1\n"), "{first}");
    assert_eq!(first.matches("SIGNING_KEY").count(), 1);
    assert_eq!(std::fs::metadata(&env).expect("a file").permissions().mode() & 0o777, 0o600);
    for line in first.lines().skip(3) {
        let (name, value) = line.split_once('=').expect("NAME=value");
        assert!(said.contains(name) && !said.contains(value), "{said}");
    }
    assert!(run(&root, "civic/make-env", &[]).contains("nothing was changed"));
    assert_eq!(std::fs::read_to_string(&env).expect("secrets"), first);
}

#[test]
fn make_env_writes_through_no_link() {
    let folder = written(&project("ledger").files());
    let root = folder.path().join("project");
    std::os::unix::fs::symlink("../elsewhere", root.join(".env")).expect("a link");
    assert!(!output(&root, "civic/make-env", &[]).status.success());
    assert!(!folder.path().join("elsewhere").exists());
}

/// The first block of commands below a heading of the runbook.
fn commands<'a>(runbook: &'a str, heading: &str) -> &'a str {
    let (_, section) = runbook.split_once(&format!("\n## {heading}\n")).expect("the section");
    let (_, block) = section.split_once("```sh\n").expect("a block");
    block.split_once("```").expect("an end").0
}

/// Takes everything away that the project has on the engine.
struct Removed<'a>(&'a Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        let rest: [&[&str]; 3] = [
            &["compose", "run", "--rm", "--entrypoint", "sh", "civic-restic", "-c", "rm -rf /repository/*"],
            &["compose", "--profile", "*", "down", "--volumes", "--timeout", "1"],
            &["image", "rm", "--force", "civic-test-ledger-web"],
        ];
        for arguments in rest {
            output(self.0, "docker", arguments);
        }
    }
}

const DOCKERFILE: &str = "FROM debian:trixie-slim\nRUN install -d -m 0775 /data\n";

#[test]
fn commands_of_the_runbook_start_save_and_restore_the_app() {
    let ledger = project("ledger");
    let folder = written(&ledger.files());
    let root = folder.path().join("project");
    std::fs::write(root.join("Dockerfile"), DOCKERFILE).expect("a Dockerfile");
    let runbook = ledger.text("docs/operations/runbook.md");
    let follow = |heading: &str| run(&root, "sh", &["-euc", commands(&runbook, heading)]);
    let sql = |text: &str| {
        let psql = ["compose", "exec", "-T", "db", "psql", "-U", "ledger", "-Atc", text];
        run(&root, "docker", &psql)
    };
    let in_web = |text: &str| run(&root, "docker", &["compose", "exec", "-T", "web", "sh", "-euc", text]);
    let _removed = Removed(&root);

    let start = commands(&runbook, "Start and stop");
    let start = start.replace("docker compose down", ": docker compose down");
    run(&root, "sh", &["-euc", &start]);
    assert_eq!(in_web("id -u; id -g; cat /data/migrations"), "1000\n0\nmigrated\n");
    sql("CREATE TABLE gifts AS SELECT 'seven loaves' AS gift");
    in_web("umask 077; echo 'seven loaves' >/data/receipt");

    follow("Back up");
    sql("INSERT INTO gifts VALUES ('after the snapshot')");
    assert!(!output(&root, "civic/restore", &[]).status.success(), "restored over a running app");
    run(&root, "docker", &["compose", "down"]);
    assert!(!output(&root, "civic/restore", &[]).status.success(), "restored over data");
    follow("Restore");

    assert_eq!(sql("SELECT gift FROM gifts"), "seven loaves\n");
    assert_eq!(in_web("cat /data/receipt /data/migrations"), "seven loaves\nmigrated\nmigrated\n");
    assert_eq!(run(&root, "docker", &["compose", "exec", "-T", "db", "ls", "/civic/backup"]), "");
}
