//! What is found, as the facts that a stack's Dockerfile is rendered from.

use super::needs::Needs;
use super::project::Project;
use super::recipe::Recipe;
use super::{Kits, assets, start, various};
use super::{java, node, php, python, ruby};
use crate::detection::{Component, Detection, Process, Role};
use crate::pins::Pin;

/// Port of a site: its server has no root, and a low port would need it.
const SITE_PORT: u16 = 8080;

/// How an image is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct BuildPlan {
    /// Folder below `buildpacks/`.
    pub stack: String,
    /// Framework, when one was seen.
    pub framework: Option<String>,
    /// Version of the stack: the image's, where the project names one.
    pub version: Option<String>,
    /// Base image that is built from.
    pub image: String,
    /// Base image that is run from, or that a second stage takes programs from, when another one.
    pub runtime_image: Option<String>,
    /// Package manager, `npm`, `poetry`, …
    pub manager: Option<String>,
    /// Its version, when the project names one or the build installs it.
    pub manager_version: Option<String>,
    /// Manifests and lock files that the installation of dependencies needs, relative to the build's folder.
    pub manifests: Vec<String>,
    /// Whether every dependency is named with its exact version.
    pub is_locked: bool,
    /// Command that builds, as a person types it.
    pub build: Option<String>,
    /// Command that starts it, as a list.
    pub start: Vec<String>,
    /// Folder of files to serve; for PHP the document root below the build's folder.
    pub output: Option<String>,
    /// Debian packages that the running app needs.
    pub packages: Vec<String>,
    /// Debian packages that only the build needs.
    pub build_packages: Vec<String>,
    /// Folders that the app writes to, absolute.
    pub writable: Vec<String>,
    /// Front ends that are built into this image.
    pub assets: Vec<Assets>,
    /// Other files of note that are there.
    pub files: Vec<String>,
    /// What else the stack's template asks about, in words of that stack.
    pub traits: Vec<String>,
    /// What the service must be given.
    pub needs: Needs,
    /// Why this base image, and whether it is the one that was asked for.
    pub pin: Option<Pin>,
}

/// A front end that is built and copied into a server's image.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Assets {
    /// Folder, relative to the build's, `.` for the same.
    pub root: String,
    /// Base image.
    pub image: String,
    /// Package manager.
    pub manager: String,
    /// Manifests and lock files, relative to `root`.
    pub manifests: Vec<String>,
    /// Whether one of them is a lock file.
    pub is_locked: bool,
    /// Command that builds it.
    pub build: String,
    /// What it makes, relative to `root`.
    pub output: String,
}

/// Everything that a stack's own rules may look at while they complete a plan.
pub(crate) struct Context<'a> {
    pub kits: &'a Kits,
    pub recipe: &'a Recipe,
    pub project: &'a Project<'a>,
    pub detection: &'a Detection,
    pub component: &'a Component,
    pub process: Option<&'a Process>,
    /// Command that starts it, resolved as far as it is plain.
    pub command: String,
}

impl Kits {
    /// How a component is built and one of its processes started; `process` is `web`, `worker`, …, and `web` is taken
    /// where there is no such process. `None` when its stack has no kit.
    pub fn plan(
        &self,
        detection: &Detection,
        component: &Component,
        process: &str,
        tree: &dyn crate::tree::SourceTree,
    ) -> Option<BuildPlan> {
        let recipe = &self.kit(&component.stack)?.recipe;
        let project = Project::new(tree, &component.root);
        let named = |name: &str| {
            let mut own = detection.processes.iter().filter(|process| process.component == component.root);
            own.find(|process| process.name == name)
        };
        let process = named(process).or_else(|| named("web"));
        let context = Context {
            kits: self,
            recipe,
            project: &project,
            detection,
            component,
            process,
            command: process.map(command).unwrap_or_default(),
        };
        let mut plan = context.first();
        context.apply(&mut plan);
        match component.stack.as_str() {
            "node" => node::complete(&context, &mut plan),
            "python" => python::complete(&context, &mut plan),
            "ruby" => ruby::complete(&context, &mut plan),
            "php" => php::complete(&context, &mut plan),
            "java" => java::complete(&context, &mut plan),
            _ => various::complete(&context, &mut plan),
        }
        context.site(&mut plan);
        tidy(&mut plan);
        Some(plan)
    }
}

/// What a process does, where that is plainer than what it is called by.
fn command(process: &Process) -> String {
    let resolved = process.resolved.as_deref().map(without_builds).filter(|text| !text.is_empty());
    resolved.unwrap_or_else(|| process.command.value.clone())
}

/// A script that builds before it starts would build at every start, into an image that cannot be written.
fn without_builds(resolved: &str) -> String {
    let is_build = |part: &str| {
        let part = part.trim();
        part == "tsc" || part.starts_with("tsc ") || part.contains(" build") || part.starts_with("webpack")
    };
    let mut parts: Vec<&str> = resolved.split("&&").collect();
    while parts.len() > 1 && parts.first().is_some_and(|part| is_build(part)) {
        parts.remove(0);
    }
    parts.join("&&").trim().to_owned()
}

