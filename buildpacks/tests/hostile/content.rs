//! Files of the right name with the wrong content.

use civic_buildpacks::detection::Kind;
use civic_buildpacks::tree::MemoryTree;

use super::{PACKAGE, SERVER, beside, json, look, said};

const KNOWN: [&str; 22] = [
    "package.json",
    "composer.json",
    "deno.json",
    "app.json",
    "Procfile",
    "heroku.yml",
    "compose.yaml",
    "docker-compose.prod.yml",
    "Dockerfile",
    "pyproject.toml",
    "Pipfile",
    "Cargo.toml",
    "requirements.txt",
    "Gemfile",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "mix.exs",
    "DESCRIPTION",
    "environment.yml",
    ".env.example",
    "README.md",
];

#[test]
fn empty_files_are_no_facts_and_no_panic() {
    let found = look(&MemoryTree::new(KNOWN.map(|name| (name, ""))));
    assert!(found.processes.iter().all(|process| process.command.value.is_empty()), "{:?}", found.processes);
    for name in ["package.json", "composer.json", "app.json", "Dockerfile"] {
        assert_eq!(said(&found, name).iter().filter(|text| text.starts_with("broken")).count(), 1, "{name}");
    }
}

#[test]
fn a_broken_file_is_named_once_and_the_others_are_used() {
    let broken: [(&str, &str); 8] = [
        ("composer.json", "{ not json"),
        ("app.json", "[]"),
        ("heroku.yml", "run: [\n"),
        ("compose.yaml", "services: {web: [}"),
        ("docker-compose.prod.yml", "services: {"),
        ("Dockerfile", "this is prose"),
        ("pyproject.toml", "[project\nname = "),
        ("Cargo.toml", "= 1"),
    ];
    for (name, text) in broken {
        let found = look(&beside(&[(name, text.as_bytes())]));
        let texts = said(&found, name);
        assert_eq!(texts.len(), 1, "{name}: {texts:?}");
        assert!(texts[0].starts_with("broken-manifest: could not be used: "), "{texts:?}");
        assert!(found.processes.iter().any(|process| process.command.value == "node server.js"), "{name}");
    }
}

#[test]
fn binary_files_are_said_to_be_no_text() {
    let noise: Vec<u8> = (0..4096_u32).map(|at| (at * 7 % 256) as u8).collect();
    for name in KNOWN.into_iter().filter(|name| *name != "package.json") {
        let found = look(&beside(&[(name, noise.as_slice())]));
        assert!(found.processes.iter().any(|process| process.name == "web"), "{name}");
        let texts = said(&found, name);
        let is_sample = name == ".env.example" || name == "README.md";
        let id = if is_sample { "left-out" } else { "broken-manifest" };
        assert_eq!(texts, [format!("{id}: could not be used: it is no text.")], "{name}");
    }
}

#[test]
fn ten_thousand_levels_are_refused_and_not_followed() {
    let json = "[".repeat(10_000);
    let object = r#"{"a":"#.repeat(10_000);
    let yaml: String = (0..10_000).map(|level| format!("{}a:\n", " ".repeat(level % 400))).collect();
    let flow = format!("services: {}", "{a: ".repeat(10_000));
    let toml = format!("a = {}", "[".repeat(10_000));
    let table = format!("[{}a]", "a.".repeat(10_000));
    let docker = format!("FROM node:24\nCMD {}\n", "[".repeat(10_000));
    for (name, text) in [
        ("composer.json", &json),
        ("app.json", &object),
        ("app.json", &format!("{object}1{}", "}".repeat(10_000))),
        ("compose.yaml", &flow),
        ("compose.yaml", &yaml),
        ("heroku.yml", &json),
        ("pyproject.toml", &toml),
        ("Cargo.toml", &table),
        ("Dockerfile", &docker),
    ] {
        let found = look(&beside(&[(name, text.as_bytes())]));
        assert_eq!(found.kind.value, Kind::App, "{name}");
        assert!(name == "Dockerfile" || name == "Cargo.toml" || !said(&found, name).is_empty(), "{name}");
    }
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", ")));
    }
    bomb.push_str("services: {web: {build: ., environment: *a29}}\n");
    for name in ["compose.yaml", "heroku.yml"] {
        let found = look(&beside(&[(name, bomb.as_bytes())]));
        assert_eq!(said(&found, name), ["broken-manifest: could not be used: it is not valid YAML."]);
    }
}

/// The same app, as editors of other systems and other years would have saved it.
#[test]
fn line_ends_marks_and_old_encodings_change_no_fact() {
    let files = [
        (
            "package.json",
            "{\n\"description\": \"Caf\u{e9}\",\n\"scripts\": {\"start\": \"node server.js\"},\n\"dependencies\": {\"express\": \"4\"}\n}\n",
        ),
        ("server.js", SERVER),
        ("Procfile", "web: node server.js\nworker: node work.js\n"),
        (
            "Dockerfile",
            "# Caf\u{e9}\nFROM node:24 \\\n  AS run\nEXPOSE 4100\nCMD [\"node\", \"server.js\"]\n",
        ),
        ("compose.yaml", "services:\n  web:\n    build: .\n  db:\n    image: postgres:17\n"),
        (".env.example", "TITLE=Caf\u{e9}\nCLINIC=7\n"),
        ("api/requirements.txt", "flask==3.1 # Caf\u{e9}\n"),
        ("api/app.py", "app = Flask(__name__)\n"),
    ];
    let as_is = look(&MemoryTree::new(files));
    let crlf = look(&MemoryTree::new(files.map(|(path, text)| (path, text.replace('\n', "\r\n")))));
    let bom = look(&MemoryTree::new(files.map(|(path, text)| (path, format!("\u{feff}{text}")))));
    let latin = |text: &str| text.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>();
    let latin = look(&MemoryTree::new(files.map(|(path, text)| (path, latin(text)))));
    assert_eq!(as_is.components.len(), 2);
    assert_eq!(json(&crlf), json(&as_is));
    assert_eq!(json(&bom), json(&as_is));
    assert_eq!(json(&latin).replace('\u{fffd}', "\u{e9}"), json(&as_is));
}

#[test]
fn strange_names_are_names() {
    for folder in ["a b", "{a,b}", "[x]", "*", "line\nline", "\u{1f3e5}", "$(x)", "-rf", "a\"b", "{{x}}"] {
        let at = |name: &str| format!("{folder}/{name}");
        let found = look(&MemoryTree::new([
            (at("package.json"), PACKAGE),
            (at("server.js"), SERVER),
            (at("kept/uploads/.gitkeep"), ""),
        ]));
        assert_eq!(found.primary.as_deref(), Some(folder));
        assert_eq!(found.processes[0].command.evidence[0].file, at("package.json"));
        assert!(json(&found).lines().count() > 20, "the document stays one document");
    }
}

#[test]
fn of_two_stacks_that_tie_the_other_is_named_with_how_to_switch() {
    let found = look(&beside(&[("requirements.txt", b"flask\n"), ("app.py", b"app = Flask(__name__)\n")]));
    let tie = found.warnings.iter().find(|warning| warning.id == "stack-tie").expect("a tie is said");
    let other = if found.components[0].stack == "node" { "python" } else { "node" };
    assert!(tie.text.contains(&format!("`--stack {other}` takes the other")), "{}", tie.text);
}
