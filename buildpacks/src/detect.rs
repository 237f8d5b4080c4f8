//! Puts the passes together: components, commands, servers, state, variables, health.

use crate::arrange::{hints, is_boundary, is_component, order, upgrade, yield_to_framework};
use crate::component::{Candidate, Choice, Hints, candidates, choose, shown};
use crate::detection::*;
use crate::judge::Judges;
use crate::packaging::{Packaging, written};
use crate::process::{Commands, commands, warning};
use crate::rules::{Class, Rules};
use crate::source::Source;
use crate::tree::SourceTree;
use crate::version::versions;

/// What a person decided before.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Stack of the project itself.
    pub stack: Option<String>,
    /// Root of the component that answers requests.
    pub component: Option<String>,
    /// `YYYY-MM-DD`; without it no version is called old.
    pub today: Option<String>,
}

/// Looks at a project and says what it is.
pub fn detect(tree: &dyn SourceTree, rules: &Rules, options: &Options) -> Detection {
    let source = Source::new(tree, rules);
    let packaging = Packaging::read(&source);
    let hints = hints(&packaging, options);
    let candidates = candidates(&source, rules);
    let every: Vec<String> = candidates.iter().map(|candidate| candidate.root.clone()).collect();
    let (first, matches) = choices(&source, rules, &candidates, &every, &hints);
    let kept: Vec<String> =
        first.iter().filter(|choice| is_boundary(choice)).map(|choice| choice.view.root.clone()).collect();
    let (mut kept, again) = choices(&source, rules, &candidates, &kept, &hints);
    let matches = if again.is_empty() { matches } else { again };
    upgrade(&mut kept, &packaging);
    kept.retain(|choice| choice.view.root.is_empty() || is_boundary(choice));
    let refusal = refusal(&kept, rules, &source);
    let is_library = refusal.as_ref().is_some_and(|refusal| refusal.0 == Kind::Library);
    kept.retain(|choice| is_component(choice) || is_library && choice.view.root.is_empty());
    if refusal.as_ref().is_some_and(|refusal| refusal.0 == Kind::Template) {
        kept.clear(); // what is in it is not written yet
    }
    yield_to_framework(&mut kept);
    order(&mut kept, options);
    let has_root = kept.iter().any(|choice| choice.view.root.is_empty());
    if let Some(first) = kept.first_mut() {
        first.view.adopts = !has_root;
    }
    Assembly { rules, source: &source, packaging, options, choices: kept, matches, refusal }.finish()
}

fn choices<'s, 'a, 'r>(
    source: &'s Source<'a>,
    rules: &'r Rules,
    candidates: &[Candidate<'r>],
    nested: &[String],
    hints: &Hints,
) -> (Vec<Choice<'s, 'a, 'r>>, Vec<Match>) {
    let (mut found, mut matches) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let (choice, fits) = choose(source, rules, candidate, nested, hints);
        found.extend(choice);
        matches.extend(fits);
    }
    (found, matches)
}

/// Why nothing is to be packaged: kind, reason and evidence.
type Refusal = (Kind, String, Evidence);

fn refusal(choices: &[Choice], rules: &Rules, source: &Source) -> Option<Refusal> {
    let view = crate::view::View::new(source, "", &[]);
    let shared = rules.shared().flat_map(|pack| pack.kind.iter().map(move |rule| (pack, rule)));
    for (pack, rule) in shared.filter(|(_, rule)| rule.id != "managed") {
        if let Some(found) = view.holds(&rule.when) {
            return Some((
                kind(&rule.id),
                rule.reason.clone(),
                pack.evidence("kind", &rule.id, &found, Confidence::High),
            ));
        }
    }
    let root = choices.iter().find(|choice| choice.view.root.is_empty());
    let (id, reason, evidence) = root?.refusal.as_ref()?;
    let is_app = choices.iter().any(|choice| choice.class <= Class::Worker) && *id == "library";
    (*id != "managed" && !is_app).then(|| (kind(id), (*reason).to_owned(), evidence.clone()))
}

fn kind(id: &str) -> Kind {
    match id {
        "template" => Kind::Template,
        "layer" => Kind::Layer,
        "library" => Kind::Library,
        _ => Kind::Unknown,
    }
}

struct Assembly<'s, 'a, 'r> {
    rules: &'r Rules,
    source: &'s Source<'a>,
    packaging: Packaging,
    options: &'s Options,
    choices: Vec<Choice<'s, 'a, 'r>>,
    matches: Vec<Match>,
    refusal: Option<Refusal>,
}

impl<'s, 'a, 'r> Assembly<'s, 'a, 'r> {
    /// Components that run: a library keeps nothing by itself.
    fn running(&self) -> &[Choice<'s, 'a, 'r>] {
        if self.refusal.as_ref().is_some_and(|refusal| refusal.0 == Kind::Library) {
            &[]
        } else {
            &self.choices
        }
    }

