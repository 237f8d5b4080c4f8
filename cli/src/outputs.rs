//! The folder of a run: journal, certificate or refusal, report.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use civic_contract::certificate::{Certificate, Refusal, digest};
use civic_contract::journal::Journal;
use civic_contract::verdict::Verdict;

/// Name of the journal in a run's folder.
pub const JOURNAL: &str = "journal.jsonl";
/// Name of the page in a run's folder.
pub const REPORT: &str = "report.html";

/// Makes a run's folder: `out`, or `.civic/runs/<run>` in the project.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(project: &Path, run: &str, out: Option<&Path>) -> io::Result<PathBuf> {
    if let Some(out) = out {
        fs::create_dir_all(out)?;
        return Ok(out.into());
    }
    let runs = project.join(".civic/runs");
    for part in [project.join(".civic"), runs.clone()] {
        if part.is_symlink() {
            return Err(io::Error::other(format!("{} is a link, which is not followed", part.display())));
        }
    }
    let folder = runs.join(run);
    fs::create_dir_all(&folder)?;
    let ignore = runs.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "# Written by civic: runs stay on the machine that made them.\n*\n")?;
    }
    point_latest_at(&runs, run)?;
    Ok(folder)
}

#[cfg(unix)]
fn point_latest_at(runs: &Path, run: &str) -> io::Result<()> {
    let (latest, fresh) = (runs.join("latest"), runs.join(format!(".latest-{run}")));
    std::os::unix::fs::symlink(run, &fresh)?;
    fs::rename(fresh, latest)
}

/// Links need a privilege on Windows.
#[cfg(not(unix))]
fn point_latest_at(_runs: &Path, _run: &str) -> io::Result<()> {
    Ok(())
}

/// What a run came to.
pub type Claim = Result<Certificate, Refusal>;

/// Writes certificate or refusal and the report from the journal in `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, journal: &Journal, verdicts: &[Verdict]) -> io::Result<Claim> {
    let text = fs::read(folder.join(JOURNAL))?;
    let claim = Certificate::issue(journal, verdicts, digest(&text));
    let (name, json) = match &claim {
        Ok(certificate) => ("certificate.json", certificate.to_json()),
        Err(refusal) => ("refusal.json", refusal.to_json()),
    };
    replace(&folder.join(name), json.as_bytes())?;
    replace(&folder.join(REPORT), civic_report::html(journal, verdicts).as_bytes())?;
    Ok(claim)
}

/// Beside its place, then renamed: a reader sees the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().permissions(readable()).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(unix)]
fn readable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}
