//! Node.js: which package manager in which version, and what must stay after the build.

use super::plan::{BuildPlan, Context, is_plain};
use super::project::Project;
use crate::glob::alternatives;

/// Scripts that run while packages are installed, and may need the whole project.
const AT_INSTALL: [&str; 5] = ["preinstall", "install", "postinstall", "prepare", "preprepare"];
/// Such scripts that do nothing for an image, by what they call.
const HARMLESS: [&str; 3] = ["husky", "patch-package", "npx only-allow"];
/// Packages whose installation may compile, where there is no ready-made file for the machine.
const COMPILED: &str =
    "{bcrypt,better-sqlite3,canvas,node-gyp,node-sass,re2,sqlite3,usb,argon2,libxmljs,node-rdkafka}";

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    let manager = manager(plan.manager.as_deref());
    plan.manager_version = version(project, manager);
    plan.manager = Some(manager.to_owned());
    plan.manifests = manifests(project, manager);
    plan.is_locked = plan.manifests.iter().any(|path| is_lock(path, manager));
    if is_berry(project) && manager == "yarn" {
        plan.traits.push("berry".into());
        if project.text(".yarnrc.yml").is_some_and(|text| text.contains("yarnPath:")) {
            plan.traits.push("yarn-release".into());
        }
    }
    if runs_at_install(project) {
        plan.traits.push("install-needs-source".into());
    }
    if alternatives(COMPILED).iter().any(|name| project.depends(name)) {
        plan.build_packages.extend(["python3", "make", "g++"].map(String::from));
    }
    let program =
        plan.start.iter().find(|word| !word.contains('=') && *word != "env").cloned().unwrap_or_default();
    if project.develops(package_of(&program)) {
        plan.traits.push("dev-dependencies".into());
    }
    if program == "bun" {
        plan.image = context.kits.pins().tool("bun").unwrap_or_default();
    }
    plan.build =
        plan.build.take().filter(|build| !build.trim().is_empty()).map(|build| build_line(&build, manager));
}

/// The name alone: detection says `npm (npm-shrinkwrap.json)`.
pub(crate) fn manager(name: Option<&str>) -> &'static str {
    ["yarn", "pnpm", "bun"].into_iter().find(|held| name == Some(*held)).unwrap_or("npm")
}

fn build_line(build: &str, manager: &str) -> String {
    match build.strip_prefix("npm run ") {
        Some(script) if manager != "npm" => format!("{manager} run {script}"),
        _ => build.to_owned(),
    }
}

/// The package that brings a program, where the names differ.
fn package_of(program: &str) -> &str {
    match program {
        "ts-node" | "ts-node-script" | "ts-node-esm" => "ts-node",
        "nest" => "@nestjs/cli",
        "tsc" => "typescript",
        "babel-node" => "@babel/node",
        "remix-serve" => "@remix-run/serve",
        program => program,
    }
}

/// Lock file, manifests of the folder and of workspace members, and what the manager reads beside them.
pub(crate) fn manifests(project: &Project, manager: &str) -> Vec<String> {
    let beside = ["package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml"];
    let mut found: Vec<String> =
        beside.iter().filter(|name| project.has(name)).map(|name| (*name).to_owned()).collect();
    found.extend(project.files.iter().filter(|path| is_lock(path, manager)).map(|path| (*path).to_owned()));
    for glob in members(project) {
        let glob = format!("{}/package.json", glob.trim_start_matches("./").trim_end_matches('/'));
        found.extend(project.find(&glob).into_iter().filter(|path| is_plain(path)).map(str::to_owned));
    }
    found
}

fn members(project: &Project) -> Vec<String> {
    let package = project.manifest("package.json");
    let mut members: Vec<String> = package.map(|manifest| manifest.members.clone()).unwrap_or_default();
    let pnpm = project.text("pnpm-workspace.yaml").unwrap_or_default();
    let lines = pnpm.lines().filter_map(|line| line.trim().strip_prefix("- "));
    members.extend(
        lines
            .map(|line| line.trim_matches(['"', '\'', ' ']).to_owned())
            .filter(|glob| !glob.starts_with('!')),
    );
    members
}

pub(crate) fn is_lock(path: &str, manager: &str) -> bool {
    let locks: &[&str] = match manager {
        "yarn" => &["yarn.lock"],
        "pnpm" => &["pnpm-lock.yaml"],
        "bun" => &["bun.lock", "bun.lockb"],
        _ => &["package-lock.json", "npm-shrinkwrap.json"],
    };
    locks.contains(&path)
}

fn is_berry(project: &Project) -> bool {
    project.has(".yarnrc.yml") || project.text("yarn.lock").is_some_and(|text| text.contains("__metadata:"))
}

/// `packageManager` of package.json, else what the lock file's format tells.
fn version(project: &Project, manager: &str) -> Option<String> {
    let package = project.text("package.json").unwrap_or_default();
    let named = serde_json::from_str::<serde_json::Value>(&package).ok().and_then(|value| {
        let text = value.get("packageManager")?.as_str()?;
        let (name, version) = text.split_once('@')?;
        let version = version.split(['+', '-']).next()?;
        let is_number =
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        (name == manager && is_number).then(|| version.to_owned())
    });
    named.or_else(|| (manager == "pnpm").then(|| of_lock(&project.text("pnpm-lock.yaml")?)).flatten())
}

fn of_lock(lock: &str) -> Option<String> {
    let line = lock.lines().find_map(|line| line.strip_prefix("lockfileVersion:"))?;
    Some(match line.trim().trim_matches(['\'', '"']) {
        version if version.starts_with("5.") => "7".into(),
        version if version.starts_with("6.") => "8".into(),
        _ => "10".into(),
    })
}

fn runs_at_install(project: &Project) -> bool {
    let scripts =
        project.manifest("package.json").map(|manifest| manifest.scripts.as_slice()).unwrap_or_default();
    scripts.iter().any(|(name, command)| {
        AT_INSTALL.contains(&name.as_str()) && !HARMLESS.iter().any(|word| command.value.starts_with(word))
    })
}
