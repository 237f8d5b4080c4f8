//! How one asks whether an app is well, without doing harm.

use crate::component::Choice;
use crate::detection::{Confidence, Evidence, Health, HealthKind, Warning};
use crate::process::warning;
use crate::rules::{Class, Rules};
use crate::source::is_aside;
use crate::view::Found;

/// Lines of a handler that are looked at.
const HANDLER: usize = 30;

/// Finds a route for probes; one that calls somebody else is never taken.
pub(crate) fn health(rules: &Rules, choice: Option<&Choice>, warnings: &mut Vec<Warning>) -> Health {
    let Some(choice) = choice else { return tcp("there is no web process") };
    let calls: Vec<&str> = rules.packs.iter().flat_map(|pack| &pack.calls).map(String::as_str).collect();
    let mut guess = None;
    for pack in rules.shared().chain([choice.pack]) {
        for rule in &pack.health {
            for place in choice.view.all(&rule.when).iter().take(8) {
                let named = Some(rule.path.as_str()).filter(|path| !path.is_empty());
                let Some(path) = named.or_else(|| place.capture("path")) else { continue };
                let (path, is_known) = crate::mount::mounted(choice, pack, place, path);
                let is_root = rule.id.starts_with("root");
                if is_root && (!path.trim_matches('/').is_empty() || !is_start(choice, place)) {
                    continue;
                }
                let handlers = handlers(choice, place, &rule.handler);
                let word = handlers.iter().find_map(|handler| harm(choice, handler, &calls));
                if let Some(word) = word {
                    warnings.push(refusal(&path, word, place));
                    continue;
                }
                if handlers.is_empty() {
                    continue; // what answers was not found
                }
                let evidence = pack.evidence("health", &rule.id, place, Confidence::Medium);
                match (is_root, is_known) {
                    (false, true) => return exists(path, evidence),
                    (false, false) => guess = guess.or(Some(below(path, evidence))),
                    (true, _) => guess = guess.or(Some(root(evidence))),
                }
            }
        }
    }
    guess
        .or_else(|| of_framework(choice))
        .unwrap_or_else(|| tcp("no route is known to be harmless, so that only the port is asked"))
}

/// Whether `/` of a router is `/` of the app: routers of other files hang somewhere.
fn is_start(choice: &Choice, place: &Found) -> bool {
    let file = place.path.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let text = choice.view.source.text(&place.path).unwrap_or_default();
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let is_router = ["router.", "Router", "@bp.", "blueprint"].iter().any(|word| line.contains(word));
    !is_router
        || [
            "index", "root", "home", "main", "pages", "static", "views", "routes", "app", "server",
            "frontend", "site", "public",
        ]
        .contains(&stem)
}

fn refusal(path: &str, word: &str, place: &Found) -> Warning {
    let text = format!(
        "`{path}` was not taken for probes: its code mentions `{word}`, so that each probe might call somebody else."
    );
    warning("health-calls-others", &text, &place.path, place.line)
}

fn exists(path: String, evidence: Evidence) -> Health {
    let why = "the project has such a route, and its code calls nobody else as far as one can see".into();
    Health { path: Some(path), kind: HealthKind::Exists, why, evidence: vec![evidence] }
}

fn root(evidence: Evidence) -> Health {
    let why = "a guess: the start page answers, and its code calls nobody else as far as one can see".into();
    Health { path: Some("/".into()), kind: HealthKind::Guess, why, evidence: vec![evidence] }
}

fn below(path: String, evidence: Evidence) -> Health {
    let why = "a guess: there is such a route, but a variable decides what stands before it".into();
    Health { path: Some(path), kind: HealthKind::Guess, why, evidence: vec![evidence] }
}

fn of_framework(choice: &Choice) -> Option<Health> {
    let is_static = matches!(choice.class, Class::Static | Class::Spa);
    let (framework, evidence) = choice.framework.as_ref()?;
    if !(framework.safe_root || is_static) {
        return None;
    }
    let why = "a guess: the start page of such an app is a file or a page of its own".into();
    let evidence = vec![Evidence { confidence: Confidence::Low, ..evidence.clone() }];
    Some(Health { path: Some("/".into()), kind: HealthKind::Guess, why, evidence })
}

fn tcp(why: &str) -> Health {
    Health { path: None, kind: HealthKind::Tcp, why: why.into(), evidence: Vec::new() }
}

