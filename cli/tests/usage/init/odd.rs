//! Projects that are odd by accident or on purpose: the answer is a reason or a whole tree, never a hang or a panic.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use super::project::{App, tree};

#[test]
fn links_that_lead_out_of_the_project_are_not_written_through() {
    for (path, place) in [
        ("deploy", "deploy"),
        ("Dockerfile", "Dockerfile"),
        ("civic.toml", "civic.toml"),
        (".civic", ".civic"),
        ("civic", "civic"),
        ("docs", "docs"),
        (".gitignore", ".gitignore"),
    ] {
        let app = App::node();
        let elsewhere = app.outside().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, app.path(path)).unwrap();
        app.refuses(&["init", "--yes"], 4, &["so none was", place, "symbolic link"]);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "{path}");
    }
}

#[test]
fn dangling_links_are_obstacles_and_nothing_is_made_at_their_end() {
    for path in ["Dockerfile", "deploy", ".civic", "civic.toml", ".civic/lock.toml", "docs/operations"] {
        let app = App::node();
        fs::create_dir_all(app.path(path).parent().unwrap()).unwrap();
        symlink(app.outside().join("target"), app.path(path)).unwrap();
        app.refuses(&["init", "--yes"], 4, &["so none was", path, "symbolic link"]);
    }
}

#[test]
fn all_obstacles_are_told_at_once() {
    let app = App::node();
    app.write("deploy", "a file");
    fs::create_dir_all(app.path("compose.yaml/in")).unwrap();
    symlink("/etc/passwd", app.path("Dockerfile")).unwrap();
    app.refuses(
        &["init", "--yes"],
        4,
        &["\"deploy\" is a file", "\"compose.yaml\" is no file", "\"Dockerfile\" is a symbolic link"],
    );
    let ended = app.civic(&["init", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &document["schema"], &document["written"]), (4, &1.into(), &false.into()));
}

