//! Which folders are components, and which stack each one has.

use std::collections::{BTreeMap, HashSet};

use crate::detection::{Confidence, Evidence, Match};
use crate::glob::name;
use crate::rules::{Buildpack, Class, Framework, Rules};
use crate::source::Source;
use crate::tree::SourceTree;
use crate::view::{Found, View};

/// Folders below the project in which components are looked for.
const MOST_DEPTH: usize = 3;
/// Candidates; a repository of more is a collection and not an app.
const MOST_ROOTS: usize = 60;

/// Folders that hold no component, whatever they contain.
const NO_COMPONENT: [&str; 43] = [
    "test",
    "tests",
    "__tests__",
    "e2e",
    "cypress",
    "playwright",
    "spec",
    "specs",
    "example",
    "examples",
    "demo",
    "demos",
    "fixtures",
    "docs",
    "doc",
    "mobile",
    "android",
    "ios",
    "infra",
    "infrastructure",
    "terraform",
    "deploy",
    "scripts",
    "script",
    "tools",
    "tool",
    "utils",
    "utilities",
    "notebooks",
    "benchmarks",
    ".github",
    "github-actions",
    "google-apps-scripts",
    "storybook",
    "packer",
    "ansible",
    "templates",
    "e2e-tests",
    "functions",
    "deprecated",
    "archive",
    "archived",
    "legacy",
];

/// A folder and the packs whose manifests it has.
pub(crate) struct Candidate<'r> {
    pub root: String,
    packs: Vec<&'r Buildpack>,
}

/// A folder with the stack it was given.
pub(crate) struct Choice<'s, 'a, 'r> {
    pub view: View<'s, 'a>,
    pub pack: &'r Buildpack,
    pub class: Class,
    pub framework: Option<(&'r Framework, Evidence)>,
    pub evidence: Vec<Evidence>,
    /// Set when the pack says that there is nothing to run.
    pub refusal: Option<(&'r str, &'r str, Evidence)>,
}

/// What is asked for, beside what the files say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hints {
    /// Stack by name, from the command line or civic.toml.
    pub stack: Option<String>,
    /// First words of commands of a Procfile or Dockerfile.
    pub programs: Vec<String>,
    /// Heroku's buildpacks.
    pub heroku: Vec<String>,
    /// Base images.
    pub images: Vec<String>,
}

/// Folders with a manifest of any pack, the project itself first.
pub(crate) fn candidates<'r>(tree: &dyn SourceTree, rules: &'r Rules) -> Vec<Candidate<'r>> {
    let mut found: BTreeMap<(usize, &str), Vec<&Buildpack>> = BTreeMap::new();
    found.insert((0, ""), Vec::new());
    let stacks: Vec<&Buildpack> = rules.packs.iter().filter(|pack| !pack.every).collect();
    let names = Manifests::new(&stacks);
    for path in tree.paths().iter().filter(|path| names.may_have(path)) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let depth = if folder.is_empty() { 0 } else { folder.matches('/').count() + 1 };
        if depth > MOST_DEPTH || folder.split('/').any(|part| NO_COMPONENT.contains(&part)) {
            continue;
        }
        for pack in stacks.iter().filter(|pack| pack.has_manifest(name, path)) {
            let folder = if pack.has_manifest(name, "/") { folder } else { "" }; // asked for by its whole path
            let depth = if folder.is_empty() { 0 } else { depth };
            let packs = found.entry((depth, folder)).or_default();
            if !packs.iter().any(|held| held.id == pack.id) {
                packs.push(pack);
            }
        }
    }
    found
        .into_iter()
        .take(MOST_ROOTS)
        .map(|((_, root), packs)| Candidate { root: root.into(), packs })
        .collect()
}

/// Names of the manifests of all stacks: few of many thousand files have one of them.
struct Manifests<'r> {
    names: HashSet<&'r str>,
    ends: Vec<&'r str>,
}

impl<'r> Manifests<'r> {
    fn new(stacks: &[&'r Buildpack]) -> Self {
        let all = || stacks.iter().flat_map(|pack| &pack.manifests);
        Self {
            names: all().map(|held| name(held)).collect(),
            ends: all().filter_map(|held| held.strip_prefix('*')).collect(),
        }
    }

    fn may_have(&self, path: &str) -> bool {
        self.names.contains(name(path)) || self.ends.iter().any(|end| path.ends_with(end))
    }
}

impl Candidate<'_> {
    /// Whether a pack may be the stack of the folder.
    pub fn asks(&self, pack: &Buildpack) -> bool {
        self.packs.iter().any(|held| held.id == pack.id)
    }
}

impl Buildpack {
    fn has_manifest(&self, name: &str, path: &str) -> bool {
        self.manifests.iter().any(|held| match held.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => held == name || held.trim_start_matches('/') == path,
        })
    }

    pub fn rule(&self, section: &str, id: &str) -> String {
        format!("{}/{section}/{id}", self.id)
    }

    pub fn evidence(&self, section: &str, id: &str, found: &Found, confidence: Confidence) -> Evidence {
        Evidence::new(&found.path, found.line, self.rule(section, id), confidence)
    }
}

