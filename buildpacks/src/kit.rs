//! What a stack brings for building an image: the template of its Dockerfile, lines for `.dockerignore`, and the code
//! of its health routes; and how a project is built with it.
//!
//! Templates are files below `<stack>/templates/`. A line `{% include "name" %}` stands for the file
//! `shared/templates/name.part`: stacks share what they have in common, and a template handed out is whole.

mod assets;
mod health;
mod java;
mod needs;
mod node;
mod php;
mod plan;
mod project;
mod python;
mod recipe;
mod ruby;
mod start;
mod various;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use include_dir::{Dir, include_dir};

use crate::pins::{Pins, PinsError};
use recipe::Recipe;

pub use health::HealthCode;
pub use needs::Needs;
pub use plan::{Assets, BuildPlan};

/// Includes inside includes.
const MOST_DEPTH: usize = 4;

/// What a stack brings.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Template of the Dockerfile, in minijinja; docs/templates.md lists what it may ask for.
    pub dockerfile: String,
    /// Lines that the `.dockerignore` gets.
    pub dockerignore: String,
    /// Code that answers `/healthz` and `/readyz`, for a person to review; none where nobody wrote it yet.
    pub health: Vec<HealthCode>,
    pub(crate) recipe: Recipe,
}

/// The kits of all stacks, and the base images that they are built from.
#[derive(Debug, Clone)]
pub struct Kits {
    kits: BTreeMap<String, Kit>,
    pins: Pins,
}

/// Why kits cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// A file of `--buildpack-dir` cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A kit's file is none.
    #[error("buildpack `{id}`: {reason}")]
    Invalid {
        /// Folder name.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// The table of base images is none.
    #[error(transparent)]
    Pins(#[from] PinsError),
}

static SHARED: Dir = include_dir!("$CARGO_MANIFEST_DIR/shared/templates");

/// Stack, its templates, its `build.toml`. A folder of `--buildpack-dir` needs no line here.
static STACKS: [(&str, Dir, &str); 12] = [
    ("deno", include_dir!("$CARGO_MANIFEST_DIR/deno/templates"), include_str!("../deno/build.toml")),
    ("dotnet", include_dir!("$CARGO_MANIFEST_DIR/dotnet/templates"), include_str!("../dotnet/build.toml")),
    ("elixir", include_dir!("$CARGO_MANIFEST_DIR/elixir/templates"), include_str!("../elixir/build.toml")),
    ("go", include_dir!("$CARGO_MANIFEST_DIR/go/templates"), include_str!("../go/build.toml")),
    ("java", include_dir!("$CARGO_MANIFEST_DIR/java/templates"), include_str!("../java/build.toml")),
    ("node", include_dir!("$CARGO_MANIFEST_DIR/node/templates"), include_str!("../node/build.toml")),
    ("php", include_dir!("$CARGO_MANIFEST_DIR/php/templates"), include_str!("../php/build.toml")),
    ("python", include_dir!("$CARGO_MANIFEST_DIR/python/templates"), include_str!("../python/build.toml")),
    ("r", include_dir!("$CARGO_MANIFEST_DIR/r/templates"), include_str!("../r/build.toml")),
    ("ruby", include_dir!("$CARGO_MANIFEST_DIR/ruby/templates"), include_str!("../ruby/build.toml")),
    ("rust", include_dir!("$CARGO_MANIFEST_DIR/rust/templates"), include_str!("../rust/build.toml")),
    ("static", include_dir!("$CARGO_MANIFEST_DIR/static/templates"), include_str!("../static/build.toml")),
];

impl Kits {
    /// The kits that came with this program.
    ///
    /// # Errors
    ///
    /// When one of them is wrong; a test sees to it that none is.
    pub fn embedded() -> Result<Self, KitError> {
        let parts = parts(&SHARED);
        let mut kits = BTreeMap::new();
        for (id, folder, recipe) in &STACKS {
            kits.insert((*id).to_owned(), kit(id, &texts(folder), recipe, &parts)?);
        }
        Ok(Self { kits, pins: Pins::embedded()? })
    }

    /// The kits that came with this program, with files of `<folder>/<id>/templates/` and `<folder>/<id>/build.toml`
    /// in their place, and `<folder>/pins.toml` in place of the table of images.
    ///
    /// # Errors
    ///
    /// When a file that is there cannot be read or is wrong.
    pub fn with_folder(folder: &Path) -> Result<Self, KitError> {
        let mut kits = Self::embedded()?;
        let mut parts = parts(&SHARED);
        parts.extend(own_parts(&folder.join("shared/templates"))?);
        let ids = fs::read_dir(folder).map_err(|reason| unreadable(folder, reason))?.flatten();
        let folders = ids.filter(|entry| entry.path().is_dir());
        for id in folders.filter_map(|entry| entry.file_name().into_string().ok()).filter(|id| id != "shared")
        {
            let (mut files, mut recipe) = match STACKS.iter().find(|(held, ..)| *held == id) {
                Some((_, held, recipe)) => (texts(held), (*recipe).to_owned()),
                None => (BTreeMap::new(), String::new()),
            };
            files.extend(own(&folder.join(&id).join("templates"))?);
            recipe = read(&folder.join(&id).join("build.toml"))?.unwrap_or(recipe);
            if files.contains_key("Dockerfile") {
                kits.kits.insert(id.clone(), kit(&id, &files, &recipe, &parts)?);
            }
        }
        if let Some(text) = read(&folder.join("pins.toml"))? {
            kits.pins = Pins::parse(&text)?;
        }
        Ok(kits)
    }

    /// What a stack brings; none for a stack that only packages images of others.
    pub fn kit(&self, stack: &str) -> Option<&Kit> {
        self.kits.get(stack)
    }

    /// Every kit, by the name of its stack.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Kit)> {
        self.kits.iter().map(|(id, kit)| (id.as_str(), kit))
    }

    /// The table of base images.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }
}

