//! From what is written to what can be true: texts are parsed, names looked up, contradictions found.
//!
//! Every function reports what is wrong and goes on with something harmless, so that one run finds everything;
//! what it returns counts only when nothing was reported.

mod app;
mod canary;
mod cron;
mod hooks;
mod jobs;
mod page;
mod requests;
mod secrets;
mod services;
mod volumes;

use std::ops::Range;
use std::time::Duration;

use super::errors::Report;
use super::model::Manifest;
use super::node::Node;
use super::paths::HOOKS_INSIDE;
use super::raw;
use super::units::Period;
use super::words::{CANDIDATES, meant, one_of, quoted, shown};
use super::{names, paths};

/// The variable that civic itself sets for hooks.
const OURS: &str = "CIVIC_BACKUP_DIR";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Validates a file of the right shape; `None` only when something was reported.
pub(super) fn manifest(raw: &raw::Manifest, tree: &Node, report: &mut Report) -> Option<Manifest> {
    let mut check = Check { raw, report, patterns: 0 };
    let canary = check.canary(tree.at("canary"));
    let manifest = Manifest {
        app: check.app(tree.at("app")),
        services: check.services(tree.at("services")),
        volumes: check.volumes(tree.at("volumes")),
        secrets: check.secrets(tree.at("secrets")),
        jobs: check.jobs(tree.at("jobs")),
        hooks: check.hooks(tree.at("hooks")),
        tolerance: check.tolerance(tree.at("tolerance")),
        exemptions: check.exemptions(tree.at("exemptions")),
        escrow: check.escrow(tree.at("escrow")),
        canary: canary?,
    };
    check.report.is_empty().then_some(manifest)
}

/// The file, and what is wrong with it so far.
struct Check<'a> {
    raw: &'a raw::Manifest,
    report: &'a mut Report,
    /// Regular expressions compiled so far.
    patterns: usize,
}

