//! The app's own services: each process with its image, its variables and its files.

use civic_buildpacks::detection::{Durability, HealthKind, Process, Role};
use civic_contract::manifest::to_name;
use civic_templates::Facts;
use civic_templates::draft::{Draft, Probe, Service};
use civic_templates::facts::{Build, Store};

use super::super::build::{self, Plan};
use super::super::command::argv;
use super::super::environment::Environment;
use super::super::servers::{SERVERS, Server};
use super::super::state::{self, Files};
use super::Drafting;

impl Drafting<'_> {
    pub(super) fn own_services(
        &self,
        draft: &mut Draft,
        facts: &mut Facts,
        environment: &Environment,
        servers: &[&'static Server],
    ) {
        let mut processes: Vec<&Process> =
            self.found.processes.iter().filter(|process| process.name != "release").collect();
        processes.sort_by_key(|process| process.name != "web");
        for process in processes {
            let name = self.service_name(process, draft);
            if let Some(service) = self.service(&name, process, facts, environment, servers, draft) {
                draft.services.push(service);
            }
        }
    }

    /// `web` for the primary component's; another component's web process has its folder's name.
    fn service_name(&self, process: &Process, draft: &Draft) -> String {
        let is_primary = self.found.primary.as_deref() == Some(process.component.as_str());
        let folder = process.component.rsplit('/').next().unwrap_or_default();
        let wanted = match (process.name.as_str(), is_primary) {
            ("web", true) => "web".to_owned(),
            ("web", false) => folder.to_owned(),
            (name, _) => name.to_owned(),
        };
        let wanted = to_name(&wanted).unwrap_or_else(|| "worker".into());
        let is_taken = |name: &str| {
            draft.services.iter().any(|service| service.name == name)
                || SERVERS.iter().any(|server| server.service == name)
        };
        if !is_taken(&wanted) {
            return wanted;
        }
        (2..).map(|number| format!("{wanted}-{number}")).find(|name| !is_taken(name)).unwrap_or(wanted)
    }

    fn service(
        &self,
        name: &str,
        process: &Process,
        facts: &mut Facts,
        environment: &Environment,
        servers: &[&'static Server],
        draft: &mut Draft,
    ) -> Option<Service> {
        let plan = self.plans.get(&(process.component.clone(), process.name.clone()))?;
        let component = self.found.components.iter().find(|component| component.root == process.component);
        let is_site = component.is_some_and(|component| component.role == Role::Static);
        let is_web = process.name == "web";
        let is_first = is_web && self.found.primary.as_deref() == Some(process.component.as_str());
        let files = self.files(name, process, plan, is_first && !is_site, facts);
        let said = self.said.web.as_deref().filter(|_| is_first);
        let needs = plan.kit.as_ref().map(|kit| kit.needs.clone()).unwrap_or_default();
        if let Some(kit) = &plan.kit {
            facts.notes.extend(build::note(kit));
            let build = fill(build::build(kit), &files, said, is_site);
            facts.builds.insert(name.into(), build);
        }
        let mut service = Service {
            name: name.into(),
            why: service_reason(process),
            build: Some(process.component.clone()),
            dockerfile: plan.dockerfile.clone(),
            command: command(process, plan, said, is_site, is_first),
            port: is_web.then(|| needs.port.unwrap_or_else(|| self.port())),
            cpu: Some(0.5),
            memory: Some(memory(component.map(|component| component.stack.as_str()), is_site).into()),
            pids: Some(256),
            tmpfs: scratch(&needs.tmpfs, &files),
            ready: is_web.then(|| self.ready(needs.health.as_deref(), is_first)),
            init: needs.init || starts_through_a_manager(plan, process),
            ..Service::default()
        };
        if !is_site {
            self.environment(&mut service, environment, servers, &files);
        }
        let mut unset: Vec<_> = needs.env.iter().collect();
        unset.retain(|(name, _)| service.env.iter().all(|held| held.name != **name));
        service.env.extend(unset.into_iter().map(|(name, value)| variable(name, value, "")));
        draft.volumes.extend(files.volumes);
        Some(service)
    }

    fn files(
        &self,
        name: &str,
        process: &Process,
        plan: &Plan,
        holds_state: bool,
        facts: &mut Facts,
    ) -> Files {
        if !holds_state {
            return Files::default();
        }
        let mut found = self.found.state.clone();
        for path in self.said.keeps.iter().flatten() {
            let why = "the team said that this must not be lost".to_owned();
            found.retain(|state| state.path.as_deref() != Some(path.as_str()));
            let kind = if path.contains(".sqlite") || path.ends_with(".db") { "sqlite" } else { "files" };
            found.push(civic_buildpacks::detection::State {
                kind: kind.into(),
                path: Some(path.clone()),
                durability: Durability::Durable,
                why,
                evidence: Vec::new(),
            });
        }
        let files = state::files(&found, name, &process.component, &plan.workdir);
        facts.notes.extend(files.notes.clone());
        if !files.databases.is_empty() {
            let store = Store { kind: "sqlite".into(), paths: files.databases.clone() };
            facts.stores.entry(name.into()).or_default().push(store);
        }
        files
    }

    fn port(&self) -> u16 {
        self.found.port.default.as_ref().map_or(8000, |port| port.value)
    }

    fn ready(&self, of_the_image: Option<&str>, is_first: bool) -> Probe {
        let health = &self.found.health;
        if let Some(path) = of_the_image {
            return Probe { http: Some(path.into()), ..Probe::default() };
        }
        match (&health.path, health.kind) {
            (Some(path), kind) if is_first => Probe {
                http: Some(path.clone()),
                why: if kind == HealthKind::Guess { health.why.clone() } else { String::new() },
                ..Probe::default()
            },
            _ => Probe {
                tcp: true,
                why: "says little: `civic init --with-health` offers the code for a better one".into(),
                ..Probe::default()
            },
        }
    }

    fn environment(
        &self,
        service: &mut Service,
        environment: &Environment,
        servers: &[&'static Server],
        files: &Files,
    ) {
        if let (Some(port), Some(number)) = (self.found.port.env.as_ref(), service.port) {
            service.env.push(variable(&port.value, &number.to_string(), ""));
        } else if let Some(number) = service.port {
            service.env.push(variable("PORT", &number.to_string(), ""));
        }
        if !files.databases.is_empty() {
            let text = files.databases.join("\n");
            service.env.push(variable("CIVIC_SQLITE_FILES", &text, "what the hooks save"));
        }
        let given: Vec<String> = service.env.iter().map(|held| held.name.clone()).collect();
        let is_new = |name: &String| name != "PORT" && !given.contains(name);
        service.env.extend(environment.env.iter().filter(|held| is_new(&held.name)).cloned());
        service.optional = environment.optional.clone();
        service.secrets = environment
            .secrets
            .iter()
            .map(|secret| secret.name.clone())
            .chain(environment.shared.clone())
            .collect();
        service.depends_on = servers.iter().map(|server| server.service.to_owned()).collect();
    }
}

fn variable(name: &str, value: &str, why: &str) -> civic_templates::draft::Variable {
    civic_templates::draft::Variable { name: name.into(), value: value.into(), why: why.into() }
}

fn service_reason(process: &Process) -> String {
    process
        .command
        .evidence
        .first()
        .map(|evidence| format!("{}: {}", evidence.place(), process.command.value))
        .unwrap_or_default()
}

/// What a build gets to know about the app's files, and what a person said.
fn fill(mut build: Build, files: &Files, said: Option<&str>, is_site: bool) -> Build {
    if let Some(said) = said {
        build.start = argv(said);
    }
    build.links = files.links.clone();
    let folders = files.volumes.iter().map(|volume| volume.path.clone()).chain(files.scratch.clone());
    build.writable.extend(folders);
    build.writable.sort();
    build.writable.dedup();
    if !files.databases.is_empty() && !is_site && !build.packages.iter().any(|name| name == "sqlite3") {
        build.packages.push("sqlite3".into()); // hooks and canaries speak to the database through it
    }
    build
}

/// A generated image starts what it is for; another process of the same image is named.
fn command(
    process: &Process,
    plan: &Plan,
    said: Option<&str>,
    is_site: bool,
    is_first: bool,
) -> Option<Vec<String>> {
    let is_images_own = process.command.evidence.iter().any(|evidence| {
        plan.kit.is_none() && evidence.file.rsplit('/').next().is_some_and(|name| name.contains("ockerfile"))
    });
    if is_site || is_images_own || plan.kit.is_some() && is_first {
        return None;
    }
    match (&plan.kit, said) {
        (Some(kit), None) => Some(kit.start.clone()),
        (_, said) => Some(argv(said.unwrap_or(&process.command.value))),
    }
}

fn scratch(needs: &[String], files: &Files) -> Vec<String> {
    let mut scratch: Vec<String> =
        std::iter::once("/tmp".to_owned()).chain(needs.to_vec()).chain(files.scratch.clone()).collect();
    let mut seen = std::collections::BTreeSet::new();
    scratch
        .retain(|path| seen.insert(path.clone()) && files.volumes.iter().all(|volume| &volume.path != path));
    scratch
}

/// Package managers pass no signals on.
fn starts_through_a_manager(plan: &Plan, process: &Process) -> bool {
    let first =
        plan.kit.as_ref().and_then(|kit| kit.start.first().cloned()).unwrap_or_else(|| {
            process.command.value.split_whitespace().next().unwrap_or_default().to_owned()
        });
    matches!(first.as_str(), "npm" | "yarn" | "pnpm" | "npx" | "foreman" | "honcho" | "pipenv" | "poetry")
}

const fn memory(stack: Option<&str>, is_site: bool) -> &'static str {
    match stack {
        _ if is_site => "64MiB",
        Some(stack) => match stack.as_bytes() {
            b"java" | b"r" | b"dotnet" => "1GiB",
            b"go" | b"rust" => "128MiB",
            _ => "512MiB",
        },
        None => "512MiB",
    }
}
