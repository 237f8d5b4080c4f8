//! Habitat's files of a project as far as the rules look at them: read as text, never run
//! (<https://docs.chef.io/habitat/plan_writing/>).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use super::finding::Spot;
use super::folder::{Folder, written};

/// Hooks and other files of one package that are looked at.
const MOST_FILES: usize = 100;

/// A package: a plan and what lies beside it.
#[derive(Debug)]
pub(super) struct Package {
    /// The plan, relative to the project.
    pub file: String,
    /// Name of the folder it is in, where that is not `habitat` itself.
    pub folder: Option<String>,
    /// `pkg_…` by name: the words of it, one for a plain value.
    pub settings: BTreeMap<String, Vec<Word>>,
    /// Keys of default.toml with dots between, and their values.
    pub defaults: BTreeMap<String, Word>,
    /// Hooks, configuration and programs by their path in the package: `hooks/run`.
    pub files: BTreeMap<String, Part>,
    /// Files that are there and say nothing, with the reason.
    pub unreadable: Vec<(Spot, String)>,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub spot: Spot,
}

/// A file of a package.
#[derive(Debug)]
pub(super) struct Part {
    /// Relative to the project.
    pub path: String,
    pub text: String,
}

/// Every package: `habitat/`, folders in it, or a plan at the top.
pub(super) fn find(folder: &Folder) -> Vec<Package> {
    let below = folder.names(Path::new("habitat"));
    let inner =
        below.iter().filter_map(|name| name.strip_suffix('/')).map(|name| Path::new("habitat").join(name));
    let places = [PathBuf::new(), PathBuf::from("habitat")].into_iter().chain(inner);
    places
        .filter(|place| folder.has(&place.join("plan.sh")))
        .map(|place| Package::of(folder, &place))
        .collect()
}

impl Package {
    fn of(folder: &Folder, place: &Path) -> Self {
        let file = written(&place.join("plan.sh"));
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut package = Self {
            folder: name.filter(|name| name != "habitat"),
            settings: BTreeMap::new(),
            defaults: BTreeMap::new(),
            files: BTreeMap::new(),
            unreadable: Vec::new(),
            file,
        };
        if let Some(text) = package.read(folder, &place.join("plan.sh")) {
            package.settings = settings(&package.file, &text);
        }
        let defaults = place.join("default.toml");
        if folder.has(&defaults)
            && let Some(text) = package.read(folder, &defaults)
        {
            package.take_defaults(&written(&defaults), text);
        }
        for part in ["hooks", "config", "bin"] {
            let entries = folder.walk(&place.join(part), |_| true);
            for entry in entries.into_iter().filter(|entry| entry.is_file).take(MOST_FILES) {
                let Some(text) = package.read(folder, &entry.path) else { continue };
                let key = written(entry.path.strip_prefix(place).unwrap_or(&entry.path));
                package.files.insert(key, Part { path: written(&entry.path), text });
            }
        }
        package
    }

    fn read(&mut self, folder: &Folder, file: &Path) -> Option<String> {
        match folder.text(file) {
            Ok(text) => Some(text.text),
            Err(reason) => {
                let spot = Spot { file: written(file), line: 0, column: 0 };
                self.unreadable.push((spot, reason.to_string()));
                None
            }
        }
    }

    fn take_defaults(&mut self, file: &str, text: String) {
        match Document::parse(text) {
            Ok(document) => leaves(document.as_table(), "", &mut |key, value, at| {
                let spot = spot(file, document.raw(), at);
                self.defaults.insert(key, Word { text: value, spot });
            }),
            Err(error) => {
                let spot = Spot { file: file.into(), line: 0, column: 0 };
                let reason = error.message().lines().next().unwrap_or_default().to_owned();
                self.unreadable.push((spot, format!("it is not TOML ({reason})")));
            }
        }
    }

    /// The first word of a setting of the plan.
    pub fn setting(&self, name: &str) -> Option<&Word> {
        self.settings.get(name)?.first()
    }

