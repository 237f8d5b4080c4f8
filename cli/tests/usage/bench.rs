//! Calls `civic` as a user does, on a machine whose container engine must not be touched.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use civic_conformance::self_test::{SOUND, lay_out};
use tempfile::TempDir;

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Demands an exit code, and that standard error holds all of these.
    #[track_caller]
    pub fn refused(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for words in said {
            assert!(self.err.contains(words), "{words:?} is not in: {}", self.err);
        }
    }

    /// Demands success, and returns what was printed.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }
}

/// Runs `civic` in `folder`. Its engine is a socket that does not exist: whoever looks for it ends with 3.
pub fn civic_in(folder: &Path, arguments: &[&str]) -> Ended {
    ended(command(folder).args(arguments))
}

/// Runs `civic` in an empty folder.
pub fn civic(arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    civic_in(folder.path(), arguments)
}

/// `civic` with a clean environment.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("civic"));
    command.current_dir(folder).env_clear().env("COLUMNS", "100");
    command.env("HOME", folder).env("DOCKER_HOST", "unix:///no/such/docker.sock");
    command
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// The sound specimen in a folder of its own, named `app` below it.
pub struct Project {
    folder: TempDir,
}

impl Project {
    pub fn sound() -> Self {
        let folder = tempfile::tempdir().unwrap();
        lay_out(SOUND, &folder.path().join("app")).unwrap();
        Self { folder }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("app").join(file)
    }

    /// Replaces a text that is in a file exactly once.
    #[track_caller]
    pub fn change(self, file: &str, from: &str, to: &str) -> Self {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} must be in {file} exactly once");
        std::fs::write(self.path(file), text.replace(from, to)).unwrap();
        self
    }

    pub fn append(self, file: &str, more: &str) -> Self {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        std::fs::write(self.path(file), text + more).unwrap();
        self
    }

    /// Runs a command with the project's folder as its last argument.
    pub fn civic(&self, arguments: &[&str]) -> Ended {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["app"]).collect();
        civic_in(self.folder.path(), &arguments)
    }
}

/// A file of the repository.
pub fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

/// The text of a file of the repository.
#[track_caller]
pub fn page(file: &str) -> String {
    std::fs::read_to_string(repository(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
