//! A project folder as its team wrote it: manifest and hooks, read before anything is touched.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use civic_contract::manifest::{self, Manifest, ManifestErrors};
use sha2::{Digest, Sha256};

/// Name of the manifest.
pub const MANIFEST: &str = "civic.toml";
/// Where the hooks are.
pub const HOOKS_FOLDER: &str = "civic/hooks";
/// A manifest larger than this is none.
const LARGEST_MANIFEST: u64 = 1024 * 1024;
/// All hooks together.
const LARGEST_HOOKS: u64 = 16 * 1024 * 1024;

/// A project that can be certified.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The folder as its user wrote it, for commands to paste.
    pub named: String,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// `sha256:…` of civic.toml's bytes.
    pub digest: String,
    /// Its hooks as a tar archive.
    pub hooks: Vec<u8>,
}

/// A project that cannot be certified; nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The path is no folder.
    #[error("{0} is not a folder")]
    NoFolder(PathBuf),
    /// There is no manifest.
    #[error("there is no civic.toml in {0}")]
    NoManifest(PathBuf),
    /// The manifest cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error("civic.toml is not valid")]
    Invalid {
        /// Its text, with what is not UTF-8 replaced.
        text: String,
        /// What is wrong.
        errors: ManifestErrors,
    },
    /// A hook that civic.toml names cannot be used.
    #[error("hook {path}: {reason}")]
    Hook {
        /// File relative to the project.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        fix: String,
    },
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub fn load(folder: &Path) -> Result<Self, ProjectError> {
        if !folder.is_dir() {
            return Err(ProjectError::NoFolder(folder.into()));
        }
        let bytes = read_manifest(folder)?;
        let manifest = manifest::parse(&bytes).map_err(|errors| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            ProjectError::Invalid { text, errors }
        })?;
        refuse_links(folder)?;
        for hook in manifest.hook_files() {
            check_hook(folder, &hook)?;
        }
        Ok(Self {
            named: folder.display().to_string(),
            folder: folder.into(),
            digest: format!("sha256:{}", crate::secrets::hex(&Sha256::digest(&bytes))),
            hooks: pack_hooks(folder)?,
            manifest: Arc::new(manifest),
        })
    }
}

fn read_manifest(folder: &Path) -> Result<Vec<u8>, ProjectError> {
    let path = folder.join(MANIFEST);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ProjectError::NoManifest(folder.into()),
        _ => ProjectError::Unreadable { path: folder.join(MANIFEST), source },
    };
    // A FIFO would block for ever, and a folder reads as nothing.
    if !std::fs::metadata(&path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file")));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&path).map_err(failed)?;
    file.take(LARGEST_MANIFEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A hooks folder that is a link would carry files of this machine into the app's containers.
fn refuse_links(folder: &Path) -> Result<(), ProjectError> {
    let mut parts = Path::new(HOOKS_FOLDER).ancestors();
    let is_link = |part: &&Path| !part.as_os_str().is_empty() && folder.join(part).is_symlink();
    match parts.find(is_link) {
        None => Ok(()),
        Some(link) => Err(ProjectError::Hook {
            path: link.into(),
            reason: "it is a link, which may lead out of the project".into(),
            fix: "Put the folder itself there: links are not followed.".into(),
        }),
    }
}

fn check_hook(folder: &Path, hook: &Path) -> Result<(), ProjectError> {
    let refuse =
        |reason: &str, fix: String| Err(ProjectError::Hook { path: hook.into(), reason: reason.into(), fix });
    let shown = hook.display();
    match std::fs::symlink_metadata(folder.join(hook)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            refuse("there is no such file", format!("Write it, or take it out of {MANIFEST}."))
        }
        Err(error) => refuse(&error.to_string(), "Make it readable.".into()),
        Ok(meta) if !meta.is_file() => {
            refuse("it is not a plain file", "Put the program itself there: links are not followed.".into())
        }
        Ok(meta) if !is_executable(&meta) => refuse(
            "it is not executable",
            format!("Run `chmod +x {shown}` (and `git update-index --chmod=+x {shown}`)."),
        ),
        Ok(_) => Ok(()),
    }
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

/// Elsewhere there is no such bit; the suite sets it in the container.
#[cfg(not(unix))]
fn is_executable(_meta: &std::fs::Metadata) -> bool {
    true
}

/// Packs the hooks folder: plain files and folders only, owned by root, executable by everybody.
fn pack_hooks(folder: &Path) -> Result<Vec<u8>, ProjectError> {
    let root = folder.join(HOOKS_FOLDER);
    let failed = |source| ProjectError::Unreadable { path: folder.join(HOOKS_FOLDER), source };
    let mut tar = tar::Builder::new(Vec::new());
    let mut waiting = if root.is_dir() { vec![PathBuf::new()] } else { Vec::new() };
    let mut size = 0;
    while let Some(below) = waiting.pop() {
        for entry in std::fs::read_dir(root.join(&below)).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = below.join(entry.file_name());
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                waiting.push(name);
            } else if kind.is_file() {
                size += entry.metadata().map_err(failed)?.len();
                if size > LARGEST_HOOKS {
                    return Err(failed(io::Error::other("the hooks are larger than 16 MiB together")));
                }
                let bytes = std::fs::read(entry.path()).map_err(failed)?;
                append(&mut tar, &name, &bytes).map_err(failed)?;
            }
        }
    }
    tar.into_inner().map_err(failed)
}

fn append(tar: &mut tar::Builder<Vec<u8>>, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o755);
    header.set_entry_type(tar::EntryType::Regular);
    tar.append_data(&mut header, name, bytes)
}
