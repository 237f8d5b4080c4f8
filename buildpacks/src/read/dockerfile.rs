//! A Dockerfile as far as it says something about the app (`https://docs.docker.com/reference/dockerfile/`).

use super::At;
use super::yaml::shell_words;

/// A Dockerfile's stages; the last one is what runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    pub stages: Vec<DockerStage>,
}

/// One stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DockerStage {
    pub from: At<String>,
    pub name: String,
    pub expose: Vec<At<String>>,
    pub user: Option<At<String>>,
    pub entrypoint: Option<At<String>>,
    pub command: Option<At<String>>,
    pub volumes: Vec<At<String>>,
    pub health: Option<At<String>>,
    pub workdir: Option<At<String>>,
    /// `ENV PORT`.
    pub port: Option<At<String>>,
}

impl Dockerfile {
    /// The stage that runs.
    pub fn last(&self) -> Option<&DockerStage> {
        self.stages.last()
    }
}

/// Reads a Dockerfile.
pub(crate) fn dockerfile(text: &str) -> Dockerfile {
    let mut file = Dockerfile::default();
    for instruction in instructions(text) {
        let (word, rest) =
            instruction.value.split_once(char::is_whitespace).unwrap_or((&instruction.value, ""));
        let at = |value: &str| At { value: value.trim().to_owned(), line: instruction.line };
        let word = word.to_ascii_uppercase();
        if word == "FROM" {
            let stage = from(&file, rest, instruction.line);
            file.stages.push(stage);
            continue;
        }
        let Some(stage) = file.stages.last_mut() else { continue };
        match word.as_str() {
            "EXPOSE" => stage.expose.extend(rest.split_whitespace().map(at)),
            "USER" => stage.user = Some(at(rest)),
            "WORKDIR" => stage.workdir = Some(at(rest)),
            "ENTRYPOINT" => stage.entrypoint = Some(at(&command(rest))),
            "CMD" => stage.command = Some(at(&command(rest))),
            "VOLUME" => stage.volumes.extend(list(rest).iter().map(|path| at(path))),
            "ENV" => stage.port = port(rest).map(at).or(stage.port.take()),
            "HEALTHCHECK" => stage.health = Some(at(rest)),
            _ => {}
        }
    }
    file
}

/// A stage inherits what its base stage of the same file has.
fn from(file: &Dockerfile, rest: &str, line: usize) -> DockerStage {
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
    let image = words.next().unwrap_or_default();
    let name = words.nth(1).unwrap_or_default().to_owned();
    let base = file.stages.iter().find(|stage| !image.is_empty() && stage.name.eq_ignore_ascii_case(image));
    match base {
        Some(base) => DockerStage { name, ..base.clone() },
        None => DockerStage { from: At { value: image.into(), line }, name, ..DockerStage::default() },
    }
}

/// Exec form or shell form, as one would type it.
fn command(rest: &str) -> String {
    match serde_json::from_str::<Vec<String>>(rest.trim()) {
        Ok(words) if words.len() == 1 => words.concat(), // `["python -m app"]` is meant as a line
        Ok(words) => shell_words(&words),
        Err(_) => rest.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The value of `ENV PORT=8000` or `ENV PORT 8000`.
fn port(rest: &str) -> Option<&str> {
    let mut words = rest.split(['=', ' ']).filter(|word| !word.is_empty());
    words.find(|word| *word == "PORT").and_then(|_| words.next())
}

fn list(rest: &str) -> Vec<String> {
    serde_json::from_str(rest.trim()).unwrap_or_else(|_| rest.split_whitespace().map(str::to_owned).collect())
}

/// Instructions with their continuation lines joined.
fn instructions(text: &str) -> Vec<At<String>> {
    let mut found: Vec<At<String>> = Vec::new();
    let mut is_open = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let content = line.strip_suffix('\\').unwrap_or(line).trim();
        match found.last_mut().filter(|_| is_open) {
            Some(open) => {
                open.value.push(' ');
                open.value.push_str(content);
            }
            None => found.push(At { value: content.into(), line: index + 1 }),
        }
        is_open = line.ends_with('\\');
    }
    found
}
