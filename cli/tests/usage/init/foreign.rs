//! Files that were there before civic: kept as they are, and what they say is used.

use std::process::Command;

use super::project::App;

const OWN_DOCKERFILE: &str = "FROM node:24-trixie-slim\nWORKDIR /srv\nCOPY . .\nRUN npm ci\nEXPOSE 4100\nUSER 1000\nCMD [\"node\", \"web.js\"]\n";

#[test]
fn a_dockerfile_of_the_projects_own_is_kept_and_used() {
    let app = App::node();
    app.write("Dockerfile", OWN_DOCKERFILE);
    app.change("web.js", "process.env.PORT || 3000", "process.env.PORT");
    app.chmod("Dockerfile", 0o600);
    let before = app.tree()["Dockerfile"].clone();
    app.init(&[]);
    assert_eq!(app.tree()["Dockerfile"], before);
    assert_eq!(app.manifest().services["web"].port, Some(4100), "the port that it exposes");
    assert!(!app.read("compose.yaml").contains("Dockerfile.civic"));
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree()["Dockerfile"], before);
}

#[test]
fn a_compose_file_of_the_projects_own_is_kept_and_read() {
    let app = App::node();
    let own = "services:\n  web:\n    build: .\n    ports: ['3000:3000']\n  cache:\n    image: redis:7\n";
    app.write("compose.yaml", own);
    let said = app.init(&[]);
    assert_eq!(app.read("compose.yaml"), own);
    assert!(app.manifest().services.contains_key("redis"), "the server that it names");
    assert!(
        said.contains(
            "compose.yaml: yours, and kept as it is. What civic would write is in .civic/offers/compose.yaml"
        ),
        "{said}"
    );
    assert!(app.read(".civic/offers/compose.yaml").contains("services:"));
}

#[test]
fn a_manifest_of_the_projects_own_is_kept_and_decides() {
    let source = App::node();
    source.init(&["--only", "docker"]);
    let own = source
        .read("civic.toml")
        .replace("port = 3000", "port = 4200")
        .replace("PORT = \"3000\"", "PORT = \"4200\"");
    let app = App::node();
    app.write("civic.toml", &own);
    app.init(&[]);
    assert_eq!(app.read("civic.toml"), own);
    assert!(app.read("compose.yaml").contains("4200"));
    assert!(app.read("deploy/base/services/web.yaml").contains("4200"));
}

#[test]
fn ignore_lists_gain_lines_and_lose_none() {
    let app = App::node();
    app.write(".gitignore", "# ours\nnode_modules/\r\n\n!keep.log");
    let said = app.init(&[]);
    let text = app.read(".gitignore");
    let mut rest = text.split('\n');
    for line in ["# ours", "node_modules/\r", "", "!keep.log"] {
        assert!(rest.any(|other| other == line), "{line:?} is not in its place: {text:?}");
    }
    assert!(said.contains("Merged with your changes\n  .gitignore"), "{said}");
    assert!(!said.contains(".gitignore: yours, and kept"), "{said}");
}

/// Applies the offered patch to a copy of the project, as the patch's first lines say.
fn applies(app: &App) {
    app.init(&["--with-health"]);
    let patch = app.read("civic/health.patch");
    assert!(patch.contains("/healthz") && patch.contains("/readyz"), "{patch}");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(app.root()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = command.env("HOME", app.outside()).args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{patch}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    git(&["apply", "--check", "civic/health.patch"]);
    git(&["apply", "civic/health.patch"]);
}

#[test]
fn the_health_patch_fits_an_express_app() {
    let app = App::node();
    app.change("web.js", "app.get('/healthz', (_, answer) => answer.send('ok'));\n", "");
    let before = app.read("web.js");
    applies(&app);
    let after = app.read("web.js");
    assert_ne!(after, before, "the line that calls it");
    assert!(before.lines().all(|line| after.contains(line)));
}

#[test]
fn the_health_patch_fits_a_flask_app() {
    let app = App::python();
    let before = app.read("app.py");
    applies(&app);
    assert_ne!(app.read("app.py"), before, "the line that calls it");
}

#[test]
fn the_health_patch_fits_files_with_windows_lines_and_without_a_last_one() {
    let app = App::python();
    app.write("app.py", app.read("app.py").replace('\n', "\r\n"));
    applies(&app);
    let app = App::node();
    app.write("web.js", app.read("web.js").trim_end());
    applies(&app);
}
