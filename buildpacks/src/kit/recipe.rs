//! `build.toml`: what a stack needs for what a project has.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::project::Project;

/// What `build.toml` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Recipe {
    /// Files that the installation of dependencies needs, as globs below the build's folder.
    #[serde(default)]
    pub manifests: Vec<String>,
    /// Those of them that name every dependency with its exact version.
    #[serde(default)]
    pub locks: Vec<String>,
    /// Files that the template asks about.
    #[serde(default)]
    pub notable: Vec<String>,
    /// Folders of scratch files, absolute.
    #[serde(default)]
    pub tmpfs: Vec<String>,
    /// Versions of programs that the build installs by itself, as their own files would name them.
    #[serde(default)]
    pub tools: BTreeMap<String, String>,
    /// More, where something is there.
    #[serde(default)]
    pub need: Vec<Need>,
}

/// What is needed where all that is named is there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Need {
    /// Any of these dependencies, as globs.
    #[serde(default)]
    pub dependency: Vec<String>,
    /// Any of these frameworks.
    #[serde(default)]
    pub framework: Vec<String>,
    /// Any of these kinds of state or servers, such as `sqlite` or `postgres`.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// Any of these files, as globs.
    #[serde(default)]
    pub file: Vec<String>,
    /// Debian packages of the running app.
    #[serde(default)]
    pub run: Vec<String>,
    /// Debian packages of the build.
    #[serde(default)]
    pub build: Vec<String>,
    /// Words for the template.
    #[serde(default)]
    pub traits: Vec<String>,
    /// Folders of scratch files.
    #[serde(default)]
    pub tmpfs: Vec<String>,
    /// Variables that the app is started with.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

impl Recipe {
    pub fn parse(text: &str) -> Result<Self, String> {
        toml_edit::de::from_str(text).map_err(|error| format!("build.toml: {error}"))
    }

    /// The needs that hold for a project.
    pub fn needs<'r>(
        &'r self,
        project: &'r Project,
        framework: Option<&'r str>,
        keeps: &'r [String],
    ) -> impl Iterator<Item = &'r Need> {
        let any = |wanted: &[String], holds: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| holds(wanted))
        };
        self.need.iter().filter(move |need| {
            any(&need.dependency, &|glob| project.depends(glob))
                && any(&need.framework, &|id| framework == Some(id))
                && any(&need.keeps, &|kind| keeps.iter().any(|held| held == kind))
                && any(&need.file, &|glob| project.any(glob))
        })
    }
}
