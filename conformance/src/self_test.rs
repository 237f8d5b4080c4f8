//! The suite's own controls: specimens that must fail exactly one drill each, and one that survives all.

use std::io;
use std::path::Path;

use crate::drills::ROSTER;
use civic_contract::verdict::{Outcome, Verdict};
use include_dir::{Dir, DirEntry, include_dir};

static SPECIMENS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/specimens");
/// The specimen that survives, and of which each other one is a copy with one defect.
pub const SOUND: &str = "sound";

/// Ids of all specimens, the sound one first.
pub fn specimens() -> Vec<String> {
    let mut names: Vec<String> = SPECIMENS
        .dirs()
        .filter_map(|folder| Some(folder.path().file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort_by_key(|name| (name != SOUND, name.clone()));
    names
}

/// Writes a specimen into a folder: the sound app, and over it the files of the defect.
///
/// # Errors
/// When the folder cannot be written.
pub fn lay_out(id: &str, folder: &Path) -> io::Result<()> {
    for layer in [SOUND, id] {
        if let Some(files) = SPECIMENS.get_dir(layer) {
            write_all(files, Path::new(layer), folder)?;
        }
    }
    Ok(())
}

fn write_all(files: &Dir<'_>, below: &Path, folder: &Path) -> io::Result<()> {
    for entry in files.entries() {
        match entry {
            DirEntry::Dir(inner) => write_all(inner, below, folder)?,
            DirEntry::File(file) => {
                let path = folder.join(file.path().strip_prefix(below).unwrap_or(file.path()));
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                std::fs::write(&path, file.contents())?;
                set_mode(&path)?;
            }
        }
    }
    Ok(())
}

/// Embedded files have no modes, and this user's umask must not decide whether the app can be read.
#[cfg(unix)]
fn set_mode(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let hook = path.parent().is_some_and(|folder| folder.ends_with(crate::project::HOOKS_FOLDER));
    let mode = if hook { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Why a specimen's verdicts are not what they must be; empty when they are. The one drill a specimen is made
/// for must catch it (`deaf-probe` by `unsound`, all others by `fail`), and no other may.
pub fn complaints(id: &str, verdicts: &[Verdict]) -> Vec<String> {
    if verdicts.len() != ROSTER.len() {
        return vec![format!("{} of {} drills were judged", verdicts.len(), ROSTER.len())];
    }
    verdicts
        .iter()
        .filter_map(|verdict| {
            let wanted = match (verdict.drill == id, id) {
                (false, _) => Outcome::Pass,
                (true, "deaf-probe") => Outcome::Unsound,
                (true, _) => Outcome::Fail,
            };
            (verdict.outcome != wanted).then(|| {
                format!(
                    "{} is `{}` and must be `{}`: {}",
                    verdict.drill,
                    verdict.outcome.word(),
                    wanted.word(),
                    verdict.headline
                )
            })
        })
        .collect()
}