    fn finish(self) -> Detection {
        let judges = Judges::new(self.rules);
        let services = self.rules.shared().flat_map(|pack| &pack.service);
        let programs: Vec<String> = services.flat_map(|service| service.programs.clone()).collect();
        let found: Vec<Commands> =
            self.choices.iter().map(|choice| commands(choice, &self.packaging, &judges, &programs)).collect();
        let mut warnings: Vec<Warning> = found.iter().flat_map(|found| found.warnings.clone()).collect();
        let components = self.components(&found, &mut warnings);
        let mut addons = crate::keep::addons(self.rules, self.running(), &self.packaging);
        self.procfile_servers(&found, &mut addons);
        let mut state = crate::keep::state(self.rules, self.running(), &self.packaging, &addons);
        self.managed(&mut state, &mut warnings);
        let (cron, replicas_max) = crate::cron::cron(self.rules, &self.choices);
        let health = crate::health::health(self.rules, self.choices.first(), &mut warnings);
        self.warn(&mut warnings);
        let (kind, reason) = self.kind();
        let mut processes: Vec<Process> = found.iter().flat_map(|found| found.processes.clone()).collect();
        processes.extend(self.served(&components));
        warnings.extend(ties(&self.matches));
        warnings.sort();
        warnings.dedup();
        Detection {
            schema: 1,
            reason,
            primary: components.first().map(|component| component.root.clone()),
            processes,
            release: found.iter().find_map(|found| found.release.clone()),
            seed: self.postdeploy().or_else(|| found.iter().find_map(|found| found.seed.clone())),
            cron,
            port: crate::port::port(self.rules, self.choices.first(), &self.packaging),
            addons: crate::keep::facts(addons),
            state_verdict: self.verdict(&state),
            state,
            env: crate::env::collect(self.rules, &self.choices, &self.packaging),
            health,
            replicas_max,
            warnings,
            looked_at: self.looked_at(kind.value),
            kind,
            components,
            inputs: self.packaging.into_inputs(),
            matches: self.matches,
        }
    }

    fn components(&self, found: &[Commands], warnings: &mut Vec<Warning>) -> Vec<Component> {
        let has_server = self.choices.iter().any(|choice| choice.class == Class::Web);
        let component = |(choice, found): (&Choice, &Commands)| {
            let (version, conflicts) =
                versions(choice, &self.packaging, self.options.today.as_deref(), warnings);
            let seen = choice.evidence.clone();
            let framework = choice.framework.as_ref();
            Component {
                root: shown(&choice.view.root),
                stack: choice.pack.id.clone(),
                role: role(choice.class, has_server),
                language: Fact { value: choice.pack.language.clone(), evidence: seen },
                framework: framework
                    .map(|(framework, evidence)| Fact::new(framework.id.clone(), evidence.clone())),
                version,
                conflicts,
                package_manager: choice.pack.manager.iter().find_map(|rule| {
                    let place = choice.view.holds(&rule.when)?;
                    Some(Fact::new(
                        rule.id.clone(),
                        choice.pack.evidence("manager", &rule.id, &place, Confidence::High),
                    ))
                }),
                build: found.build.clone(),
                output: framework
                    .map(|(framework, _)| framework.output.clone())
                    .filter(|output| !output.is_empty()),
            }
        };
        self.choices.iter().zip(found).map(component).collect()
    }

    fn procfile_servers(&self, found: &[Commands], addons: &mut crate::keep::Addons) {
        let services: Vec<_> = self.rules.shared().flat_map(|pack| &pack.service).collect();
        for (program, evidence) in found.iter().flat_map(|found| &found.servers) {
            if let Some(service) = services.iter().find(|service| service.programs.contains(program)) {
                addons.entry(service.id.clone()).or_default().push(evidence.clone());
            }
        }
    }

    /// A backend of somebody else keeps data that no drill can reach.
    fn managed(&self, state: &mut Vec<State>, warnings: &mut Vec<Warning>) {
        for choice in &self.choices {
            for pack in self.rules.shared().chain([choice.pack]) {
                for rule in pack.kind.iter().filter(|rule| rule.id == "managed") {
                    let Some(place) = choice.view.holds(&rule.when) else { continue };
                    let evidence = pack.evidence("kind", &rule.id, &place, Confidence::High);
                    warnings.push(warning("managed-backend", &rule.reason, &place.path, place.line));
                    if !state.iter().any(|held| held.kind == "managed") {
                        state.push(State {
                            kind: "managed".into(),
                            path: None,
                            durability: Durability::Unknown,
                            why: rule.reason.clone(),
                            evidence: vec![evidence],
                        });
                    }
                }
            }
        }
    }

