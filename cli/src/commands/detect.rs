//! `civic detect`.

use civic_buildpacks::detection::{Cron, Evidence, Fact, HealthKind, Process, State};
use civic_buildpacks::tree::DiskTree;
use civic_buildpacks::{Detection, Options, Rules};
use civic_contract::exit::Exit;

use crate::args::Detect;
use crate::init::tree::Without;
use crate::{render, say};

/// Looks at a project and prints what it is; writes nothing.
pub fn run(args: &Detect) -> Exit {
    let rules = match &args.buildpack_dir {
        Some(folder) => Rules::with_folder(folder),
        None => Rules::embedded(),
    };
    let rules = match rules {
        Ok(rules) => rules,
        Err(failure) => {
            return usage(&failure.to_string(), "docs/detection.md describes each key of a buildpack.toml.");
        }
    };
    if let Some(stack) = args.stack.as_deref().filter(|asked| !rules.stacks().any(|held| held == *asked)) {
        let known = rules.stacks().collect::<Vec<_>>().join(", ");
        return usage(&format!("there is no stack `{stack}`"), &format!("Stacks: {known}."));
    }
    let tree = match DiskTree::open(&args.path) {
        Ok(tree) => tree,
        Err(failure) => return usage(&failure.to_string(), "Name the project's folder: civic detect PATH"),
    };
    // What civic wrote says nothing about the project; a lock that cannot be read hides nothing.
    let lock = crate::init::scaffold::lock(&args.path).ok().flatten();
    let tree = Without::new(tree, &args.path, lock.as_ref());
    let today = jiff::Zoned::now().date().to_string();
    let options =
        Options { stack: args.stack.clone(), component: args.component.clone(), today: Some(today) };
    let found = civic_buildpacks::detect(&tree, &rules, &options);
    if args.json {
        return match serde_json::to_string_pretty(&found) {
            Ok(document) => {
                println!("{document}");
                Exit::Done
            }
            Err(error) => usage(&error.to_string(), "Please report this."),
        };
    }
    print(&found, args.explain);
    Exit::Done
}

fn usage(message: &str, hint: &str) -> Exit {
    say::error(message, &[hint.to_owned()]);
    Exit::Usage
}

/// Prints lines of `name  value  (where)`; with `explain` also the rule and how sure it is.
struct Page {
    explain: bool,
}

impl Page {
    fn line(&self, name: &str, value: &str, evidence: &[Evidence]) {
        let place = evidence.first().map(|evidence| format!("  ({})", evidence.place())).unwrap_or_default();
        println!("{name:<12} {}", render::plain(&format!("{value}{place}")));
        for evidence in evidence.iter().filter(|_| self.explain) {
            let sure = format!("{:?}", evidence.confidence).to_lowercase();
            println!(
                "{:<14} because {}",
                "",
                render::plain(&format!("{}: rule {}, {sure}", evidence.place(), evidence.rule))
            );
        }
    }

    fn fact(&self, name: &str, fact: Option<&Fact<String>>) {
        if let Some(fact) = fact {
            self.line(name, &fact.value, &fact.evidence);
        }
    }
}

fn print(found: &Detection, explain: bool) {
    let page = Page { explain };
    page.line("kind", &format!("{}: {}", word(&found.kind.value), found.reason), &found.kind.evidence);
    page.fact("incomplete", found.incomplete.as_ref());
    components(found, &page);
    found.processes.iter().for_each(|process| print_process(process, &page));
    page.fact("release", found.release.as_ref());
    page.fact("seed", found.seed.as_ref());
    found.cron.iter().for_each(|job| print_job(job, &page));
    for addon in &found.addons {
        page.line("add-on", &addon.value, &addon.evidence);
    }
    found.state.iter().for_each(|state| print_state(state, &page));
    if found.state_verdict != "found" {
        page.line("state", without_state(&found.state_verdict), &[]);
    }
    health(found, &page);
    variables(found, &page);
    if explain {
        matches(found);
    }
    for warning in &found.warnings {
        let place = if warning.line == 0 {
            warning.file.clone()
        } else {
            format!("{}:{}", warning.file, warning.line)
        };
        println!("\n{}", render::plain(&format!("warning[{}]: {place}: {}", warning.id, warning.text)));
    }
    for looked in &found.looked_at {
        println!("looked for   {}", render::plain(looked));
    }
    if !found.components.is_empty() && !explain {
        println!(
            "\nWhy: civic detect --explain. What is wrong here is put right in civic.toml: docs/detection.md says how."
        );
    }
}