impl Context<'_> {
    fn first(&self) -> BuildPlan {
        let component = self.component;
        let wanted = component.version.as_ref().map(|fact| fact.value.clone());
        let pin = self.kits.pins().choose(&component.stack, wanted.as_deref());
        let files = |globs: &[String]| -> Vec<String> {
            globs.iter().flat_map(|glob| self.project.find(glob)).map(str::to_owned).collect()
        };
        let locks = files(&self.recipe.locks);
        let is_static = component.role == Role::Static;
        BuildPlan {
            stack: component.stack.clone(),
            framework: component.framework.as_ref().map(|fact| fact.value.clone()),
            version: wanted.as_ref().and(pin.as_ref()).map(|pin| pin.version.clone()),
            image: pin.as_ref().map(|pin| pin.image.clone()).unwrap_or_default(),
            runtime_image: pin.as_ref().and_then(|pin| pin.runtime.clone()),
            manager: component.package_manager.as_ref().map(|fact| fact.value.clone()),
            is_locked: !locks.is_empty(),
            manifests: files(&self.recipe.manifests).into_iter().chain(locks).collect(),
            build: component.build.as_ref().map(|fact| fact.value.clone()),
            start: start::argv(&self.command),
            output: component.output.clone().filter(|_| is_static || component.role == Role::Assets),
            writable: self.writable(),
            assets: assets::of(self),
            files: files(&self.recipe.notable),
            needs: Needs { tmpfs: self.recipe.tmpfs.clone(), ..Needs::default() },
            pin,
            ..BuildPlan::default()
        }
    }

    /// Packages, scratch folders and words of `build.toml`; what the project's Aptfile lists.
    fn apply(&self, plan: &mut BuildPlan) {
        let mut keeps: Vec<String> = self.detection.addons.iter().map(|addon| addon.value.clone()).collect();
        keeps.extend(self.detection.state.iter().map(|state| state.kind.clone()));
        let framework = plan.framework.clone();
        for need in self.recipe.needs(self.project, framework.as_deref(), &keeps) {
            plan.packages.extend(need.run.iter().cloned());
            plan.build_packages.extend(need.build.iter().cloned());
            plan.traits.extend(need.traits.iter().cloned());
            plan.needs.tmpfs.extend(need.tmpfs.iter().cloned());
            plan.needs.env.extend(need.env.clone());
        }
        plan.packages.extend(aptfile(self.project));
    }

    /// Folders that hold state, as they are in the image.
    fn writable(&self) -> Vec<String> {
        let root = match self.component.root.as_str() {
            "." => String::new(),
            root => format!("{root}/"),
        };
        let folder = |kind: &str, path: &str| {
            let inner = path.trim_start_matches("./").trim_end_matches('/');
            let inner = inner.strip_prefix(root.as_str()).unwrap_or(inner);
            let is_odd = inner.is_empty()
                || inner == "."
                || inner.split('/').any(|part| part == "..")
                || !is_plain(inner);
            let is_file = kind == "sqlite"
                || inner.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'));
            let held = if is_file { inner.rsplit_once('/').map_or("", |(folder, _)| folder) } else { inner };
            match (is_odd || held.is_empty(), path.starts_with('/')) {
                (true, _) => None,
                (_, true) => Some(held.to_owned()),
                (_, false) => Some(format!("/app/{held}")),
            }
        };
        let files =
            self.detection.state.iter().filter(|state| matches!(state.kind.as_str(), "files" | "sqlite"));
        files.filter_map(|state| folder(&state.kind, state.path.as_deref()?)).collect()
    }

    /// A site is served by a web server that only knows files.
    fn site(&self, plan: &mut BuildPlan) {
        if plan.output.is_none() || plan.stack == "php" {
            return;
        }
        plan.runtime_image = self.kits.pins().tool("web");
        plan.start = vec!["nginx".into()];
        plan.packages.clear();
        plan.writable.clear();
        let chosen =
            self.detection.matches.iter().find(|held| held.chosen && held.root == self.component.root);
        if chosen.is_some_and(|held| held.class == "spa" && held.framework.as_deref() != Some("plain")) {
            plan.traits.push("spa".into());
        }
        plan.needs = Needs {
            port: Some(SITE_PORT),
            tmpfs: vec!["/tmp".into()],
            health: Some("/healthz".into()),
            ..Needs::default()
        };
    }
}

/// Whether a path is the same word in every language that it is written in.
pub(crate) fn is_plain(path: &str) -> bool {
    path.chars().all(|character| character.is_ascii_alphanumeric() || "./@+_-".contains(character))
}

/// Debian packages that Heroku would install; lines of other kinds are left out.
fn aptfile(project: &Project) -> Vec<String> {
    let text = project.text("Aptfile").unwrap_or_default();
    let is_name = |line: &&str| {
        !line.is_empty()
            && line.chars().all(|character| character.is_ascii_alphanumeric() || "+.-".contains(character))
    };
    text.lines()
        .map(str::trim)
        .filter(is_name)
        .filter(|line| !line.starts_with('-'))
        .map(str::to_owned)
        .collect()
}

fn tidy(plan: &mut BuildPlan) {
    plan.manifests.retain(|path| is_plain(path));
    for list in [
        &mut plan.packages,
        &mut plan.build_packages,
        &mut plan.writable,
        &mut plan.traits,
        &mut plan.needs.tmpfs,
    ] {
        list.sort();
        list.dedup();
    }
    let mut seen = std::collections::BTreeSet::new();
    plan.manifests.retain(|path| seen.insert(path.clone()));
}
