//! A small project in a folder of its own, and everything about a tree that a run must not change by accident.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use civic_contract::manifest::{self, Manifest};
use serde_json::Value;
use tempfile::TempDir;

use crate::bench::{Ended, command, ended};

/// What is at a path: kind with content or target, mode, time of the last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub is: Is,
    pub mode: u32,
    pub changed: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Is {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
    Other,
}

/// A project named `meals`; the folder above it is the home of whoever runs civic.
pub struct App {
    folder: TempDir,
}

impl App {
    pub fn of(files: &[(&str, &str)]) -> Self {
        let app = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(app.root()).unwrap();
        for (path, text) in files {
            app.write(path, text);
        }
        app
    }

    /// Express and PostgreSQL.
    pub fn node() -> Self {
        Self::of(&[
            (
                "package.json",
                r#"{"name": "meals", "description": "Finds free meals.", "license": "MIT",
"engines": {"node": "24"}, "scripts": {"start": "node web.js"}, "dependencies": {"express": "5.1.0", "pg": "8.16.0"}}
"#,
            ),
            (
                "web.js",
                "const express = require('express');\nconst { Pool } = require('pg');\nconst app = express();\n\
                 const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n\
                 app.get('/healthz', (_, answer) => answer.send('ok'));\napp.listen(process.env.PORT || 3000);\n",
            ),
            ("README.md", "# Free Meals\n\nFinds free meals for kids in the city.\n"),
        ])
    }

    /// Flask and SQLite.
    pub fn python() -> Self {
        Self::of(&[
            ("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n"),
            (
                "app.py",
                "import sqlite3\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\ndef database():\n    return sqlite3.connect('notes.db')\n\n\n\
                 @app.route('/')\ndef index():\n    return 'notes'\n",
            ),
            ("Procfile", "web: gunicorn app:app --bind 0.0.0.0:$PORT\n"),
            (".python-version", "3.13\n"),
        ])
    }

    /// Files and nothing else.
    pub fn site() -> Self {
        Self::of(&[
            ("index.html", "<!doctype html><title>Shelters</title><h1>Shelters</h1>\n"),
            ("style.css", "h1 {}\n"),
        ])
    }

    /// A web process, a worker, and a command by the clock.
    pub fn worker() -> Self {
        Self::of(&[
            (
                "package.json",
                r#"{"name": "courtbot", "engines": {"node": "24"}, "dependencies": {"express": "5.1.0", "pg": "8.16.0", "twilio": "5"}}"#,
            ),
            ("web.js", "const app = require('express')();\napp.listen(process.env.PORT);\n"),
            (
                "worker.js",
                "const { Client } = require('pg');\nnew Client({ connectionString: process.env.DATABASE_URL });\n",
            ),
            ("Procfile", "web: node web.js\nworker: node worker.js\n"),
            (
                "README.md",
                "# Courtbot\n\nAdd the scheduler:\n\n| `node runners/remind.js` | Daily | 5:30pm |\n",
            ),
            ("runners/remind.js", "console.log('reminded');\n"),
        ])
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("meals")
    }

    /// The folder above the project, in which nothing else may appear.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a text that is in a file exactly once.
    #[track_caller]
    pub fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{from:?} must be in {path} exactly once:\n{text}");
        self.write(path, text.replace(from, to));
    }

    pub fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), Permissions::from_mode(mode)).unwrap();
    }

    /// Runs `civic` with the project's folder as its working folder.
    pub fn civic(&self, arguments: &[&str]) -> Ended {
        ended(self.command().args(arguments))
    }

    pub fn command(&self) -> assert_cmd::Command {
        let mut command = command(&self.root());
        command.env("HOME", self.outside()).timeout(std::time::Duration::from_secs(120));
        command
    }

    /// `civic init --yes` with more arguments, which has to succeed.
    #[track_caller]
    pub fn init(&self, arguments: &[&str]) -> String {
        self.civic(&[&["init", "--yes"][..], arguments].concat()).succeeded()
    }

    /// Everything in the project; of folders the time does not count, because an undo lists and fills them again.
    pub fn tree(&self) -> BTreeMap<String, Entry> {
        tree(&self.root())
    }

    /// Contents, modes and links, without times.
    pub fn content(&self) -> BTreeMap<String, (Is, u32)> {
        self.tree().into_iter().map(|(path, entry)| (path, (entry.is, entry.mode))).collect()
    }

    #[track_caller]
    pub fn manifest(&self) -> Manifest {
        manifest::parse(self.read("civic.toml").as_bytes()).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// Findings of `civic check` that are errors.
    #[track_caller]
    pub fn errors(&self) -> Vec<Value> {
        let said: Value = serde_json::from_str(&self.civic(&["check", "--format", "json"]).out).unwrap();
        let findings = said["findings"].as_array().unwrap_or_else(|| panic!("{said}"));
        findings.iter().filter(|finding| finding["error"] == true).cloned().collect()
    }

    /// Demands that a refused run left everything, the folder above too, as it was.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], code: i32, said: &[&str]) {
        let before = (self.tree(), tree(self.outside()).len());
        let ended = self.civic(arguments);
        ended.refused(code, said);
        assert!(!ended.err.contains("panicked"), "{ended:?}");
        assert_eq!((self.tree(), tree(self.outside()).len()), before, "something was written");
    }
}

/// Every path below a folder.
pub fn tree(root: &Path) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let kind = meta.file_type();
            let (is, changed) = match () {
                () if kind.is_dir() => (Is::Folder, SystemTime::UNIX_EPOCH),
                () if kind.is_file() => (Is::File(fs::read(&path).unwrap()), meta.modified().unwrap()),
                () if kind.is_symlink() => {
                    (Is::Link(fs::read_link(&path).unwrap()), meta.modified().unwrap())
                }
                () => (Is::Other, meta.modified().unwrap()),
            };
            if kind.is_dir() {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.insert(name, Entry { is, mode: meta.mode() & 0o7777, changed });
        }
    }
    found
}
