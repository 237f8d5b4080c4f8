//! What a person already wrote in `civic.toml`: it stands above everything that is inferred.

use serde_json::{Map, Value};

use crate::detection::{
    Cron, Detection, Durability, Evidence, Fact, Health, HealthKind, Input, Process, State,
};
use crate::keep::Addons;
use crate::packaging::{image_name, written};
use crate::read::yaml::{command, plain};
use crate::rules::Service;
use crate::source::Source;

/// File of the manifest.
const FILE: &str = "civic.toml";

/// `civic.toml`, loosely: what is not finished yet counts as far as it goes. `civic check` finds its mistakes.
#[derive(Debug, Default)]
pub(crate) struct Said {
    text: String,
    file: Map<String, Value>,
}

impl Said {
    /// Reads the manifest of the project's own folder, when there is one.
    pub fn read(source: &Source) -> Self {
        let text = source.text(FILE).map(|text| text.to_string()).unwrap_or_default();
        let file = toml_edit::de::from_str(&text).unwrap_or_default();
        Self { text, file }
    }

    /// Folder that the web service is built from.
    pub fn root(&self) -> Option<String> {
        let build = self.web()?.1.get("build")?;
        let folder = plain(build).or_else(|| plain(build.get("context")?))?;
        Some(folder.trim_start_matches("./").trim_end_matches('/').to_owned())
            .filter(|folder| !folder.is_empty())
    }

    fn table(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.file.get(name).and_then(Value::as_object).into_iter().flatten()
    }

    /// The service that answers requests: `web`, or the only one that is built here.
    fn web(&self) -> Option<(&String, &Value)> {
        let built: Vec<_> =
            self.table("services").filter(|(_, service)| service.get("build").is_some()).collect();
        built
            .iter()
            .find(|(name, _)| *name == "web")
            .or_else(|| built.first().filter(|_| built.len() == 1))
            .copied()
    }

    /// A key below a table's header, and that it was said there.
    fn at(&self, header: &str, key: &str) -> Evidence {
        let mut is_inside = false;
        let line = self.text.lines().position(|line| {
            let line = line.trim();
            if line.starts_with('[') {
                is_inside = line.trim_start_matches('[').starts_with(header);
            }
            is_inside && line.starts_with(key)
        });
        written(FILE, line.map_or(0, |index| index + 1), "civic-toml")
    }

    /// Services that run known images.
    pub fn addons(&self, services: &[&Service], addons: &mut Addons) {
        for (name, service) in self.table("services") {
            let Some(image) = service.get("image").and_then(Value::as_str) else { continue };
            let is_known = |known: &&&Service| {
                known.images.iter().any(|held| fast_glob::glob_match(held, image_name(image)))
            };
            if let Some(known) = services.iter().find(is_known) {
                addons
                    .entry(known.id.clone())
                    .or_default()
                    .insert(0, self.at(&format!("services.{name}"), "image"));
            }
        }
    }

    /// Puts what was said in the place of what was inferred.
    pub fn apply(&self, found: &mut Detection) {
        let Some((name, web)) = self.web() else { return };
        let header = format!("services.{name}");
        let mut taken = vec![format!("service {name}")];
        if let Some(line) = web.get("command").and_then(command) {
            let fact = Fact::new(line, self.at(&header, "command"));
            taken.push("command".into());
            web_process(found, fact);
        }
        if let Some(port) = web.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok())
        {
            found.port.default = Some(Fact::new(port, self.at(&header, "port")));
            taken.push("port".into());
        }
        self.health(&header, web, found, &mut taken);
        self.volumes(name, found, &mut taken);
        self.jobs(found, &mut taken);
        found.inputs.push(Input { kind: "civic-toml".into(), file: FILE.into(), taken });
    }

    fn health(&self, header: &str, web: &Value, found: &mut Detection, taken: &mut Vec<String>) {
        let probes = web.get("probes");
        let probe = probes.and_then(|probes| probes.get("ready").or_else(|| probes.get("live")));
        let Some(path) = probe.and_then(|probe| probe.get("http")).and_then(Value::as_str) else { return };
        let probes = self.at(&format!("{header}.probes"), "");
        let place = if probes.line == 0 { self.at(header, "probes") } else { probes };
        taken.push("probes".into());
        found.health = Health {
            path: Some(path.into()),
            kind: HealthKind::Exists,
            why: "civic.toml says so".into(),
            evidence: vec![place],
        };
    }

    /// A volume of the web service says what files are kept, and whether they must survive.
    fn volumes(&self, name: &str, found: &mut Detection, taken: &mut Vec<String>) {
        let own = self
            .table("volumes")
            .filter(|(_, volume)| volume.get("service").and_then(Value::as_str) == Some(name));
        for (volume, said) in own {
            let Some(path) = said.get("path").and_then(Value::as_str) else { continue };
            let is_made = said.get("kind").and_then(Value::as_str) == Some("rebuildable");
            let durability = if is_made { Durability::Rebuildable } else { Durability::Durable };
            // A path that code names without its folder is the same one, and files without a path are these.
            found.state.retain(|state| {
                state.kind != "files"
                    || state
                        .path
                        .as_ref()
                        .is_some_and(|held| path != held && !path.ends_with(&format!("/{held}")))
            });
            taken.push(format!("volume {volume}"));
            found.state.push(State {
                kind: "files".into(),
                path: Some(path.into()),
                durability,
                why: "civic.toml says so".into(),
                evidence: vec![self.at(&format!("volumes.{volume}"), "path")],
            });
        }
        found.state.sort_by_key(|state| (state.durability, state.kind.clone(), state.path.clone()));
        if found.state.iter().any(|state| state.durability != Durability::Rebuildable) {
            found.state_verdict = "found".into();
        }
    }

    fn jobs(&self, found: &mut Detection, taken: &mut Vec<String>) {
        for (name, job) in self.table("jobs") {
            let Some(line) = job.get("command").and_then(command) else { continue };
            let place = self.at(&format!("jobs.{name}"), "command");
            taken.push(format!("job {name}"));
            if job.get("kind").and_then(Value::as_str) == Some("release") {
                found.release = Some(Fact::new(line, place));
                continue;
            }
            let schedule = job.get("schedule").and_then(plain);
            found.cron.retain(|held| held.command.as_deref() != Some(line.as_str()));
            found.cron.push(Cron { command: Some(line), schedule, in_process: false, evidence: vec![place] });
        }
    }
}

fn web_process(found: &mut Detection, command: Fact<String>) {
    match found.processes.iter_mut().find(|process| process.name == "web") {
        Some(process) => {
            process.command = command;
            process.resolved = None;
        }
        None => {
            let component = found.primary.clone().unwrap_or_else(|| ".".into());
            found.processes.insert(0, Process { name: "web".into(), component, command, resolved: None });
        }
    }
}
