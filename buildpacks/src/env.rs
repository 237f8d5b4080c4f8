//! Environment variables: what code reads, what samples and app.json name. No value of a secret is ever repeated.

use std::collections::BTreeMap;

use crate::component::Choice;
use crate::detection::{Confidence, Env, Evidence, Warning};
use crate::packaging::{Packaging, written};
use crate::process::warning;
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

/// Collects the variables of all components.
pub(crate) fn collect(rules: &Rules, choices: &[Choice], packaging: &Packaging) -> Vec<Env> {
    let mut found: BTreeMap<String, Env> = BTreeMap::new();
    if let Some((path, file)) = &packaging.app_json {
        for env in &file.env {
            let entry =
                note(&mut found, &env.name, written(path, env.line, "app-json"), env.value.as_deref());
            entry.required = env.required && env.value.is_none() && !env.generated;
            entry.secret |= env.generated;
        }
    }
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
                for place in choice.view.all(&rule.when) {
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
