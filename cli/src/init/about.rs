//! What a project says about itself: name, summary, licence, where its source is.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use civic_buildpacks::tree::SourceTree;
use civic_contract::manifest::{is_licence, to_name};
use serde_json::Value;
use toml_edit::DocumentMut;

/// A manifest that is longer is none that people wrote.
const MOST: usize = 1 << 20;

/// Words that only the app's own start page has: the title of its first page, as far as the sources show one.
pub fn page_words(tree: &dyn SourceTree, primary: &str) -> Option<String> {
    let prefix = if primary == "." { String::new() } else { format!("{primary}/") };
    let is_page = |path: &&String| {
        let inner = path.strip_prefix(prefix.as_str());
        inner.is_some_and(|inner| {
            let name = inner.rsplit('/').next().unwrap_or(inner);
            let stem = name.split('.').next().unwrap_or(name);
            matches!(stem, "index" | "base" | "layout" | "application" | "home" | "_layout" | "main" | "app")
                && name.contains(".htm")
                    | name.contains(".ejs")
                    | name.contains(".hbs")
                    | name.contains(".njk")
                    | name.contains(".j2")
        })
    };
    let mut pages: Vec<&String> = tree.paths().iter().filter(is_page).collect();
    pages.sort_by_key(|path| (!path.contains("index"), path.matches('/').count()));
    pages.iter().take(20).find_map(|path| title(&String::from_utf8_lossy(&tree.read(path, MOST)?)))
}

/// A title without anything that is filled in later.
fn title(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<title")?;
    let (_, rest) = rest.split_once('>')?;
    let (text, _) = rest.split_once('<')?;
    let text = text.trim();
    let is_plain = !text.contains(['{', '}', '%', '&', '\n', '$', '#', '@']);
    (is_plain && (3..=120).contains(&text.len())).then(|| text.to_owned())
}

/// A project in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// A valid name.
    pub name: String,
    /// For people.
    pub title: String,
    /// One sentence; empty when the project has none.
    pub summary: String,
    /// SPDX expression; `NOASSERTION` when none is known.
    pub licence: String,
    /// An `https://` address.
    pub repository: Option<String>,
}

/// Reads the manifests of a component's folder and of the project, the README and the licence.
pub fn about(tree: &dyn SourceTree, folder: &Path, primary: &str) -> About {
    let mut words = Words::default();
    for root in [primary, "."] {
        words.json(tree, root, "package.json");
        words.json(tree, root, "composer.json");
        words.json(tree, root, "app.json");
        words.toml(tree, root, "pyproject.toml", &["project", "poetry"]);
        words.toml(tree, root, "Cargo.toml", &["package"]);
    }
    words.readme(tree);
    words.licence_file(tree);
    let repository = origin(folder).or(words.repository);
    let from_repository = repository.as_deref().and_then(|url| url.rsplit('/').next()).and_then(to_name);
    let from_folder = || folder.canonicalize().ok()?.file_name()?.to_str().and_then(to_name);
    let name = from_repository.or_else(from_folder).or_else(|| words.name.as_deref().and_then(to_name));
    let name = name.unwrap_or_else(|| "app".into());
    About {
        title: words.title.unwrap_or_else(|| name.clone()),
        name,
        summary: words.summary.unwrap_or_default(),
        licence: words.licence.unwrap_or_else(|| "NOASSERTION".into()),
        repository,
    }
}

#[derive(Debug, Default)]
struct Words {
    name: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    licence: Option<String>,
    repository: Option<String>,
}

impl Words {
    fn json(&mut self, tree: &dyn SourceTree, root: &str, file: &str) {
        let Some(Ok(document)) = text(tree, root, file).map(|text| serde_json::from_str::<Value>(&text))
        else {
            return;
        };
        let field = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let repository = field("repository")
            .or_else(|| document.get("repository")?.get("url")?.as_str().map(str::to_owned));
        self.offer(field("name"), field("description"), field("license"), repository);
    }

    fn toml(&mut self, tree: &dyn SourceTree, root: &str, file: &str, tables: &[&str]) {
        let Some(Ok(document)) = text(tree, root, file).map(|text| text.parse::<DocumentMut>()) else {
            return;
        };
        for table in tables {
            let place = document.get(table).or_else(|| document.get("tool")?.get(table));
            let field = |name: &str| place?.get(name)?.as_str().map(str::to_owned);
            self.offer(field("name"), field("description"), field("license"), field("repository"));
        }
    }

    fn offer(
        &mut self,
        name: Option<String>,
        summary: Option<String>,
        licence: Option<String>,
        repository: Option<String>,
    ) {
        let keep = |held: &mut Option<String>, new: Option<String>| *held = held.take().or(new);
        keep(&mut self.name, name);
        keep(&mut self.summary, summary.and_then(|text| sentence(&text)));
        keep(&mut self.licence, licence.filter(|text| is_licence(text)));
        keep(&mut self.repository, repository.as_deref().and_then(address));
    }

    /// The first heading is the title, the first paragraph of words the summary.
    fn readme(&mut self, tree: &dyn SourceTree) {
        let is_readme = |path: &&String| !path.contains('/') && path.to_lowercase().starts_with("readme.m");
        let Some(text) = tree.paths().iter().find(is_readme).and_then(|path| text(tree, ".", path)) else {
            return;
        };
        let mut lines = text.lines().map(str::trim);
        self.title = lines
            .clone()
            .find_map(|line| line.strip_prefix("# "))
            .and_then(sentence)
            .filter(|title| title.chars().count() <= 60);
        let is_prose = |line: &&str| {
            line.starts_with(|first: char| first.is_alphabetic()) && line.split(' ').count() >= 4
        };
        let prose = lines.find(is_prose).and_then(sentence);
        self.summary = self.summary.take().or(prose);
    }

