//! From what was found to a first civic.toml, and the facts that the other files need.

use civic_buildpacks::Detection;
use civic_buildpacks::detection::{Durability, HealthKind, Process, Role};
use civic_contract::manifest::to_name;
use civic_templates::Facts;
use civic_templates::draft::{App, Canary, Draft, Hook, Job, Probe, Secret, SecretValue, Service};
use civic_templates::facts::{Build, Note, Store};

use super::about::About;
use super::build::{self, Plan, Plans};
use super::command::argv;
use super::environment::Environment;
use super::servers::{Account, Server};
use super::state::{self, Files};

/// What a person said, or nobody was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// `Name <contact>`.
    pub maintainer: Option<String>,
    /// Command of the web process.
    pub web: Option<String>,
    /// Folders and files that must not be lost, as the app names them; none was asked for.
    pub keeps: Option<Vec<String>>,
}

/// Makes the manifest's draft.
pub struct Drafting<'a> {
    /// What was found.
    pub found: &'a Detection,
    /// The project in its own words.
    pub about: &'a About,
    /// Images by process.
    pub plans: &'a Plans,
    /// What a person said.
    pub said: &'a Said,
    /// Words that only the app's own page has.
    pub page_words: Option<&'a str>,
    /// This program's version.
    pub version: &'a str,
}