#[test]
fn pipes_in_the_tree_are_no_files_and_nobody_waits_for_them() {
    for path in [
        "data/pipe",
        "Procfile",
        "app.json",
        "README.md",
        "Dockerfile",
        "civic.toml",
        ".civic/lock.toml",
        ".civic/base/civic.toml",
        ".git/config",
    ] {
        let app = App::node();
        fs::create_dir_all(app.path(path).parent().unwrap()).unwrap();
        let _ = fs::remove_file(app.path(path));
        assert!(Command::new("mkfifo").arg(app.path(path)).status().unwrap().success());
        let started = Instant::now();
        let ended = app.civic(&["init", "--yes"]);
        assert!(started.elapsed() < Duration::from_secs(60), "{path}");
        let expected =
            if matches!(path, "Dockerfile" | "civic.toml" | ".civic/lock.toml" | ".civic/base/civic.toml") {
                4
            } else {
                0
            };
        assert_eq!(ended.code, expected, "{path}: {ended:?}");
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_named_before_anything_is_written() {
    let app = App::node();
    fs::create_dir(app.path("deploy")).unwrap();
    app.chmod("deploy", 0o555);
    if fs::metadata(app.outside()).unwrap().permissions().readonly() || !is_root() {
        return app.refuses(&["init", "--yes"], 4, &["deploy", "may not be written by you"]);
    }
    // Root writes anywhere, so another user is asked to.
    give_to_nobody(&app);
    let before = app.tree();
    let output = as_nobody(&app, &["init", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("deploy") && said.contains("may not be written by you"), "{said}");
    assert_eq!(app.tree(), before);
}

#[test]
fn a_project_that_may_not_be_written_at_all_is_refused() {
    if !is_root() {
        return;
    }
    let app = App::node();
    give_to_nobody(&app);
    app.chmod("", 0o555);
    let before = app.tree();
    let output = as_nobody(&app, &["init", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("may not be written by you"), "{said}");
    assert_eq!(app.tree(), before);
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

const NOBODY: u32 = 65534;

fn give_to_nobody(app: &App) {
    let all = tree(app.outside());
    for path in all.keys() {
        chown(app.outside().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(app.outside(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

/// The binary is copied, because the build's folder may be root's alone.
fn as_nobody(app: &App, arguments: &[&str]) -> std::process::Output {
    let program = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .unwrap();
    let binary = program.path().join("civic");
    fs::copy(assert_cmd::cargo::cargo_bin!("civic"), &binary).unwrap();
    let nobody = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        &nobody,
        "--regid",
        &nobody,
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
    ]);
    command.arg(binary).args(arguments).current_dir(app.root()).output().unwrap()
}

#[test]
fn windows_lines_and_a_mark_at_the_start_change_nothing() {
    let plain = App::node();
    plain.init(&[]);
    let app = App::node();
    app.write("package.json", format!("\u{feff}{}", app.read("package.json").replace('\n', "\r\n")));
    app.init(&[]);
    assert_eq!(app.read("civic.toml").replace("\r\n", "\n"), plain.read("civic.toml"));
    assert_eq!(app.read("Dockerfile"), plain.read("Dockerfile"));
}

#[test]
fn a_procfile_with_windows_lines_starts_the_same_command() {
    let app = App::worker();
    app.write("Procfile", "\u{feff}web: node web.js\r\nworker: node worker.js\r\n");
    app.init(&[]);
    for path in ["Dockerfile", "civic.toml", "compose.yaml", "habitat/web/bin/start"] {
        assert!(!app.read(path).contains('\r'), "{path}");
    }
    assert_eq!(app.manifest().services.keys().collect::<Vec<_>>(), ["db", "web", "worker"]);
}

#[test]
fn folders_and_files_with_odd_names_do_no_harm() {
    let app = App::node();
    for name in [
        "a b/web.js",
        "{{x}}/index.html",
        "new\nline/app.py",
        "quote\"'`$(id)/notes.js",
        "-rf/x.js",
        "uploads {a,b}/x.png",
    ] {
        app.write(name, "process.env.ODD; const up = multer({ dest: 'kept/photos' });\n");
    }
    app.init(&[]);
    assert_eq!(app.errors(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_project_folder_with_an_odd_name_is_packaged_and_its_next_command_can_be_copied() {
    for name in ["my meals", "{{meals}}", "me\nals", "$(id)", "'quoted'", "-n", "🍲"] {
        let app = App::node();
        let odd = app.outside().join(name);
        fs::rename(app.root(), &odd).unwrap();
        let ended = crate::bench::ended(app_command(&odd).args(["init", "--yes", "--"]).arg(&odd));
        let said = ended.succeeded();
        assert!(odd.join("civic.toml").is_file());
        let next = said.split("To take this back: ").nth(1).unwrap().trim_end();
        assert!(!next.contains('\n'), "{next:?}");
        let words = shell_words(next);
        assert_eq!(words.first().map(String::as_str), Some("civic"), "{next}");
        fs::rename(&odd, app.root()).unwrap();
    }
}

fn app_command(folder: &std::path::Path) -> assert_cmd::Command {
    let mut command = crate::bench::command(folder);
    command.timeout(Duration::from_secs(60));
    command
}

/// What a shell makes of a line.
fn shell_words(line: &str) -> Vec<String> {
    let output = Command::new("sh").args(["-c", &format!("printf '%s\\0' {line}")]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim_end_matches('\0').split('\0').map(str::to_owned).collect()
}

#[test]
fn two_stacks_that_are_equally_likely_end_in_one_that_is_told() {
    let app = App::of(&[
        ("requirements.txt", "flask\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("Gemfile", "gem 'sinatra'\n"),
        ("app.rb", "require 'sinatra'\nget('/') { 'x' }\n"),
        ("config.ru", "run Sinatra::Application\n"),
        ("Procfile", "web: ./start\n"),
    ]);
    let said = app.init(&[]);
    assert!(said.contains("--stack"), "how to take the other one:\n{said}");
    let other = App::of(&[]);
    for (path, entry) in app.tree() {
        if let super::project::Is::File(bytes) = entry.is
            && ["requirements.txt", "app.py", "Gemfile", "app.rb", "config.ru", "Procfile"]
                .contains(&path.as_str())
        {
            other.write(&path, bytes);
        }
    }
    other.init(&["--stack", "ruby"]);
    assert!(other.read("Dockerfile").contains("ruby"));
}
