//! Front ends beside a server, which are built into the server's image.

use super::node;
use super::plan::{Assets, Context, is_plain};
use super::project::Project;
use crate::detection::{Component, Role};

/// Folders that builds make, where detection names none, in the order of how sure they are.
const OUTPUTS: [(&str, &str); 4] = [
    ("laravel-vite-plugin", "public/build"),
    ("laravel-mix", "public"),
    ("vite", "dist"),
    ("react-scripts", "build"),
];

/// Front ends below the component's folder, and the one in it.
pub(crate) fn of(context: &Context) -> Vec<Assets> {
    let component = context.component;
    if matches!(component.role, Role::Static | Role::Assets) {
        return Vec::new();
    }
    let below =
        context.detection.components.iter().filter(|held| held.role == Role::Assets && held.stack == "node");
    let mut found: Vec<Assets> = below.filter_map(|held| inner(context, held)).collect();
    if component.stack != "node" {
        found.extend(same_folder(context));
    }
    found
}

fn inner(context: &Context, front: &Component) -> Option<Assets> {
    let root = match context.component.root.as_str() {
        "." => front.root.as_str(),
        root => front.root.strip_prefix(root)?.strip_prefix('/')?,
    };
    let build = front.build.as_ref()?.value.clone();
    let inner = context.project.files.iter().filter_map(|path| path.strip_prefix(root)?.strip_prefix('/'));
    let manager = node::manager(front.package_manager.as_ref().map(|fact| fact.value.as_str()));
    let is_meant = |path: &&str| *path == "package.json" || *path == ".npmrc" || node::is_lock(path, manager);
    let manifests: Vec<String> = inner.filter(is_meant).map(str::to_owned).collect();
    let version = front.version.as_ref().map(|fact| fact.value.as_str());
    is_plain(root).then(|| Assets {
        root: root.to_owned(),
        image: context.kits.pins().choose("node", version).map(|pin| pin.image).unwrap_or_default(),
        manager: manager.to_owned(),
        is_locked: manifests.iter().any(|path| node::is_lock(path, manager)),
        manifests,
        build,
        output: front.output.clone().unwrap_or_else(|| "dist".into()),
    })
}

/// A package.json with a build script beside the server's own manifest.
fn same_folder(context: &Context) -> Option<Assets> {
    let project = context.project;
    let package = project.manifest("package.json")?;
    let script = ["build", "production", "prod"].into_iter().find(|name| package.script(name).is_some())?;
    let lock = |manager: &str| project.files.iter().any(|path| node::is_lock(path, manager));
    let manager = ["pnpm", "yarn", "bun"].into_iter().find(|manager| lock(manager)).unwrap_or("npm");
    let version = package.get("engines.node").map(|at| at.value.clone());
    Some(Assets {
        root: ".".into(),
        image: context.kits.pins().choose("node", version.as_deref())?.image,
        manager: manager.to_owned(),
        manifests: node::manifests(project, manager),
        is_locked: lock(manager),
        build: format!("{manager} run {script}"),
        output: output(project, context.component)?,
    })
}

fn output(project: &Project, component: &Component) -> Option<String> {
    let known = OUTPUTS.iter().find(|(name, _)| project.depends(name) || project.develops(name));
    let is_rails = component.stack == "ruby"; // its own tasks build, and know where to
    known.map(|(_, folder)| (*folder).to_owned()).or_else(|| is_rails.then(|| "public".into()))
}
