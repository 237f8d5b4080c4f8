//! Everything the rules look at, read once before the first of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use civic_contract::manifest::{Build, Canary, Check, Manifest, Operation, Service, Source};

use super::compose::Compose;
use super::context::Context;
use super::dockerfile::{Dockerfile, Step};
use super::folder::{Folder, Text, Unreadable, written};
use super::habitat::{self, Package};
use super::kubernetes::Kubernetes;
use super::places::Places;
use super::shell::{Interpreter, Script};
use crate::project::{HOOKS_FOLDER, MANIFEST, Project};

/// A project as the rules see it.
pub(super) struct Survey<'a> {
    pub manifest: &'a Manifest,
    pub folder: Folder,
    pub places: Places,
    pub built: Vec<Built<'a>>,
    /// By path.
    pub contexts: BTreeMap<PathBuf, Context>,
    pub hooks: Vec<HookFile>,
    pub compose: Option<Compose>,
    pub kubernetes: Kubernetes,
    pub habitat: Vec<Package>,
}

/// A service that the project builds.
pub(super) struct Built<'a> {
    pub name: &'a str,
    pub service: &'a Service,
    pub build: &'a Build,
    /// Its Dockerfile relative to the project.
    pub path: String,
    pub text: Result<Text, Unreadable>,
    /// Empty when there is no text.
    pub dockerfile: Dockerfile,
}

impl Built<'_> {
    /// The steps whose layers are in its image.
    pub fn steps(&self) -> Vec<&Step> {
        self.dockerfile.steps(self.build.target.as_deref())
    }
}

/// A file of the hooks folder.
pub(super) struct HookFile {
    /// Relative to the project.
    pub path: String,
    pub text: Result<Text, Unreadable>,
    pub interpreter: Option<Interpreter>,
    /// Commands, where it is a shell script.
    pub script: Option<Script>,
    /// What civic.toml uses it for.
    pub uses: BTreeSet<Use>,
}

/// What a hook is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    PreBackup,
    PostBackup,
    PostRestore,
    /// A probe, a canary or a job runs it.
    Command,
}

impl<'a> Survey<'a> {
    /// Reads a project. What cannot be read is part of what the rules see.
    pub fn of(project: &'a Project) -> Self {
        let manifest = &*project.manifest;
        let folder = Folder::open(&project.folder);
        let built = built(manifest, &folder);
        let paths: BTreeSet<&Path> = built.iter().map(|built| built.build.context.as_path()).collect();
        let contexts = paths.into_iter().map(|path| (path.to_owned(), Context::of(&folder, path))).collect();
        Self {
            manifest,
            places: Places::of(&folder.text(Path::new(MANIFEST)).map(|text| text.text).unwrap_or_default()),
            hooks: hooks(manifest, &folder),
            compose: Compose::find(&folder),
            kubernetes: Kubernetes::find(&folder),
            habitat: habitat::find(&folder),
            built,
            contexts,
            folder,
        }
    }

    /// The volumes and scratch spaces that civic.toml gives a service.
    pub fn mounts(&self, service: &str) -> Vec<&str> {
        let volumes = self.manifest.volumes.values().filter(|volume| volume.service == service);
        let tmpfs = self.manifest.services.get(service).into_iter().flat_map(|service| &service.tmpfs);
        volumes.map(|volume| volume.path.as_str()).chain(tmpfs.map(String::as_str)).collect()
    }
}

fn built<'a>(manifest: &'a Manifest, folder: &Folder) -> Vec<Built<'a>> {
    let mut found = Vec::new();
    for (name, service) in &manifest.services {
        let Source::Build(build) = &service.source else { continue };
        let path = build.context.join(&build.dockerfile);
        let text = folder.text(&path);
        let dockerfile =
            text.as_ref().map(|text| Dockerfile::read(&text.text, &build.args)).unwrap_or_default();
        found.push(Built { name, service, build, path: written(&path), text, dockerfile });
    }
    found
}

fn hooks(manifest: &Manifest, folder: &Folder) -> Vec<HookFile> {
    let files = folder.walk(Path::new(HOOKS_FOLDER), |_| true);
    files.into_iter().filter(|entry| entry.is_file).map(|entry| hook(manifest, folder, &entry.path)).collect()
}

fn hook(manifest: &Manifest, folder: &Folder, path: &Path) -> HookFile {
    let text = folder.text(path);
    let uses = uses(manifest, path);
    let interpreter = text.as_ref().ok().and_then(|text| Interpreter::of(&text.text));
    let is_shell = match &interpreter {
        Some(interpreter) => interpreter.is_shell(),
        None => path.extension().is_some_and(|end| end == "sh"),
    };
    let script = text.as_ref().ok().filter(|_| is_shell).map(|text| Script::read(&text.text));
    HookFile { path: written(path), text, interpreter, script, uses }
}

fn uses(manifest: &Manifest, path: &Path) -> BTreeSet<Use> {
    let hooks = &manifest.hooks;
    let lists = [
        (Use::PreBackup, &hooks.pre_backup),
        (Use::PostBackup, &hooks.post_backup),
        (Use::PostRestore, &hooks.post_restore),
    ];
    let declared =
        lists.into_iter().filter(|(_, list)| list.iter().any(|hook| written(&hook.run) == written(path)));
    let mut uses: BTreeSet<Use> = declared.map(|(of, _)| of).collect();
    let inside = format!("/{}", written(path));
    if commands(manifest).iter().any(|command| command.words.contains(&inside)) {
        uses.insert(Use::Command);
    }
    uses
}

/// A command of civic.toml.
pub(super) struct ManifestCommand<'a> {
    /// Keys that lead to it.
    pub path: Vec<&'a str>,
    pub words: &'a [String],
}

/// Every command that civic.toml has.
pub(super) fn commands(manifest: &Manifest) -> Vec<ManifestCommand<'_>> {
    let mut found = Vec::new();
    for (name, service) in &manifest.services {
        let path = |key: &'static [&'static str]| [&["services", name.as_str()], key].concat();
        found.extend(service.command.iter().map(|words| ManifestCommand { path: path(&["command"]), words }));
        let probes = [(&service.probes.ready, "ready"), (&service.probes.live, "live")];
        for (probe, key) in probes {
            if let Some(Check::Exec(words)) = probe.as_ref().map(|probe| &probe.check) {
                found.push(ManifestCommand { path: vec!["services", name, "probes", key], words });
            }
        }
    }
    let jobs = manifest.jobs.iter();
    found.extend(
        jobs.map(|(name, job)| ManifestCommand { path: vec!["jobs", name, "command"], words: &job.command }),
    );
    if let Canary::App(canary) = &manifest.canary {
        for (operation, key) in [(&canary.write, "write"), (&canary.read, "read")] {
            if let Operation::Exec { command, .. } = operation {
                found.push(ManifestCommand { path: vec!["canary", key], words: command });
            }
        }
    }
    found
}
