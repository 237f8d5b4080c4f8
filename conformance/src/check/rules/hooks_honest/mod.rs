//! `hooks-honest`: a hook that cannot fail makes empty snapshots that everybody takes for good ones.

mod errors_kept;
mod tools;

use crate::check::dockerfile::{Command as Start, Instruction};
use crate::check::finding::{Finding, Place};
use crate::check::shell::Script;
use crate::check::survey::{HookFile, Survey, commands};

/// A shell script and where it stands.
struct Site<'a> {
    script: &'a Script,
    file: &'a str,
    /// Line of the file on which the script's first line stands, less one.
    offset: u32,
    /// All of a script that is only an argument stands on one line.
    on_one_line: bool,
}

impl Site<'_> {
    fn place(&self, line: u32) -> Place {
        let line = if self.on_one_line { self.offset } else { line };
        Place::new(self.file, line)
    }
}

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found: Vec<Finding> = survey.hooks.iter().flat_map(of_hook).collect();
    found.extend(of_manifest(survey));
    found.extend(of_health_checks(survey));
    found
}

fn of_hook(hook: &HookFile) -> Vec<Finding> {
    let Some(script) = &hook.script else { return Vec::new() };
    let site = Site { script, file: &hook.path, offset: 0, on_one_line: false };
    let mut found = errors_kept::swallowed(&site);
    found.extend(errors_kept::unchecked(&site, hook));
    found.extend(errors_kept::pipes(&site, hook.interpreter.as_ref()));
    found.extend(tools::find(&site, &hook.uses));
    found
}

/// Probes, canaries and jobs of the form `sh -c "…"`.
fn of_manifest(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for command in commands(survey.manifest) {
        let Some(script) = Script::of_argument(command.words) else { continue };
        let place = survey.places.of_key(&command.path);
        let site = Site { script: &script, file: &place.file, offset: place.line, on_one_line: true };
        found.extend(errors_kept::swallowed(&site));
    }
    found
}

/// HEALTHCHECK that can only say yes.
fn of_health_checks(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for built in &survey.built {
        for step in built.steps() {
            let Instruction::Health(start) = &step.does else { continue };
            let script = match start {
                Start::Shell(text) => Some(Script::read(text)),
                Start::Exec(words) => Script::of_argument(words),
            };
            let Some(script) = script else { continue };
            let site = Site { script: &script, file: &built.path, offset: step.line, on_one_line: true };
            found.extend(errors_kept::swallowed(&site));
        }
    }
    found
}
