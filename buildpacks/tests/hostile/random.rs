//! Small trees of known names with random content.

use civic_buildpacks::tree::MemoryTree;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{json, look};

const NAMES: [&str; 30] = [
    "package.json",
    "composer.json",
    "app.json",
    "Procfile",
    "compose.yaml",
    "heroku.yml",
    "Dockerfile",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "setup.py",
    "Gemfile",
    "x.gemspec",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "x.csproj",
    "mix.exs",
    "Cargo.toml",
    "DESCRIPTION",
    ".env.example",
    "README.md",
    ".gitignore",
    "server.js",
    "app.py",
    "main.go",
    "index.php",
    "config/database.yml",
    ".nvmrc",
    "_config.yml",
];

const PIECES: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    ",",
    "\n",
    "\\\n",
    "\r\n",
    " ",
    "=",
    "#",
    "\u{feff}",
    "\u{e9}",
    "dependencies",
    "scripts",
    "start",
    "npm run start",
    "web: ",
    "FROM node:24\n",
    "CMD ",
    "services:\n",
    "  web:\n",
    "    build: .\n",
    "&a ",
    "*a",
    "express",
    "flask",
    "app.listen(process.env.PORT || 3000)",
    "fs.writeFile('./data/x.json')",
    "os.environ['A']",
    "uploads",
    "0",
    "${x}",
];

fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces =
        vec(prop::sample::select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![vec(any::<u8>(), 0..200), pieces]
}

fn path() -> impl Strategy<Value = String> {
    let folder =
        prop::sample::select(&["", "", "api/", "web/", "web/app/", "src/", "tests/", "a b/{c}/"][..]);
    (folder, prop::sample::select(&NAMES[..])).prop_map(|(folder, name)| format!("{folder}{name}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn detection_never_panics_and_says_the_same_twice(files in vec((path(), content()), 0..14)) {
        let tree = MemoryTree::new(files);
        prop_assert_eq!(json(&look(&tree)), json(&look(&tree)));
    }
}
