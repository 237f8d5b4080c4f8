//! A project in, everything that is to be written into it out. Reads, and writes nothing.

use std::path::Path;

use civic_buildpacks::detection::Kind;
use civic_buildpacks::kit::Kits;
use civic_buildpacks::tree::{DiskTree, SourceTree};
use civic_buildpacks::{Detection, Options, Rules};
use civic_contract::exit::Exit;
use civic_contract::lock::{Fact, Lock};
use civic_contract::manifest::{self, Canary, Manifest, ManifestErrors};
use civic_templates::draft::{self, Draft};
use civic_templates::facts::Note;
use civic_templates::{Facts, File, RenderError, apply};

use super::about::{about, page_words};
pub use super::answers::Answers;
use super::build::{plans, stacks};
use super::draft::{Drafting, Said};
use super::found::{found_lines, is_state_unsure, recorded, state_lines, web};
use super::tree::{Without, regular};
use super::upstream;
use super::{guest, health};

/// Where the manifest is.
const MANIFEST: &str = "civic.toml";

/// Everything that a project gets.
pub struct Scaffold {
    /// What was found; none for an upstream image.
    pub detection: Option<Detection>,
    /// The manifest's draft.
    pub draft: Draft,
    /// Files.
    pub files: Vec<File>,
    /// Facts for the lock.
    pub recorded: Vec<Fact>,
    /// What a person should look at.
    pub notes: Vec<Note>,
    /// What was found, in lines for people.
    pub found_lines: Vec<String>,
    /// What keeps data, in lines for people.
    pub state_lines: Vec<String>,
    /// Whether only a person can say what keeps data.
    pub is_state_unsure: bool,
    /// Command of the web process, to be confirmed.
    pub web: Option<Web>,
}

/// A command with its place.
pub struct Web {
    /// As it was found.
    pub command: String,
    /// `file:line`.
    pub place: String,
}