/// Chooses the stack of a folder; the matches say what else would fit.
pub(crate) fn choose<'s, 'a, 'r>(
    source: &'s Source<'a>,
    rules: &'r Rules,
    candidate: &Candidate<'r>,
    nested: &[String],
    hints: &Hints,
) -> (Option<Choice<'s, 'a, 'r>>, Vec<Match>) {
    let mut packs = candidate.packs.clone();
    let is_asked =
        |pack: &&Buildpack| candidate.root.is_empty() && hints.stack.as_deref() == Some(pack.id.as_str());
    if let Some(pack) = rules.packs.iter().find(is_asked) {
        packs = vec![pack];
    }
    let view = View::new(source, &candidate.root, nested);
    let mut choices: Vec<Choice> = packs.into_iter().map(|pack| fit(view.clone(), pack)).collect();
    choices.sort_by_key(|choice| {
        let hint = if candidate.root.is_empty() { hints.strength(choice.pack) } else { 0 };
        let is_refused = choice.refusal.as_ref().is_some_and(|refusal| refusal.0 != "managed");
        let layer = choice.refusal.as_ref().is_some_and(|refusal| refusal.0 == "layer");
        (!layer, is_refused, std::cmp::Reverse(hint), choice.class, choice.pack.priority)
    });
    let matches = matches(&choices, hints);
    (choices.into_iter().next(), matches)
}

impl Hints {
    /// app.json's buildpacks say more than a command, and a command more than a base image.
    fn strength(&self, pack: &Buildpack) -> usize {
        let any = |named: &[String], held: &[String]| {
            named.iter().any(|name| held.iter().any(|glob| fast_glob::glob_match(glob, name)))
        };
        // The last buildpack of several is the one that runs.
        let heroku = any(self.heroku.last().map(std::slice::from_ref).unwrap_or_default(), &pack.heroku);
        4 * usize::from(heroku)
            + 2 * usize::from(any(&self.programs, &pack.programs))
            + usize::from(any(&self.images, &pack.images))
    }
}

fn matches(choices: &[Choice], hints: &Hints) -> Vec<Match> {
    let winner = choices.first().map_or("", |choice| choice.pack.id.as_str());
    let describe = |(index, choice): (usize, &Choice)| Match {
        root: shown(&choice.view.root),
        stack: choice.pack.id.clone(),
        framework: choice.framework.as_ref().map(|(framework, _)| framework.id.clone()),
        class: format!("{:?}", choice.class).to_lowercase(),
        chosen: index == 0,
        why: match index {
            0 if hints.stack.as_deref() == Some(winner) => "it was asked for".into(),
            0 => "nothing stronger fits this folder".into(),
            _ => format!("`{winner}` is stronger; `--stack {}` takes this one", choice.pack.id),
        },
        evidence: choice.evidence.clone(),
    };
    choices.iter().enumerate().map(describe).collect()
}

/// A root as people write it.
pub(crate) fn shown(root: &str) -> String {
    if root.is_empty() { ".".into() } else { root.into() }
}

fn fit<'s, 'a, 'r>(mut view: View<'s, 'a>, pack: &'r Buildpack) -> Choice<'s, 'a, 'r> {
    let mut best: Option<(&Framework, Found)> = None;
    for framework in &pack.framework {
        let Some(found) = view.holds(&framework.when) else { continue };
        view.frameworks.push(framework.id.clone());
        let class = |framework: &Framework| framework.class.unwrap_or(Class::Web);
        if best.as_ref().is_none_or(|(held, _)| class(framework) < class(held)) {
            best = Some((framework, found));
        }
    }
    let refusal = pack.kind.iter().find_map(|rule| {
        let found = view.holds(&rule.when)?;
        Some((
            rule.id.as_str(),
            rule.reason.as_str(),
            pack.evidence("kind", &rule.id, &found, Confidence::High),
        ))
    });
    let manifest = view.file_of(&pack.manifests).unwrap_or_default();
    view.seen.clone_from(&manifest);
    let seen = Evidence::new(&manifest, 0, pack.rule("manifests", ""), Confidence::High);
    let seen =
        Evidence { rule: pack.rule("manifests", manifest.rsplit('/').next().unwrap_or_default()), ..seen };
    let framework = best.map(|(framework, found)| {
        (framework, pack.evidence("framework", &framework.id, &found, Confidence::High))
    });
    let class = match (&framework, &refusal) {
        (Some((framework, _)), _) => framework.class.unwrap_or(Class::Web),
        (None, Some(("library", ..))) => Class::Library,
        (None, _) => Class::Tool,
    };
    let mut evidence = vec![seen];
    evidence.extend(framework.iter().map(|(_, evidence)| evidence.clone()));
    Choice { view, pack, class, framework, evidence, refusal }
}

impl View<'_, '_> {
    fn file_of(&self, names: &[String]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.file(name.trim_start_matches('/')))
            .or_else(|| names.iter().find_map(|name| self.file(&format!("**/{name}"))))
    }
}
