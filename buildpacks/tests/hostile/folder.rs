//! Folders of a disk with things in them that are no files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use civic_buildpacks::detection::{Detection, Kind};
use civic_buildpacks::tree::{DiskTree, SourceTree, TreeError};
use rustix::fs::{CWD, FileType, Mode, makedev, mkdirat, mknodat};

use super::{PACKAGE, SERVER, look, said};

struct App(tempfile::TempDir);

impl App {
    fn new() -> Self {
        let app = Self(tempfile::tempdir().unwrap());
        app.write("package.json", PACKAGE);
        app.write("server.js", SERVER);
        app
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn tree(&self) -> DiskTree {
        DiskTree::open(self.0.path()).unwrap()
    }

    fn look(&self) -> Detection {
        soon(self.tree())
    }
}

/// Detection in a thread of its own, so that one that waits for a pipe fails instead of hanging.
fn soon(tree: DiskTree) -> Detection {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || done.send(look(&tree)));
    result.recv_timeout(Duration::from_secs(60)).expect("detection waits for something that never comes")
}

fn left_out(path: &str, reason: &str) -> [String; 1] {
    let _ = path;
    [format!("left-out: was not looked at: {reason}.")]
}

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
}

#[test]
fn links_that_lead_nowhere_or_out_are_left_out_and_named() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.js"), "process.env.STOLEN").unwrap();
    let app = App::new();
    symlink("nowhere", app.at("Procfile")).unwrap();
    symlink(outside.path().join("secret.js"), app.at("out.js")).unwrap();
    symlink(outside.path(), app.at("folder")).unwrap();
    symlink("../../../../../../etc/passwd", app.at("app.py")).unwrap();
    symlink("self", app.at("self")).unwrap();
    let found = app.look();
    assert_eq!(said(&found, "Procfile"), left_out("Procfile", "the link leads nowhere"));
    assert_eq!(said(&found, "self"), left_out("self", "the link leads nowhere"));
    for path in ["out.js", "folder", "app.py"] {
        assert_eq!(said(&found, path), left_out(path, "the link leads out of the project"));
    }
    assert!(!super::json(&found).contains("STOLEN"));
}

#[test]
fn links_inside_the_project_are_read_whatever_their_form() {
    let app = App::new();
    app.write("config/real.txt", "web: node server.js --relative\n");
    app.write("deep/er/env", "ABSOLUTE=1\n");
    symlink("config/real.txt", app.at("Procfile")).unwrap();
    symlink(app.at("deep/er/env"), app.at(".env.example")).unwrap();
    let found = app.look();
    assert_eq!(found.processes[0].command.value, "node server.js --relative");
    assert!(found.env.iter().any(|env| env.name == "ABSOLUTE"));
}

#[test]
fn what_changes_after_the_walk_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("main.js"), "process.env.STOLEN").unwrap();
    let app = App::new();
    for path in ["src/main.js", "lib.js", "Procfile"] {
        app.write(path, "web: process.env.KEPT\n");
    }
    let tree = app.tree();
    fs::remove_dir_all(app.at("src")).unwrap();
    symlink(outside.path(), app.at("src")).unwrap();
    fs::remove_file(app.at("lib.js")).unwrap();
    symlink(outside.path().join("main.js"), app.at("lib.js")).unwrap();
    fs::remove_file(app.at("Procfile")).unwrap();
    pipe(&app.at("Procfile"));
    let found = soon(tree);
    assert!(!super::json(&found).contains("STOLEN"));
    for path in ["src/main.js", "lib.js", "Procfile"] {
        assert!(said(&found, path)[0].contains("was not looked at: it cannot be read"), "{path}");
    }
    assert_eq!(found.kind.value, Kind::App);
    assert_eq!(found.state_verdict, "unknown", "what could not be read may write files");
}

