//! `hooks-runnable`: what the system needs to start a script at all.

use crate::check::finding::{Finding, Place, shown};
use crate::check::folder::{Text, Unreadable};
use crate::check::shell::Script;
use crate::check::survey::{HookFile, Survey};

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for hook in &survey.hooks {
        match &hook.text {
            Ok(text) => found.extend(of_text(hook, text)),
            Err(Unreadable::Empty) if !hook.uses.is_empty() => {
                let message = "The hook is empty: it says that all is well without having done anything.";
                found.push(Finding::error(
                    Place::whole(&hook.path),
                    message,
                    "Write it, or take it out of civic.toml.",
                ));
            }
            Err(Unreadable::Utf16) => {
                let message = "The hook is UTF-16 text, which no system can start.";
                found.push(Finding::error(Place::whole(&hook.path), message, "Save it as UTF-8."));
            }
            // A program in machine code, most likely.
            Err(_) => {}
        }
    }
    found
}

fn of_text(hook: &HookFile, text: &Text) -> Vec<Finding> {
    let mut found = Vec::new();
    let first = text.text.lines().next().unwrap_or_default();
    let place = |line| Place::new(&hook.path, line);
    if text.marked && hook.interpreter.is_some() {
        let message =
            "A byte order mark stands before `#!`, so the system does not see which program reads the hook.";
        found.push(Finding::error(place(1), message, "Save it as UTF-8 without a byte order mark."));
    }
    if hook.interpreter.is_none() && !hook.uses.is_empty() {
        let message = "The hook does not say which program reads it, so the system refuses to start it.";
        found.push(Finding::error(
            place(1),
            message,
            "Begin the first line with `#!/bin/sh`, at its very first column.",
        ));
    }
    let is_script = hook.interpreter.is_some() || hook.script.is_some();
    if let Some(line) = text.returns.filter(|_| is_script) {
        let message = match (line, hook.interpreter.is_some()) {
            (1, true) => format!(
                "The line {} ends as on Windows: the system looks for a program with a carriage return in its name.",
                shown(first)
            ),
            _ => "Lines end as on Windows: each command gets a carriage return as part of its last word."
                .into(),
        };
        let fix = "Save it with Unix line endings (LF), and add `* text=auto eol=lf` to .gitattributes.";
        found.push(Finding::error(place(line), message, fix));
    }
    found.extend(hook.script.as_ref().and_then(|script| unknown_option(hook, script)));
    found
}

/// Debian's `sh` is dash, and ends with `Illegal option -o pipefail` (seen with dash 0.5.12).
fn unknown_option(hook: &HookFile, script: &Script) -> Option<Finding> {
    let command = script.commands.iter().find(|command| command.sets('-', "pipefail", None))?;
    let is_plain = hook.interpreter.as_ref().is_some_and(|own| matches!(own.name.as_str(), "sh" | "dash"));
    let message = "`sh` is dash on Debian and Ubuntu, and dash ends at once because it knows no `pipefail`.";
    let fix = "Begin with `#!/usr/bin/env bash` where the image has bash; otherwise write to a file instead of into a pipe.";
    is_plain.then(|| Finding::advice(Place::new(&hook.path, command.line), message, fix))
}
