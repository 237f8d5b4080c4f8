//! Projects to write into, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use civic_templates::apply::{ApplyError, Choices, Plan, Project, Rendering, Steps};
use civic_templates::{File, Merge, Mode};
use tempfile::TempDir;

/// One thing in a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    File(Vec<u8>, u32),
    Folder(u32),
    Link(PathBuf),
}

pub type Snapshot = BTreeMap<PathBuf, Node>;

/// Everything below a folder, without following links.
pub fn snapshot(root: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    walk(root, root, &mut found);
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Snapshot) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = fs::symlink_metadata(&path).unwrap();
        let mode = meta.permissions().mode() & 0o7777;
        let node = match () {
            () if meta.is_symlink() => Node::Link(fs::read_link(&path).unwrap()),
            () if meta.is_dir() => Node::Folder(mode),
            () => Node::File(fs::read(&path).unwrap(), mode),
        };
        if meta.is_dir() {
            walk(root, &path, found);
        }
        found.insert(path.strip_prefix(root).unwrap().to_owned(), node);
    }
}

/// The same without what only civic reads.
pub fn visible(root: &Path) -> Snapshot {
    snapshot(root).into_iter().filter(|(path, _)| !path.starts_with(".civic")).collect()
}

/// Time of the last change of everything below a folder, and of itself.
pub fn times(root: &Path) -> BTreeMap<PathBuf, std::time::SystemTime> {
    let paths = snapshot(root).into_keys().chain([PathBuf::new()]);
    paths
        .map(|path| (path.clone(), fs::symlink_metadata(root.join(path)).unwrap().modified().unwrap()))
        .collect()
}

pub fn put(root: &Path, nodes: &[(&str, Node)]) {
    for (path, node) in nodes {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match node {
            Node::File(content, mode) => {
                fs::write(&path, content).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
            Node::Folder(mode) => {
                fs::create_dir_all(&path).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
            Node::Link(target) => symlink(target, &path).unwrap(),
        }
    }
}

pub fn text(content: &str) -> Node {
    Node::File(content.as_bytes().to_vec(), 0o644)
}

pub fn project(nodes: &[(&str, Node)]) -> TempDir {
    let memory = Path::new("/dev/shm");
    // Thousands of trees are made here; on a disk that others use that takes minutes.
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    put(folder.path(), nodes);
    folder
}

/// The same tree once more.
pub fn copy(tree: &Snapshot) -> TempDir {
    let nodes: Vec<(&str, Node)> =
        tree.iter().map(|(path, node)| (path.to_str().unwrap(), node.clone())).collect();
    project(&nodes)
}

pub fn file(path: &str, content: &str) -> File {
    let merge = match path.rsplit('/').next() {
        Some(".gitignore" | ".dockerignore" | ".gitattributes") => Merge::Lines,
        Some(name) if name.ends_with(".toml") => Merge::Toml,
        _ => Merge::Text,
    };
    File { path: path.to_owned(), content: content.as_bytes().to_vec(), mode: Mode::Regular, merge }
}

pub fn program(path: &str, content: &str) -> File {
    File { mode: Mode::Executable, ..file(path, content) }
}

pub fn rendering(files: Vec<File>) -> Rendering {
    Rendering { civic: "0.1.0".to_owned(), files, ..Rendering::default() }
}

/// No step fails, and none waits for the disk.
pub struct Quick;

impl Steps for Quick {
    fn before(&mut self, _: &'static str, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn outlives_power_cuts(&self) -> bool {
        false
    }
}

pub fn open(root: &Path) -> Result<Project, ApplyError> {
    Project::open_watched(root, Box::new(Quick))
}

/// Plans and executes, as `civic init` and `civic update` do.
pub fn apply(root: &Path, files: Vec<File>) -> Result<Plan, ApplyError> {
    apply_with(root, files, &Choices::default())
}

pub fn apply_with(root: &Path, files: Vec<File>, choices: &Choices) -> Result<Plan, ApplyError> {
    let mut project = open(root)?;
    project.recover()?;
    let plan = project.plan(&rendering(files), choices)?;
    project.execute(&plan)?;
    Ok(plan)
}

pub fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Path, class and action of each file, in a line.
pub fn summary(plan: &Plan) -> String {
    let steps = plan.steps().iter();
    let line = steps.map(|step| {
        let json = serde_json::to_value(step).unwrap();
        format!("{} {} {}", step.path, json["class"].as_str().unwrap(), json["action"].as_str().unwrap())
    });
    line.collect::<Vec<_>>().join("\n")
}
