//! The cross-check on what `civic init` writes: nothing is found in it, and each change of one file is found once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use civic_conformance::check::check;
use civic_conformance::project::Project;
use civic_contract::manifest;
use civic_templates::{Mode, Part, Stack, render};
use tempfile::TempDir;

/// As `templates/tests/project/mod.rs` renders them, with a user as the real ones have.
const PLAIN: &str = "FROM {{ build.image | word }}\nUSER 1000:0\nCMD {{ build.start | json }}\n";
/// Rules that compare the project's files with each other.
const AGREE: [&str; 3] = ["compose-agrees", "kubernetes-agrees", "habitat-agrees"];

/// One of the projects of `templates/tests/projects`, with every file that `civic init` would write.
fn scaffold(name: &str) -> TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/tests/projects").join(name);
    let text = std::fs::read(source.join("civic.toml")).unwrap();
    let facts = serde_json::from_slice(&std::fs::read(source.join("facts.json")).unwrap()).unwrap();
    let plain = Stack { dockerfile: PLAIN, dockerignore: "" };
    let stacks = BTreeMap::from([("python", plain), ("node", plain)]);
    let files = render(&manifest::parse(&text).unwrap(), &facts, &stacks, &Part::ALL).unwrap();
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "civic.toml", &text, Mode::Regular);
    files.iter().for_each(|file| put(folder.path(), &file.path, &file.content, file.mode));
    folder
}

fn put(folder: &Path, file: &str, content: &[u8], mode: Mode) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    #[cfg(unix)]
    if mode == Mode::Executable {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What the comparing rules say.
fn findings(folder: &Path) -> Vec<String> {
    let project = Project::load(folder).unwrap_or_else(|error| panic!("{error}"));
    let own = check(&project).into_iter().filter(|finding| AGREE.contains(&finding.check.as_str()));
    own.map(|finding| {
        let kind = if finding.error { "error" } else { "advice" };
        format!("{kind}[{}] {}", finding.check, finding.message)
    })
    .collect()
}

#[test]
fn a_scaffold_agrees_with_itself() {
    for name in ["meals", "pages", "chat"] {
        let folder = scaffold(name);
        assert!(folder.path().join("deploy/base").is_dir(), "{name} has files for a cluster");
        assert_eq!(findings(folder.path()), Vec::<String>::new(), "{name}");
    }
}

/// A project, a file below it, a text that is there, and what takes its place.
const CHANGES: [(&str, &str, &str, &str); 14] = [
    ("pages", "deploy/base/services/web.yaml", "containerPort: 3000", "containerPort: 4000"),
    ("pages", "deploy/base/services/web.yaml", "port: 3000", "port: 4000"),
    ("pages", "deploy/base/env/web.properties", "PORT=3000", "PORT=4000"),
    ("pages", "deploy/base/services/web.yaml", "runAsUser: 10001", "runAsUser: 0"),
    ("pages", "deploy/base/services/web.yaml", "persistentVolumeClaim: {claimName: data}", "emptyDir: {}"),
    ("pages", "deploy/base/services/web.yaml", "mountPath: /data", "mountPath: /files"),
    ("pages", "deploy/base/volumes.yaml", "name: data", "name: other"),
    (
        "pages",
        "deploy/base/services/web.yaml",
        "valueFrom: {secretKeyRef: {name: pages, key: SESSION_SECRET}}",
        "value: 5f3c9a1e77",
    ),
    ("pages", "deploy/base/env/web.properties", "PORT=3000", "PORT=3000\nSESSION_SECRET=5f3c9a1e77"),
    ("meals", "deploy/base/services/web.yaml", "/readyz", "/ready"),
    ("meals", "deploy/base/services/web.yaml", "livenessProbe:", "otherProbe:"),
    ("meals", "deploy/base/services/worker.yaml", "worker\"]", "beat\"]"),
    ("meals", "deploy/base/services/db.yaml", "port: 5432", "port: 5433"),
    ("meals", "deploy/base/services/db.yaml", "pg_isready", "true"),
];

#[test]
fn a_change_of_one_file_is_found_once_with_both_places() {
    let mut told = String::new();
    for (name, file, from, to) in CHANGES {
        let folder = scaffold(name);
        let path: PathBuf = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let found = findings(folder.path());
        assert_eq!(found.len(), 1, "{file}: {from} -> {to}: {found:#?}");
        writeln!(told, "# {name}, {file}: {} -> {}\n{}", from.escape_debug(), to.escape_debug(), found[0])
            .unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_claim_that_was_taken_out_is_found() {
    let folder = scaffold("pages");
    std::fs::remove_file(folder.path().join("deploy/base/volumes.yaml")).unwrap();
    let found = findings(folder.path());
    assert!(found.len() == 1 && found[0].contains("no file here makes that claim"), "{found:#?}");
}