#[test]
fn pipes_sockets_and_devices_are_never_opened() {
    let app = App::new();
    for name in ["Procfile", "app.py", "Dockerfile"] {
        pipe(&app.at(name));
    }
    let _socket = std::os::unix::net::UnixListener::bind(app.at("compose.yaml")).unwrap();
    let mut names = vec!["Procfile", "app.py", "Dockerfile", "compose.yaml"];
    let device = mknodat(CWD, app.at("app.json"), FileType::CharacterDevice, Mode::RUSR, makedev(1, 5));
    if device.is_ok() {
        names.push("app.json"); // only root may make one, and not everywhere
    }
    let found = app.look();
    for name in names {
        assert_eq!(said(&found, name), left_out(name, "it is no regular file"), "{name}");
    }
    assert_eq!(found.kind.value, Kind::App);
}

#[test]
fn folders_named_like_files_and_files_named_like_folders_are_what_they_are() {
    let app = App::new();
    for path in
        ["Procfile/x", "app.json/x", "Dockerfile/x", "compose.yaml/x", "requirements.txt/x", ".env.example/x"]
    {
        app.write(path, "web: node wrong.js\n");
    }
    for path in ["src", "public", "pages", "node_modules", "config", "migrations", "api"] {
        app.write(path, "a file");
    }
    let found = app.look();
    assert_eq!(found.processes[0].command.value, "node server.js");
    assert_eq!(found.components.len(), 1);
}

#[test]
fn a_name_that_is_not_utf_8_is_left_out_and_the_rest_is_read() {
    let app = App::new();
    fs::write(app.0.path().join(OsStr::from_bytes(b"caf\xe9.js")), SERVER).unwrap();
    fs::create_dir(app.0.path().join(OsStr::from_bytes(b"d\xff"))).unwrap();
    let found = app.look();
    assert_eq!(said(&found, "caf\u{fffd}.js"), left_out("", "its name is not UTF-8"));
    assert_eq!(said(&found, "d\u{fffd}"), left_out("", "its name is not UTF-8"));
    assert_eq!(found.processes[0].name, "web");
}

/// Root may read every folder, so that this one cannot be opened for another reason: its path is too long.
#[test]
fn a_folder_that_cannot_be_opened_is_left_out_and_named() {
    let app = App::new();
    let name = "n".repeat(250);
    let mut folder: rustix::fd::OwnedFd = fs::File::open(app.0.path()).unwrap().into();
    for _ in 0..18 {
        mkdirat(&folder, &name, Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY;
        folder = rustix::fs::openat(&folder, &name, flags, Mode::empty()).unwrap();
    }
    let tree = app.tree();
    let left = tree.left_out();
    assert_eq!((left.len(), left[0].reason), (1, "it cannot be read"));
    assert!(left[0].path.starts_with(&name));
    assert_eq!(soon(tree).kind.value, Kind::App);
}

#[test]
fn folders_without_end_are_left_at_some_depth() {
    let app = App::new();
    app.write(&format!("{}late.js", "d/".repeat(60)), SERVER);
    let tree = app.tree();
    assert_eq!(tree.left_out()[0].reason, "it lies too deep");
    assert!(tree.paths().iter().all(|path| !path.ends_with("late.js")));
}

#[test]
fn what_is_no_folder_is_said_before_anything_is_read() {
    let app = App::new();
    assert!(matches!(DiskTree::open(&app.at("server.js")), Err(TreeError::NoFolder(_))));
    assert!(matches!(DiskTree::open(&app.at("nothing")), Err(TreeError::Unreadable { .. })));
    pipe(&app.at("pipe"));
    assert!(matches!(DiskTree::open(&app.at("pipe")), Err(TreeError::NoFolder(_))));
}

#[test]
fn folders_of_other_people_are_not_opened_even_by_name() {
    let app = App::new();
    app.write("node_modules/x/index.js", "process.env.STOLEN");
    app.write(".git/config", "token = STOLEN");
    let tree = app.tree();
    assert_eq!(tree.read(".git/config", 100), None);
    assert_eq!(tree.read("node_modules/x/index.js", 100), None);
    assert_eq!(tree.read("../etc/passwd", 100), None);
    assert!(!super::json(&soon(tree)).contains("STOLEN"));
}