/// Where the code is that answers: the place itself, or the files that the rule or the route names.
fn handlers(choice: &Choice, place: &Found, glob: &str) -> Vec<Found> {
    let elsewhere = |glob: &str| -> Vec<Found> {
        let paths = choice.view.source.tree.paths().iter();
        let own = paths.filter(|path| choice.view.owns(path) && !is_aside(path));
        let found = own.filter(|path| fast_glob::glob_match(glob, choice.view.inner(path)));
        found.take(40).map(|path| Found { path: path.clone(), line: 0, captures: Vec::new() }).collect()
    };
    if !glob.is_empty() {
        return fill(place, glob).map(|glob| elsewhere(&glob)).unwrap_or_default();
    }
    let named = choice.view.source.text(&place.path).and_then(|text| {
        let line = text.lines().nth(place.line.checked_sub(1)?)?;
        is_reference(line).then(|| names(line).iter().flat_map(|name| elsewhere(name)).collect::<Vec<_>>())
    });
    named.filter(|found| !found.is_empty()).unwrap_or_else(|| vec![place.clone()])
}

/// Puts captures into a glob, whose own braces stay; `None` when a capture is odd.
fn fill(place: &Found, glob: &str) -> Option<String> {
    let mut filled = glob.to_owned();
    for (name, value) in &place.captures {
        let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'));
        if filled.contains(&format!("{{{name}}}")) && !is_plain {
            return None;
        }
        filled = filled.replace(&format!("{{{name}}}"), value.trim_start_matches("./"));
    }
    Some(filled.trim_start_matches("./").to_owned())
}

/// Whether a route's line names its code and does not hold it.
fn is_reference(line: &str) -> bool {
    let count = |c: char| line.matches(c).count();
    let line_ends = line.trim_end();
    let opens =
        line_ends.ends_with(" do") || line_ends.ends_with('{') || line.contains("=>") && line.contains('{');
    count('(') == count(')') && !opens && !line.trim_start().starts_with('@')
}

/// Globs of files that are called like a word of the line: `HealthController` lies in `health_controller.ex`.
fn names(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.len() > 5);
    let glob = |word: &str| {
        let mut snake = String::new();
        for c in word.chars() {
            if c.is_ascii_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        let (dotted, dashed) = (snake.replace('_', "."), snake.replace('_', "-"));
        format!("{{,**/}}{{{word},{snake},{dotted},{dashed}}}.{{js,ts,mjs,ex,py,rb,php,java,kt,go}}")
    };
    words.take(8).map(glob).collect()
}

/// A word in the handler's lines, or in its whole file, that means a call to somebody else.
fn harm<'c>(choice: &Choice, place: &Found, calls: &[&'c str]) -> Option<&'c str> {
    let text = choice.view.source.text(&place.path)?;
    if place.line == 0 {
        return calls.iter().find(|word| text.contains(**word)).copied();
    }
    let lines: Vec<&str> = text.lines().skip(place.line - 1).take(HANDLER).collect();
    let end = lines.iter().skip(2).position(|line| is_end(line)).map_or(lines.len(), |at| at + 3); // a decorator stands before `def`
    calls.iter().find(|word| lines.iter().take(end).any(|line| line.contains(**word))).copied()
}

/// Whether a line closes a block at the margin, or starts the next route.
fn is_end(line: &str) -> bool {
    let is_closed = line.starts_with(['}', ')']) || line.trim() == "end" && !line.starts_with("    ");
    is_closed || line.starts_with("@app.") || line.starts_with("def ")
}

#[cfg(test)]
mod tests {
    use crate::rules::Rules;

    #[test]
    fn every_expression_of_the_rules_can_be_compiled() {
        let rules = Rules::embedded().expect("rules");
        let texts = rules.texts.iter().map(|text| text.find.as_str());
        let versions = rules.packs.iter().flat_map(|pack| &pack.version).map(|rule| rule.find.as_str());
        let judges = rules.packs.iter().flat_map(|pack| &pack.judge).map(|rule| rule.find.as_str());
        for find in texts.chain(versions).chain(judges) {
            let compiled = regex::bytes::RegexBuilder::new(find).unicode(false).build();
            assert!(compiled.is_ok(), "{find}: {compiled:?}");
        }
    }
}
