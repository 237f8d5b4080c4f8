//! What starts, builds, migrates and seeds.

use crate::component::{Choice, shown};
use crate::detection::{Confidence, Evidence, Fact, Process, Warning};
use crate::judge::{Fault, Judgement, Judges};
use crate::packaging::{Packaging, written};
use crate::rules::{Class, Command};
use crate::view::View;

/// Commands of a component, and what was refused on the way.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    pub processes: Vec<Process>,
    pub release: Option<Fact<String>>,
    pub seed: Option<Fact<String>>,
    pub build: Option<Fact<String>>,
    pub warnings: Vec<Warning>,
    /// Servers that a Procfile starts as if they were workers: program and evidence.
    pub servers: Vec<(String, Evidence)>,
}

/// A command that might be chosen.
struct Offer {
    command: String,
    evidence: Evidence,
}

/// Finds the commands of a component.
pub(crate) fn commands(
    choice: &Choice,
    packaging: &Packaging,
    judges: &Judges,
    servers: &[String],
) -> Commands {
    let mut found = Commands::default();
    procfile(choice, packaging, judges, servers, &mut found);
    if !found.processes.iter().any(|process| process.name == "web") && choice.class <= Class::Worker {
        let name = if choice.class == Class::Web { "web" } else { "worker" };
        let offers = offers(choice, packaging, name);
        if !found.processes.iter().any(|process| process.name == name) {
            let chosen = first_good(choice, judges, offers, &mut found.warnings);
            found
                .processes
                .extend(chosen.map(|(fact, resolved)| process(&choice.view, name, fact, resolved)));
        }
    }
    for (id, place) in [("release", &mut found.release), ("build", &mut found.build)] {
        if place.is_none() {
            let chosen = first_good(choice, judges, rules(choice, id), &mut found.warnings);
            *place = chosen.map(|(fact, _)| fact);
        }
    }
    found.processes.sort_by_key(|process| process.name != "web");
    found.seed = found.seed.or_else(|| {
        let offer = rules(choice, "seed").into_iter().next()?;
        Some(Fact::new(offer.command, offer.evidence))
    });
    found
}

fn process(view: &View, name: &str, command: Fact<String>, resolved: Option<String>) -> Process {
    Process { name: name.into(), component: shown(&view.root), command, resolved }
}

/// The Heroku files, line by line; `Procfile.dev` is for developers and is not read.
fn procfile(
    choice: &Choice,
    packaging: &Packaging,
    judges: &Judges,
    servers: &[String],
    found: &mut Commands,
) {
    let own = choice.view.outer("Procfile");
    let is_own = |path: &str| path == own || choice.view.adopts && path == "Procfile";
    let file = packaging.procfiles.iter().find(|(path, _)| is_own(path));
    let file = file.map(|(path, file)| (path, file, "procfile"));
    let heroku = packaging
        .heroku_yml
        .as_ref()
        .filter(|(path, ..)| choice.view.adopts || *path == choice.view.outer("heroku.yml"));
    let files = file.into_iter().chain(heroku.map(|(path, file, _)| (path, file, "heroku-yml")));
    for (path, file, rule) in files {
        found.warnings.extend(file.strange.iter().map(|line| {
            warning("procfile-line", "this line is no `name: command` and was skipped.", path, *line)
        }));
        for (name, command) in &file.processes {
            let evidence = written(path, command.line, rule);
            if is_platform_server(choice, &command.value) {
                continue;
            }
            if let Some(server) = server(&command.value, servers) {
                found.servers.push((server, evidence));
                continue;
            }
            line(choice, judges, name, &command.value, evidence, found);
        }
    }
}

fn line(
    choice: &Choice,
    judges: &Judges,
    name: &str,
    command: &str,
    evidence: Evidence,
    found: &mut Commands,
) {
    if found.processes.iter().any(|process| process.name == name)
        || name == "release" && found.release.is_some()
    {
        return;
    }
    if name == "release" && has_background(command) {
        let text = "a single `&` starts the first command in the background: the second does not wait for it. Write `&&`.";
        found.warnings.push(warning("release-in-background", text, &evidence.file, evidence.line));
    }
    let offer = Offer { command: command.into(), evidence };
    let Some((fact, resolved)) = first_good(choice, judges, vec![offer], &mut found.warnings) else { return };
    match name {
        "release" => found.release = Some(fact),
        _ => found.processes.push(process(&choice.view, name, fact, resolved)),
    }
}

/// Heroku's own servers of files come from its buildpacks and lie in no project.
pub(crate) fn is_platform_server(choice: &Choice, command: &str) -> bool {
    let is_theirs = program(command).is_some_and(|name| name.starts_with("start-nginx") || name == "boot");
    is_theirs
        && choice
            .framework
            .as_ref()
            .is_some_and(|(framework, _)| framework.class.is_some_and(|class| class > Class::Worker))
}