impl Drafting<'_> {
    /// The draft and the facts.
    pub fn finish(self) -> (Draft, Facts) {
        let account = Account::of(&self.about.name);
        let mut draft = Draft { app: self.app(), ..Draft::default() };
        let mut facts = Facts {
            title: self.about.title.clone(),
            repository: self.about.repository.clone(),
            seed: self.found.seed.as_ref().map(|seed| seed.value.clone()),
            notes: self.warnings(),
            civic_version: self.version.to_owned(),
            ..Facts::default()
        };
        let servers = self.servers(&mut facts);
        let environment = Environment::of(&self.found.env, &servers, &account);
        self.own_services(&mut draft, &mut facts, &environment, &servers);
        self.beside(&mut draft, &mut facts, &servers, &account);
        draft.secrets.extend(environment.secrets);
        draft.jobs = self.jobs(&mut facts);
        by_files(&mut draft, &mut facts);
        draft.hooks = hooks(&facts);
        draft.canary = self.canary(&draft, &facts, &servers, &account);
        draft.escrow = escrow(&draft.secrets);
        draft.missing = self.missing(&draft);
        (draft, facts)
    }

    fn app(&self) -> App {
        let about = self.about;
        let contact = about.repository.clone().unwrap_or_else(|| "https://example.org".into());
        let name: String = about.title.chars().filter(|character| !"<>".contains(*character)).collect();
        let maintainer = self.said.maintainer.clone();
        App {
            name: about.name.clone(),
            title: about.title.clone(),
            summary: if about.summary.is_empty() { about.title.clone() } else { about.summary.clone() },
            case: 2,
            maintainers: vec![maintainer.unwrap_or_else(|| format!("{} team <{contact}>", name.trim()))],
            licence: about.licence.clone(),
        }
    }

    fn warnings(&self) -> Vec<Note> {
        let place = |file: &str, line| if line == 0 { file.to_owned() } else { format!("{file}:{line}") };
        let warnings = self.found.warnings.iter();
        warnings
            .map(|warning| Note { text: warning.text.clone(), place: place(&warning.file, warning.line) })
            .collect()
    }

    /// Servers that run beside the app; what nobody here knows becomes a note.
    fn servers(&self, facts: &mut Facts) -> Vec<&'static Server> {
        let mut servers: Vec<&'static Server> = Vec::new();
        for addon in &self.found.addons {
            let place = addon.evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
            match Server::of(&addon.value) {
                Some(server) if servers.iter().any(|held| held.service == server.service) => facts.notes.push(Note {
                    text: format!("{} was found as well as {}: only the latter is packaged.", server.addon, held(&servers, server)),
                    place,
                }),
                Some(server) => servers.push(server),
                None if matches!(addon.value.as_str(), "sqlite" | "files" | "managed") => {}
                None => facts.notes.push(Note {
                    text: format!("The app uses {}, which civic does not package: add a service for it, or its address.", addon.value),
                    place,
                }),
            }
        }
        servers
    }

    fn own_services(
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
                || super::servers::SERVERS.iter().any(|server| server.service == name)
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

    fn beside(&self, draft: &mut Draft, facts: &mut Facts, servers: &[&'static Server], account: &Account) {
        for server in servers {
            let state = self.found.state.iter().find(|state| state.kind == server.addon);
            let is_kept = state.is_some_and(|state| state.durability != Durability::Rebuildable)
                || matches!(server.addon, "postgres" | "mysql" | "mongodb");
            let why = state.map_or_else(String::new, |state| state.why.clone());
            let parts = server.parts(account, is_kept, &why);
            if let (true, Some(kind)) = (is_kept, server.hooks) {
                facts
                    .stores
                    .entry(server.service.into())
                    .or_default()
                    .push(Store { kind: kind.into(), paths: Vec::new() });
            }
            if is_kept && server.hooks.is_none() {
                facts.notes.push(Note {
                    text: format!("What waits in {} is not saved: civic has no hooks for it.", server.addon),
                    place: String::new(),
                });
            }
            draft.services.push(parts.service);
            draft.volumes.extend(parts.volume);
            draft.secrets.extend(parts.secrets);
        }
    }

    fn jobs(&self, facts: &mut Facts) -> Vec<Job> {
        let mut jobs = Vec::new();
        let is_sqlite = facts.stores.values().flatten().any(|store| store.kind == "sqlite");
        if let (Some(release), true) = (&self.found.release, is_sqlite) {
            jobs.push(Job {
                name: "before-migrate".into(), // runs before `migrate`, by its name
                kind: "release",
                service: "web".into(),
                command: vec!["/civic/hooks/sqlite/pre-start".into()],
                schedule: None,
                why: format!("A restored database is in its place before {} sees it.", release.value),
            });
        }
        if let Some(release) = &self.found.release {
            jobs.push(Job {
                name: "migrate".into(),
                kind: "release",
                service: "web".into(),
                command: argv(&release.value),
                schedule: None,
                why: release.evidence.first().map(|evidence| evidence.place()).unwrap_or_default(),
            });
        }
        for cron in &self.found.cron {
            let place = cron.evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
            match (&cron.command, &cron.schedule) {
                (Some(command), Some(schedule)) if schedule.split_whitespace().count() == 5 => {
                    let name = format!("{}-{}", "cron", jobs.len() + 1);
                    let name = name_of(command).filter(|name| jobs.iter().all(|job: &Job| &job.name != name)).unwrap_or(name);
                    jobs.push(Job {
                        name,
                        kind: "cron",
                        service: "web".into(),
                        command: argv(command),
                        schedule: Some(schedule.clone()),
                        why: place,
                    });
                }
                (Some(command), _) => facts.notes.push(Note {
                    text: format!("`{command}` seems to run by the clock, but nothing says when: add a [jobs.…] with its schedule."),
                    place,
                }),
                (None, _) => {}
            }
        }
        jobs
    }

    fn canary(
        &self,
        draft: &Draft,
        facts: &Facts,
        servers: &[&'static Server],
        account: &Account,
    ) -> Option<Canary> {
        let database = servers.iter().find(|server| matches!(server.addon, "postgres" | "mysql" | "mongodb"));
        if let Some(server) = database {
            return Some(Canary::Database {
                service: server.service.into(),
                engine: server.addon.into(),
                user: Some(account.name.clone()),
                database: account.name.clone(),
                password: (server.addon != "postgres").then(|| server.password().unwrap_or_default().into()),
            });
        }
        if let Some((service, store)) = facts.stores.iter().find_map(|(service, stores)| {
            Some((service, stores.iter().find(|store| store.kind == "sqlite")?))
        }) {
            return Some(Canary::Database {
                service: service.clone(),
                engine: "sqlite".into(),
                user: None,
                database: store.paths.first()?.clone(),
                password: None,
            });
        }
        if let Some(volume) = draft.volumes.iter().find(|volume| volume.is_durable && !volume.by_hooks) {
            return Some(Canary::Volume { volume: volume.name.clone() });
        }
        let web = draft.services.iter().find(|service| service.port.is_some())?;
        let words = self.page_words.unwrap_or(&self.about.title);
        Some(Canary::Page { service: web.name.clone(), path: "/".into(), expect: regex::escape(words) })
    }

    fn missing(&self, draft: &Draft) -> Vec<String> {
        let mut missing = vec![
            "a [canary] of kind \"app\": one route that writes a record and one that lists them (docs/manifest.md)".to_owned(),
        ];
        if self.found.health.kind != HealthKind::Exists {
            missing.push("a health route of the app's own: civic init --with-health offers the code".into());
        }
        if matches!(draft.canary, Some(Canary::Page { .. })) && self.page_words.is_none() {
            missing
                .push("`expect` of the [canary] is a guess: words that only the app's own page has".into());
        }
        if self.found.state_verdict == "unknown" && draft.volumes.is_empty() {
            missing.push("civic could not see whether the app keeps files: say so with a [volumes.…], or be sure that it keeps none".into());
        }
        missing
    }
}

fn held<'a>(servers: &[&'a Server], other: &Server) -> &'a str {
    servers.iter().find(|server| server.service == other.service).map_or("", |server| server.addon)
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

