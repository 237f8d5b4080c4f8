//! The Habitat plans. `hab` is in no package registry, so what a Supervisor does is done here: the plan is sourced by
//! bash, hooks and settings are filled by Handlebars as Habitat sets it up (nothing is escaped), and run.
#![allow(clippy::expect_used)] // a test that panics has failed, which is the point
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // tests start programs, and show what they said

#[allow(dead_code)] // other tests need other parts of it
mod project;
mod tools;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use handlebars::Handlebars;
use project::project;
use serde_json::{Value, json};
use tempfile::TempDir;
use tools::{run, written};

#[test]
fn plans_are_as_people_would_write_them() {
    let meals = project("meals");
    let own = meals.files().into_keys().filter(|path| path.starts_with("habitat/web/"));
    for path in own.collect::<Vec<_>>() {
        insta::assert_snapshot!(path.replace('/', "-"), meals.text(&path));
    }
    insta::assert_snapshot!("habitat-worker-start", meals.text("habitat/worker/bin/start"));
    insta::assert_snapshot!("habitat-pages-plan", project("pages").text("habitat/web/plan.sh"));
    insta::assert_snapshot!("habitat-pages-backup", project("pages").text("habitat/web/bin/backup"));
}

#[test]
fn only_what_is_built_here_gets_a_plan() {
    let has_plan = |name| project(name).files().keys().any(|path| path.starts_with("habitat/"));
    assert!(!has_plan("chat"), "upstream images come from elsewhere");
    assert!(!project("meals").files().contains_key("habitat/db/plan.sh"));
    assert!(!project("meals").files().contains_key("habitat/worker/hooks/health-check"));
}

/// A package as it lies on a machine, with its service's folders.
struct Package {
    folder: TempDir,
    service: &'static str,
}

impl Package {
    fn installed(name: &str, service: &'static str) -> Self {
        let files = project(name).files();
        let package = Self { folder: written(&files), service };
        for folder in ["package/app", "package/venv/bin", "svc/config", "stubs"] {
            std::fs::create_dir_all(package.at(folder)).expect("a folder");
        }
        let (from, to) = (package.plan().join("bin"), package.at("package/bin"));
        let copied = Command::new("cp").args(["-r".as_ref(), from.as_os_str(), to.as_os_str()]).status();
        assert!(copied.expect("cp").success());
        run(&package.at("package/bin"), "sh", &["-c", "chmod 755 *"]);
        let settings = package.filled("config/env");
        std::fs::write(package.at("svc/config/env"), settings).expect("settings");
        package
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn plan(&self) -> PathBuf {
        self.at("project/habitat").join(self.service)
    }

    /// A file of the plan as the Supervisor fills it.
    fn filled(&self, path: &str) -> String {
        let text = std::fs::read_to_string(self.plan().join(path)).expect("a template");
        let settings = std::fs::read_to_string(self.plan().join("default.toml")).expect("settings");
        let cfg: Value = toml_edit::de::from_str(&settings).expect("TOML");
        let mut engine = Handlebars::new();
        engine.register_escape_fn(handlebars::no_escape);
        let pkg = json!({
            "path": self.at("package"), "svc_data_path": self.at("svc/data"), "svc_var_path": self.at("svc/var"),
            "svc_config_path": self.at("svc/config"),
        });
        engine.render_template(&text, &json!({ "pkg": pkg, "cfg": cfg })).expect("a filled template")
    }

    /// A program that stands in for another one.
    fn stub(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a stub");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a mode");
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.at("stubs").display()));
        command.env("HAB_SVC", self.at("svc")).env("LOG", self.at("log")).current_dir(self.folder.path());
        command
    }

    fn hook(&self, name: &str) -> Command {
        let path = format!("svc/hooks/{name}");
        self.stub(&path, &self.filled(&format!("hooks/{name}")));
        self.command(&self.at(&path))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.at("log")).unwrap_or_default()
    }
}

