//! A Compose file as far as the rules look at it (<https://docs.docker.com/reference/compose-file/>).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::dockerfile::{expand, split_words};
use super::folder::Folder;

/// Names in the order in which Compose looks for them.
const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Keys, values and brackets of a file, with aliases replaced.
const MOST_EVENTS: usize = 100_000;

/// The project's Compose file.
#[derive(Debug)]
pub(super) struct Compose {
    pub path: &'static str,
    pub services: Result<BTreeMap<String, ComposeService>, Broken>,
}

/// A Compose file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub line: u32,
    pub reason: String,
}

/// A value and its line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct At<T> {
    pub line: u32,
    pub value: T,
}

/// A service, with variables replaced by their defaults; what depends on variables without one is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ComposeService {
    pub line: u32,
    pub image: Option<At<String>>,
    pub build: Option<At<ComposeBuild>>,
    /// `None` also where Compose would take the image's own.
    pub command: Option<At<Vec<String>>>,
    pub user: Option<At<String>>,
    /// Ports of the container, each a range; `None` when one cannot be told.
    pub ports: Option<Vec<At<RangeInclusive<u16>>>>,
    pub mounts: Vec<At<ComposeMount>>,
}

/// What a service is built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ComposeBuild {
    pub context: Option<String>,
    pub dockerfile: Option<String>,
    pub target: Option<String>,
}

/// Something mounted into a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ComposeMount {
    pub kind: MountKind,
    /// Absolute path in the container.
    pub target: String,
}

/// Where a mount's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MountKind {
    /// A volume with a name.
    Named,
    /// A volume that nobody can find again.
    Anonymous,
    /// A folder of the machine, or memory.
    Other,
}

#[derive(Deserialize)]
struct RawFile {
    #[serde(default)]
    services: Option<BTreeMap<String, Option<Spanned<RawService>>>>,
}

#[derive(Deserialize)]
struct RawService {
    image: Option<Spanned<Value>>,
    build: Option<Spanned<Value>>,
    command: Option<Spanned<Value>>,
    user: Option<Spanned<Value>>,
    ports: Option<Vec<Spanned<Value>>>,
    expose: Option<Vec<Spanned<Value>>>,
    volumes: Option<Vec<Spanned<Value>>>,
}

impl Compose {
    /// Reads the file that Compose would take, if there is one.
    pub fn find(folder: &Folder) -> Option<Self> {
        let path = NAMES.into_iter().find(|name| folder.has(Path::new(name)))?;
        let services =
            folder.text(Path::new(path)).map_err(|reason| Broken { line: 0, reason: reason.to_string() });
        Some(Self { path, services: services.and_then(|text| read(&text.text)) })
    }

    /// Its services, where it could be read.
    pub fn services(&self) -> impl Iterator<Item = (&str, &ComposeService)> {
        self.services.iter().flatten().map(|(name, service)| (name.as_str(), service))
    }
}

fn read(text: &str) -> Result<BTreeMap<String, ComposeService>, Broken> {
    let budget = serde_saphyr::budget! { max_events: MOST_EVENTS };
    let options = serde_saphyr::options! { with_snippet: false, budget: budget };
    let file: Option<RawFile> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| Broken {
            line: error.location().map_or(0, |at| u32::try_from(at.line()).unwrap_or(0)),
            reason: "it is not YAML of the shape that Compose takes".into(),
        })?;
    let services = file.and_then(|file| file.services).unwrap_or_default();
    let read = |raw: Spanned<RawService>| service(line(&raw), raw.value);
    Ok(services.into_iter().filter_map(|(name, raw)| Some((name, read(raw?)))).collect())
}

fn line<T>(spanned: &Spanned<T>) -> u32 {
    u32::try_from(spanned.referenced.line()).unwrap_or(0)
}

fn service(line: u32, raw: RawService) -> ComposeService {
    ComposeService {
        line,
        image: raw.image.and_then(text),
        user: raw.user.and_then(text),
        build: raw.build.and_then(build),
        command: raw.command.and_then(command),
        ports: raw.ports.iter().chain(&raw.expose).flatten().map(port).collect(),
        mounts: raw.volumes.iter().flatten().filter_map(mount).collect(),
    }
}

/// Text or a number, with variables replaced by their defaults.
fn plain(value: &Value) -> Option<String> {
    let written = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_literal = !written.contains('$');
    // Compose knows no quotes and no escapes here, so that only what has a variable is put through `expand`.
    if is_literal { Some(written) } else { expand(&written, '\0', &|_| None) }
}

