//! Readers of the files that package managers keep: a text in, facts with their lines out. None of them fails:
//! a file that cannot be read gives no facts and says why.

mod compose;
mod dockerfile;
mod dotnet;
mod environment;
mod go;
mod heroku;
mod java;
mod json;
mod lines;
mod platform;
mod python;
mod ruby;
mod toml;
pub(crate) mod yaml;

use std::sync::LazyLock;

use crate::glob::Names;

pub(crate) use compose::{ComposeFile, compose};
pub(crate) use dockerfile::{DockerStage, Dockerfile, dockerfile};
pub(crate) use environment::environment;
pub(crate) use heroku::{AppJson, Procfile, app_json, heroku_yml, procfile};
pub(crate) use lines::{Keys, line_of};
pub(crate) use platform::platform_jobs;

/// A value and the line it stands on, from 1; 0 where the file has no lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub value: T,
    pub line: usize,
}

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// When the app runs.
    Run,
    /// When it is built or tested.
    Dev,
    /// When something else needs it.
    Indirect,
}

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub name: String,
    pub version: String,
    pub scope: Scope,
    pub line: usize,
}

/// What a manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub path: String,
    pub dependencies: Vec<Dependency>,
    /// Scripts by name: `npm run NAME`, `composer NAME`.
    pub scripts: Vec<(String, At<String>)>,
    /// Other keys, dotted: `engines.node`, `main`, `private`.
    pub fields: Vec<(String, At<String>)>,
    /// Folders of workspace members, as globs.
    pub members: Vec<String>,
    /// Why the file could not be read.
    pub broken: Option<String>,
}

impl Manifest {
    fn broken(reason: impl Into<String>) -> Self {
        Self { broken: Some(reason.into()), ..Self::default() }
    }

    fn depend(&mut self, name: impl Into<String>, version: impl Into<String>, scope: Scope, line: usize) {
        self.dependencies.push(Dependency { name: name.into(), version: version.into(), scope, line });
    }

    fn field(&mut self, key: impl Into<String>, value: impl Into<String>, line: usize) {
        self.fields.push((key.into(), At { value: value.into(), line }));
    }

    /// A script's command.
    pub fn script(&self, name: &str) -> Option<&At<String>> {
        self.scripts.iter().find(|(held, _)| held == name).map(|(_, command)| command)
    }

    /// A field's value.
    pub fn get(&self, key: &str) -> Option<&At<String>> {
        self.fields.iter().find(|(held, _)| held == key).map(|(_, value)| value)
    }
}

type Reader = fn(&str) -> Manifest;

/// Which reader takes which file name.
const READERS: [(&str, Reader); 18] = [
    ("package.json", json::package),
    ("composer.json", json::composer),
    ("deno.{json,jsonc}", json::deno),
    ("{requirements,*requirements,requirements-*,requirements_*}.{txt,in}", python::requirements),
    ("pyproject.toml", toml::pyproject),
    ("Pipfile", toml::pipfile),
    ("{setup.py,setup.cfg}", python::setup),
    ("environment.{yml,yaml}", python::conda),
    ("{Gemfile,gems.rb}", ruby::gemfile),
    ("*.gemspec", ruby::gemspec),
    ("go.mod", go::go_mod),
    ("pom.xml", java::pom),
    ("build.{gradle,gradle.kts}", java::gradle),
    ("*.{csproj,fsproj,vbproj}", dotnet::project),
    ("packages.config", dotnet::project),
    ("mix.exs", ruby::mix),
    ("Cargo.toml", toml::cargo),
    ("{DESCRIPTION,renv.lock}", ruby::description),
];

/// Whether a file of that name is a manifest.
pub(crate) fn is_manifest(name: &str) -> bool {
    static NAMES: LazyLock<Names> = LazyLock::new(|| Names::new(READERS.iter().map(|(glob, _)| *glob)));
    NAMES.has(name)
}

/// Reads a manifest by its file name.
pub(crate) fn manifest(path: &str, text: &str) -> Option<Manifest> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, reader) = READERS.iter().find(|(glob, _)| fast_glob::glob_match(glob, name))?;
    Some(Manifest { path: path.into(), ..reader(text) })
}

#[cfg(test)]
mod tests;
