//! What a `buildpack.toml` may say. docs/detection.md describes each key for people who add a stack.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Every buildpack, by priority.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) packs: Vec<Buildpack>,
    /// Text conditions of all packs; a condition knows its place in this list.
    pub(crate) texts: Vec<Text>,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A folder or file of `--buildpack-dir` cannot be read.
    #[error("cannot read buildpacks in {path}: {reason}")]
    Unreadable {
        /// Folder or file.
        path: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A file is no buildpack.
    #[error("buildpack `{id}`: {reason}")]
    Invalid {
        /// Folder name.
        id: String,
        /// What is wrong, with line and column where they are known.
        reason: String,
    },
}

impl Rules {
    /// The rules that came with this program.
    ///
    /// # Errors
    ///
    /// Only when the program was built from broken rules; a test sees to it that it was not.
    pub fn embedded() -> Result<Self, RulesError> {
        let packs = EMBEDDED.iter().map(|(id, json)| embedded(id, json)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(packs))
    }

    /// The rules that came with this program, with those of a folder added or in their place.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, or holds a `<id>/buildpack.toml` that is none.
    pub fn with_folder(folder: &Path) -> Result<Self, RulesError> {
        let unreadable =
            |path: &Path, reason| RulesError::Unreadable { path: path.display().to_string(), reason };
        let mut packs: BTreeMap<String, Buildpack> = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(|reason| unreadable(folder, reason))?.flatten() {
            let path = entry.path().join("buildpack.toml");
            if path.is_file() {
                let text = std::fs::read_to_string(&path).map_err(|reason| unreadable(&path, reason))?;
                let id = entry.file_name().to_string_lossy().into_owned();
                packs.insert(id.clone(), parse(&id, &text)?);
            }
        }
        for (id, json) in EMBEDDED {
            if !packs.contains_key(*id) {
                packs.insert((*id).to_owned(), embedded(id, json)?);
            }
        }
        Ok(Self::new(packs.into_values().collect()))
    }

    /// Names of the stacks.
    pub fn stacks(&self) -> impl Iterator<Item = &str> {
        self.packs.iter().filter(|pack| !pack.every).map(|pack| pack.id.as_str())
    }

    fn new(mut packs: Vec<Buildpack>) -> Self {
        packs.sort_by_key(|pack| pack.priority);
        let mut texts = Vec::new();
        for pack in &mut packs {
            let first = texts.len();
            pack.number(&mut texts);
            pack.texts = first..texts.len();
        }
        Self { packs, texts }
    }

    pub(crate) fn shared(&self) -> impl Iterator<Item = &Buildpack> {
        self.packs.iter().filter(|pack| pack.every)
    }
}

fn parse(id: &str, text: &str) -> Result<Buildpack, RulesError> {
    checked(id, toml_edit::de::from_str(text).map_err(|error| invalid(id, error))?)
}

fn embedded(id: &str, json: &str) -> Result<Buildpack, RulesError> {
    checked(id, serde_json::from_str(json).map_err(|error| invalid(id, error))?)
}

fn invalid(id: &str, reason: impl ToString) -> RulesError {
    RulesError::Invalid { id: id.into(), reason: reason.to_string() }
}

fn checked(id: &str, pack: Buildpack) -> Result<Buildpack, RulesError> {
    if pack.schema != 1 {
        return Err(invalid(id, "this program reads schema 1"));
    }
    if pack.id != id {
        return Err(invalid(id, format!("its id is `{}`, but its folder is `{id}`", pack.id)));
    }
    Ok(pack)
}

/// One stack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Buildpack {
    pub schema: u32,
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub language: String,
    /// Lower is asked first.
    pub priority: u32,
    /// Its rules hold for every component, whatever its stack.
    #[serde(default)]
    pub every: bool,
    /// File names, or `*.ext`, that make a folder a candidate.
    #[serde(default)]
    pub manifests: Vec<String>,
    /// Programs that start such apps, as the first word of a command.
    #[serde(default)]
    pub programs: Vec<String>,
    /// Base images of such apps.
    #[serde(default)]
    pub images: Vec<String>,
    /// Heroku's buildpacks of this stack.
    #[serde(default)]
    pub heroku: Vec<String>,
    #[serde(default)]
    pub kind: Vec<KindRule>,
    #[serde(default)]
    pub framework: Vec<Framework>,
    #[serde(default)]
    pub version: Vec<Version>,
    #[serde(default)]
    pub manager: Vec<Named>,
    #[serde(default)]
    pub command: Vec<Command>,
    #[serde(default)]
    pub addon: Vec<Named>,
    #[serde(default)]
    pub state: Vec<State>,
    #[serde(default)]
    pub health: Vec<Health>,
    #[serde(default)]
    pub mount: Vec<Mount>,
    #[serde(default)]
    pub port: Vec<Port>,
    #[serde(default)]
    pub env: Vec<Env>,
    #[serde(default)]
    pub cron: Vec<Cron>,
    #[serde(default)]
    pub warning: Vec<Warning>,
    #[serde(default)]
    pub service: Vec<Service>,
    #[serde(default)]
    pub judge: Vec<Judge>,
    /// Words of code that talks to somebody else.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Last day of support by version, `YYYY-MM-DD`.
    #[serde(default)]
    pub end_of_life: BTreeMap<String, String>,
    /// Places of its text conditions in [`Rules::texts`].
    #[serde(skip)]
    pub texts: Range<usize>,
}

