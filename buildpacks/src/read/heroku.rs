//! Procfile, app.json and heroku.yml.

use serde_json::{Map, Value};

use super::lines::numbered;
use super::{At, Keys, json, yaml};

/// Processes by name, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Procfile {
    pub processes: Vec<(String, At<String>)>,
    /// Lines that are no process.
    pub strange: Vec<usize>,
}

/// Lines of a Procfile that are looked at: an app has a few.
const MOST_LINES: usize = 200;

/// Reads a Procfile line by line, never as YAML: in `web: a: b` the command is `a: b`.
pub(crate) fn procfile(text: &str) -> Procfile {
    let mut file = Procfile::default();
    for (line, content) in numbered(text) {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let split = content.split_once(':').map(|(name, command)| (name.trim(), command.trim()));
        match split {
            Some((name, command)) if is_process(name) && !command.is_empty() => {
                file.processes.push((name.into(), At { value: command.into(), line }));
            }
            _ => file.strange.push(line),
        }
        if file.processes.len() + file.strange.len() >= MOST_LINES {
            break;
        }
    }
    file
}

fn is_process(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// What app.json says (`https://devcenter.heroku.com/articles/app-json-schema`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AppJson {
    pub env: Vec<AppEnv>,
    /// Plans, such as `heroku-postgresql:mini`.
    pub addons: Vec<At<String>>,
    pub buildpacks: Vec<At<String>>,
    pub postdeploy: Option<At<String>>,
    /// Why the file could not be read.
    pub broken: Option<String>,
}

/// A variable of app.json.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AppEnv {
    pub name: String,
    pub required: bool,
    pub value: Option<String>,
    /// Heroku makes up a secret.
    pub generated: bool,
    pub line: usize,
}

/// Reads app.json.
pub(crate) fn app_json(text: &str) -> AppJson {
    let json = match json::object(text) {
        Ok(json) => json,
        Err(reason) => return AppJson { broken: Some(reason), ..AppJson::default() },
    };
    let keys = Keys::new(text);
    AppJson {
        env: app_env(&keys, json.get("env").and_then(Value::as_object)),
        addons: named(text, json.get("addons"), "plan"),
        buildpacks: named(text, json.get("buildpacks"), "url"),
        postdeploy: json.get("scripts").and_then(|scripts| scripts.get("postdeploy")).and_then(|script| {
            let command = script.as_str().or_else(|| script.get("command").and_then(Value::as_str))?;
            Some(At { value: command.into(), line: keys.line("scripts", "postdeploy") })
        }),
        broken: None,
    }
}

fn app_env(keys: &Keys, env: Option<&Map<String, Value>>) -> Vec<AppEnv> {
    let read = |(name, value): (&String, &Value)| AppEnv {
        name: name.clone(),
        required: value.get("required").is_none_or(|required| required.as_bool() != Some(false)),
        value: yaml::plain(value).or_else(|| value.get("value").and_then(yaml::plain)),
        generated: value.get("generator").and_then(Value::as_str) == Some("secret"),
        line: keys.line("env", name),
    };
    env.into_iter().flatten().map(read).collect()
}

/// Add-ons or buildpacks of one app.
const MOST_NAMED: usize = 100;

fn named(text: &str, list: Option<&Value>, key: &str) -> Vec<At<String>> {
    let read = |item: &Value| {
        let value = item.as_str().or_else(|| item.get(key).and_then(Value::as_str))?;
        Some(At { value: value.into(), line: super::line_of(text, &format!("\"{value}\"")) })
    };
    list.and_then(Value::as_array).into_iter().flatten().take(MOST_NAMED).filter_map(read).collect()
}

/// Processes, release step and add-ons of heroku.yml.
pub(crate) fn heroku_yml(text: &str) -> (Procfile, Vec<At<String>>) {
    let Some(file) = yaml::value(text) else { return Default::default() };
    let mut processes = Procfile::default();
    let run = line_or_first(text, 1, "run");
    let steps = file.get("run").and_then(Value::as_object).into_iter().flatten();
    for (name, command) in steps {
        let command = yaml::command(command).or_else(|| yaml::command(command.get("command")?));
        let line = yaml::line_of_key(text, run, name);
        processes.processes.extend(command.map(|value| (name.clone(), At { value, line })));
    }
    let release = file.get("release").and_then(|release| release.get("command")).and_then(yaml::command);
    let line = yaml::line_of_key(text, 1, "release");
    processes.processes.extend(release.map(|value| ("release".into(), At { value, line })));
    let addons = file.get("setup").and_then(|setup| setup.get("addons")).and_then(Value::as_array);
    let plan = |addon: &Value| {
        let value = addon.as_str().or_else(|| addon.get("plan").and_then(Value::as_str))?;
        Some(At { value: value.into(), line: super::line_of(text, value) })
    };
    (processes, addons.into_iter().flatten().take(MOST_NAMED).filter_map(plan).collect())
}

fn line_or_first(text: &str, from: usize, key: &str) -> usize {
    yaml::line_of_key(text, from, key).max(1)
}
