//! `civic detect`.

use civic_buildpacks::detection::{Evidence, Fact, HealthKind, Process, State};
use civic_buildpacks::tree::DiskTree;
use civic_buildpacks::{Detection, Options, Rules};
use civic_contract::exit::Exit;

use crate::args::Detect;
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
    let kind = format!("{:?}: {}", found.kind.value, found.reason);
    page.line("kind", &kind, &found.kind.evidence);
    components(found, &page);
    found.processes.iter().for_each(|process| print_process(process, &page));
    page.fact("release", found.release.as_ref());
    page.fact("seed", found.seed.as_ref());
    for job in &found.cron {
        let command = job.command.as_deref().unwrap_or("by the process itself");
        page.line("cron?", command, &job.evidence);
    }
    for addon in &found.addons {
        page.line("add-on", &addon.value, &addon.evidence);
    }
    found.state.iter().for_each(|state| print_state(state, &page));
    if found.state.is_empty() {
        page.line("state", &format!("nothing was found ({})", found.state_verdict), &[]);
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
}

fn components(found: &Detection, page: &Page) {
    for part in &found.components {
        let framework = part.framework.as_ref().map_or("no framework", |framework| framework.value.as_str());
        let text = format!("{}: {} ({framework}), {:?}", part.root, part.language.value, part.role);
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
    let durability = format!("{:?}", state.durability).to_lowercase();
    page.line("state", &format!("{}{place}, {durability}: {}", state.kind, state.why), &state.evidence);
}

fn health(found: &Detection, page: &Page) {
    let text = match (&found.health.kind, &found.health.path) {
        (HealthKind::Exists, Some(path)) => format!("{path}: {}", found.health.why),
        (_, Some(path)) => format!("{path}?: {}", found.health.why),
        (_, None) => format!("TCP: {}", found.health.why),
    };
    page.line("health", &text, &found.health.evidence);
    if let Some(port) = &found.port.default {
        page.line("port", &port.value.to_string(), &port.evidence);
    }
    if let Some(most) = &found.replicas_max {
        page.line("replicas", &format!("at most {}", most.value), &most.evidence);
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
