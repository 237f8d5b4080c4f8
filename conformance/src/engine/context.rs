//! A build context as a tar archive in memory.

use std::io;
use std::path::{Path, PathBuf};

use crate::dockerignore::{BadPattern, DockerIgnore};

/// A context larger than this is refused: it is most likely a missing `.dockerignore`.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Reports and journals of earlier runs: no image needs them, and they would undo the build cache each time.
const OURS: &str = ".civic";

/// A build context that could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of `.dockerignore` is no pattern.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// A link leads out of the project.
    #[error("the build context {0} is a link out of the project: put the files themselves there")]
    Outside(PathBuf),
    /// More than a gigabyte.
    #[error("the build context is larger than 1 GiB: list what the image does not need in .dockerignore")]
    TooLarge,
}

/// The build context's folder, which must lie in the project also when a link leads to it.
///
/// # Errors
/// [`ContextError::Outside`], [`ContextError::Read`].
pub(super) fn folder_of(project: &Path, context: &Path) -> Result<PathBuf, ContextError> {
    let real = |path: &Path| {
        let failed = |source| ContextError::Read { path: path.into(), source };
        path.canonicalize().map_err(failed)
    };
    let (project, folder) = (real(project)?, real(&project.join(context))?);
    if folder.starts_with(&project) { Ok(folder) } else { Err(ContextError::Outside(context.into())) }
}

/// Packs a folder for a build. The Dockerfile and `.dockerignore` are always in it, links stay links and are
/// never followed, and what is neither file, folder nor link (sockets, FIFOs, devices) is left out.
///
/// # Errors
/// [`ContextError`].
pub(super) fn pack(folder: &Path, dockerfile: &Path) -> Result<Vec<u8>, ContextError> {
    let ignore = folder.join(".dockerignore");
    // A plain file only: reading a FIFO would wait for ever.
    let text = match std::fs::symlink_metadata(&ignore) {
        Ok(meta) if meta.is_file() => match std::fs::read(&ignore) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(source) => return Err(ContextError::Read { path: ignore, source }),
        },
        _ => String::new(),
    };
    let mut packer = Packer {
        folder,
        always: [dockerfile.to_owned(), PathBuf::from(".dockerignore")],
        ignore: DockerIgnore::parse(&text)?,
        tar: tar::Builder::new(Vec::new()),
        size: 0,
    };
    packer.tar.follow_symlinks(false);
    packer.add_folder(Path::new(""))?;
    packer.tar.into_inner().map_err(|source| ContextError::Read { path: folder.into(), source })
}

struct Packer<'a> {
    folder: &'a Path,
    always: [PathBuf; 2],
    ignore: DockerIgnore,
    tar: tar::Builder<Vec<u8>>,
    size: u64,
}

impl Packer<'_> {
    fn add_folder(&mut self, relative: &Path) -> Result<(), ContextError> {
        let path = self.folder.join(relative);
        let failed = |source| ContextError::Read { path: path.clone(), source };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name());
        }
        names.sort(); // the same tree gives the same archive, and so a cached build
        for name in names {
            self.add(&relative.join(name))?;
        }
        Ok(())
    }

    fn add(&mut self, relative: &Path) -> Result<(), ContextError> {
        if relative == Path::new(OURS) {
            return Ok(());
        }
        let path = self.folder.join(relative);
        let failed = |source| ContextError::Read { path: path.clone(), source };
        let meta = std::fs::symlink_metadata(&path).map_err(failed)?;
        let ignored = self.ignore.ignores(relative) && !self.always.iter().any(|kept| kept == relative);
        if meta.is_dir() {
            // A folder that is ignored may still hold a file that a later rule or the Dockerfile's name keeps.
            let may_hold =
                self.ignore.keeps_any() || self.always.iter().any(|kept| kept.starts_with(relative));
            if !ignored {
                self.tar.append_path_with_name(&path, relative).map_err(failed)?;
            }
            return if !ignored || may_hold { self.add_folder(relative) } else { Ok(()) };
        }
        if ignored || !(meta.is_file() || meta.is_symlink()) {
            return Ok(());
        }
        self.size += meta.len();
        if self.size > LARGEST {
            return Err(ContextError::TooLarge);
        }
        self.tar.append_path_with_name(&path, relative).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[&str], ignore: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::write(folder.path().join(".dockerignore"), ignore).unwrap();
        std::fs::write(folder.path().join("Dockerfile"), "FROM scratch").unwrap();
        let tar = pack(folder.path(), Path::new("Dockerfile")).unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let entries = archive.entries().unwrap().map(|entry| entry.unwrap());
        entries
            .filter(|entry| entry.header().entry_type().is_file())
            .map(|entry| entry.path().unwrap().display().to_string())
            .collect()
    }

    #[test]
    fn patterns_are_anchored_at_the_root() {
        let files = ["a.md", "docs/a.md", "src/x"];
        assert_eq!(packed(&files, "*.md"), [".dockerignore", "Dockerfile", "docs/a.md", "src/x"]);
        assert_eq!(packed(&files, "**/*.md"), [".dockerignore", "Dockerfile", "src/x"]);
        assert_eq!(packed(&files, "/docs/"), [".dockerignore", "Dockerfile", "a.md", "src/x"]);
    }

    #[test]
    fn a_later_rule_keeps_a_file_of_an_ignored_folder() {
        let files = ["docs/a.md", "docs/b.md"];
        assert_eq!(packed(&files, "docs\n!docs/b.md\n"), [".dockerignore", "Dockerfile", "docs/b.md"]);
    }

    #[test]
    fn the_dockerfile_is_never_ignored() {
        assert_eq!(packed(&["x"], "*\n"), [".dockerignore", "Dockerfile"]);
    }

    #[test]
    fn what_earlier_runs_wrote_is_never_in_it() {
        assert_eq!(packed(&["x", ".civic/runs/1/journal.jsonl"], ""), [".dockerignore", "Dockerfile", "x"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_context_behind_a_link_out_of_the_project_is_refused() {
        let (project, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(project.path().join("inside")).unwrap();
        std::os::unix::fs::symlink("inside", project.path().join("alias")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), project.path().join("out")).unwrap();
        assert!(folder_of(project.path(), Path::new("alias")).is_ok());
        assert!(folder_of(project.path(), Path::new("")).is_ok());
        let refused = folder_of(project.path(), Path::new("out"));
        assert!(matches!(refused, Err(ContextError::Outside(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), "FROM scratch").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("out")).unwrap();
        let tar = pack(folder.path(), Path::new("Dockerfile")).unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let found = archive.entries().unwrap().map(|entry| entry.unwrap());
        let link = found.into_iter().find(|entry| entry.path().unwrap() == Path::new("out")).unwrap();
        assert!(link.header().entry_type().is_symlink());
    }
}
