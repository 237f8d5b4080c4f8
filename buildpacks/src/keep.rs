//! Servers beside an app, and what it keeps.

use std::collections::BTreeMap;

use crate::component::Choice;
use crate::detection::{Confidence, Durability, Evidence, Fact, State};
use crate::packaging::{Packaging, image_name, written};
use crate::read::environment;
use crate::rules::{Buildpack, Rules, Service};
use crate::view::Found;

/// Places that are remembered for one fact.
const MOST_EVIDENCE: usize = 5;
/// Folders of files that are named; more say nothing new.
const MOST_FILES: usize = 12;

/// Evidence by service.
pub(crate) type Addons = BTreeMap<String, Vec<Evidence>>;

/// Finds the servers that the components and the packaging name.
pub(crate) fn addons(rules: &Rules, choices: &[Choice], beside: &[Choice], packaging: &Packaging) -> Addons {
    let services: Vec<&Service> = rules.shared().flat_map(|pack| &pack.service).collect();
    let mut found = Addons::new();
    for choice in choices.iter().chain(beside) {
        for pack in rules.shared().chain([choice.pack]) {
            for rule in &pack.addon {
                let places = choice.view.all(&rule.when);
                let service = |place: &Found| {
                    place.capture("service").map_or_else(|| rule.id.clone(), |name| named(&services, name))
                };
                for place in places.iter().take(MOST_EVIDENCE) {
                    add(
                        &mut found,
                        &service(place),
                        pack.evidence("addon", &rule.id, place, rule.confidence),
                    );
                }
            }
        }
        samples(choice, &services, &mut found);
    }
    plans(packaging, &services, &mut found);
    images(packaging, &services, &mut found);
    found.retain(|id, _| services.iter().any(|service| service.id == *id));
    weaken(&services, &mut found);
    found
}

fn add(found: &mut Addons, id: &str, evidence: Evidence) {
    let held = found.entry(id.into()).or_default();
    if held.len() < MOST_EVIDENCE && !held.contains(&evidence) {
        held.push(evidence);
    }
}

/// A service by one of its URL schemes or names.
fn named(services: &[&Service], name: &str) -> String {
    let name = name.to_lowercase();
    let service = services.iter().find(|service| service.id == name || service.schemes.contains(&name));
    service.map_or(name, |service| service.id.clone())
}

/// `DATABASE_URL=mongodb://…` says more than the variable's name.
fn samples(choice: &Choice, services: &[&Service], found: &mut Addons) {
    for path in crate::env::samples(&choice.view) {
        let Some(text) = choice.view.source.text(&path) else { continue };
        for sample in environment(&text) {
            let scheme =
                sample.value.split_once("://").map(|(scheme, _)| scheme.split('+').next().unwrap_or(scheme));
            let by_scheme = services.iter().find(|service| {
                scheme.is_some_and(|scheme| service.schemes.iter().any(|held| held == scheme))
            });
            let by_name =
                services.iter().find(|service| scheme.is_none() && service.env.contains(&sample.name));
            if let Some(service) = by_scheme.or(by_name) {
                let evidence = Evidence::new(&path, sample.line, "shared/service/env", Confidence::High);
                add(found, &service.id, evidence);
            }
        }
    }
}

fn plans(packaging: &Packaging, services: &[&Service], found: &mut Addons) {
    let app_json = packaging
        .app_json
        .iter()
        .flat_map(|(path, file)| file.addons.iter().map(move |plan| (path, plan, "app-json")));
    let heroku = packaging
        .heroku_yml
        .iter()
        .flat_map(|(path, _, plans)| plans.iter().map(move |plan| (path, plan, "heroku-yml")));
    for (path, plan, rule) in app_json.chain(heroku) {
        let name = plan.value.split(':').next().unwrap_or_default();
        if let Some(service) = services.iter().find(|service| service.plans.iter().any(|held| held == name)) {
            add(found, &service.id, written(path, plan.line, rule));
        }
    }
}

