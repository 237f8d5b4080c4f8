//! What civic.toml and the Dockerfile say about a service, each with its place, for rules that compare other files with it.

use civic_contract::manifest::Secret;

use super::dockerfile::{Command, Instruction};
use super::finding::Spot;
use super::secret_words::{has_secret_shape, is_secret, is_secret_name, is_secret_value};
use super::shell::Script;
use super::survey::{Built, Survey};

/// Words that are started, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// What the image puts before them (ENTRYPOINT), where it is known.
    pub entrypoint: Vec<String>,
    pub words: Vec<String>,
    pub spot: Spot,
}

impl Start {
    /// Whether these words come to the same, with or without the image's entry point.
    pub fn is(&self, words: &[String]) -> bool {
        let whole = [self.entrypoint.as_slice(), self.words.as_slice()].concat();
        let wanted = plain(words);
        wanted == plain(&self.words) || wanted == plain(&whole)
    }
}

/// `sh -c "exec node server.js"` comes to `node server.js`.
fn plain(words: &[String]) -> Vec<String> {
    let Some(script) = Script::of_argument(words) else { return words.to_vec() };
    match script.commands.as_slice() {
        [only] if only.assignments.is_empty() && only.redirects.is_empty() => {
            let words = only.words.iter().map(|word| word.text.clone());
            words.skip_while(|word| word == "exec").collect()
        }
        _ => words.to_vec(),
    }
}

impl Survey<'_> {
    /// The program of a service: civic.toml's own, or else what the Dockerfile starts. `None` where only the image
    /// knows.
    pub fn start(&self, service: &str) -> Option<Start> {
        let built = self.built.iter().find(|built| built.name == service);
        let entrypoint = built.map(|built| last(built, true)).unwrap_or_default();
        if let Some(words) = self.manifest.services.get(service).and_then(|service| service.command.clone()) {
            let spot = self.places.spot(&["services", service, "command"]);
            return Some(Start {
                entrypoint: entrypoint.map(|(words, _)| words).unwrap_or_default(),
                words,
                spot,
            });
        }
        let command = last(built?, false);
        let (line, path) = (command.as_ref().or(entrypoint.as_ref())?.1, &built?.path);
        Some(Start {
            entrypoint: entrypoint.map(|(words, _)| words).unwrap_or_default(),
            words: command.map(|(words, _)| words).unwrap_or_default(),
            spot: Spot { file: path.clone(), line, column: 1 },
        })
    }

    /// What the image itself starts, where the Dockerfile says it.
    pub fn image_start(&self, service: &str) -> Option<Vec<String>> {
        let built = self.built.iter().find(|built| built.name == service)?;
        last(built, false).map(|(words, _)| words)
    }

    /// Whether a value that is written out in another file is a secret of this app.
    pub fn is_secret_setting(&self, name: &str, value: &str) -> bool {
        let is_made_elsewhere = value.contains("$(") || value.contains("{{");
        match self.manifest.secrets.get(name) {
            _ if value.trim().is_empty() || is_made_elsewhere => false,
            // A fixed value of civic.toml is known to everybody already.
            Some(Secret::Value(known)) => known != value && (has_secret_shape(value) || is_secret_name(name)),
            Some(_) => is_secret_value(name, value),
            None => is_secret(name, value),
        }
    }
}

/// The last CMD or ENTRYPOINT of a Dockerfile, and its line.
fn last(built: &Built<'_>, entrypoint: bool) -> Option<(Vec<String>, u32)> {
    let mut found = built.steps().into_iter().filter_map(|step| match &step.does {
        Instruction::Cmd(command) if !entrypoint => Some((command, step.line)),
        Instruction::Entrypoint(command) if entrypoint => Some((command, step.line)),
        _ => None,
    });
    let (command, line) = found.next_back()?;
    let words = match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) => ["sh", "-c", text].map(str::to_owned).to_vec(),
    };
    Some((words, line))
}
