//! Kubernetes files of a project as far as the rules look at them: whole objects, kustomize's own files, nothing rendered.

mod pods;
mod settings;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::folder::{Entry, Folder, written};
use super::yaml::{self, Node};

pub(super) use pods::{Container, Found, Workload};
pub(super) use settings::Value;

/// Folders where projects keep them.
const FOLDERS: [&str; 7] = ["deploy", "deployment", "k8s", ".k8s", "kube", "kubernetes", "manifests"];
/// Kustomize's names for its own file.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Most files looked at.
const MOST_FILES: usize = 500;

/// Everything of a project that is Kubernetes' business.
#[derive(Debug, Default)]
pub(super) struct Kubernetes {
    pub objects: Vec<Object>,
    pub settings: Vec<settings::Generator>,
    /// What was not looked at, and why.
    pub skipped: Vec<Skipped>,
}

/// A whole object; patches are none.
#[derive(Debug)]
pub(super) struct Object {
    /// Relative to the project.
    pub file: String,
    pub kind: String,
    pub name: String,
    pub node: Node,
}

/// A file or folder that was not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub file: String,
    pub line: u32,
    pub why: Why,
}

/// Why something was not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A chart: its files are templates.
    Chart,
    /// It has `{{ … }}`, which some program replaces first.
    Template,
    /// It is no YAML; the text says what it is.
    Unreadable(String),
}

impl Kubernetes {
    /// Reads what is there.
    pub fn find(folder: &Folder) -> Self {
        let mut found = Self::default();
        let mut charts = BTreeSet::new();
        let mut files = Vec::new();
        for top in FOLDERS.iter().filter(|top| folder.has(Path::new(top))) {
            let entries = folder.walk(Path::new(top), |_| true);
            let chart = |entry: &&Entry| {
                entry.is_file && entry.path.file_name().is_some_and(|name| name == "Chart.yaml")
            };
            charts.extend(
                entries.iter().filter(chart).filter_map(|entry| entry.path.parent().map(Path::to_owned)),
            );
            files.extend(entries.into_iter().filter(|entry| entry.is_file).map(|entry| entry.path));
        }
        for top in ["chart", "charts", "helm"].iter().filter(|top| folder.has(Path::new(top))) {
            let entries = folder.walk(Path::new(top), |_| true);
            let names = entries
                .iter()
                .filter(|entry| entry.path.file_name().is_some_and(|name| name == "Chart.yaml"));
            charts.extend(names.filter_map(|entry| entry.path.parent().map(Path::to_owned)));
        }
        let outer =
            |chart: &&PathBuf| !charts.iter().any(|other| other != *chart && chart.starts_with(other));
        found.skipped.extend(charts.iter().filter(outer).map(|chart| Skipped {
            file: written(&chart.join("Chart.yaml")),
            line: 0,
            why: Why::Chart,
        }));
        files.retain(|file| is_yaml(file) && !charts.iter().any(|chart| file.starts_with(chart)));
        files.truncate(MOST_FILES);
        let parts: Vec<(PathBuf, Vec<Node>)> =
            files.into_iter().filter_map(|file| Some((file.clone(), found.read(folder, &file)?))).collect();
        found.settings = parts
            .iter()
            .filter(|(file, _)| is_kustomization(file))
            .flat_map(|(file, nodes)| settings::generators(folder, file, nodes))
            .collect();
        let patches: BTreeSet<String> = parts
            .iter()
            .filter(|(file, _)| is_kustomization(file))
            .flat_map(|(file, nodes)| patches(file, nodes))
            .collect();
        for (file, nodes) in parts.into_iter().filter(|(file, _)| !patches.contains(&written(file))) {
            found.objects.extend(nodes.into_iter().flat_map(flat).filter_map(|node| object(&file, node)));
        }
        found
    }

    /// Documents of a file; `None` for one that is none of Kubernetes' business or cannot be read, which is noted.
    fn read(&mut self, folder: &Folder, file: &Path) -> Option<Vec<Node>> {
        let skipped = |line, why| Skipped { file: written(file), line, why };
        let text = match folder.text(file) {
            Ok(text) => text.text,
            Err(reason) => {
                self.skipped.push(skipped(0, Why::Unreadable(reason.to_string())));
                return None;
            }
        };
        match yaml::documents(&text) {
            Ok(documents) => Some(documents),
            Err(_) if text.contains("{{") => {
                self.skipped.push(skipped(0, Why::Template));
                None
            }
            Err(broken) => {
                let reason = match broken.column {
                    0 => "it is not YAML".into(),
                    column => format!("it is not YAML, or has the same key twice (column {column})"),
                };
                self.skipped.push(skipped(broken.line, Why::Unreadable(reason)));
                None
            }
        }
    }

    /// Every workload: what keeps pods running.
    pub fn workloads(&self) -> Vec<Workload<'_>> {
        self.objects.iter().filter_map(Workload::of).collect()
    }

    /// Objects of a kind.
    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "yaml" || end == "yml") || is_kustomization(file)
}

fn is_kustomization(file: &Path) -> bool {
    file.file_name().is_some_and(|name| KUSTOMIZATIONS.iter().any(|own| name == *own))
}

/// Files that a kustomization lays over whole objects.
fn patches(file: &Path, nodes: &[Node]) -> Vec<String> {
    let base = file.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for node in nodes {
        found.extend(node.list("patchesStrategicMerge").iter().filter_map(Node::text));
        for key in ["patches", "patchesJson6902"] {
            found.extend(node.list(key).iter().filter_map(|patch| patch.text_of("path")));
        }
    }
    found.into_iter().map(|path| written(&base.join(path))).collect()
}

/// A List is its items.
fn flat(node: Node) -> Vec<Node> {
    match node.text_of("kind") {
        Some("List") => node.list("items").to_vec(),
        _ => vec![node],
    }
}

fn object(file: &Path, node: Node) -> Option<Object> {
    node.text_of("apiVersion")?;
    let kind = node.text_of("kind")?.to_owned();
    let name = node.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default().to_owned();
    Some(Object { file: written(file), kind, name, node })
}