/// A word of the document, as `--json` writes it.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Only one of the two may be read as "keeps nothing".
fn without_state(verdict: &str) -> &'static str {
    match verdict {
        "none-found" => "nothing that must be kept was found",
        _ => "unknown: not everything could be looked at, so do not take it for an app that keeps nothing",
    }
}

fn print_job(job: &Cron, page: &Page) {
    let text = match (&job.command, &job.schedule, job.in_process) {
        (Some(command), Some(schedule), _) => format!("{command}, at {schedule}"),
        (Some(command), None, _) => format!("{command}, at a time that is not written here"),
        (None, _, true) => "by the web process itself, so that one copy of it may run".into(),
        (None, _, false) => "there are jobs, but they are written down elsewhere".into(),
    };
    page.line("by the clock", &text, &job.evidence);
}

fn components(found: &Detection, page: &Page) {
    for part in &found.components {
        let framework = part.framework.as_ref().map_or("no framework", |framework| framework.value.as_str());
        let text = format!("{}: {} ({framework}), {}", part.root, part.language.value, word(&part.role));
        page.line("component", &text, &part.language.evidence);
        page.fact("  version", part.version.as_ref());
        page.fact("  packages", part.package_manager.as_ref());
        page.fact("  build", part.build.as_ref());
    }
}

fn print_process(process: &Process, page: &Page) {
    page.line(&process.name, &process.command.value, &process.command.evidence);
    if let Some(resolved) = process.resolved.as_ref().filter(|_| page.explain) {
        println!("{:<14} does {}", "", render::plain(resolved));
    }
}

fn print_state(state: &State, page: &Page) {
    let place = state.path.as_ref().map(|path| format!(" in {path}")).unwrap_or_default();
    let durability = word(&state.durability);
    page.line("state", &format!("{}{place}, {durability}: {}", state.kind, state.why), &state.evidence);
}

fn health(found: &Detection, page: &Page) {
    let text = match (&found.health.kind, &found.health.path) {
        (HealthKind::Exists, Some(path)) => format!("ask {path}: {}", found.health.why),
        (_, Some(path)) => format!("perhaps ask {path}: {}", found.health.why),
        (_, None) => format!("see whether the port is open (TCP): {}", found.health.why),
    };
    page.line("health", &text, &found.health.evidence);
    page.fact("port from", found.port.env.as_ref());
    if let Some(port) = &found.port.default {
        page.line("port", &port.value.to_string(), &port.evidence);
    }
    if let Some(most) = &found.replicas_max {
        page.line("copies", &format!("at most {} at once", most.value), &most.evidence);
    }
}

fn variables(found: &Detection, page: &Page) {
    for env in &found.env {
        let mut text = env.name.clone();
        text.push_str(if env.required { ", required" } else { "" });
        text.push_str(if env.secret { ", secret" } else { "" });
        if let Some(default) = &env.default {
            text.push_str(&format!(", {default}"));
        }
        page.line("env", &text, &env.evidence);
    }
}

/// Every stack that fits, with how to take another one.
fn matches(found: &Detection) {
    for fit in &found.matches {
        let chosen = if fit.chosen { "taken" } else { "not taken" };
        let framework = fit.framework.as_deref().unwrap_or("no framework");
        let text = format!("{}: {} ({framework}, {}), {chosen}: {}", fit.root, fit.stack, fit.class, fit.why);
        println!("{:<12} {}", "stack", render::plain(&text));
    }
}