impl<'a> Check<'a> {
    /// A service by name. One whose own name is wrong, and is reported, is found by what the name should be.
    fn service(&mut self, node: &Node, name: &str) -> Option<&'a raw::Service> {
        let services = &self.raw.services;
        let misspelt = || {
            let wrong = services.iter().filter(|(own, _)| !names::is_name(own));
            wrong
                .take(CANDIDATES)
                .find(|(own, _)| names::to_name(own).as_deref() == Some(name))
                .map(|(_, found)| found)
        };
        let found = services.get(name);
        if self.report.is_full() {
            return found;
        }
        let found = found.or_else(misspelt);
        if found.is_none() {
            self.unknown(node, "service", name, services.keys().filter(|name| names::is_name(name)));
        }
        found
    }

    /// A service by name that has a port for what is asked of it.
    fn service_with_port(&mut self, node: &Node, name: &str) {
        if self.service(node, name).is_some_and(|service| service.port.is_none()) {
            self.report
                .add(
                    &node.span,
                    format!("service {} has no port, so nothing can be asked of it", shown(name)),
                )
                .expected(format!("`port = …` in [services.{name}], or `exec` instead of `http`"));
        }
    }

    /// A name of a secret that is declared.
    fn secret(&mut self, node: &Node, name: &str) {
        if !self.raw.secrets.contains_key(name) {
            self.unknown(
                node,
                "secret",
                name,
                self.raw.secrets.keys().filter(|name| names::is_variable(name)),
            );
        }
    }

    fn unknown<'n>(
        &mut self,
        node: &Node,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'n String> + Clone,
    ) {
        if self.report.is_full() {
            return; // each comparison with every name takes time, and nobody would see it
        }
        let known = known.map(String::as_str);
        let near = meant(name, known.clone()).map(|near| format!("`{near}`"));
        let error = self.report.add(&node.span, format!("there is no {what} {}", shown(name))).suggest(near);
        error.expected = one_of(known).or_else(|| Some(format!("one that is declared below [{what}s]")));
    }

    /// A name that becomes a host name and part of container names.
    fn name(&mut self, span: &Range<usize>, what: &str, name: &str) {
        if !names::is_name(name) || name == "localhost" {
            let near = names::to_name(name).filter(|near| near != "localhost");
            self.report
                .add(span, format!("{} cannot be the name of a {what}", shown(name)))
                .expected(names::NAME_RULE)
                .suggest(near.as_deref().map(shown));
        }
    }

    /// A length of time, more than nothing and at most `most`.
    fn period(&mut self, node: &Node, text: &raw::PeriodText, most: Duration) -> Duration {
        match text.0.parse::<Period>() {
            Ok(Period(period)) if period.is_zero() || period > most => {
                let expected = format!("more than 0s and at most {}", Period(most));
                self.report
                    .add(&node.span, format!("{} is not possible here", shown(&text.0)))
                    .expected(expected);
                SECOND
            }
            Ok(Period(period)) => period,
            Err(error) => {
                self.report
                    .add(&node.span, format!("the length of time {} {}", shown(&text.0), error.message))
                    .expected("a whole number and ms, s, m, h or d, such as \"10s\"")
                    .suggest(error.suggestion.as_deref().map(quoted));
                SECOND
            }
        }
    }

    /// Program and arguments.
    fn command(&mut self, node: &Node, command: &[String]) -> Vec<String> {
        if command.first().is_some_and(|program| program.trim().is_empty()) {
            let expected = "a program first, such as [\"node\", \"server.js\"]";
            self.report.add(&node.item(0).span, "the command names no program").expected(expected);
        }
        for (index, argument) in command.iter().enumerate() {
            self.hook_argument(node.item(index), argument, index == 0);
        }
        command.to_vec()
    }

    /// In the container, hooks are elsewhere than in the project.
    fn hook_argument(&mut self, node: &Node, argument: &str, is_program: bool) {
        let tidy = argument.trim_start_matches("./");
        if is_program && paths::is_hook(tidy) {
            self.report
                .add(
                    &node.span,
                    format!("{} is where the hook is in the project, not in the container", shown(argument)),
                )
                .expected("a path below /civic/hooks/")
                .suggest(Some(quoted(&format!("/{tidy}"))));
        }
        if argument.starts_with(HOOKS_INSIDE) && !paths::is_hook(&argument[1..]) {
            let message = format!("{} is no path of a file below /civic/hooks/", shown(argument));
            self.report.add(&node.span, message).expected("a path such as \"/civic/hooks/canary-write\"");
        }
    }

    /// People who can be reached.
    fn people(&mut self, node: &Node, people: &[raw::Person]) -> Vec<String> {
        for (index, person) in people.iter().enumerate() {
            if !names::is_person(&person.0) {
                self.report
                    .add(
                        &node.item(index).span,
                        format!("{} does not say how to reach them", shown(&person.0)),
                    )
                    .expected("a name and a contact, such as \"Ann Lee <ann@example.org>\"");
            }
        }
        people.iter().map(|person| person.0.clone()).collect()
    }

    /// The same twice in a list is a slip of the pen.
    fn no_repeats(&mut self, node: &Node, entries: &[String]) {
        let mut seen = std::collections::BTreeSet::new();
        for (index, entry) in entries.iter().enumerate() {
            if !seen.insert(entry) {
                self.report
                    .add(&node.item(index).span, format!("{} is there twice", shown(entry)))
                    .expected("each only once");
            }
        }
    }

    /// A text for people: something, on one line.
    fn sentence(&mut self, node: &Node, what: &str, text: &str) {
        if text.trim().is_empty() {
            self.report.add(&node.span, format!("the {what} is empty")).expected("one sentence for people");
        } else if text.chars().any(super::words::invisible) {
            let message = format!("the {what} has a line break or an invisible character");
            self.report.add(&node.span, message).expected("one sentence on one line");
        }
    }
}
