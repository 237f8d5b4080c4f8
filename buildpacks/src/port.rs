//! The port that the web process listens on.

use crate::component::Choice;
use crate::detection::{Confidence, Evidence, Fact, Port};
use crate::packaging::{Packaging, written};
use crate::process::{Commands, dockerfiles};
use crate::rules::{Class, Rules};

/// Port of a server of files, as the templates set it up.
const FILES: u16 = 8080;

/// Finds the variable and the default: code first, then the web command, Dockerfile and framework.
pub(crate) fn port(
    rules: &Rules,
    choice: Option<&Choice>,
    packaging: &Packaging,
    commands: Option<&Commands>,
) -> Port {
    let mut port = Port { env: None, default: None };
    let Some(choice) = choice else { return port };
    let read = in_code(rules, choice);
    let is_plain = |place: &&(Option<String>, Option<u16>, Evidence)| place.0.as_deref() == Some("PORT");
    let best = read.iter().find(is_plain).or_else(|| read.first());
    let by_name = |place: &(Option<String>, Option<u16>, Evidence)| {
        place.0.as_ref().map(|env| Fact::new(env.clone(), place.2.clone()))
    };
    let web = commands.and_then(|found| found.processes.iter().find(|process| process.name == "web"));
    let web = web.map(|process| &process.command);
    port.env = web.and_then(named);
    port.env = port.env.or_else(|| best.filter(is_plain).and_then(by_name));
    port.env = port.env.or_else(|| web.and_then(given)).or_else(|| best.and_then(by_name));
    let same = read.iter().filter(|place| {
        place.0.is_none() || place.0.as_deref() == port.env.as_ref().map(|env| env.value.as_str())
    });
    port.default = same.clone().find_map(|place| Some(Fact::new(place.1?, place.2.clone())));
    port.default = port.default.or_else(|| web.and_then(fixed));
    port.default = port.default.or_else(|| exposed(choice, packaging)).or_else(|| of_framework(choice));
    port
}

/// What code says: variable, default, place; ports of other servers and of developers' tools left out.
fn in_code(rules: &Rules, choice: &Choice) -> Vec<(Option<String>, Option<u16>, Evidence)> {
    let mut found = Vec::new();
    for pack in rules.shared().chain([choice.pack]) {
        for rule in &pack.port {
            for place in choice.view.all(&rule.when) {
                let evidence = pack.evidence("port", &rule.id, &place, Confidence::Medium);
                let own = Some(rule.env.clone()).filter(|env| !env.is_empty());
                let env = place.capture("env").map(str::to_owned).or(own);
                let default = place.capture("default").and_then(|text| text.parse().ok()).or(rule.default);
                if !env.as_deref().is_some_and(is_of_server) {
                    found.push((env, default, evidence));
                }
            }
        }
    }
    found
}

/// The variable that a web command names.
fn named(command: &Fact<String>) -> Option<Fact<String>> {
    let name = command.value.split('$').skip(1).find_map(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|name| name.ends_with("PORT") && !is_of_server(name))
    })?;
    Some(Fact::new(name.to_owned(), command.evidence.first()?.clone()))
}

/// A Procfile's web process gets `PORT` from Heroku, and Gunicorn and Puma look at it by themselves.
fn given(command: &Fact<String>) -> Option<Fact<String>> {
    let evidence = command.evidence.first()?;
    let is_heroku = matches!(evidence.rule.as_str(), "packaging/procfile" | "packaging/heroku-yml");
    let reads = ["gunicorn", "puma"].iter().any(|program| command.value.contains(program));
    let evidence = Evidence { confidence: Confidence::Medium, ..evidence.clone() };
    (is_heroku || reads && fixed(command).is_none()).then(|| Fact::new("PORT".to_owned(), evidence))
}

/// The port that a web command names: `-p 3000`, `--port=3000`, `0.0.0.0:3000`, `${PORT:-3000}`.
fn fixed(command: &Fact<String>) -> Option<Fact<u16>> {
    let starts = ["--port ", "--port=", "-p ", "0.0.0.0:", "PORT:-", "--http-socket :", "PORT="];
    let number = starts.iter().find_map(|start| {
        let (_, rest) = command.value.split_once(start)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse::<u16>().ok()
    })?;
    Some(Fact::new(number, command.evidence.first()?.clone()))
}

fn exposed(choice: &Choice, packaging: &Packaging) -> Option<Fact<u16>> {
    dockerfiles(&choice.view, packaging).into_iter().find_map(|(path, file)| {
        let stage = file.last().filter(|stage| starts(choice, stage))?;
        let exposed = stage
            .expose
            .iter()
            .chain(&stage.port)
            .find_map(|port| Some((port.value.split('/').next()?.parse().ok()?, port.line)))?;
        Some(Fact::new(exposed.0, written(path, exposed.1, "dockerfile")))
    })
}

/// Whether a stage is this app's: it starts something, or its base image is of the stack.
fn starts(choice: &Choice, stage: &crate::read::DockerStage) -> bool {
    let image = crate::packaging::image_name(&stage.from.value);
    let is_own = choice.pack.images.iter().any(|held| fast_glob::glob_match(held, image));
    is_own || stage.command.is_some() || stage.entrypoint.is_some()
}

fn of_framework(choice: &Choice) -> Option<Fact<u16>> {
    let (framework, evidence) = choice.framework.as_ref()?;
    let files = matches!(choice.class, Class::Static | Class::Spa).then_some(FILES);
    Some(Fact::new(
        framework.port.or(files)?,
        crate::detection::Evidence { confidence: Confidence::Low, ..evidence.clone() },
    ))
}

/// Whether a variable names the port of something else.
fn is_of_server(env: &str) -> bool {
    let words = [
        "DB", "SQL", "POSTGRES", "PG", "REDIS", "MONGO", "SMTP", "MAIL", "ELASTIC", "PROXY", "DATABASE",
        "MEMCACHE", "DEV", "TEST", "HMR",
    ];
    words.iter().any(|word| env.to_uppercase().contains(word))
}