/// Why nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The folder cannot be looked at.
    #[error("{0}")]
    Tree(#[from] civic_buildpacks::tree::TreeError),
    /// Buildpacks of a folder cannot be used.
    #[error("{0}")]
    Rules(#[from] civic_buildpacks::RulesError),
    /// Kits of a folder cannot be used.
    #[error("{0}")]
    Kits(#[from] civic_buildpacks::kit::KitError),
    /// There is no such stack.
    #[error("there is no stack `{0}`; there are: {1}")]
    Stack(String, String),
    /// There is no such component.
    #[error("there is no component in {0:?}; there are: {1}")]
    Component(String, String),
    /// That names no image.
    #[error("{0:?} is no name of an image; one is written as NAME:TAG or REGISTRY/NAME:TAG@sha256:DIGEST")]
    Image(String),
    /// It is nothing that can be packaged.
    #[error("{what} is not packaged: {reason}")]
    Refused {
        /// `a library`, …
        what: &'static str,
        /// From detection.
        reason: String,
        /// What can be done.
        hints: Vec<String>,
    },
    /// The project's civic.toml is wrong.
    #[error("the project's civic.toml is not valid, and it decides what the other files say")]
    Manifest {
        /// Text of the file.
        text: String,
        /// What is wrong.
        errors: ManifestErrors,
    },
    /// The lock file cannot be read.
    #[error(".civic/lock.toml: {0}")]
    Lock(#[from] civic_contract::lock::LockError),
    /// A file cannot be rendered.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// A template of somebody else cannot be used.
    #[error("{0}")]
    Guest(#[from] guest::Failure),
    /// A draft that is no manifest: a mistake of this program.
    #[error("civic made a civic.toml that it does not understand itself; please report this: {0}")]
    OurMistake(String),
}

impl ScaffoldError {
    /// What to do about it.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Refused { hints, .. } => hints.clone(),
            Self::Manifest { errors, .. } => errors
                .iter()
                .map(|error| error.to_string())
                .chain(["civic check shows the places.".into()])
                .collect(),
            Self::Tree(_) => vec!["Name the project's folder: civic init PATH".into()],
            Self::Rules(_) | Self::Kits(_) => {
                vec!["docs/detection.md describes each key of a buildpack.toml.".into()]
            }
            _ => Vec::new(),
        }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused { .. } | Self::Lock(_) | Self::Guest(_) => Exit::NeedsPerson,
            Self::Render(_) | Self::OurMistake(_) => Exit::Infrastructure,
            _ => Exit::Usage,
        }
    }
}

/// Looks at a project and makes its files.
///
/// # Errors
///
/// When there is nothing to package, or something of the project cannot be used.
pub fn scaffold(path: &Path, answers: &Answers) -> Result<Scaffold, ScaffoldError> {
    let rules = match &answers.buildpack_dir {
        Some(folder) => Rules::with_folder(folder)?,
        None => Rules::embedded()?,
    };
    if let Some(stack) = answers.stack.as_deref().filter(|asked| !rules.stacks().any(|held| held == *asked)) {
        return Err(ScaffoldError::Stack(stack.into(), rules.stacks().collect::<Vec<_>>().join(", ")));
    }
    if let Some(image) = answers.image.as_ref().filter(|image| !manifest::is_image(image)) {
        return Err(ScaffoldError::Image(image.clone()));
    }
    let lock = lock(path)?;
    let tree = Without::new(DiskTree::open(path)?, path, lock.as_ref());
    let kits = match &answers.buildpack_dir {
        Some(folder) => Kits::with_folder(folder)?,
        None => Kits::embedded()?,
    };
    let made = match &answers.image {
        Some(image) => upstream::make(image, &about(&tree, path, ".")),
        None => detected(path, &tree, &rules, &kits, answers)?,
    };
    finish(path, &tree, answers, &kits, made)
}

/// Draft and facts before anything is rendered.
pub struct Made {
    /// What was found.
    pub detection: Option<Detection>,
    /// Manifest's draft.
    pub draft: Draft,
    /// Facts.
    pub facts: Facts,
}

fn detected(
    path: &Path,
    tree: &dyn SourceTree,
    rules: &Rules,
    kits: &Kits,
    answers: &Answers,
) -> Result<Made, ScaffoldError> {
    let today = jiff::Zoned::now().date().to_string();
    let options =
        Options { stack: answers.stack.clone(), component: answers.component.clone(), today: Some(today) };
    let found = civic_buildpacks::detect(tree, rules, &options);
    if let Some(asked) =
        answers.component.as_ref().filter(|asked| found.components.iter().all(|part| &part.root != *asked))
    {
        let roots: Vec<&str> = found.components.iter().map(|part| part.root.as_str()).collect();
        return Err(ScaffoldError::Component(asked.clone(), roots.join(", ")));
    }
    if let Some(refusal) = refusal(&found) {
        return Err(refusal);
    }
    let primary = found.primary.clone().unwrap_or_else(|| ".".into());
    let about = about(tree, path, &primary);
    let plans = plans(&found, tree, kits);
    let said = Said {
        maintainer: answers.maintainer.clone(),
        web: answers.web.clone(),
        keeps: answers.keeps.clone(),
    };
    let words = page_words(tree, &primary);
    let drafting = Drafting {
        found: &found,
        about: &about,
        plans: &plans,
        said: &said,
        page_words: words.as_deref(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let (draft, facts) = drafting.finish();
    if draft.services.iter().all(|service| service.build.is_none()) {
        return Err(ScaffoldError::Refused {
            what: "this project",
            reason: "nothing was found that starts it".into(),
            hints: vec![
                "Name its command in a Procfile, one line: web: COMMAND".into(),
                "civic detect --explain says what was looked at.".into(),
                "If the app is built elsewhere: civic init --image NAME:TAG".into(),
            ],
        });
    }
    Ok(Made { detection: Some(found), draft, facts })
}

/// What is no app gets no files.
fn refusal(found: &Detection) -> Option<ScaffoldError> {
    let own_image = "If there is an image of the whole app: civic init --image NAME:TAG".to_owned();
    if let Some(incomplete) = &found.incomplete {
        return Some(ScaffoldError::Refused {
            what: "this project",
            reason: incomplete.value.clone(),
            hints: vec![own_image],
        });
    }
    let (what, hints) = match found.kind.value {
        Kind::App | Kind::Static => return None,
        Kind::Library => ("a library", vec!["Run civic in an app that uses it.".into()]),
        Kind::Template => ("a template", vec!["Make a project from it, and run civic there.".into()]),
        Kind::Layer => ("a layer", vec![own_image]),
        Kind::Unknown => (
            "this project",
            vec!["A Procfile with one line is enough to begin: web: COMMAND".into(), own_image],
        ),
    };
    Some(ScaffoldError::Refused { what, reason: found.reason.clone(), hints })
}

fn finish(
    path: &Path,
    tree: &dyn SourceTree,
    answers: &Answers,
    kits: &Kits,
    made: Made,
) -> Result<Scaffold, ScaffoldError> {
    let Made { detection, mut draft, facts } = made;
    let rendered = draft::manifest(&draft)?;
    let manifest = manifest(path, &rendered)?;
    if matches!(manifest.canary, Canary::App(_)) {
        draft.missing.clear(); // the project's own manifest already has what leads to every level
    }
    let parts = answers.parts();
    // A manifest that people wrote decides; another one beside it would only confuse.
    let is_theirs = regular(path, MANIFEST).is_some() && regular(path, ".civic/base/civic.toml").is_none();
    let mut files = if is_theirs { Vec::new() } else { vec![rendered] };
    files.extend(civic_templates::render(&manifest, &facts, &stacks(kits), &parts)?);
    if answers.with_health {
        let root = detection.as_ref().and_then(|found| found.primary.as_deref()).unwrap_or(".");
        files.extend(health::patch(kits, tree, root, &facts));
    }
    if let Some(template) = &answers.template {
        let theirs = guest::render(template, &manifest, &facts, answers.allow_hooks)?;
        files.retain(|file| theirs.iter().all(|other| other.path != file.path));
        files.extend(theirs);
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let lines = detection.as_ref().map(found_lines).unwrap_or_default();
    Ok(Scaffold {
        recorded: detection.as_ref().map(recorded).unwrap_or_default(),
        notes: facts.notes.clone(),
        state_lines: detection.as_ref().map(state_lines).unwrap_or_default(),
        is_state_unsure: detection.as_ref().is_some_and(is_state_unsure),
        web: detection.as_ref().and_then(web),
        found_lines: lines,
        detection,
        draft,
        files,
    })
}

/// What civic wrote the last time; none when it wrote nothing here.
///
/// # Errors
///
/// When the lock is there and cannot be read.
pub fn lock(path: &Path) -> Result<Option<Lock>, ScaffoldError> {
    Ok(regular(path, ".civic/lock.toml")
        .map(|bytes| Lock::parse(&String::from_utf8_lossy(&bytes)))
        .transpose()?)
}

/// The manifest that the other files follow: the project's own one, with what is new in the rendering.
fn manifest(path: &Path, rendered: &File) -> Result<Manifest, ScaffoldError> {
    let ours = regular(path, MANIFEST);
    let base = regular(path, &format!(".civic/base/{MANIFEST}"));
    let (text, is_ours) = match (ours, base) {
        (None, _) => (rendered.content.clone(), false),
        (Some(ours), None) => (ours, true),
        (Some(ours), Some(base)) => {
            let merged = apply::merged(rendered.merge, MANIFEST, &base, &ours, &rendered.content);
            (merged.unwrap_or(ours), true)
        }
    };
    manifest::parse(&text).map_err(|errors| {
        let text = String::from_utf8_lossy(&text).into_owned();
        if is_ours {
            ScaffoldError::Manifest { text, errors }
        } else {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            ScaffoldError::OurMistake(format!("{}\n{text}", lines.join("; ")))
        }
    })
}
