//! From what was found to a first civic.toml, and the facts that the other files need.

mod proof;
mod service;

use civic_buildpacks::Detection;
use civic_buildpacks::detection::Durability;
use civic_templates::Facts;
use civic_templates::draft::{App, Draft};
use civic_templates::facts::{Note, Store};

use super::about::About;
use super::build::Plans;
use super::environment::Environment;
use super::servers::{Account, Server};
use proof::{by_files, escrow, hooks};

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
}

fn held<'a>(servers: &[&'a Server], other: &Server) -> &'a str {
    servers.iter().find(|server| server.service == other.service).map_or("", |server| server.addon)
}
