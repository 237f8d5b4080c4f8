//! Environment of containers: written out, from ConfigMaps, from kustomize's generators, from Secrets.

use std::path::Path;

use super::{Kubernetes, Object};
use crate::check::finding::Spot;
use crate::check::folder::{Folder, written};
use crate::check::yaml::Node;

/// A variable of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Setting {
    pub name: String,
    pub value: Value,
    pub spot: Spot,
}

/// Where a variable's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Value {
    /// It is in the file.
    Written(String),
    /// It is in a Secret, or somewhere else that is not in the file.
    Elsewhere,
}

/// A ConfigMap that kustomize makes.
#[derive(Debug)]
pub(in crate::check) struct Generator {
    pub name: String,
    pub settings: Vec<Setting>,
    /// Whether it makes a Secret.
    pub is_secret: bool,
}

/// The environment of a container; `None` in the second place says that some of it is not in these files.
pub(super) fn of(kubernetes: &Kubernetes, file: &str, container: &Node) -> (Vec<Setting>, bool) {
    let mut settings = Vec::new();
    let mut is_whole = true;
    for from in container.list("envFrom") {
        let Some(map) = from.at(&["configMapRef", "name"]).and_then(Node::text) else {
            is_whole = false;
            continue;
        };
        match kubernetes.config_map(map) {
            Some(found) => settings.extend(found),
            None => is_whole = false,
        }
    }
    for entry in container.list("env") {
        let Some(name) = entry.text_of("name") else { continue };
        let (value, at) = match entry.get("value") {
            Some(value) => (Value::Written(value.text().unwrap_or_default().into()), value),
            None => (Value::Elsewhere, entry),
        };
        // A variable of the container's own takes the place of one from a map.
        settings.retain(|other: &Setting| other.name != name);
        settings.push(Setting { name: name.into(), value, spot: at.spot(file) });
    }
    (settings, is_whole)
}

impl Kubernetes {
    /// What is in a ConfigMap of these files.
    fn config_map(&self, name: &str) -> Option<Vec<Setting>> {
        let written_out = self.of_kind("ConfigMap").find(|object| object.name == name).map(of_object);
        let generator = || self.settings.iter().find(|own| !own.is_secret && own.name == name);
        written_out.or_else(|| Some(generator()?.settings.clone()))
    }

    /// Every variable of a ConfigMap, by whatever it is made.
    pub fn public_settings(&self) -> Vec<Setting> {
        let generated =
            self.settings.iter().filter(|own| !own.is_secret).flat_map(|own| own.settings.clone());
        self.of_kind("ConfigMap").flat_map(of_object).chain(generated).collect()
    }
}

fn of_object(object: &Object) -> Vec<Setting> {
    let entries = object.node.get("data").map(Node::entries).unwrap_or_default();
    let setting = |(key, value): &(Node, Node)| {
        Some(Setting {
            name: key.text()?.into(),
            value: Value::Written(value.text()?.into()),
            spot: value.spot(&object.file),
        })
    };
    entries.iter().filter_map(setting).collect()
}

/// The generators of a kustomization.
pub(super) fn generators(folder: &Folder, file: &Path, nodes: &[Node]) -> Vec<Generator> {
    let mut found = Vec::new();
    for node in nodes {
        for (key, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            found.extend(node.list(key).iter().map(|entry| generator(folder, file, entry, is_secret)));
        }
    }
    found
}

fn generator(folder: &Folder, file: &Path, entry: &Node, is_secret: bool) -> Generator {
    let literals = entry.list("literals").iter().filter_map(|literal| {
        let (name, value) = literal.text()?.split_once('=')?;
        let value = Value::Written(value.into());
        Some(Setting { name: name.into(), value, spot: literal.spot(&written(file)) })
    });
    let base = file.parent().unwrap_or(Path::new(""));
    let files = entry.list("envs").iter().chain(entry.get("env")).filter_map(Node::text);
    let lines = files.flat_map(|path| properties(folder, &written(&base.join(path))));
    let settings = literals.chain(lines).collect();
    Generator { name: entry.text_of("name").unwrap_or_default().into(), settings, is_secret }
}

/// `NAME=value`, one a line, taken as it stands.
fn properties(folder: &Folder, file: &str) -> Vec<Setting> {
    let Ok(text) = folder.text(Path::new(file)) else { return Vec::new() };
    let lines = text.text.lines().zip(1..);
    let setting = |(line, number): (&str, u32)| {
        let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let column = u32::try_from(name.chars().count()).ok()?.checked_add(2)?;
        let spot = Spot { file: file.into(), line: number, column };
        Some(Setting { name: name.trim().into(), value: Value::Written(value.into()), spot })
    };
    lines.filter_map(setting).collect()
}