/// What has to hold; every key that is there must.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct When {
    /// Any of these globs is a file of the component.
    #[serde(default)]
    pub file: Vec<String>,
    /// Any of these (globs) is a dependency at run time.
    #[serde(default)]
    pub dependency: Vec<String>,
    /// Likewise, of any scope.
    #[serde(default)]
    pub dependency_any: Vec<String>,
    pub text: Option<Text>,
    /// Any of these `key` or `key=glob` is a field of a manifest.
    #[serde(default)]
    pub field: Vec<String>,
    /// Any of these is a script.
    #[serde(default)]
    pub script: Vec<String>,
    /// The component has one of these frameworks.
    #[serde(default)]
    pub framework: Vec<String>,
    #[serde(default)]
    pub any: Vec<When>,
    pub not: Option<Box<When>>,
}

/// A word in a source file, and what its line looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// Globs of files.
    #[serde(rename = "in")]
    pub files: Vec<String>,
    pub words: Vec<String>,
    /// Regular expression for the line; the word alone is enough without it.
    #[serde(default)]
    pub find: String,
    /// Also in comments and tests.
    #[serde(default)]
    pub anywhere: bool,
    #[serde(skip)]
    pub index: usize,
}

/// What a component is for, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    Web,
    Worker,
    Static,
    Spa,
    Library,
    Tool,
    Mobile,
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A guess that a person should look at.
    Low,
    /// What such projects usually mean.
    #[default]
    Medium,
    /// Written down by the project itself.
    High,
}

/// Whether something must survive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// It is gone for ever when lost.
    #[default]
    Durable,
    /// A person has to say.
    Unknown,
    /// It can be made again.
    Rebuildable,
}

macro_rules! rule {
    ($(#[$note:meta])* $name:ident { $($(#[$inner:meta])* $field:ident : $kind:ty),* $(,)? }) => {
        $(#[$note])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name {
            #[allow(dead_code)] // of some sections it is only there for who reads the file
            pub id: String,
            $($(#[$inner])* #[serde(default)] pub $field: $kind),*
        }
    };
}

rule!(/** `library`, `template`, `layer` or `managed`, and why. */ KindRule { when: When, reason: String });
rule!(/** A framework; the first that holds with the best class is taken. */
    Framework { when: When, class: Option<Class>, port: Option<u16>, output: String, safe_root: bool });
rule!(/** A package manager or an add-on that a dependency or a text shows. */ Named { when: When, confidence: Confidence });
rule!(/** What starts, builds, migrates or seeds; `id` is the purpose. */
    Command { when: When, run: String, script: Vec<String>, confidence: Confidence });
rule!(/** Something that is kept. */
    State { when: When, kind: String, path: String, class: Durability, why: String, confidence: Confidence });
rule!(/** A route whose capture `path` says whether the app is well; `handler` is the file that answers, where it is another one. */
    Health { when: When, path: String, handler: String });
rule!(/** Where routes of other files hang: captures `prefix`, and `of`, which has the other file's name in it. */ Mount { when: When });
rule!(/** The port an app listens on: captures `env` and `default`. */ Port { when: When, env: String, default: Option<u16> });
rule!(/** A variable that code reads: captures `name` and `default`; or `names` that a library reads. */
    Env { when: When, optional: bool, names: Vec<String> });
rule!(/** Work that is done by the clock. */ Cron { when: When, run: String, in_process: bool, singleton: bool });
rule!(/** Something a person should know. */ Warning { when: When, text: String });
rule!(/** Where a version is written. */
    Version { file: String, find: String, field: String, dependency: String });
rule!(/** A server beside the app. */
    Service { images: Vec<String>, plans: Vec<String>, schemes: Vec<String>, env: Vec<String>, programs: Vec<String>, state: Option<Durability>, why: String, sql: bool });
rule!(/** A command that must not be chosen: `destructive`, `development` or `seed`. */
    Judge { class: String, find: String, instead: String, why: String });

impl Buildpack {
    fn number(&mut self, texts: &mut Vec<Text>) {
        let mut whens: Vec<&mut When> = Vec::new();
        whens.extend(self.kind.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.framework.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.manager.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.command.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.addon.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.state.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.health.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.mount.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.port.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.env.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.cron.iter_mut().map(|rule| &mut rule.when));
        whens.extend(self.warning.iter_mut().map(|rule| &mut rule.when));
        for when in whens {
            when.number(texts);
        }
    }
}

impl When {
    fn number(&mut self, texts: &mut Vec<Text>) {
        if let Some(text) = &mut self.text {
            text.index = texts.len();
            texts.push(text.clone());
        }
        self.any.iter_mut().for_each(|when| when.number(texts));
        if let Some(not) = &mut self.not {
            not.number(texts);
        }
    }
}
