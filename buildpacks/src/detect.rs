//! Puts the passes together: components, commands, servers, state, variables, health.

use crate::arrange::{
    borrow_framework, hints, is_boundary, is_component, order, upgrade, yield_to_framework,
};
use crate::component::{Candidate, Choice, Hints, candidates, choose, shown};
use crate::detection::*;
use crate::judge::Judges;
use crate::packaging::{Packaging, written};
use crate::process::{Commands, commands, warning};
use crate::rules::{Class, Rules};
use crate::said::Said;
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
    let candidates = candidates(tree, rules);
    let source = Source::new(tree, rules, |pack| {
        let is_asked = options.stack.as_deref() == Some(pack.id.as_str());
        pack.every || is_asked || candidates.iter().any(|candidate| candidate.asks(pack))
    });
    let packaging = Packaging::read(&source);
    let hints = hints(&packaging, options);
    let every: Vec<String> = candidates.iter().map(|candidate| candidate.root.clone()).collect();
    let (first, matches) = choices(&source, rules, &candidates, &every, &hints);
    let kept: Vec<String> =
        first.iter().filter(|choice| is_boundary(choice)).map(|choice| choice.view.root.clone()).collect();
    let (mut kept, again) = choices(&source, rules, &candidates, &kept, &hints);
    let matches = if again.is_empty() { matches } else { again };
    upgrade(&mut kept, &packaging);
    let refusal = refusal(&kept, rules, &source);
    let is_library = refusal.as_ref().is_some_and(|refusal| refusal.0 == Kind::Library);
    let (mut kept, mut beside): (Vec<Choice>, Vec<Choice>) = kept
        .into_iter()
        .partition(|choice| is_component(choice) || is_library && choice.view.root.is_empty());
    if refusal.as_ref().is_some_and(|refusal| refusal.0 == Kind::Template) {
        kept.clear(); // what is in it is not written yet
    }
    borrow_framework(&mut kept);
    yield_to_framework(&mut kept);
    let said = Said::read(&source);
    let component = options.component.clone().or_else(|| said.root().filter(|root| root != "."));
    order(&mut kept, component.as_deref());
    beside.retain(|other| {
        kept.iter().any(|choice| choice.class == Class::Web && choice.pack.id == other.pack.id)
    });
    let has_root = kept.iter().any(|choice| choice.view.root.is_empty());
    if let Some(first) = kept.first_mut() {
        first.view.adopts = !has_root;
    }
    Assembly { rules, source: &source, packaging, options, choices: kept, beside, matches, said, refusal }
        .finish()
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
    let is_known = *id == "layer" && root?.framework.is_some(); // an app, but not all of it
    (*id != "managed" && !is_app && !is_known).then(|| (kind(id), (*reason).to_owned(), evidence.clone()))
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
    /// Libraries and lists of dependencies of the same project, which the server uses.
    beside: Vec<Choice<'s, 'a, 'r>>,
    matches: Vec<Match>,
    said: Said,
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

    fn finish(mut self) -> Detection {
        let said = std::mem::take(&mut self.said);
        let judges = Judges::new(self.rules);
        let services = self.rules.shared().flat_map(|pack| &pack.service);
        let programs: Vec<String> = services.flat_map(|service| service.programs.clone()).collect();
        let found: Vec<Commands> =
            self.choices.iter().map(|choice| commands(choice, &self.packaging, &judges, &programs)).collect();
        let mut warnings: Vec<Warning> = found.iter().flat_map(|found| found.warnings.clone()).collect();
        let components = self.components(&found, &mut warnings);
        let mut addons = crate::keep::addons(self.rules, self.running(), &self.beside, &self.packaging);
        self.procfile_servers(&found, &mut addons);
        let services: Vec<_> = self.rules.shared().flat_map(|pack| &pack.service).collect();
        said.addons(&services, &mut addons);
        let mut state =
            crate::keep::state(self.rules, self.running(), &self.beside, &self.packaging, &addons);
        self.managed(&mut state, &mut warnings);
        let (cron, replicas_max) = crate::cron::cron(self.rules, &self.choices, &self.packaging);
        let health = crate::health::health(self.rules, self.choices.first(), &mut warnings);
        self.warn(&mut warnings);
        let (kind, reason) = self.kind();
        let seed = self
            .postdeploy(&judges, &mut warnings)
            .or_else(|| found.iter().find_map(|found| found.seed.clone()));
        let mut processes: Vec<Process> = found.iter().flat_map(|found| found.processes.clone()).collect();
        processes.extend(self.served(&components));
        let env = crate::env::collect(self.rules, &self.choices, &self.packaging, &found);
        warnings.extend(crate::env::twice(&env));
        warnings.extend(crate::warnings::ties(&self.matches));
        warnings.sort();
        warnings.dedup();
        let mut detection = Detection {
            schema: 1,
            reason,
            incomplete: self.incomplete(),
            primary: components.first().map(|component| component.root.clone()),
            processes,
            release: found.iter().find_map(|found| found.release.clone()),
            seed,
            cron,
            port: crate::port::port(self.rules, self.choices.first(), &self.packaging, found.first()),
            addons: crate::keep::facts(addons),
            state_verdict: self.verdict(&state),
            state,
            env,
            health,
            replicas_max,
            warnings,
            looked_at: self.looked_at(kind.value),
            kind,
            components,
            inputs: self.packaging.into_inputs(),
            matches: self.matches,
        };
        said.apply(&mut detection);
        detection
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
        warnings.extend(crate::warnings::broken(self.source, &self.packaging));
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

    /// Why the folder alone is not enough, where it is a part of an app that is known.
    fn incomplete(&self) -> Option<Fact<String>> {
        let (id, reason, evidence) = self.choices.first()?.refusal.as_ref()?;
        (*id == "layer" && self.refusal.is_none()).then(|| Fact::new((*reason).to_owned(), evidence.clone()))
    }

    /// What app.json runs once, in a new app; a command that drops tables is not repeated as anything else.
    fn postdeploy(&self, judges: &Judges, warnings: &mut Vec<Warning>) -> Option<Fact<String>> {
        let (path, file) = self.packaging.app_json.as_ref()?;
        let command = file.postdeploy.as_ref()?;
        let evidence = written(path, command.line, "app-json");
        let judgement = judges.judge(&self.choices.first()?.view, &command.value);
        if let Some((crate::judge::Fault::Destructive, why)) = &judgement.fault {
            warnings.push(crate::process::refusal(
                crate::judge::Fault::Destructive,
                why,
                &command.value,
                &evidence,
            ));
            return None;
        }
        Some(Fact::new(command.value.clone(), evidence))
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

fn role(class: Class, has_server: bool) -> Role {
    match class {
        Class::Web => Role::Web,
        Class::Worker => Role::Worker,
        Class::Static | Class::Spa if has_server => Role::Assets,
        Class::Static | Class::Spa => Role::Static,
        _ => Role::Library,
    }
}
