//! Templates of other people, in cargo-generate's format: somebody else's files, rendered into a private folder and
//! looked at before any of them comes near a project.
//!
//! cargo-generate 0.26 reads the environment, prints, turns an unknown name into nothing, and leaves a file that it
//! cannot render as it was, all with success. So it runs in a process of its own with an empty environment
//! ([`generate`] is that process's whole work), and [`collect`] looks for each of these afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cargo_generate::{GenerateArgs, TemplatePath, Vcs};
use serde::{Deserialize, Serialize};
use toml_edit::DocumentMut;

use crate::file::{File, Merge, Mode};

/// Files of a template, and bytes of one and of all of them.
const MOST_FILES: usize = 500;
const MOST_BYTES: u64 = 2 << 20;
const MOST_TOTAL: u64 = 16 << 20;
/// cargo-generate's own file.
const CONFIG: &str = "cargo-generate.toml";

/// What the rendering process is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Copy of the template, see [`copy`].
    pub template: PathBuf,
    /// Empty folder for the files.
    pub staging: PathBuf,
    /// Project's name.
    pub name: String,
    /// Every name that a template may use.
    pub values: BTreeMap<String, String>,
    /// Whether the template's own programs may run.
    pub allow_hooks: bool,
}

/// Why a template is not used.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// A file or folder cannot be read or written.
    #[error("cannot use the template's {path}: {reason}")]
    Unreadable {
        /// Relative path.
        path: String,
        /// What the system said.
        reason: io::Error,
    },
    /// It holds something that no template needs.
    #[error("the template is refused: {path} {why}")]
    Refused {
        /// Relative path.
        path: String,
        /// Reason.
        why: String,
    },
    /// cargo-generate gave up.
    #[error("the template cannot be rendered: {0}")]
    Failed(String),
    /// A file came out of it as it went in.
    #[error(
        "the template's {path} was not rendered: it uses a name that civic does not give, or is no valid Liquid"
    )]
    Unrendered {
        /// Relative path.
        path: String,
    },
}

/// Copies a template without links, devices and history. Its hooks are taken out of every `cargo-generate.toml` unless
/// they are allowed.
///
/// # Errors
///
/// When it holds links or other things that are no files, or too much; when a file runs a program of the template's
/// that is not allowed.
pub fn copy(from: &Path, to: &Path, allow_hooks: bool) -> Result<(), GuestError> {
    let files = walk(from)?;
    let unwanted = if allow_hooks { Vec::new() } else { hooks(from) };
    for (path, from) in files.iter().filter(|(path, _)| !unwanted.contains(path)) {
        let target = to.join(path);
        let unreadable = |reason| GuestError::Unreadable { path: path.clone(), reason };
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(unreadable)?;
        }
        fs::copy(from, &target).map_err(unreadable)?;
        if !allow_hooks {
            without_programs(path, &target)?;
        }
    }
    Ok(())
}

/// cargo-generate looks for its file in the folders below, too, and takes a `.liquid` off every name before that.
fn is_config(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".liquid").unwrap_or(name) == CONFIG
}

/// Hooks of a template, so that a person can be told what was not run.
pub fn hooks(template: &Path) -> Vec<String> {
    let files = walk(template).unwrap_or_default(); // what cannot be walked is refused when it is copied
    files.iter().filter(|(path, _)| is_config(path)).flat_map(|(_, at)| hooks_of(at)).collect()
}

fn hooks_of(config: &Path) -> Vec<String> {
    let text = fs::read_to_string(config).unwrap_or_default();
    let Ok(document) = text.parse::<DocumentMut>() else { return Vec::new() };
    let Some(hooks) = document.get("hooks").and_then(|item| item.as_table_like()) else { return Vec::new() };
    let lists = hooks.iter().filter_map(|(_, item)| item.as_array());
    lists.flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Takes a file's hooks away, and refuses the filter that runs a script in the middle of a text.
fn without_programs(path: &str, file: &Path) -> Result<(), GuestError> {
    let unreadable = |reason| GuestError::Unreadable { path: path.to_owned(), reason };
    let refused = |why: String| GuestError::Refused { path: path.to_owned(), why };
    let bytes = fs::read(file).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes);
    if text.split('|').skip(1).any(|rest| rest.trim_start().starts_with("rhai")) && has_markup(&bytes) {
        return Err(refused("runs a program of the template's, which needs --allow-template-hooks".into()));
    }
    if !is_config(path) {
        return Ok(());
    }
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| refused(format!("is not valid: {error}")))?;
    document.remove("hooks");
    fs::write(file, document.to_string()).map_err(unreadable)
}

/// Renders; the whole work of a process whose environment holds `USER` and nothing else of a person's.
///
/// # Errors
///
/// What cargo-generate said.
pub fn generate(request: &Request) -> Result<(), GuestError> {
    let template = request.template.to_string_lossy().into_owned();
    let mut values = request.values.clone();
    values.remove("project-name"); // cargo-generate's own
    let arguments = GenerateArgs {
        template_path: TemplatePath { path: Some(template), ..TemplatePath::default() },
        name: Some(request.name.clone()),
        force: true,
        quiet: true,
        silent: true,
        continue_on_error: false,
        vcs: Some(Vcs::None),
        define: values.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        init: true,
        destination: Some(request.staging.clone()),
        allow_commands: request.allow_hooks,
        no_workspace: true,
        no_fmt: true,
        ..GenerateArgs::default()
    };
    cargo_generate::generate(arguments).map(|_| ()).map_err(|error| GuestError::Failed(format!("{error:#}")))
}

