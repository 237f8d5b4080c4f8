//! Programs of others that look at what was rendered. `.ci/compose.sh` brings those that a machine lacks.
#![allow(clippy::disallowed_methods, dead_code)] // tests start programs; not every test needs all of them

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use civic_templates::{File, Mode};
use tempfile::TempDir;

/// Writes files below a new folder's `project/`, as they would lie in a project.
pub fn written(files: &BTreeMap<String, File>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in files.values() {
        let path = folder.path().join("project").join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, &file.content).expect("a file");
        let mode = if file.mode == Mode::Executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("a mode");
    }
    folder
}

fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("civic")
}

/// A command in that folder, which finds the plugins and programs that set-up has put into the cache.
pub fn command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if cache().join("docker/cli-plugins").is_dir() {
        command.env("DOCKER_CONFIG", cache().join("docker"));
        // Without the plugin for BuildKit, Compose can only build in the classic way.
        command.env("DOCKER_BUILDKIT", "0");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:{}", cache().join("python/bin").display()));
    command
}

/// What a command printed; fails with all it said.
pub fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = output(folder, program, arguments);
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}\n{}{}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    );
    said(&output.stdout)
}

/// How a command ended.
pub fn output(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let started = command(folder, program).args(arguments).output();
    started.unwrap_or_else(|error| panic!("{program}: {error}; run `make setup`"))
}