fn images(packaging: &Packaging, services: &[&Service], found: &mut Addons) {
    for (path, file) in &packaging.compose {
        for compose in &file.services {
            let image = compose.image.as_ref().map(|image| (image.value.clone(), image.line));
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let built = compose.context.as_ref().and_then(|context| {
                let dockerfile = crate::process::join(
                    &crate::process::join(folder, context),
                    compose.dockerfile.as_deref().unwrap_or("Dockerfile"),
                );
                let (_, file) = packaging.dockerfiles.iter().find(|(held, _)| *held == dockerfile)?;
                Some((file.last()?.from.value.clone(), compose.line))
            });
            let Some((image, line)) = image.or(built) else { continue };
            if let Some(service) = services.iter().find(|service| {
                service.images.iter().any(|held| fast_glob::glob_match(held, image_name(&image)))
            }) {
                add(found, &service.id, written(path, line, "compose"));
            }
        }
    }
}

/// Where a project writes down which SQL server it uses, drivers of others say little.
fn weaken(services: &[&Service], found: &mut Addons) {
    let is_sql = |id: &str| services.iter().any(|service| service.id == id && service.sql);
    let best = |list: &[Evidence]| list.iter().map(|evidence| evidence.confidence).max().unwrap_or_default();
    let strongest = found.iter().filter(|(id, _)| is_sql(id)).map(|(_, list)| best(list)).max();
    found.retain(|id, list| !is_sql(id) || Some(best(list)) >= strongest);
}

/// What the app keeps: its servers' data, and files.
pub(crate) fn state(
    rules: &Rules,
    choices: &[Choice],
    beside: &[Choice],
    packaging: &Packaging,
    addons: &Addons,
) -> Vec<State> {
    let services: Vec<&Service> = rules.shared().flat_map(|pack| &pack.service).collect();
    let mut found: Vec<State> = Vec::new();
    for choice in choices {
        for pack in rules.shared().chain([choice.pack]) {
            of_pack(pack, choice, &mut found);
        }
    }
    for choice in beside {
        let mut more = Vec::new();
        of_pack(choice.pack, choice, &mut more);
        found.extend(more.into_iter().filter(|state| addons.contains_key(&state.kind)));
    }
    for (id, evidence) in addons {
        let service = services.iter().find(|service| service.id == *id);
        let Some((service, durability)) = service.and_then(|service| Some((service, service.state?))) else {
            continue;
        };
        if let Some(held) = found.iter_mut().find(|state| state.kind == *id) {
            held.evidence.extend(evidence.iter().take(2).cloned());
        } else {
            found.push(State {
                kind: id.clone(),
                path: None,
                durability,
                why: service.why.clone(),
                evidence: evidence.clone(),
            });
        }
    }
    let has_sql = services.iter().any(|service| service.sql && addons.contains_key(&service.id));
    found.retain(|state| {
        let is_server = services.iter().any(|service| service.id == state.kind);
        let is_addon = addons.contains_key(&state.kind) || state.kind == "files" || !is_server;
        is_addon && !(has_sql && state.kind == "sqlite")
    });
    placed(&mut found);
    only_store(&services, &mut found);
    mounts(packaging, choices, &services, &mut found);
    found.sort_by_key(|state| (state.durability, state.kind.clone(), state.path.clone()));
    found
}

/// A database whose file one rule has seen is the one that another rule only knows to be there.
fn placed(found: &mut Vec<State>) {
    if found.iter().any(|state| state.kind == "sqlite" && state.path.is_some()) {
        found.retain(|state| state.kind != "sqlite" || state.path.is_some());
    }
}

fn of_pack(pack: &Buildpack, choice: &Choice, found: &mut Vec<State>) {
    for rule in &pack.state {
        for place in choice.view.all(&rule.when).iter().take(40) {
            let path = place.fill(&rule.path).filter(|path| !path.is_empty()).map(|path| tidy(&path));
            let is_passing = path.as_deref().is_some_and(is_passing);
            if is_passing
                || rule.kind == "files"
                    && found.iter().filter(|state| state.kind == "files").count() >= MOST_FILES
            {
                continue;
            }
            let evidence = pack.evidence("state", &rule.id, place, rule.confidence);
            let same = found.iter_mut().find(|state| {
                state.kind == rule.kind && (state.path == path || path.is_none() && state.why == rule.why)
            });
            match same {
                Some(held) if held.evidence.len() < MOST_EVIDENCE => {
                    held.durability = held.durability.min(rule.class);
                    held.evidence.push(evidence);
                }
                Some(_) => {}
                None => found.push(State {
                    kind: rule.kind.clone(),
                    path,
                    durability: rule.class,
                    why: rule.why.clone(),
                    evidence: vec![evidence],
                }),
            }
        }
    }
}