fn server(command: &str, servers: &[String]) -> Option<String> {
    let program = program(command)?;
    servers.iter().find(|server| **server == program).cloned()
}

/// First word of a command, after `A=1`, `exec` and `env`, without its folder.
pub(crate) fn program(command: &str) -> Option<String> {
    let word =
        command.split_whitespace().find(|word| !word.contains('=') && !matches!(*word, "exec" | "env"))?;
    Some(word.rsplit('/').next().unwrap_or(word).to_owned())
}

fn has_background(command: &str) -> bool {
    command.replace("&&", "").replace(">&", "").replace("&>", "").contains('&')
}

/// Commands in the order in which they count: the Dockerfile, what the stack knows, the Compose file.
fn offers(choice: &Choice, packaging: &Packaging, name: &str) -> Vec<Offer> {
    let mut offers = dockerfile(&choice.view, packaging);
    offers.extend(rules(choice, name));
    offers.extend(compose(&choice.view, packaging));
    offers
}

/// The Dockerfiles of a component: in its folder, or built for it by the Compose file.
pub(crate) fn dockerfiles<'p>(
    view: &View,
    packaging: &'p Packaging,
) -> Vec<&'p (String, crate::read::Dockerfile)> {
    let is_own = |path: &str| {
        let inner = view.inner(path);
        let is_aside = inner.split('/').next().is_some_and(|folder| {
            matches!(folder, "docker" | ".docker" | "build" | "compose" | "deploy" | "ops")
        });
        view.owns(path) && (!inner.contains('/') || is_aside) || view.adopts && !path.contains('/')
    };
    packaging.dockerfiles.iter().filter(|(path, _)| is_own(path)).collect()
}

fn dockerfile(view: &View, packaging: &Packaging) -> Vec<Offer> {
    let offer = |(path, file): &(String, crate::read::Dockerfile)| {
        let stage = file.last()?;
        let entry = stage.entrypoint.as_ref().filter(|entry| !entry.value.trim().is_empty());
        let command = stage.command.as_ref();
        let is_wrapper = entry.is_some_and(|entry| {
            ["entrypoint", "tini", "dumb-init", "init"].iter().any(|word| entry.value.contains(word))
        });
        let is_server =
            matches!(crate::packaging::image_name(&stage.from.value), "nginx" | "httpd" | "caddy");
        let (line, text) = match (entry, command) {
            (Some(entry), None) => (entry.line, entry.value.clone()),
            (None, Some(command)) => (command.line, command.value.clone()),
            (Some(_), Some(command)) if is_wrapper => (command.line, command.value.clone()),
            (Some(entry), Some(command)) => (entry.line, format!("{} {}", entry.value, command.value)),
            (None, None) => return None,
        };
        let text = without_wait(&text);
        let is_empty =
            !starts_something(&text) || entry.is_some() && command.is_none() && passes_on(view, &text);
        (!is_empty && !is_server && !is_aside_image(path))
            .then(|| Offer { command: text, evidence: written(path, line, "dockerfile") })
    };
    dockerfiles(view, packaging).into_iter().filter_map(offer).collect()
}

/// The program after what waits for a database, and after `trap … INT;`.
fn without_wait(command: &str) -> String {
    let command = command.rsplit_once("INT; ").map_or(command, |(_, rest)| rest);
    let command = command.strip_prefix("/wait && ").unwrap_or(command);
    let is_wait = ["wait-for", "wait_for", "dockerize", "tini", "dumb-init"]
        .iter()
        .any(|word| command.split_whitespace().next().is_some_and(|program| program.contains(word)));
    let rest = command.split_once(" -- ").map(|(_, rest)| rest).filter(|_| is_wait);
    rest.unwrap_or(command).to_owned()
}

/// Whether a command is more than a shell that waits for somebody to type.
fn starts_something(command: &str) -> bool {
    let is_shell = |word: &str| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "zsh"));
    let words: Vec<&str> = command.split_whitespace().collect();
    match program(command).as_deref() {
        None | Some("tail" | "sleep" | "true") => false,
        Some(program) if is_shell(program) => words.len() > 1 && !matches!(words.get(1), Some(&"-l" | &"-i")),
        Some(_) => true,
    }
}

/// Whether a script of the project only prepares, and then runs what it is given.
fn passes_on(view: &View, command: &str) -> bool {
    let Some(name) = program(command) else { return false };
    let text = view.file(&format!("{{,**/}}{name}")).and_then(|path| view.source.text(&path));
    text.is_some_and(|text| text.contains("exec \"$@\"") || text.contains("exec $@"))
}

fn is_aside_image(path: &str) -> bool {
    let path = path.to_lowercase();
    ["nginx", "postgres", "/db/", "mysql", "test", "cypress", "e2e", "dash"]
        .iter()
        .any(|word| path.contains(word))
}

