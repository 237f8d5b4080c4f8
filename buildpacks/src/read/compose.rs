//! A Compose file as far as it says something about the app.

use serde_json::Value;

use super::{At, yaml};

/// Services, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ComposeFile {
    pub services: Vec<ComposeService>,
    /// Why the file could not be read.
    pub broken: bool,
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ComposeService {
    pub name: String,
    pub line: usize,
    pub image: Option<At<String>>,
    /// Folder that the image is built from.
    pub context: Option<String>,
    pub dockerfile: Option<String>,
    pub command: Option<At<String>>,
    /// `volume name -> path in the container`; the name is empty for a folder of the machine.
    pub mounts: Vec<At<(String, String)>>,
    /// Names and values of its environment; the value is `None` where it comes from outside.
    pub env: Vec<At<(String, Option<String>)>>,
    pub port: Option<At<u16>>,
}

/// Services of one file; the lines of each are looked for.
const MOST_SERVICES: usize = 100;
/// Volumes and variables of one service.
const MOST_ITEMS: usize = 200;

/// Reads a Compose file.
pub(crate) fn compose(text: &str) -> ComposeFile {
    let Some(file) = yaml::value(text) else {
        return ComposeFile { broken: !text.trim().is_empty(), ..ComposeFile::default() };
    };
    let start = yaml::line_of_key(text, 1, "services");
    let services = file.get("services").and_then(Value::as_object);
    let services = services.into_iter().flatten().take(MOST_SERVICES);
    let services = services.map(|(name, raw)| service(text, start, name, raw));
    ComposeFile { services: services.collect(), broken: false }
}

fn service(text: &str, start: usize, name: &str, raw: &Value) -> ComposeService {
    let line = yaml::line_of_key(text, start, name);
    let at = |key: &str| yaml::line_of_key(text, line, key);
    let build = raw.get("build");
    let inner = |key: &str| build.and_then(|build| build.get(key)).and_then(yaml::plain);
    let inline = inner("dockerfile_inline").and_then(|text| {
        let from = super::dockerfile(&text).last()?.from.value.clone();
        Some(At { value: from, line: at("dockerfile_inline") })
    });
    ComposeService {
        name: name.into(),
        line,
        image: raw
            .get("image")
            .and_then(yaml::plain)
            .map(|value| At { value, line: at("image") })
            .or_else(|| inline.clone()),
        context: build
            .filter(|_| inline.is_none())
            .map(|build| yaml::plain(build).or_else(|| inner("context")).unwrap_or_else(|| ".".into())),
        dockerfile: inner("dockerfile"),
        command: raw.get("command").and_then(yaml::command).map(|value| At { value, line: at("command") }),
        mounts: items(raw, "volumes")
            .filter_map(mount)
            .take(MOST_ITEMS)
            .map(|value| at_text(text, line, value.1.clone(), value))
            .collect(),
        env: environment(raw.get("environment"))
            .take(MOST_ITEMS)
            .map(|value| at_text(text, line, value.0.clone(), value))
            .collect(),
        port: items(raw, "ports").find_map(port).map(|value| At { value, line: at("ports") }),
    }
}

fn at_text<T>(text: &str, from: usize, word: String, value: T) -> At<T> {
    let found = text.lines().enumerate().skip(from.saturating_sub(1)).find(|(_, line)| line.contains(&word));
    At { value, line: found.map_or(from, |(index, _)| index + 1) }
}

fn items<'a>(raw: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    raw.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn mount(value: &Value) -> Option<(String, String)> {
    if let Some(target) = value.get("target") {
        let is_bind = value.get("type").and_then(Value::as_str) == Some("bind");
        let source = value.get("source").and_then(yaml::plain).filter(|_| !is_bind);
        return Some((source.unwrap_or_default(), yaml::plain(target)?));
    }
    let written = yaml::plain(value)?;
    let mut parts = written.split(':');
    let (source, target) = (parts.next()?, parts.next()?);
    let is_folder = source.starts_with(['.', '/', '~', '$']);
    Some((if is_folder { String::new() } else { source.into() }, target.into()))
}

fn environment(value: Option<&Value>) -> Box<dyn Iterator<Item = (String, Option<String>)> + '_> {
    match value {
        Some(Value::Object(pairs)) => {
            Box::new(pairs.iter().map(|(name, value)| (name.clone(), yaml::plain(value))))
        }
        Some(Value::Array(lines)) => {
            Box::new(lines.iter().filter_map(yaml::plain).map(|line| match line.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (line, None),
            }))
        }
        _ => Box::new(std::iter::empty()),
    }
}

fn port(value: &Value) -> Option<u16> {
    let written = value.get("target").and_then(yaml::plain).or_else(|| yaml::plain(value))?;
    written.rsplit(':').next()?.split('/').next()?.parse().ok()
}
