//! requirements.txt, setup.py and environment.yml.

use super::lines::{numbered, without_comment};
use super::{Manifest, Scope};

/// `https://pip.pypa.io/en/stable/reference/requirements-file-format/`.
pub(super) fn requirements(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (line, content) in numbered(text) {
        if let Some((name, version)) = requirement(without_comment(content)) {
            manifest.depend(name, version, Scope::Run, line);
        }
    }
    manifest
}

/// Name in its normal form (PEP 503) and the rest of a requirement (PEP 508).
pub(super) fn requirement(written: &str) -> Option<(String, String)> {
    let written = written.trim();
    if let Some((_, name)) = written.split_once("#egg=") {
        return requirement(name.split('&').next()?);
    }
    let end = written.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let (name, rest) = written.split_at(end.unwrap_or(written.len()));
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_name = starts_well && !rest.starts_with([':', '/', '\\']);
    is_name.then(|| (name.to_lowercase().replace(['_', '.'], "-"), rest.trim().to_owned()))
}

/// The strings of `install_requires`; setup.py is a program, so that only its plain lists can be read.
pub(super) fn setup(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    manifest.field("setup", "", 1);
    let mut scope = None;
    for (line, content) in numbered(text) {
        let content = without_comment(content);
        let entered = section(content);
        scope = entered.or(scope);
        let Some(scope_now) = scope else { continue };
        let quoted: Vec<&str> = content.split(['"', '\'']).skip(1).step_by(2).collect();
        let is_plain =
            quoted.is_empty() && entered.is_none() && !content.contains('=') || is_cfg_line(content);
        let names = if is_plain { vec![content] } else { quoted };
        for (name, version) in names.into_iter().filter_map(requirement) {
            manifest.depend(name, version, scope_now, line);
        }
        if content.contains(']') || content.is_empty() {
            scope = None;
        }
    }
    manifest
}

fn section(line: &str) -> Option<Scope> {
    if line.starts_with("install_requires") {
        return Some(Scope::Run);
    }
    (line.starts_with("tests_require") || line.starts_with("extras_require")).then_some(Scope::Dev)
}

fn is_cfg_line(line: &str) -> bool {
    !line.contains(['"', '\'', '(', '[']) && ["==", ">=", "~="].iter().any(|sign| line.contains(sign))
}

/// `https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html`.
pub(super) fn conda(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut is_inside = false;
    for (line, content) in numbered(text) {
        let content = without_comment(content);
        if content.ends_with(':') {
            is_inside = content == "dependencies:" || (is_inside && content.starts_with('-'));
            continue;
        }
        let item = content.strip_prefix('-').filter(|_| is_inside).map(str::trim);
        if let Some((name, version)) = item.and_then(requirement) {
            manifest.depend(name, version, Scope::Run, line);
        }
    }
    manifest
}