fn text(spanned: Spanned<Value>) -> Option<At<String>> {
    Some(At { line: line(&spanned), value: plain(&spanned.value)? })
}

fn build(spanned: Spanned<Value>) -> Option<At<ComposeBuild>> {
    let key = |name: &str| spanned.value.get(name).and_then(plain);
    let value = match &spanned.value {
        Value::Object(_) => {
            ComposeBuild { context: key("context"), dockerfile: key("dockerfile"), target: key("target") }
        }
        other => ComposeBuild { context: Some(plain(other)?), ..ComposeBuild::default() },
    };
    Some(At { line: line(&spanned), value })
}

fn command(spanned: Spanned<Value>) -> Option<At<Vec<String>>> {
    let value = match &spanned.value {
        Value::Array(words) => words.iter().map(plain).collect::<Option<Vec<_>>>()?,
        other => split_words(&plain(other)?, '\\')
            .iter()
            .filter_map(|word| expand(word, '\\', &|_| None))
            .collect(),
    };
    Some(At { line: line(&spanned), value })
}

/// The container's side of a port. `None` when it cannot be told.
fn port(spanned: &Spanned<Value>) -> Option<At<RangeInclusive<u16>>> {
    let written = match &spanned.value {
        Value::Object(long) => plain(long.get("target")?)?,
        other => plain(other)?,
    };
    let inner = written.rsplit(':').next()?.split('/').next()?;
    let (first, last) = inner.split_once('-').unwrap_or((inner, inner));
    let value = first.parse().ok()?..=last.parse().ok()?;
    Some(At { line: line(spanned), value })
}

fn mount(spanned: &Spanned<Value>) -> Option<At<ComposeMount>> {
    let value = match &spanned.value {
        Value::Object(long) => {
            let kind = match (long.get("type").and_then(Value::as_str), long.contains_key("source")) {
                (Some("volume") | None, true) => MountKind::Named,
                (Some("volume") | None, false) => MountKind::Anonymous,
                _ => MountKind::Other,
            };
            ComposeMount { kind, target: plain(long.get("target")?)? }
        }
        other => short_mount(&plain(other)?)?,
    };
    Some(At { line: line(spanned), value })
}

/// `[source:]target[:mode]`.
fn short_mount(written: &str) -> Option<ComposeMount> {
    let parts: Vec<&str> = written.split(':').collect();
    let (kind, target) = match parts.as_slice() {
        [target] => (MountKind::Anonymous, *target),
        [source, target, ..] if source.starts_with(['.', '/', '~']) => (MountKind::Other, *target),
        [_, target, ..] => (MountKind::Named, *target),
        [] => return None,
    };
    Some(ComposeMount { kind, target: target.into() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_both_spellings_of_everything() {
        insta::assert_debug_snapshot!(read(
            r#"
x-common: &common
  user: "1000"
services:
  web:
    <<: *common
    build: .
    command: node "src/web app.js"
    ports: ["8080:5000", "127.0.0.1:9000-9001:9000-9001/tcp", 7000]
    volumes:
      - ./src:/app/src
      - uploads:/app/uploads:ro
      - /app/node_modules
  db:
    image: "postgres:${PG:-17}"
    build: { context: db, dockerfile: Db.Dockerfile, target: run }
    command: ["postgres", "-c", "x=1"]
    ports: [{ target: 5432, published: 5432 }]
    volumes: [{ type: volume, source: data, target: /data }, { type: tmpfs, target: /tmp }]
  secret:
    image: ${NOT_KNOWN}
    ports: ["${PORT}:${PORT}"]
  empty:
volumes: { uploads: , data: }
"#
        ));
    }

    #[test]
    fn says_where_a_broken_file_breaks() {
        assert_eq!(read("services:\n  web:\n  image: [\n").unwrap_err().line, 3);
        assert_eq!(read("").unwrap(), BTreeMap::new());
        assert!(read("services: [a]").is_err());
        assert!(read("services: {web: {volumes: 3}}").is_err());
    }

    #[test]
    fn aliases_of_aliases_do_not_fill_the_memory() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..30 {
            let before = format!("*a{},", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        bomb.push_str("services: {web: {volumes: *a29}}\n");
        assert!(read(&bomb).is_err());
        assert!(read(&format!("services: {}", "[".repeat(100_000))).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ \\n\\-:\\[\\]{}&*!|>'\"#%@a-c0-9$]{0,80}") {
            let _ = read(&text);
            let _ = read(&format!("services:\n  a:\n    volumes: {text}\n"));
        }
    }
}
