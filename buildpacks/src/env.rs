//! Environment variables: what code reads, what samples and app.json name. No value of a secret is ever repeated.

use std::collections::BTreeMap;

use crate::component::Choice;
use crate::detection::{Confidence, Env, Evidence, Warning};
use crate::packaging::{Packaging, written};
use crate::process::{Commands, warning};
use crate::read::environment;
use crate::rules::Rules;
use crate::view::View;

/// File names of samples.
const SAMPLES: [&str; 9] = [
    "{.env.example,.env.sample,.env.template,.env.dist,.env.defaults,.env-example,.env-sample,.env_example,.env_sample}",
    "{example.env,sample.env,env.example,env.sample,env.template,env.txt,dotenv.example,.envrc.example,.envrc.sample}",
    ".env.{local,development,dev,production,prod}.{example,sample,template}",
    "config/application.{example,sample}.yml",
    "config/{.env.example,env.example}",
    "{server,backend,api,src,app}/{.env.example,.env.sample}",
    ".env.{example,sample,template}.*",
    "{env,example,sample}-{example,env,sample}",
    "{local,secrets}.{example,sample}.*",
];

/// Variables that the platform or the language sets.
const GIVEN: [&str; 16] = [
    "PORT",
    "NODE_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "FLASK_ENV",
    "HOME",
    "PATH",
    "USER",
    "CI",
    "PWD",
    "HOSTNAME",
    "TMPDIR",
    "DEBUG",
    "MIX_ENV",
    "LANG",
    "DYNO",
];

/// Parts of a name that mean that its value must not be seen.
const SECRET: [&str; 17] = [
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASS",
    "KEY",
    "CREDENTIAL",
    "CREDS",
    "PRIVATE",
    "AUTH",
    "DSN",
    "SALT",
    "DATABASE_URL",
    "SID",
    "MONGO_URI",
    "MONGODB_URI",
    "REDIS_URL",
];

/// Paths of a component's samples.
pub(crate) fn samples(view: &View) -> Vec<String> {
    SAMPLES.iter().filter_map(|glob| view.file(glob)).collect()
}

/// The value of a variable in a sample.
pub(crate) fn sample(view: &View, name: &str) -> Option<String> {
    let texts = samples(view).into_iter().filter_map(|path| view.source.text(&path));
    let found = texts.flat_map(|text| environment(&text)).find(|sample| sample.name == name)?;
    Some(found.value).filter(|value| !is_secret(name) && is_harmless(value))
}

/// Collects the variables of all components.
pub(crate) fn collect(
    rules: &Rules,
    choices: &[Choice],
    packaging: &Packaging,
    commands: &[Commands],
) -> Vec<Env> {
    let mut found: BTreeMap<String, Env> = BTreeMap::new();
    if let Some((path, file)) = &packaging.app_json {
        for env in &file.env {
            let entry =
                note(&mut found, &env.name, written(path, env.line, "app-json"), env.value.as_deref());
            entry.required = env.required && env.value.is_none() && !env.generated;
            entry.secret |= env.generated;
        }
    }
    assigned(commands, &mut found);
    for choice in choices {
        for path in samples(&choice.view) {
            let text = choice.view.source.text(&path);
            for sample in text.iter().flat_map(|text| environment(text)) {
                let evidence = Evidence::new(&path, sample.line, "shared/env/sample", Confidence::High);
                note(&mut found, &sample.name, evidence, Some(&sample.value));
            }
        }
        for pack in rules.shared().chain([choice.pack]) {
            for rule in &pack.env {
                let places = choice.view.all(&rule.when);
                for name in rule.names.iter().filter(|_| !places.is_empty()) {
                    let evidence = pack.evidence("env", &rule.id, &places[0], Confidence::Medium);
                    note(&mut found, name, evidence, None).required |= !rule.optional;
                }
                for place in places {
                    let Some(name) = place.capture("name") else { continue };
                    let default = place.capture("default");
                    let evidence = pack.evidence("env", &rule.id, &place, Confidence::Medium);
                    let is_given = GIVEN.contains(&name);
                    let is_required = default.is_none() && !rule.optional && !is_given;
                    let entry = note(&mut found, name, evidence, default);
                    entry.required |= is_required;
                }
            }
        }
    }
    found.into_values().collect()
}