fn kit(id: &str, files: &Texts, recipe: &str, parts: &Texts) -> Result<Kit, KitError> {
    let invalid = |reason: String| KitError::Invalid { id: id.into(), reason };
    let dockerfile =
        files.get("Dockerfile").ok_or_else(|| invalid("templates/Dockerfile is missing".into()))?;
    Ok(Kit {
        dockerfile: whole(dockerfile, parts, MOST_DEPTH).map_err(invalid)?,
        dockerignore: files.get("dockerignore").cloned().unwrap_or_default(),
        health: health::read(files).map_err(invalid)?,
        recipe: Recipe::parse(recipe).map_err(invalid)?,
    })
}

/// Puts parts in the place of the lines that name them.
fn whole(text: &str, parts: &Texts, depth: usize) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.lines() {
        let Some((name, rest)) = included(line) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let part =
            parts.get(name).filter(|_| depth > 0).ok_or_else(|| format!("there is no part `{name}`"))?;
        let part = whole(part, parts, depth - 1)?;
        out.push_str(part.strip_suffix('\n').filter(|_| !rest.is_empty()).unwrap_or(&part));
        if !rest.is_empty() {
            out.push_str(rest);
            out.push('\n');
        }
    }
    Ok(out)
}

/// Name of the part that a line stands for, and what goes on behind it.
fn included(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("{% include \"")?.split_once("\" %}")
}

/// Texts by their path below a folder of templates.
type Texts = BTreeMap<String, String>;

fn texts(folder: &Dir) -> Texts {
    let inner = folder.dirs().flat_map(texts);
    let own = folder.files().filter_map(|file| {
        Some((file.path().to_string_lossy().into_owned(), file.contents_utf8()?.to_owned()))
    });
    own.chain(inner).collect()
}

/// Parts by name, `labels` for `labels.part`.
fn parts(folder: &Dir) -> Texts {
    named(texts(folder))
}

fn named(texts: Texts) -> Texts {
    texts
        .into_iter()
        .filter_map(|(path, text)| Some((path.strip_suffix(".part")?.to_owned(), text)))
        .collect()
}

fn own_parts(folder: &Path) -> Result<Texts, KitError> {
    own(folder).map(named)
}

/// Files of a folder on the disk and of the folders in it; none when it is not there.
fn own(folder: &Path) -> Result<Texts, KitError> {
    let mut texts = Texts::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(texts) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            texts.extend(own(&path)?.into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else if let Some(text) = read(&path)? {
            texts.insert(name, text);
        }
    }
    Ok(texts)
}

fn read(path: &Path) -> Result<Option<String>, KitError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(unreadable(path, reason)),
    }
}

fn unreadable(path: &Path, reason: io::Error) -> KitError {
    KitError::Unreadable { path: path.into(), reason }
}

#[cfg(test)]
mod tests;