fn compose(view: &View, packaging: &Packaging) -> Vec<Offer> {
    let mut offers = Vec::new();
    for (path, file) in &packaging.compose {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for service in &file.services {
            let Some(context) = &service.context else { continue };
            let context = join(folder, context);
            if let Some(command) = service.command.as_ref().filter(|_| context == view.root) {
                offers.push(Offer {
                    command: command.value.clone(),
                    evidence: written(path, command.line, "compose"),
                });
            }
        }
    }
    offers
}

/// A folder as seen from the project.
pub(crate) fn join(folder: &str, inner: &str) -> String {
    let parts = folder.split('/').chain(inner.split('/')).filter(|part| !part.is_empty() && *part != ".");
    let mut joined: Vec<&str> = Vec::new();
    for part in parts {
        if part == ".." {
            joined.pop();
        } else {
            joined.push(part);
        }
    }
    joined.join("/")
}

/// What the stack's rules offer for a purpose.
fn rules(choice: &Choice, id: &str) -> Vec<Offer> {
    choice.pack.command.iter().filter(|rule| rule.id == id).flat_map(|rule| offer(choice, rule)).collect()
}

fn offer(choice: &Choice, rule: &Command) -> Vec<Offer> {
    let view = &choice.view;
    if !rule.script.is_empty() {
        let found = view.holds(&rule.when);
        return rule
            .script
            .iter()
            .filter(|_| found.is_some())
            .filter_map(|name| script(choice, rule, name))
            .collect();
    }
    let fill = |found: crate::view::Found| {
        let command = found.fill(&rule.run)?;
        let manifest = choice.evidence.first().map(|evidence| evidence.file.clone()).unwrap_or_default();
        let place = if found.path.is_empty() { manifest } else { found.path.clone() };
        let evidence =
            Evidence::new(&place, found.line, choice.pack.rule("command", &rule.id), rule.confidence);
        Some(Offer { command, evidence })
    };
    view.all(&rule.when).into_iter().filter_map(fill).take(3).collect()
}

fn script(choice: &Choice, rule: &Command, name: &str) -> Option<Offer> {
    let near = |path: &str| !choice.view.inner(path).contains('/');
    let manifest = choice
        .view
        .manifests
        .iter()
        .find(|manifest| near(&manifest.path) && manifest.script(name).is_some())?;
    let line = manifest.script(name)?.line;
    let evidence =
        Evidence::new(&manifest.path, line, choice.pack.rule("command", &rule.id), Confidence::High);
    Some(Offer { command: rule.run.replace("{script}", name), evidence })
}

/// The first command that neither destroys nor serves a developer; the others become warnings.
fn first_good(
    choice: &Choice,
    judges: &Judges,
    offers: Vec<Offer>,
    warnings: &mut Vec<Warning>,
) -> Option<(Fact<String>, Option<String>)> {
    let mut second_best = None;
    for offer in offers {
        let judgement = judges.judge(&choice.view, &offer.command);
        // The author's own program without the tool around it says more than a guess.
        let is_guess = offer.evidence.confidence < Confidence::High;
        let Some((fault, why)) = &judgement.fault else {
            return second_best.filter(|_| is_guess).or_else(|| Some(accept(offer, judgement)));
        };
        warnings.push(refusal(*fault, why, &offer.command, &offer.evidence));
        if let Some(instead) =
            judgement.instead.filter(|_| *fault == Fault::Development && second_best.is_none())
        {
            let evidence = Evidence { confidence: Confidence::Low, ..offer.evidence };
            let is_good = judges.judge(&choice.view, &instead).fault.is_none();
            second_best = is_good.then(|| (Fact::new(instead, evidence), None));
        }
    }
    second_best
}

fn accept(offer: Offer, judgement: Judgement) -> (Fact<String>, Option<String>) {
    let is_start = offer.command == "npm start" || offer.command.starts_with("npm run start");
    let is_plain = is_start && judgement.resolved.starts_with("node ") && !judgement.resolved.contains("&&");
    let resolved = (judgement.resolved != offer.command).then(|| judgement.resolved.clone());
    let command = if is_plain { judgement.resolved } else { offer.command };
    (Fact::new(command, offer.evidence), resolved)
}

/// What is said about a command that is not taken.
pub(crate) fn refusal(fault: Fault, why: &str, command: &str, evidence: &Evidence) -> Warning {
    let (id, what) = match fault {
        Fault::Destructive => ("destructive-command", "can destroy data"),
        Fault::Seed => ("seed-command", "fills a database, which is no step of a start or a release"),
        Fault::Development => ("development-command", "is for developers"),
    };
    let text = format!("`{command}` {what} ({why}), so that it is not used.");
    warning(id, &text, &evidence.file, evidence.line)
}

/// A warning at a place.
pub(crate) fn warning(id: &str, text: &str, file: &str, line: usize) -> Warning {
    Warning { id: id.into(), text: text.into(), file: file.into(), line }
}