/// `node scripts/send-reminders.js` is `send-reminders`.
fn name_of(command: &str) -> Option<String> {
    let last = command.split_whitespace().rev().find(|word| !word.starts_with('-'))?;
    let last = last.rsplit(['/', ':']).next()?;
    to_name(last.split('.').next()?)
}

/// No canary lives in Redis, and none lives in a volume that only hooks save. Where Redis is all that an app has, its
/// append-only file is saved as it lies there: a copy of it that ends in the middle of a record is read up to that.
fn by_files(draft: &mut Draft, facts: &mut Facts) {
    let is_other = facts.stores.values().flatten().any(|store| store.kind != "redis");
    if is_other || draft.volumes.iter().any(|volume| volume.is_durable && !volume.by_hooks) {
        return;
    }
    for volume in draft.volumes.iter_mut().filter(|volume| volume.by_hooks) {
        volume.by_hooks = false;
        facts.stores.remove(&volume.service);
    }
}

/// Every store's hooks, databases before files, so that each row's file is in the snapshot.
fn hooks(facts: &Facts) -> Vec<Hook> {
    let order = |kind: &str| usize::from(matches!(kind, "files"));
    let mut hooks: Vec<Hook> = facts
        .stores
        .iter()
        .flat_map(|(service, stores)| {
            stores.iter().map(|store| Hook { service: service.clone(), store: store.kind.clone() })
        })
        .collect();
    hooks.sort_by_key(|hook| order(&hook.store));
    hooks
}

/// Keys that data is encrypted or signed with; passwords can be made anew.
fn escrow(secrets: &[Secret]) -> Vec<String> {
    let is_key = |secret: &&Secret| {
        let name = secret.name.to_ascii_uppercase();
        matches!(secret.value, SecretValue::Generate(_) | SecretValue::Base64(_))
            && ["ENCRYPT", "SECRET_KEY", "CRYPT", "APP_KEY", "SECRET_TOKEN", "MASTER_KEY", "SALT", "PEPPER"]
                .iter()
                .any(|word| name.contains(word))
    };
    secrets.iter().filter(is_key).map(|secret| secret.name.clone()).collect()
}
