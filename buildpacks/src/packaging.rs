//! Packaging that a project already has: read, kept, and said to be read.

use std::rc::Rc;

use crate::detection::{Confidence, Evidence, Input};
use crate::read::{self, AppJson, At, ComposeFile, Dockerfile, Procfile};
use crate::source::{Source, is_aside};

/// Packaging files by path.
#[derive(Debug, Default)]
pub(crate) struct Packaging {
    pub procfiles: Vec<(String, Procfile)>,
    pub app_json: Option<(String, AppJson)>,
    pub heroku_yml: Option<(String, Procfile, Vec<At<String>>)>,
    pub dockerfiles: Vec<(String, Dockerfile)>,
    pub compose: Vec<(String, ComposeFile)>,
    pub inputs: Vec<Input>,
}

/// Compose files in the order in which their word counts.
const COMPOSE: [&str; 12] = [
    "compose.prod.yaml",
    "docker-compose.prod.yml",
    "docker-compose.production.yml",
    "compose.production.yaml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.dev.yml",
    "docker-compose.local.yml",
    "local.yml",
    "docker-compose.override.yml",
];

/// What else is packaging, by the end of its path.
const OTHERS: [(&str, &str); 9] = [
    ("Chart.yaml", "chart"),
    ("habitat/plan.sh", "habitat"),
    ("kustomization.yaml", "kustomize"),
    ("fly.toml", "fly"),
    ("render.yaml", "render"),
    ("Aptfile", "aptfile"),
    ("netlify.toml", "netlify"),
    ("vercel.json", "vercel"),
    (".holo/config.toml", "hologit"),
];

impl Packaging {
    /// Reads what there is, down to three folders.
    pub fn read(source: &Source) -> Self {
        let mut packaging = Self::default();
        for path in source.tree.paths() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if is_packaging(name) && folder.matches('/').count() < 3 && !is_aside(path) {
                packaging.file(source, path, folder, name);
            }
        }
        packaging.compose.sort_by_key(|(path, _)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            (
                path.matches('/').count(),
                COMPOSE.iter().position(|held| *held == name).unwrap_or(COMPOSE.len()),
            )
        });
        packaging.dockerfiles.sort_by_key(|(path, _)| (path.matches('/').count(), rank(path), path.clone()));
        packaging
    }

    fn file(&mut self, source: &Source, path: &str, folder: &str, name: &str) {
        let text = || -> Option<Rc<str>> { source.text(path) };
        let is_dockerfile =
            name == "Dockerfile" || name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile");
        match name {
            "Procfile" => self.procfiles.extend(text().map(|text| (path.into(), read::procfile(&text)))),
            "app.json" if folder.is_empty() => {
                self.app_json = text().map(|text| (path.into(), read::app_json(&text)));
            }
            "heroku.yml" => {
                let read = text().map(|text| read::heroku_yml(&text));
                self.heroku_yml = read.map(|(processes, addons)| (path.into(), processes, addons));
            }
            _ if is_dockerfile => {
                self.dockerfiles.extend(text().map(|text| (path.into(), read::dockerfile(&text))));
            }
            _ if COMPOSE.contains(&name) => {
                self.compose.extend(text().map(|text| (path.into(), read::compose(&text))));
            }
            _ => {}
        }
        if let Some((_, kind)) =
            OTHERS.iter().find(|(end, _)| path == *end || path.ends_with(&format!("/{end}")))
        {
            self.inputs.push(Input { kind: (*kind).into(), file: path.into(), taken: Vec::new() });
        }
    }

    /// Files that say nothing usable, and why.
    pub fn broken(&self, source: &Source) -> Vec<(String, String)> {
        let app_json = self.app_json.iter().filter_map(|(path, file)| Some((path, file.broken.clone()?)));
        let compose = self.compose.iter().filter(|(_, file)| file.broken).map(|(path, _)| path);
        let is_bad = |path: &str| {
            let text = source.text(path).filter(|text| !text.trim().is_empty());
            text.is_some_and(|text| read::yaml::value(&text).is_none())
        };
        let heroku = self.heroku_yml.iter().map(|(path, ..)| path).filter(|path| is_bad(path));
        let yaml = compose.chain(heroku).map(|path| (path, "it is not valid YAML".to_owned()));
        let is_used = |path: &str| !path.ends_with(".dockerignore");
        let docker = self.dockerfiles.iter().filter(|(path, file)| file.stages.is_empty() && is_used(path));
        let docker = docker.map(|(path, _)| (path, "it has no `FROM`".to_owned()));
        app_json.chain(yaml).chain(docker).map(|(path, reason)| (path.clone(), reason)).collect()
    }

    /// Every input, with what was taken from it.
    pub fn into_inputs(self) -> Vec<Input> {
        let mut inputs = self.inputs;
        let mut add = |kind: &str, file: &str, taken: Vec<String>| {
            inputs.push(Input { kind: kind.into(), file: file.into(), taken });
        };
        for (path, file) in &self.procfiles {
            add("procfile", path, file.processes.iter().map(|(name, _)| format!("process {name}")).collect());
        }
        if let Some((path, file)) = &self.app_json {
            add(
                "app-json",
                path,
                file.addons.iter().map(|addon| format!("add-on {}", addon.value)).collect(),
            );
        }
        if let Some((path, processes, _)) = &self.heroku_yml {
            add(
                "heroku-yml",
                path,
                processes.processes.iter().map(|(name, _)| format!("process {name}")).collect(),
            );
        }
        for (path, file) in &self.dockerfiles {
            add("dockerfile", path, file.last().map(taken).unwrap_or_default());
        }
        for (path, file) in &self.compose {
            add(
                "compose",
                path,
                file.services.iter().map(|service| format!("service {}", service.name)).collect(),
            );
        }
        inputs.sort_by(|a, b| a.file.cmp(&b.file));
        inputs
    }
}

