//! How one asks whether an app is well, without doing harm.

use crate::component::Choice;
use crate::detection::{Confidence, Evidence, Health, HealthKind, Warning};
use crate::process::warning;
use crate::rules::{Class, Rules};
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
                let path = place.capture("path").map_or_else(|| rule.path.clone(), str::to_owned);
                let path = format!("/{}", path.trim_start_matches('/'));
                if let Some(word) = harm(choice, place, &calls) {
                    let text = format!(
                        "`{path}` was not taken for probes: its code mentions `{word}`, so that each probe might call somebody else."
                    );
                    warnings.push(warning("health-calls-others", &text, &place.path, place.line));
                    continue;
                }
                let evidence = pack.evidence("health", &rule.id, place, Confidence::Medium);
                if rule.id != "root" {
                    let why =
                        "the project has such a route, and its code calls nobody else as far as one can see"
                            .into();
                    return Health {
                        path: Some(path),
                        kind: HealthKind::Exists,
                        why,
                        evidence: vec![evidence],
                    };
                }
                let why =
                    "a guess: the start page answers, and its code calls nobody else as far as one can see"
                        .to_owned();
                guess.get_or_insert(Health {
                    path: Some("/".into()),
                    kind: HealthKind::Guess,
                    why,
                    evidence: vec![evidence],
                });
            }
        }
    }
    guess
        .or_else(|| of_framework(choice))
        .unwrap_or_else(|| tcp("no route is known to be harmless, so that only the port is asked"))
}

fn of_framework(choice: &Choice) -> Option<Health> {
    let is_static = matches!(choice.class, Class::Static | Class::Spa);
    let (framework, evidence) = choice.framework.as_ref()?;
    if !(framework.safe_root || is_static) {
        return None;
    }
    let why = "a guess: the start page of such an app is a file".into();
    let evidence = vec![Evidence { confidence: Confidence::Low, ..evidence.clone() }];
    Some(Health { path: Some("/".into()), kind: HealthKind::Guess, why, evidence })
}

fn tcp(why: &str) -> Health {
    Health { path: None, kind: HealthKind::Tcp, why: why.into(), evidence: Vec::new() }
}

/// A word in the handler's lines that means a call to somebody else.
fn harm<'c>(choice: &Choice, place: &Found, calls: &[&'c str]) -> Option<&'c str> {
    let text = choice.view.source.text(&place.path)?;
    let lines: Vec<&str> = text.lines().skip(place.line.saturating_sub(1)).take(HANDLER).collect();
    let end = lines.iter().skip(2).position(|line| is_end(line)).map_or(lines.len(), |at| at + 3); // a decorator stands before `def`
    calls.iter().find(|word| lines.iter().take(end).any(|line| line.contains(**word))).copied()
}

/// Whether a line closes a block at the margin, or starts the next route.
fn is_end(line: &str) -> bool {
    let is_closed = line.starts_with(['}', ')']) || line.trim() == "end" && !line.starts_with("    ");
    is_closed || line.starts_with("@app.") || line.starts_with("def ")
}
