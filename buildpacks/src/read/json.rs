//! package.json, composer.json and deno.json.

use serde_json::{Map, Value};

use super::{At, Keys, Manifest, Scope};

/// `https://docs.npmjs.com/cli/configuring-npm/package-json`.
pub(super) fn package(text: &str) -> Manifest {
    let json = match object(text) {
        Ok(json) => json,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let keys = Keys::new(text);
    for (section, scope) in [
        ("dependencies", Scope::Run),
        ("optionalDependencies", Scope::Run),
        ("peerDependencies", Scope::Indirect),
        ("devDependencies", Scope::Dev),
    ] {
        dependencies(&mut manifest, &keys, &json, section, scope);
    }
    scripts(&mut manifest, &keys, &json);
    for key in
        ["name", "main", "private", "type", "packageManager", "proxy", "homepage", "module", "description"]
    {
        plain_field(&mut manifest, &keys, &json, "", key);
    }
    for section in ["engines", "volta"] {
        let inner = json.get(section).and_then(Value::as_object);
        for key in inner.into_iter().flat_map(Map::keys) {
            plain_field(&mut manifest, &keys, &json, section, key);
        }
    }
    for key in ["exports", "bin", "files", "publishConfig", "expo", "electron", "build"] {
        if json.contains_key(key) {
            manifest.field(key, "", keys.line("", key));
        }
    }
    manifest.members = members(&json);
    manifest
}

/// `https://getcomposer.org/doc/04-schema.md`.
pub(super) fn composer(text: &str) -> Manifest {
    let json = match object(text) {
        Ok(json) => json,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let keys = Keys::new(text);
    dependencies(&mut manifest, &keys, &json, "require", Scope::Run);
    dependencies(&mut manifest, &keys, &json, "require-dev", Scope::Dev);
    scripts(&mut manifest, &keys, &json);
    for key in ["name", "type"] {
        plain_field(&mut manifest, &keys, &json, "", key);
    }
    manifest
}

/// `https://docs.deno.com/runtime/fundamentals/configuration`.
pub(super) fn deno(text: &str) -> Manifest {
    let json = match object(text) {
        Ok(json) => json,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let keys = Keys::new(text);
    let tasks = json.get("tasks").and_then(Value::as_object);
    for (name, task) in tasks.into_iter().flatten() {
        let command = task.as_str().or_else(|| task.get("command").and_then(Value::as_str));
        let line = keys.line("tasks", name);
        manifest.scripts.extend(command.map(|value| (name.clone(), At { value: value.into(), line })));
    }
    for (name, from) in json.get("imports").and_then(Value::as_object).into_iter().flatten() {
        let line = keys.line("imports", name);
        manifest.depend(name, from.as_str().unwrap_or_default(), Scope::Run, line);
    }
    manifest
}

pub(super) fn object(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("it is JSON, but no object".into()),
        Err(error) => Err(format!("it is not valid JSON (line {})", error.line())),
    }
}

fn dependencies(
    manifest: &mut Manifest,
    keys: &Keys,
    json: &Map<String, Value>,
    section: &str,
    scope: Scope,
) {
    for (name, version) in json.get(section).and_then(Value::as_object).into_iter().flatten() {
        let line = keys.line(section, name);
        manifest.depend(name, version.as_str().unwrap_or_default(), scope, line);
    }
}

fn scripts(manifest: &mut Manifest, keys: &Keys, json: &Map<String, Value>) {
    for (name, command) in json.get("scripts").and_then(Value::as_object).into_iter().flatten() {
        let value = match command {
            Value::String(command) => command.clone(),
            Value::Array(steps) => steps.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" && "),
            _ => continue,
        };
        manifest.scripts.push((name.clone(), At { value, line: keys.line("scripts", name) }));
    }
}

fn plain_field(manifest: &mut Manifest, keys: &Keys, json: &Map<String, Value>, section: &str, key: &str) {
    let holder = if section.is_empty() { Some(json) } else { json.get(section).and_then(Value::as_object) };
    let value = match holder.and_then(|holder| holder.get(key)) {
        Some(Value::String(value)) => value.clone(),
        Some(Value::Bool(value)) => value.to_string(),
        _ => return,
    };
    let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
    manifest.field(name, value, keys.line(section, key));
}

fn members(json: &Map<String, Value>) -> Vec<String> {
    let workspaces = json.get("workspaces");
    let list = workspaces.and_then(|found| found.get("packages").or(Some(found))).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