    /// Every text of the package that may name a path.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let values = self.defaults.values().map(|word| word.text.as_str());
        self.files.values().map(|part| part.text.as_str()).chain(values)
    }
}

fn spot(file: &str, text: &str, at: usize) -> Spot {
    let before = text.get(..at).unwrap_or_default();
    let last = before.rsplit('\n').next().unwrap_or_default();
    let from_one = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    Spot {
        file: file.into(),
        line: from_one(before.matches('\n').count()),
        column: from_one(last.chars().count()),
    }
}

/// Deepest table looked into; toml_edit itself refuses deeper ones.
const DEEPEST: usize = 40;

fn leaves(table: &dyn TableLike, before: &str, take: &mut dyn FnMut(String, String, usize)) {
    if before.matches('.').count() > DEEPEST {
        return;
    }
    for (key, item) in table.iter() {
        let path = if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") };
        if let Some(inner) = item.as_table_like() {
            leaves(inner, &path, take);
            continue;
        }
        let at = item.span().map_or(0, |span| span.start);
        if let Some(value) = plain(item) {
            take(path, value, at);
        }
    }
}

fn plain(item: &Item) -> Option<String> {
    let text = item.as_str().map(str::to_owned);
    text.or_else(|| item.as_integer().map(|number| number.to_string()))
}

/// `pkg_name=value` and `pkg_exports=([port]=server.port)` of a plan; what a function sets is not looked at.
fn settings(file: &str, text: &str) -> BTreeMap<String, Vec<Word>> {
    let mut found: BTreeMap<String, Vec<Word>> = BTreeMap::new();
    let mut open: Option<String> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split(" #").next().unwrap_or_default();
        let code = if code.trim_start().starts_with('#') { "" } else { code };
        let (name, rest, offset) = match &open {
            Some(name) => (name.clone(), code, 0),
            None => {
                let Some((name, rest)) = code.split_once('=').filter(|(name, _)| name.starts_with("pkg_"))
                else {
                    continue;
                };
                found.remove(name);
                (name.to_owned(), rest, name.len() + 1)
            }
        };
        let is_list = open.is_some() || rest.starts_with('(');
        for (column, word) in words(rest, is_list) {
            let column = u32::try_from(offset + column).unwrap_or(u32::MAX).saturating_add(1);
            let spot = Spot { file: file.into(), line: number, column };
            found.entry(name.clone()).or_default().push(Word { text: word, spot });
        }
        open = (is_list && !rest.contains(')')).then_some(name);
    }
    found
}

/// Words without quotes and brackets of a list, and where they begin.
fn words(text: &str, is_list: bool) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut quote = None;
    let mut current: Option<(usize, String)> = None;
    for (at, c) in text.chars().enumerate() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                current.get_or_insert((at, String::new()));
            }
            (None, '(' | ')') if is_list => found.extend(current.take()),
            (None, c) if c.is_whitespace() => found.extend(current.take()),
            (_, c) => current.get_or_insert((at, String::new())).1.push(c),
        }
    }
    found.extend(current.take());
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_is_read_without_being_run() {
        let text = "# a plan\npkg_name=notes\npkg_svc_user=\"hab\" # not root\npkg_exports=(\n  [port]=server.port\n  \
                    [\"ssl\"]='server.tls'\n)\npkg_exposes=(port ssl)\ndo_build() {\n  rm -rf /\n}\n";
        let read = settings("habitat/plan.sh", text);
        let told: Vec<String> = read
            .iter()
            .map(|(name, words)| {
                let words: Vec<String> = words
                    .iter()
                    .map(|word| format!("{}@{}:{}", word.text, word.spot.line, word.spot.column))
                    .collect();
                format!("{name} {}", words.join(" "))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        pkg_exports [port]=server.port@5:3 [ssl]=server.tls@6:3
        pkg_exposes port@8:14 ssl@8:19
        pkg_name notes@2:10
        pkg_svc_user hab@3:14
        ");
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ \\n\\t()=\\[\\]'\"#a-c_ü.]{0,80}") {
            let _ = settings("f", &format!("pkg_a={text}\n{text}"));
        }
    }
}
