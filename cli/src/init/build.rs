//! How each process's image comes about: by a stack's kit, or by the project's own Dockerfile.

use std::collections::BTreeMap;

use civic_buildpacks::Detection;
use civic_buildpacks::detection::{Component, Process};
use civic_buildpacks::kit::{BuildPlan, Kits};
use civic_buildpacks::tree::SourceTree;
use civic_templates::facts::{Assets, Build, Note};
use civic_templates::{Stack, Stacks};

use super::state::APP;

/// A Dockerfile that is longer is none that people wrote.
const MOST: usize = 256 << 10;

/// How a process's image comes about.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// By a kit; none when the project has its own Dockerfile.
    pub kit: Option<BuildPlan>,
    /// The project's own Dockerfile, relative to the component.
    pub dockerfile: Option<String>,
    /// Folder of the app in the image.
    pub workdir: String,
}

/// Plans by component root and process name.
pub type Plans = BTreeMap<(String, String), Plan>;

/// A plan for every process that something can be said about.
pub fn plans(found: &Detection, tree: &dyn SourceTree, kits: &Kits) -> Plans {
    let plan = |process: &Process| {
        let component = found.components.iter().find(|component| component.root == process.component);
        let plan =
            own(found, tree, &process.component).or_else(|| kit(found, tree, kits, component?, process))?;
        Some(((process.component.clone(), process.name.clone()), plan))
    };
    found.processes.iter().filter_map(plan).collect()
}

fn kit(
    found: &Detection,
    tree: &dyn SourceTree,
    kits: &Kits,
    component: &Component,
    process: &Process,
) -> Option<Plan> {
    let plan = kits.plan(found, component, &process.name, tree)?;
    Some(Plan { kit: Some(plan), dockerfile: None, workdir: APP.into() })
}

/// The Dockerfile of a component, the nearest one; those of tests and of developers are none.
fn own(found: &Detection, tree: &dyn SourceTree, root: &str) -> Option<Plan> {
    let inner = |file: &str| match root {
        "." => Some(file.to_owned()),
        root => file.strip_prefix(root)?.strip_prefix('/').map(str::to_owned),
    };
    let is_aside = |path: &str| {
        let path = path.to_lowercase();
        ["dev", "test", "local", "e2e", "ci", "nginx", "postgres", "example"]
            .iter()
            .any(|word| path.contains(word))
    };
    let files =
        found.inputs.iter().filter(|input| input.kind == "dockerfile").filter_map(|input| inner(&input.file));
    let file = files
        .filter(|file| !is_aside(file) && file.matches('/').count() < 2)
        .min_by_key(|file| (file.matches('/').count(), file.len()))?;
    let path = if root == "." { file.clone() } else { format!("{root}/{file}") };
    let text = String::from_utf8_lossy(&tree.read(&path, MOST)?).into_owned();
    let dockerfile = (file != "Dockerfile").then_some(file);
    Some(Plan { kit: None, dockerfile, workdir: workdir(&text) })
}

/// The last `WORKDIR` that is absolute and plain.
fn workdir(text: &str) -> String {
    let folder = |line: &str| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        let rest = rest.trim().trim_end_matches('/');
        let is_plain = rest.starts_with('/')
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        (word.eq_ignore_ascii_case("workdir") && is_plain).then(|| rest.to_owned())
    };
    text.lines().filter_map(folder).next_back().unwrap_or_else(|| APP.into())
}

/// A kit's plan as the templates know it.
pub fn build(plan: &BuildPlan) -> Build {
    let assets = plan.assets.iter().map(|assets| Assets {
        root: assets.root.clone(),
        image: assets.image.clone(),
        manager: assets.manager.clone(),
        manifests: assets.manifests.clone(),
        is_locked: assets.is_locked,
        build: assets.build.clone(),
        output: assets.output.clone(),
    });
    Build {
        stack: plan.stack.clone(),
        framework: plan.framework.clone(),
        version: plan.version.clone(),
        image: plan.image.clone(),
        runtime_image: plan.runtime_image.clone(),
        manager: plan.manager.clone(),
        manager_version: plan.manager_version.clone(),
        manifests: plan.manifests.clone(),
        is_locked: plan.is_locked,
        build: plan.build.clone(),
        start: plan.start.clone(),
        output: plan.output.clone(),
        packages: plan.packages.clone(),
        build_packages: plan.build_packages.clone(),
        writable: plan.writable.clone(),
        links: Vec::new(),
        assets: assets.collect(),
        files: plan.files.clone(),
        traits: plan.traits.clone(),
    }
}

/// What a person should know about the base image.
pub fn note(plan: &BuildPlan) -> Option<Note> {
    let pin = plan.pin.as_ref().filter(|pin| !pin.is_exact)?;
    Some(Note { text: pin.why.clone(), place: String::new() })
}

/// Templates of the stacks, as the renderer takes them.
pub fn stacks(kits: &Kits) -> Stacks<'_> {
    kits.all()
        .map(|(id, kit)| (id, Stack { dockerfile: &kit.dockerfile, dockerignore: &kit.dockerignore }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_folder_counts() {
        assert_eq!(workdir("FROM a\nWORKDIR /src\nFROM b\nworkdir /srv/app/\nCMD x"), "/srv/app");
        assert_eq!(workdir("FROM a\nWORKDIR $HOME\n"), "/app");
    }
}