/// Whether a name may be one of packaging: few of many thousand are.
pub(crate) fn is_packaging(name: &str) -> bool {
    let is_other = |end: &str| name == end.rsplit('/').next().unwrap_or(end);
    matches!(name, "Procfile" | "app.json" | "heroku.yml")
        || name.contains("Dockerfile")
        || COMPOSE.contains(&name)
        || OTHERS.iter().any(|(end, _)| is_other(end))
}

/// A file for production says more than one for developers.
fn rank(path: &str) -> usize {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    match () {
        () if name.contains("prod") => 0,
        () if name == "dockerfile" => 1,
        () if name.contains("dev") || name.contains("test") || name.contains("local") => 3,
        () => 2,
    }
}

fn taken(stage: &read::DockerStage) -> Vec<String> {
    let mut taken = vec![format!("FROM {}", stage.from.value)];
    let optional = [
        ("USER", &stage.user),
        ("CMD", &stage.command),
        ("ENTRYPOINT", &stage.entrypoint),
        ("HEALTHCHECK", &stage.health),
    ];
    taken.extend(
        optional.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?.value))),
    );
    taken.extend(stage.expose.iter().map(|port| format!("EXPOSE {}", port.value)));
    taken.extend(stage.volumes.iter().map(|volume| format!("VOLUME {}", volume.value)));
    taken
}

/// Evidence of a packaging file.
pub(crate) fn written(path: &str, line: usize, rule: &str) -> Evidence {
    Evidence::new(path, line, format!("packaging/{rule}"), Confidence::High)
}

/// `docker.io/library/postgres:17@sha256:…` is `postgres`.
pub(crate) fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split(':').next().unwrap_or(name)
}

/// Digits of an image's tag; none for `latest` or a variable.
pub(crate) fn image_version(image: &str) -> Option<&str> {
    let (_, tag) = image.rsplit('/').next()?.split('@').next()?.split_once(':')?;
    let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
    (end > 0).then(|| tag[..end].trim_end_matches('.'))
}