/// `A=1 program`: the command itself sets what its program needs.
fn assigned(commands: &[Commands], found: &mut BTreeMap<String, Env>) {
    for process in commands.iter().flat_map(|commands| &commands.processes) {
        let Some(evidence) = process.command.evidence.first() else { continue };
        for word in process.command.value.split_whitespace() {
            let Some((name, value)) = word.split_once('=').filter(|(name, _)| is_name(name)) else { break };
            if !value.starts_with('$') {
                note(found, name, evidence.clone(), Some(value));
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn note<'m>(
    found: &'m mut BTreeMap<String, Env>,
    name: &str,
    evidence: Evidence,
    default: Option<&str>,
) -> &'m mut Env {
    let secret = is_secret(name);
    let entry = found.entry(name.to_owned()).or_insert_with(|| Env {
        name: name.to_owned(),
        required: false,
        secret,
        default: None,
        evidence: Vec::new(),
    });
    if entry.evidence.len() < 5 {
        entry.evidence.push(evidence);
    }
    let shown = default.filter(|value| !secret && !value.is_empty() && is_harmless(value));
    entry.default = entry.default.take().or_else(|| shown.map(str::to_owned));
    entry
}

fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    SECRET.iter().any(|word| {
        name == *word
            || name.ends_with(&format!("_{word}"))
            || name.starts_with(&format!("{word}_"))
            || name.contains(&format!("_{word}_"))
    }) || name.ends_with("KEY")
        || name.contains("PASSWORD")
        || name.contains("SECRET")
        || name.contains("TOKEN")
        || is_store_url(&name)
}

/// Addresses of stores carry their password: Heroku alone names them after colours, `HEROKU_POSTGRESQL_NAVY_URL`.
fn is_store_url(name: &str) -> bool {
    let stores =
        ["POSTGRES", "MYSQL", "MARIADB", "MONGO", "REDIS", "DATABASE", "AMQP", "CLOUDAMQP", "JAWSDB"];
    (name.ends_with("_URL") || name.ends_with("_URI")) && stores.iter().any(|store| name.contains(store))
}

/// Whether a value holds no password and looks like none.
fn is_harmless(value: &str) -> bool {
    let has_login = value
        .split_once("://")
        .is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')));
    let is_random = value.len() >= 20
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-'));
    !has_login && !is_random && value.len() < 200 && !value.contains("-----BEGIN")
}

/// One database that code reads under two names: one of them is easily forgotten.
pub(crate) fn twice(found: &[Env]) -> Option<Warning> {
    let is_url = |env: &&Env| {
        let name = env.name.as_str();
        let is_database = name == "DATABASE_URL"
            || name.starts_with("HEROKU_POSTGRESQL_")
            || [
                "POSTGRES_URL",
                "POSTGRESQL_URL",
                "DATABASE_URI",
                "DB_URL",
                "SQLALCHEMY_DATABASE_URI",
                "PG_URL",
                "CLEARDB_DATABASE_URL",
                "JAWSDB_URL",
            ]
            .contains(&name);
        is_database
            && env
                .evidence
                .iter()
                .any(|place| place.rule.contains("/env/") && !place.rule.ends_with("/sample"))
    };
    let names: Vec<&Env> = found.iter().filter(is_url).collect();
    let [first, second, ..] = names.as_slice() else { return None };
    let place = second.evidence.first()?;
    let text = format!(
        "code reads the address of the database as `{}` and as `{}`: give both the same value, or one part of the app has no database.",
        first.name, second.name
    );
    Some(warning("two-database-names", &text, &place.file, place.line))
}

/// Files with real values that lie in the project.
pub(crate) fn committed(choices: &[Choice]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for choice in choices {
        for name in
            [".env", ".env.production", ".env.prod", ".env.local", ".env.testing", "config/application.yml"]
        {
            let Some(path) = choice.view.file(name) else { continue };
            let text = choice.view.source.text(&path);
            let secret = text
                .iter()
                .flat_map(|text| environment(text))
                .find(|sample| is_secret(&sample.name) && sample.value.len() > 5);
            warnings.extend(secret.map(|sample| {
                let text = format!("`{}` has a value here. If it is a real one, change it where it is used: whoever has the repository has it. Nothing of this file is copied.", sample.name);
                warning("committed-credential", &text, &path, sample.line)
            }));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn addresses_of_stores_are_secret_whatever_their_name() {
        for name in
            ["DATABASE_URL", "HEROKU_POSTGRESQL_NAVY_URL", "REDISCLOUD_URL", "MONGODB_URI", "COOKIE_SECRET"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["COURT_PUBLIC_URL", "PORT", "DATA_URL", "TZ"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
