//! Commands that must not be chosen: those that destroy data, and servers for development.

use regex::bytes::{Regex, RegexBuilder};

use crate::read::Manifest;
use crate::rules::Rules;
use crate::view::View;

/// Scripts that call scripts.
const MOST_STEPS: usize = 8;

/// What is wrong with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It loses data.
    Destructive,
    /// It fills a database.
    Seed,
    /// It serves a developer.
    Development,
}

/// A verdict on a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judgement {
    /// What the command does in the end.
    pub resolved: String,
    pub fault: Option<(Fault, String)>,
    /// The same program without the development tool around it.
    pub instead: Option<String>,
}

/// Commands of the `judge` rules, compiled once.
pub(crate) struct Judges {
    rules: Vec<(Fault, Regex, String, String)>,
}

impl Judges {
    /// Takes the `judge` rules of every pack.
    pub fn new(rules: &Rules) -> Self {
        let read = |rule: &crate::rules::Judge| {
            let fault = match rule.class.as_str() {
                "destructive" => Fault::Destructive,
                "seed" => Fault::Seed,
                _ => Fault::Development,
            };
            // Commands are ASCII; Unicode tables would cost most of the time that detection takes.
            let find = RegexBuilder::new(&rule.find).unicode(false).build().ok()?;
            Some((fault, find, rule.instead.clone(), rule.why.clone()))
        };
        Self { rules: rules.packs.iter().flat_map(|pack| &pack.judge).filter_map(read).collect() }
    }

    /// Judges a command as it would run in a component.
    pub fn judge(&self, view: &View, command: &str) -> Judgement {
        let resolved = resolve(view, command, MOST_STEPS);
        let whole = format!("{resolved}\n{}", scripts(view, &resolved));
        let hit = |wanted: Fault| {
            self.rules
                .iter()
                .filter(move |rule| rule.0 == wanted)
                .find(|rule| rule.1.is_match(whole.as_bytes()))
        };
        let found = [Fault::Destructive, Fault::Seed, Fault::Development].into_iter().find_map(hit);
        let instead = found.filter(|rule| !rule.2.is_empty()).and_then(|rule| {
            let captures = rule.1.captures(resolved.as_bytes())?;
            let mut filled = Vec::new();
            captures.expand(rule.2.as_bytes(), &mut filled);
            String::from_utf8(filled).ok()
        });
        Judgement { instead, fault: found.map(|rule| (rule.0, rule.3.clone())), resolved }
    }
}

/// Replaces `npm start`, `yarn x`, `npm run x` and the like by what the script does.
fn resolve(view: &View, command: &str, steps: usize) -> String {
    let mut parts = Vec::new();
    for part in command.split("&&") {
        let script = script_name(part).and_then(|name| find_script(view, &name));
        match script.filter(|_| steps > 0) {
            Some(script) => parts.push(resolve(view, &script, steps - 1)),
            None => parts.push(part.trim().to_owned()),
        }
    }
    let joined = parts.join(" && ");
    joined.chars().take(4_000).collect()
}

fn find_script(view: &View, name: &str) -> Option<String> {
    let near = |manifest: &&Manifest| !view.inner(&manifest.path).contains('/');
    let before = format!("pre{name}");
    let manifest = view.manifests.iter().filter(near).find(|manifest| manifest.script(name).is_some())?;
    let first =
        manifest.script(&before).filter(|_| name == "start").map(|script| format!("{} && ", script.value));
    Some(format!("{}{}", first.unwrap_or_default(), manifest.script(name)?.value))
}

/// The script that a command calls.
fn script_name(command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().filter(|word| !word.contains('=')).collect();
    let (program, rest) = words.split_first()?;
    let mut rest = rest.iter().filter(|word| !word.starts_with('-'));
    let first = rest.next()?;
    let is_runner = matches!(*program, "npm" | "yarn" | "pnpm" | "bun" | "pipenv" | "composer" | "deno");
    let is_run = matches!(*first, "run" | "run-script" | "task");
    let name = if is_run { rest.next()? } else { first };
    (is_runner
        && (is_run || matches!(*program, "yarn" | "pnpm" | "composer") || matches!(*first, "start" | "test")))
    .then(|| (*name).to_owned())
}

/// The text of shell scripts that a command runs.
fn scripts(view: &View, command: &str) -> String {
    let mut texts = String::new();
    for word in command.split([' ', ';', '&', '|', '\'', '"']).take(200) {
        let name =
            word.trim_start_matches("./").trim_start_matches("/app/").trim_start_matches("/usr/src/app/");
        let is_shell = name.ends_with(".sh") || name.starts_with("bin/") || name.starts_with("scripts/");
        let is_code = [".js", ".py", ".rb", ".ts"].iter().any(|end| name.ends_with(end));
        if !is_shell || is_code || name.contains("..") {
            continue;
        }
        let base = name.rsplit('/').next().unwrap_or(name);
        let elsewhere = || view.file(&format!("{{,**/}}{base}")).and_then(|path| view.source.text(&path));
        let text = view.text(name).or_else(|| view.source.text(name)).or_else(elsewhere);
        texts.extend(
            text.iter()
                .flat_map(|text| text.lines())
                .filter(|line| !line.trim_start().starts_with('#'))
                .take(300)
                .map(|line| format!("{line}\n")),
        );
    }
    texts
}
