//! The rules as a whole, and strange folders.

use civic_buildpacks::detection::{HealthKind, Kind};
use civic_buildpacks::tree::{DiskTree, MemoryTree};
use civic_buildpacks::{Options, Rules, detect};

use crate::look::{SERVER, look};

#[test]
fn every_rule_that_came_along_can_be_read() {
    let rules = Rules::embedded().unwrap();
    let stacks: Vec<&str> = rules.stacks().collect();
    let order = [
        "emergence",
        "php",
        "go",
        "java",
        "rust",
        "ruby",
        "elixir",
        "python",
        "deno",
        "dotnet",
        "node",
        "r",
        "static",
    ];
    assert_eq!(stacks, order);
}

#[test]
fn a_stack_can_be_asked_for() {
    let tree = MemoryTree::new([
        ("package.json", r#"{"dependencies": {"express": "4"}, "scripts": {"start": "node a.js"}}"#),
        ("a.js", SERVER),
        ("requirements.txt", "flask"),
        ("app.py", "app = Flask(__name__)"),
    ]);
    let options = Options { stack: Some("node".into()), ..Options::default() };
    assert_eq!(detect(&tree, &Rules::embedded().unwrap(), &options).components[0].stack, "node");
}

#[test]
fn no_secret_is_repeated() {
    let found = look(&[
        ("package.json", r#"{"dependencies": {"express": "4"}, "scripts": {"start": "node a.js"}}"#),
        ("a.js", SERVER),
        (".env", "API_SECRET=hunter2hunter2\n"),
        (".env.example", "API_SECRET=hunter2hunter2\nLINK=postgres://me:hunter2hunter2@db/x\n"),
    ]);
    assert!(!serde_json::to_string(&found).unwrap().contains("hunter2"));
    assert!(found.warnings.iter().any(|warning| warning.id == "committed-credential"));
}

#[cfg(unix)]
#[test]
fn a_strange_folder_is_looked_at_without_leaving_it() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("Procfile"), "web: node stolen.js\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink(outside.path().join("Procfile"), at("Procfile")).unwrap();
    symlink(outside.path(), at("out")).unwrap();
    symlink("nowhere", at("package.json")).unwrap();
    symlink(".", at("loop")).unwrap();
    std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::fs::write(at("composer.json"), vec![0_u8; 4 << 20]).unwrap();
    std::fs::write(at("app.json"), b"\xff\xfe{\x00").unwrap();
    std::fs::write(at("a name {with} spaces\nand lines.py"), "x").unwrap();
    let found =
        detect(&DiskTree::open(folder.path()).unwrap(), &Rules::embedded().unwrap(), &Options::default());
    assert!(found.processes.is_empty());
    assert!(found.warnings.iter().any(|warning| warning.text.contains("leads out of the project")));
    assert!(found.warnings.iter().any(|warning| warning.text.contains("no regular file")));
}

#[test]
fn a_database_service_is_no_worker() {
    let found = look(&[
        ("Procfile", "web: node a.js\nredis: redis-server\n"),
        ("package.json", "{}"),
        ("a.js", SERVER),
    ]);
    assert!(found.processes.iter().all(|process| process.name != "redis"));
    assert_eq!(found.kind.value, Kind::App);
    assert!(found.addons.iter().any(|addon| addon.value == "redis"));
}

#[test]
fn a_server_without_a_start_page_is_asked_for_its_port() {
    let found = look(&[
        ("go.mod", "module x\ngo 1.22\n"),
        ("main.go", "package main\nfunc main() { http.ListenAndServe(\":80\", nil) }"),
    ]);
    assert_eq!(found.health.kind, HealthKind::Tcp);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_in_a_file_makes_detection_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let names = ["package.json", "Procfile", "app.json", "compose.yaml", "Dockerfile", "a.js", "app.py", "Gemfile", "mix.exs", "go.mod", ".env.example", "pom.xml", "README.md", ".gitignore"];
        let tree = MemoryTree::new(names.map(|name| (name, bytes.clone())));
        let _ = detect(&tree, &Rules::embedded().unwrap(), &Options::default());
    }
}