/// The rendered files, each compared with what it was made from.
///
/// # Errors
///
/// When a file was not rendered, asks for a name that nobody gives, or is no regular file.
pub fn collect(request: &Request) -> Result<Vec<File>, GuestError> {
    // By the template's own files: names of files are rendered as well, so that an output does not tell its source.
    for (path, at) in walk(&request.template)?.into_iter().filter(|(path, _)| !is_config(path)) {
        let source = fs::read(&at).map_err(|reason| GuestError::Unreadable { path: path.clone(), reason })?;
        if let Some(name) = unknown(&source, &request.values) {
            return Err(GuestError::Refused {
                path,
                why: format!("asks for `{name}`, which civic does not give"),
            });
        }
    }
    let mut files = Vec::new();
    for (path, at) in walk(&request.staging)? {
        let content =
            fs::read(&at).map_err(|reason| GuestError::Unreadable { path: path.clone(), reason })?;
        let originals = [request.template.join(&path), request.template.join(format!("{path}.liquid"))];
        if has_markup(&content)
            && originals.iter().any(|original| fs::read(original).is_ok_and(|source| source == content))
        {
            return Err(GuestError::Unrendered { path });
        }
        files.push(File { mode: mode(&originals, &content), merge: merge(&path), path, content });
    }
    Ok(files)
}

fn has_markup(content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    text.contains("{{") || text.contains("{%")
}

/// The first plain name that nobody defines: Liquid would print nothing for it, or take it for "no".
fn unknown(source: &[u8], values: &BTreeMap<String, String>) -> Option<String> {
    const OWN: [&str; 7] =
        ["project-name", "crate_name", "crate_type", "authors", "username", "os-arch", "is_init"];
    let text = std::str::from_utf8(source).ok()?;
    if text.contains("{% raw") || text.contains("{%- raw") {
        return None; // what is raw is not asked for
    }
    let assigned = |name: &str| {
        ["assign", "capture", "for"].iter().any(|word| text.contains(&format!("{word} {name} ")))
    };
    let printed = text.split("{{").skip(1).filter_map(|rest| first_name(rest.split("}}").next()?));
    let asked = text.split("{%").skip(1).filter_map(|rest| {
        let inner = rest.split("%}").next()?.trim_start_matches(['-', ' ']);
        let (tag, rest) = inner.split_once(' ')?;
        matches!(tag, "if" | "unless" | "elsif" | "case").then(|| first_name(rest))?
    });
    let is_known = |name: &&str| values.contains_key(*name) || OWN.contains(name) || assigned(name);
    printed.chain(asked).find(|name| !is_known(name)).map(str::to_owned)
}

/// The name that an expression begins with; none when it begins with a literal.
fn first_name(expression: &str) -> Option<&str> {
    let name = expression.trim_matches(['-', ' ']).split(['|', ' ', '.', '=', '!', '<', '>']).next()?.trim();
    let is_literal = matches!(name, "true" | "false" | "nil" | "empty" | "blank");
    (name.starts_with(|first: char| first.is_ascii_alphabetic()) && !is_literal).then_some(name)
}

/// cargo-generate writes every file anew and forgets that some are programs.
fn mode(originals: &[PathBuf], content: &[u8]) -> Mode {
    use std::os::unix::fs::PermissionsExt;
    let is_program =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    if originals.iter().any(is_program) || content.starts_with(b"#!") {
        Mode::Executable
    } else {
        Mode::Regular
    }
}

fn merge(path: &str) -> Merge {
    match path.rsplit('/').next().unwrap_or_default() {
        ".dockerignore" | ".gitignore" => Merge::Lines,
        name if name.ends_with(".toml") => Merge::Toml,
        _ => Merge::Text,
    }
}

/// Regular files below a folder, by relative path; anything else is refused.
fn walk(root: &Path) -> Result<Vec<(String, PathBuf)>, GuestError> {
    let mut found = Vec::new();
    let mut total = 0;
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let unreadable = |reason| GuestError::Unreadable { path: folder.clone(), reason };
        for entry in fs::read_dir(root.join(&folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let refused = |why: &str| GuestError::Refused {
                path: format!("{folder}{}", name.to_string_lossy()),
                why: why.into(),
            };
            let path =
                format!("{folder}{}", name.to_str().ok_or_else(|| refused("has a name that is not UTF-8"))?);
            if path == ".git" {
                continue;
            }
            let meta = fs::symlink_metadata(entry.path()).map_err(unreadable)?;
            if meta.is_dir() {
                folders.push(format!("{path}/"));
            } else if !meta.is_file() {
                return Err(refused("is a link or a device; templates are files and folders"));
            } else {
                total += meta.len();
                if meta.len() > MOST_BYTES || total > MOST_TOTAL || found.len() >= MOST_FILES {
                    return Err(refused("is too much: at most 500 files of 2 MiB, 16 MiB together"));
                }
                found.push((path, entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}
