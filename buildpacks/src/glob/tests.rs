use proptest::prelude::*;

use super::{Glob, Names, alternatives, beginning, ending, extension, extensions};
use crate::rules::{Rules, When};

fn globs(when: &When, found: &mut Vec<String>) {
    found.extend(when.file.iter().cloned());
    found.extend(when.text.iter().flat_map(|text| text.files.iter().cloned()));
    when.any.iter().for_each(|when| globs(when, found));
    when.not.iter().for_each(|when| globs(when, found));
}

/// Every glob that the rules have.
fn every() -> Vec<String> {
    let rules = Rules::embedded().unwrap();
    let mut found = Vec::new();
    for pack in &rules.packs {
        let whens = pack.framework.iter().map(|rule| &rule.when);
        let whens = whens.chain(pack.state.iter().map(|rule| &rule.when));
        let whens = whens.chain(pack.kind.iter().map(|rule| &rule.when));
        whens.chain(pack.command.iter().map(|rule| &rule.when)).for_each(|when| globs(when, &mut found));
    }
    found
}

/// Paths that globs with such pieces are likely to match, and some that they are not.
fn path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "app",
        "src",
        "pages",
        "api",
        "server",
        "index",
        "config",
        "migrations",
        "prisma",
        "public",
        "next",
        "{x}",
        "a b",
        "data",
        "settings",
        "uploads",
        ".gitkeep",
        "ä",
        "{{cookiecutter.name}}",
    ]);
    let end = prop::sample::select(vec!["", ".js", ".ts", ".py", ".config.js", ".html", ".yml", ".rb", "."]);
    (prop::collection::vec(piece, 1..5), end).prop_map(|(pieces, end)| format!("{}{end}", pieces.join("/")))
}

proptest! {
    #[test]
    fn alternatives_match_what_their_glob_matches(path in path(), at in any::<prop::sample::Index>()) {
        let every = every();
        let glob = at.get(&every);
        let whole = fast_glob::glob_match(glob, &path);
        let parts = alternatives(glob);
        let any = parts.iter().any(|part| fast_glob::glob_match(part, &path));
        prop_assert_eq!(whole, any, "{} as {:?} on {}", glob, parts, path);
        let could = parts.iter().any(|part| path.starts_with(beginning(part)) && path.ends_with(ending(part)));
        prop_assert!(could || !whole, "{} cannot begin or end like {}", glob, path);
        let asks = |glob: &String| Glob::new(glob.clone());
        let by_extension = parts.iter().map(asks).any(|glob| glob.may_match(extension(&path)));
        prop_assert!(by_extension || !whole, "{} cannot have the extension of {}", glob, path);
    }
}

#[test]
fn braces_are_multiplied_and_nested() {
    assert_eq!(
        alternatives("{,src/}{a,b/{c,d}}.js"),
        ["a.js", "b/c.js", "b/d.js", "src/a.js", "src/b/c.js", "src/b/d.js"]
    );
    assert_eq!(alternatives("template/{{*"), ["template/{{*"]);
    assert_eq!(alternatives("a}{b"), ["a}{b"]);
    assert_eq!(alternatives("[{]x"), ["[{]x"]);
    assert_eq!(alternatives(&"{a,b}".repeat(12)), ["{a,b}".repeat(12)]);
}

#[test]
fn extensions_are_those_of_globs_that_ask_for_nothing_else() {
    assert_eq!(extensions("*.{js,ts}"), Some(vec!["js", "ts"]));
    assert_eq!(extensions("*.py"), Some(vec!["py"]));
    for glob in ["settings*.py", "*.blade.php", "{a,b}.js", "src/*.js", "*.{a,*}"] {
        assert_eq!(extensions(glob), None, "{glob}");
    }
}

#[test]
fn names_of_manifests_are_known_with_and_without_wildcards() {
    let names = Names::new(["package.json", "{Gemfile,gems.rb}", "*.{csproj,fsproj}"]);
    for name in ["package.json", "gems.rb", "Site.csproj"] {
        assert!(names.has(name), "{name}");
    }
    for name in ["package.jsonx", "gems", "csproj"] {
        assert!(!names.has(name), "{name}");
    }
}

#[test]
fn a_glob_without_a_slash_asks_for_a_name_in_any_folder() {
    let matches = |glob: &str, path| Glob::new(glob.to_owned()).matches(path);
    assert!(matches("*.js", "a/b/c.js") && matches("settings*.py", "x/settings_local.py"));
    assert!(!matches("src/*.js", "a/src/c.js") && !matches("*.js", "a/c.jsx"));
}