/// Whether a path is a cache, a log or temporary.
fn is_passing(path: &str) -> bool {
    let parts = path.split('/').any(|part| {
        matches!(
            part,
            "tmp"
                | "temp"
                | "cache"
                | ".cache"
                | "log"
                | "logs"
                | "node_modules"
                | "dev"
                | "build"
                | "dist"
                | "coverage"
                | "static"
                | "staticfiles"
                | "run"
                | "gems"
                | "bundle"
                | ".m2"
                | ".gradle"
                | "deps"
                | "_build"
                | "venv"
                | ".venv"
                | ".next"
                | "target"
                | "vendor"
        )
    });
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let parts = parts || name.starts_with("static");
    let is_local = ["thumbs", "ehthumbs", "test", "development"].iter().any(|start| name.starts_with(start));
    parts || is_local || path.ends_with(".log") || path.ends_with(".pid")
}

/// A search index is made again from a database; where there is none, it is the database itself.
fn only_store(services: &[&Service], found: &mut [State]) {
    let is_made = |state: &State| state.durability == Durability::Rebuildable;
    let is_store = |state: &State| services.iter().any(|service| service.id == state.kind);
    if found
        .iter()
        .any(|state| is_store(state) && !is_made(state) || state.kind == "sqlite" || state.kind == "managed")
    {
        return;
    }
    for state in found.iter_mut().filter(|state| is_made(state)) {
        match state.kind.as_str() {
            "elasticsearch" | "solr" => {
                state.durability = Durability::Durable;
                state.why = "no database was found from which this index could be made again: it may be the only copy".into();
            }
            "redis" => {
                state.durability = Durability::Unknown;
                state.why =
                    "no database was found beside it: say whether it is a cache or the only copy".into();
            }
            _ => {}
        }
    }
}

/// Named volumes and `VOLUME`s of the app's own containers.
fn mounts(packaging: &Packaging, choices: &[Choice], services: &[&Service], found: &mut Vec<State>) {
    let mut volumes: Vec<(String, Evidence)> = Vec::new();
    for (path, file) in &packaging.compose {
        for service in file.services.iter().filter(|service| service.context.is_some()) {
            let named = service.mounts.iter().filter(|mount| !mount.value.0.is_empty());
            volumes.extend(
                named.map(|mount| (mount.value.1.clone(), written(path, mount.line, "compose-volume"))),
            );
        }
    }
    let own = choices.iter().flat_map(|choice| crate::process::dockerfiles(&choice.view, packaging));
    for (path, file) in own {
        let declared = file.last().map(|stage| stage.volumes.as_slice()).unwrap_or_default();
        volumes.extend(
            declared
                .iter()
                .map(|volume| (volume.value.clone(), written(path, volume.line, "dockerfile-volume"))),
        );
    }
    let is_server =
        |path: &str| services.iter().any(|service| path.contains(service.id.trim_end_matches("ql")));
    for (path, evidence) in volumes {
        let is_known = found.iter().any(|state| state.path.as_deref() == Some(path.as_str()));
        if !is_known && !is_passing(path.trim_start_matches('/')) && !is_server(&path) {
            let why = "a volume is mounted there".to_owned();
            found.push(State {
                kind: "files".into(),
                path: Some(path),
                durability: Durability::Durable,
                why,
                evidence: vec![evidence],
            });
        }
    }
}

/// Add-ons as facts.
pub(crate) fn facts(addons: Addons) -> Vec<Fact<String>> {
    addons.into_iter().map(|(value, evidence)| Fact { value, evidence }).collect()
}

/// A path without `./` and without a slash at its end.
fn tidy(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}