fn succeeded(output: &Output) -> bool {
    print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

#[test]
fn programs_pass_shellcheck_and_bash_reads_the_plan() {
    for (name, service) in [("meals", "web"), ("meals", "worker"), ("pages", "web")] {
        let package = Package::installed(name, service);
        let all =
            "for file in plan.sh bin/*; do bash -n \"$file\"; shellcheck -x -e SC1091,SC2016 \"$file\"; done";
        run(&package.plan(), "sh", &["-euc", all]);
    }
}

#[test]
fn a_sourced_plan_says_what_habitat_asks() {
    let package = Package::installed("meals", "web");
    let script = "set -u; declare -A pkg_exports pkg_binds_optional; source ./plan.sh; declare -p pkg_name pkg_description pkg_exports pkg_exposes \
                  pkg_binds_optional pkg_svc_user; type -t do_download do_build do_install";
    let said = run(&package.plan(), "env", &["-i", "bash", "-ec", script]);
    assert!(said.contains(r#"pkg_description="Shows who hands out meals, and \"where\"""#), "{said}");
    assert!(said.contains(r#"pkg_exports=([port]="port" )"#), "{said}");
    assert!(said.contains(r#"pkg_binds_optional=([db]="port" [queue]="port" )"#), "{said}");
}

#[test]
fn a_plan_installs_what_git_knows_and_keeps_state_outside() {
    let package = Package::installed("meals", "web");
    let project = package.at("project");
    std::fs::write(project.join("manage.py"), "# the app").expect("a file");
    std::fs::create_dir_all(project.join("media")).expect("a folder");
    std::fs::write(project.join("media/old"), "").expect("a file");
    std::fs::write(project.join(".env"), "SECRET_KEY=x").expect("a file");
    run(&project, "git", &["init", "--quiet"]);
    run(&project, "git", &["add", "."]);
    let script = format!(
        "PLAN_CONTEXT=$PWD CACHE_PATH={0}/cache pkg_prefix={0}/installed; mkdir -p \"$pkg_prefix\"; \
         declare -A pkg_exports pkg_binds_optional; \
         source ./plan.sh; do_download; do_verify; do_unpack; do_install",
        package.folder.path().display()
    );
    run(&package.plan(), "bash", &["-euc", &script]);
    let installed = package.at("installed");
    assert!(installed.join("app/manage.py").exists() && installed.join("bin/start").exists());
    assert!(!installed.join("app/.env").exists(), "secrets of a machine do not go into a package");
    let link = std::fs::read_link(installed.join("app/media")).expect("a link");
    assert_eq!(link, Path::new("/hab/svc/meals-web/data/uploads"));
}

#[test]
fn init_makes_the_folders_and_post_stop_removes_a_dump() {
    let package = Package::installed("meals", "web");
    assert!(succeeded(&package.hook("init").output().expect("init")));
    assert!(succeeded(&package.hook("init").output().expect("init")), "it runs at each start");
    assert!(package.at("svc/data/uploads").is_dir() && package.at("svc/data/thumbnails").is_dir());
    std::fs::write(package.at("svc/var/backup/dump"), "").expect("a dump");
    assert!(succeeded(&package.hook("post-stop").output().expect("post-stop")));
    assert!(!package.at("svc/var/backup").exists());
}

#[test]
fn run_migrates_and_becomes_the_program() {
    let package = Package::installed("meals", "web");
    package.stub("package/venv/bin/python", r#"printf 'python %s\n' "$*" >>"$LOG""#);
    package.stub("package/venv/bin/gunicorn", r#"printf '%s|' $$ "$*" "$PORT" "$PWD" "$GREETING" >>"$LOG""#);
    let mut child = package.hook("run").stdout(Stdio::inherit()).spawn().expect("run");
    let pid = child.id();
    assert!(child.wait().expect("an end").success());
    let greeting = &project("meals").manifest.services["web"].env["GREETING"];
    let app = package.at("package/app");
    let expected = format!(
        "python manage.py migrate --no-input\n{pid}|meals.wsgi --bind 0.0.0.0:8000|8000|{}|{greeting}|",
        app.display()
    );
    assert_eq!(package.log(), expected);
}

/// Answers each request with a status by its path, on a port of its own.
fn server(answer: fn(&str) -> u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (mut stream, mut request) = (stream, [0; 1024]);
            let length = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let status = answer(text.split(' ').nth(1).unwrap_or_default());
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

fn health(package: &Package, port: u16) -> Option<i32> {
    let text = package.filled("hooks/health-check").replace("8000", &port.to_string());
    let text = text.replace("3000", &port.to_string());
    package.stub("svc/hooks/health-check", &text);
    let output = package.command(&package.at("svc/hooks/health-check")).output().expect("health-check");
    let _ = succeeded(&output);
    output.status.code()
}

#[test]
fn health_check_answers_in_the_codes_of_habitat() {
    let package = Package::installed("meals", "web");
    assert_eq!(health(&package, server(|_| 200)), Some(0));
    assert_eq!(health(&package, server(|path| if path == "/healthz" { 200 } else { 503 })), Some(1));
    assert_eq!(health(&package, server(|_| 500)), Some(2));
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    assert_eq!(health(&package, nobody), Some(2));
}

#[test]
fn without_a_path_health_check_asks_the_port() {
    let package = Package::installed("pages", "web");
    assert_eq!(health(&package, server(|_| 200)), Some(0));
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    assert_eq!(health(&package, nobody), Some(2));
}

/// A package with hooks that note that they ran, and a restic that keeps a snapshot in a tar archive.
fn with_state() -> Package {
    let package = Package::installed("pages", "web");
    let hook = |name: &str, text: &str| {
        let text = format!("echo {name} >>\"$LOG\"\n{text}");
        package.stub(&format!("package/civic/hooks/sqlite/{name}"), &text);
    };
    hook("pre-backup", r#"echo notes >"$CIVIC_BACKUP_DIR/dump""#);
    hook("post-backup", r#"rm "$CIVIC_BACKUP_DIR/dump""#);
    hook("post-restore", r#"cat "$CIVIC_BACKUP_DIR/dump" >>"$LOG""#);
    let restic = r#"echo "restic $1" >>"$LOG"
case $1 in
  backup) shift 3; [ ! -e "$LOG.broken" ] || exit 3; tar -cPf "$LOG.tar" "$@" ;;
  restore) tar -xPf "$LOG.tar" ;;
esac"#;
    package.stub("stubs/restic", restic);
    assert!(succeeded(&package.hook("init").output().expect("init")));
    std::fs::write(package.at("svc/data/data/file"), "a file").expect("a file");
    package
}

fn bin(package: &Package, program: &str, arguments: &[&str]) -> bool {
    let path = package.at("package/bin").join(program);
    succeeded(&package.command(&path).args(arguments).output().expect("a program"))
}

#[test]
fn backup_and_restore_run_the_hooks_of_the_project() {
    let package = with_state();
    assert!(bin(&package, "backup", &[]));
    assert_eq!(
        package.log(),
        "restic cat\npre-backup\nrestic backup\nrestic check\nrestic tag\npost-backup\n"
    );
    assert!(!bin(&package, "restore", &["files"]), "it wrote over data");
    std::fs::remove_file(package.at("svc/data/data/file")).expect("a loss");
    assert!(bin(&package, "restore", &["files"]) && bin(&package, "restore", &["load"]));
    assert_eq!(std::fs::read_to_string(package.at("svc/data/data/file")).expect("a file"), "a file");
    assert!(package.log().ends_with("restic restore\npost-restore\nnotes\n"), "{}", package.log());
}

#[test]
fn a_backup_that_fails_says_so_and_leaves_no_dump() {
    let package = with_state();
    std::fs::write(package.at("log.broken"), "").expect("a file");
    assert!(!bin(&package, "backup", &[]));
    assert!(package.log().ends_with("restic backup\npost-backup\n"), "{}", package.log());
    assert!(!package.at("svc/var/backup/dump").exists());
}