    /// Warnings of the rules, of files that could not be read, and of what was left out.
    fn warn(&self, warnings: &mut Vec<Warning>) {
        for choice in &self.choices {
            for pack in self.rules.shared().chain([choice.pack]) {
                for rule in &pack.warning {
                    let places = choice.view.all(&rule.when);
                    warnings.extend(places.iter().take(3).filter_map(|place| {
                        Some(warning(&rule.id, &place.fill(&rule.text)?, &place.path, place.line))
                    }));
                }
            }
        }
        if let Some((path, reason)) =
            self.packaging.app_json.as_ref().and_then(|(path, file)| Some((path, file.broken.as_ref()?)))
        {
            warnings.push(warning("broken-manifest", &format!("could not be used: {reason}."), path, 0));
        }
        for (path, _) in self.packaging.compose.iter().filter(|(_, file)| file.broken) {
            warnings.push(warning("broken-manifest", "could not be used: it is not valid YAML.", path, 0));
        }
        warnings.extend(broken(self.source));
        let left_out = self.source.tree.left_out().iter();
        warnings.extend(
            left_out.map(|left| {
                warning("left-out", &format!("was not looked at: {}.", left.reason), &left.path, 0)
            }),
        );
        warnings.extend(crate::env::committed(&self.choices));
    }

    fn kind(&self) -> (Fact<Kind>, String) {
        if let Some((kind, reason, evidence)) = &self.refusal {
            return (Fact::new(*kind, evidence.clone()), reason.clone());
        }
        let Some(first) = self.choices.first() else { return self.without_stack() };
        let what =
            first.framework.as_ref().map_or(first.pack.name.as_str(), |(framework, _)| framework.id.as_str());
        let (kind, reason) = match first.class {
            Class::Static | Class::Spa => {
                (Kind::Static, format!("{what} makes files that a web server serves"))
            }
            _ => (Kind::App, format!("{what} in {} runs", shown(&first.view.root))),
        };
        (Fact { value: kind, evidence: first.evidence.clone() }, reason)
    }

    /// A Dockerfile that starts something is enough to package it.
    fn without_stack(&self) -> (Fact<Kind>, String) {
        let runs = self.packaging.dockerfiles.iter().find_map(|(path, file)| {
            let stage = file.last()?;
            let line = stage.command.as_ref().or(stage.entrypoint.as_ref())?.line;
            (!path.contains('/')).then(|| written(path, line, "dockerfile"))
        });
        match runs {
            Some(evidence) => (
                Fact::new(Kind::App, evidence),
                "no stack is known, but the Dockerfile starts something".into(),
            ),
            None => {
                let evidence = Evidence::new(".", 0, "engine/none", Confidence::High);
                (
                    Fact::new(Kind::Unknown, evidence),
                    "nothing here is a stack that the rules know, or nothing is started".into(),
                )
            }
        }
    }

    fn served(&self, components: &[Component]) -> Option<Process> {
        let first = components.first().filter(|component| component.role == Role::Static)?;
        let output = first.output.clone().unwrap_or_else(|| ".".into());
        let command = Fact {
            value: format!("static file server over {output}"),
            evidence: first.language.evidence.clone(),
        };
        Some(Process { name: "web".into(), component: first.root.clone(), command, resolved: None })
    }

    fn postdeploy(&self) -> Option<Fact<String>> {
        let (path, file) = self.packaging.app_json.as_ref()?;
        let command = file.postdeploy.as_ref()?;
        Some(Fact::new(command.value.clone(), written(path, command.line, "app-json")))
    }

    fn verdict(&self, state: &[State]) -> String {
        let is_kept = state.iter().any(|state| state.durability != Durability::Rebuildable);
        let is_partial =
            self.source.unsearched > 0 || self.choices.is_empty() || self.source.tree.left_out().len() > 10;
        match (is_kept, is_partial) {
            (true, _) => "found",
            (false, true) => "unknown",
            (false, false) => "none-found",
        }
        .into()
    }

    fn looked_at(&self, kind: Kind) -> Vec<String> {
        if kind != Kind::Unknown {
            return Vec::new();
        }
        let packs = self.rules.packs.iter().filter(|pack| !pack.every);
        packs.map(|pack| format!("{}: {}", pack.id, pack.manifests.join(", "))).collect()
    }
}

/// Two servers in one folder: the runner-up is named, with how to switch.
fn ties(matches: &[Match]) -> Vec<Warning> {
    let chosen = matches.iter().filter(|fit| fit.chosen && fit.class == "web");
    let tie = |chosen: &Match| {
        let second =
            matches.iter().find(|fit| !fit.chosen && fit.root == chosen.root && fit.class == "web")?;
        let (first, other) = (&chosen.stack, &second.stack);
        let text = format!(
            "both {first} and {other} fit this folder; {first} was taken. `--stack {other}` takes the other."
        );
        Some(warning("stack-tie", &text, &second.evidence.first()?.file, 0))
    };
    chosen.filter_map(tie).collect()
}

/// Manifests that could not be read, also where nothing else is known.
fn broken(source: &Source) -> Vec<Warning> {
    let view = crate::view::View::new(source, "", &[]);
    let say = |manifest: &crate::read::Manifest| {
        let text = format!("could not be used: {}.", manifest.broken.as_ref()?);
        Some(warning("broken-manifest", &text, &manifest.path, 0))
    };
    view.manifests.iter().filter_map(say).collect()
}

fn role(class: Class, has_server: bool) -> Role {
    match class {
        Class::Web => Role::Web,
        Class::Worker => Role::Worker,
        Class::Static | Class::Spa if has_server => Role::Assets,
        Class::Static | Class::Spa => Role::Static,
        _ => Role::Library,
    }
}