    fn licence_file(&mut self, tree: &dyn SourceTree) {
        if self.licence.is_some() {
            return;
        }
        let is_licence = |path: &&String| {
            let path = path.to_lowercase();
            ["license", "licence", "copying"].iter().any(|name| path.starts_with(name)) && !path.contains('/')
        };
        let found = tree.paths().iter().find(is_licence).and_then(|path| text(tree, ".", path));
        self.licence = found.and_then(|text| licence(&text)).map(str::to_owned);
    }
}

/// The licences that civic projects have, by words that only they contain.
fn licence(text: &str) -> Option<&'static str> {
    let text: String =
        text.chars().take(4000).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |words: &str| text.to_lowercase().contains(words);
    let version_3 = has("version 3");
    Some(match () {
        () if has("affero general public license") => "AGPL-3.0-or-later",
        () if has("lesser general public license") && version_3 => "LGPL-3.0-or-later",
        () if has("gnu general public license") && version_3 => "GPL-3.0-or-later",
        () if has("gnu general public license") => "GPL-2.0-or-later",
        () if has("apache license") => "Apache-2.0",
        () if has("mozilla public license") => "MPL-2.0",
        () if has("cc0 1.0") => "CC0-1.0",
        () if has("this is free and unencumbered software") => "Unlicense",
        () if has("permission is hereby granted, free of charge") => "MIT",
        () if has("permission to use, copy, modify, and/or distribute") => "ISC",
        () if has("redistribution and use in source and binary forms") && has("neither the name") => {
            "BSD-3-Clause"
        }
        () if has("redistribution and use in source and binary forms") => "BSD-2-Clause",
        () => return None,
    })
}

fn text(tree: &dyn SourceTree, root: &str, file: &str) -> Option<String> {
    let path = if root == "." { file.to_owned() } else { format!("{root}/{file}") };
    let text = String::from_utf8(tree.read(&path, MOST)?).ok()?;
    Some(text.trim_start_matches('\u{feff}').to_owned()) // what editors on Windows put first is no JSON
}

/// The first sentence, on one line and without markup that would look odd.
fn sentence(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String =
        text.chars().filter(|character| !character.is_control() && !"<>`*".contains(*character)).collect();
    let first = text.split(". ").next().unwrap_or_default().trim_end_matches('.').trim();
    let short: String = first.chars().take(160).collect();
    (!short.is_empty()).then_some(short)
}

/// Where `origin` is, as an address for people; the tree does not hold `.git`.
fn origin(folder: &Path) -> Option<String> {
    let path = folder.join(".git/config");
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(MOST as u64).read_to_string(&mut text).ok()?;
    let (_, section) = text.split_once("[remote \"origin\"]")?;
    let line = section.lines().skip(1).take_while(|line| !line.starts_with('[')).find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "url").then(|| value.trim())
    })?;
    address(line)
}

/// `git@host:a/b.git`, `git+https://…` and `https://user:token@…` as a plain address: never a credential.
fn address(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches("git+").trim_end_matches('/').trim_end_matches(".git");
    let rest = match text.split_once("://") {
        Some(("https" | "http" | "git" | "ssh", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => match text.strip_prefix("github:") {
            Some(path) => format!("github.com/{path}"),
            None => text.strip_prefix("git@")?.replacen(':', "/", 1),
        },
    };
    let rest = rest.rsplit_once('@').map_or(rest.as_str(), |(_, host)| host);
    let is_plain = rest.contains('/')
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/~:".contains(&byte));
    is_plain.then(|| format!("https://{rest}"))
}

#[cfg(test)]
mod tests {
    use civic_buildpacks::tree::MemoryTree;

    use super::*;

    #[test]
    fn a_project_in_its_own_words() {
        let tree = MemoryTree::new([
            (
                "package.json",
                r#"{"name":"@brigade/Meals","license":"MIT","description":"Finds meals. And more."}"#,
            ),
            ("README.md", "# Meals\n\n![badge](x)\n\nFinds free meals for kids in the city.\n"),
        ]);
        let about = about(&tree, Path::new("/nowhere/meals-app"), ".");
        assert_eq!(about.summary, "Finds meals");
        assert_eq!((about.title.as_str(), about.licence.as_str()), ("Meals", "MIT"));
        assert_eq!(about.name, "brigade-meals");
    }

    #[test]
    fn an_address_never_carries_a_credential() {
        for (written, plain) in [
            ("https://bot:ghp_secret@example.org/a/b.git", Some("https://example.org/a/b")),
            ("git@example.org:a/b.git", Some("https://example.org/a/b")),
            ("ssh://git@example.org/a/b", Some("https://example.org/a/b")),
            ("github:a/b", Some("https://github.com/a/b")),
            ("file:///etc/passwd", None),
            ("https://example.org/a b", None),
        ] {
            assert_eq!(address(written).as_deref(), plain, "{written}");
        }
    }

    #[test]
    fn a_licence_file_is_recognised() {
        let mit = "MIT License\n\nPermission is hereby granted, free\nof charge, to any person";
        assert_eq!(licence(mit), Some("MIT"));
        assert_eq!(licence("All rights reserved"), None);
    }
}
