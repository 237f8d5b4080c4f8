//! More and larger files than any project has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use civic_buildpacks::detection::Kind;
use civic_buildpacks::tree::{MemoryTree, SourceTree};

use super::{PACKAGE, SERVER, beside, json, look, said};

/// Far more than a debug build needs on a busy machine; what is not bounded takes minutes.
const SOON: Duration = Duration::from_secs(30);

/// Files of any length that are made when they are read; notes the most bytes that were asked for at once.
struct Endless {
    paths: Vec<String>,
    most: AtomicUsize,
}

impl SourceTree for Endless {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        self.most.fetch_max(most, Ordering::Relaxed);
        let length = most.min(100 << 20);
        let line: &[u8] =
            if path.ends_with(".json") { b"{\"a\": [1,\n" } else { b"a: x # \xc3\xa9 listen( [\n" };
        Some(line.iter().copied().cycle().take(length).collect())
    }
}

#[test]
fn of_a_huge_file_only_the_beginning_is_read() {
    let mut paths: Vec<String> = [
        "package.json",
        "composer.json",
        "app.json",
        "Procfile",
        "compose.yaml",
        "heroku.yml",
        "Dockerfile",
        "requirements.txt",
        "server.js",
        "README.md",
        ".env.example",
    ]
    .map(str::to_owned)
    .into();
    paths.sort();
    let tree = Endless { paths, most: AtomicUsize::new(0) };
    let start = Instant::now();
    let found = look(&tree);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert!(tree.most.load(Ordering::Relaxed) <= (2 << 20) + 1);
    for name in ["package.json", "composer.json", "app.json", "Procfile", "compose.yaml", "Dockerfile"] {
        let text = "broken-manifest: is larger than 2 MiB: what comes after that was not looked at.";
        assert!(said(&found, name).contains(&text.to_owned()), "{name}: {:?}", said(&found, name));
        assert!(!said(&found, name).iter().any(|said| said.contains("valid")), "the reason is the length");
    }
}

#[cfg(unix)]
#[test]
fn a_hundred_megabytes_on_a_disk_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    for (name, start) in
        [("package.json", PACKAGE), ("Procfile", "web: node server.js\n"), ("compose.yaml", "a: b\n")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, start.to_owned() + &" ".repeat(2000)).unwrap();
        std::fs::File::options().write(true).open(path).unwrap().set_len(100 << 20).unwrap(); // a hole
    }
    let tree = civic_buildpacks::tree::DiskTree::open(folder.path()).unwrap();
    assert!(tree.read("package.json", 4096).unwrap().capacity() <= 2 * 4096);
    let found = look(&tree);
    assert!(said(&found, "package.json")[0].contains("larger than 2 MiB"));
}

#[test]
fn a_hundred_thousand_files_are_looked_at_soon() {
    let parts = ["src", "lib", "app", "public", "api", "web"];
    let file = |number: usize| {
        let folder = format!("{}{}/{}{}", parts[number % 6], number % 70, parts[number % 5], number % 900);
        let name = ["index.js", "views.py", "Main.java", "photo.png", "page.html", "package.json", "README"]
            [number % 7];
        let text = if name == "package.json" { PACKAGE } else { SERVER };
        (format!("{folder}/{number}/{name}"), text)
    };
    let nested = (0..70).map(|number| (format!("src{number}/package.json"), PACKAGE));
    let root = [("package.json".to_owned(), PACKAGE), ("server.js".to_owned(), SERVER)];
    let tree = MemoryTree::new((0..100_000).map(file).chain(nested).chain(root));
    let start = Instant::now();
    let found = look(&tree);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(found.kind.value, Kind::App);
    assert_ne!(found.state_verdict, "none-found", "not everything was looked at");
}

/// What takes the square of its length in a careless reader.
#[test]
fn long_files_take_no_longer_than_their_length() {
    let names = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let package = format!(
        "{{\"dependencies\": {{{}\"z\": \"1\"}}}}",
        names(60_000, &|at| format!("\"dependency-{at}\": \"1\",\n"))
    );
    let scripts = format!(
        "{{\"scripts\": {{{}\"z\": \"1\"}}}}",
        names(40_000, &|at| format!("\"script-{at}\": \"npm run script-{}\",\n", at + 1))
    );
    let app =
        format!("{{\"env\": {{{}\"z\": \"1\"}}}}", names(60_000, &|at| format!("\"NAME_{at}\": \"1\",\n")));
    let compose =
        format!("services:\n{}", names(9_000, &|at| format!("  s{at}: {{build: ., command: c{at}}}\n")));
    let cargo = format!("[dependencies]\n{}", names(60_000, &|at| format!("d{at} = \"1\"\n")));
    let minified = "a.listen(process.env.A||1);".repeat(7_000);
    let one_line = "writeFile(x,'/app/data/y');".repeat(70_000);
    let docker = format!("FROM node:24\n{}", "RUN a \\\n".repeat(200_000));
    let files = [
        ("package.json", package.as_str()),
        ("package.json", &scripts),
        ("app.json", &app),
        ("compose.yaml", &compose),
        ("Cargo.toml", &cargo),
        ("server.js", &minified),
        ("lib/server.js", &one_line),
        ("Dockerfile", &docker),
        ("requirements.txt", &names(80_000, &|at| format!("package{at}==1\n"))),
        ("go.mod", &names(60_000, &|at| format!("require example.org/m{at} v1\n"))),
        ("Procfile", &names(60_000, &|at| format!("p{at}: node a{at}.js\n"))),
        (".env.example", &names(60_000, &|at| format!("NAME_{at}=1\n"))),
        ("README.md", &"run it every nightly cron `node a.js` \n".repeat(50_000)),
    ];
    for (name, text) in files {
        let start = Instant::now();
        let tree = if name == "package.json" {
            MemoryTree::new([(name, text), ("server.js", SERVER)])
        } else {
            beside(&[(name, text.as_bytes())])
        };
        look(&tree);
        let took = start.elapsed();
        assert!(took < SOON, "{name} took {took:?}");
    }
}

/// Threads race, limits are reached in the middle: what is found stays the same.
#[test]
fn many_threads_find_what_one_finds() {
    let body = |number: usize| {
        format!(
            "{}const a = process.env.NAME_{number};\napp.listen(1);\n",
            "// x\n".repeat(number * 37 % 9_000)
        )
    };
    let files = (0..900).map(|number| (format!("src/part{}/file{number}.js", number % 17), body(number)));
    let app = [("package.json".to_owned(), PACKAGE.to_owned()), ("server.js".to_owned(), SERVER.to_owned())];
    let tree = MemoryTree::new(files.chain(app));
    let first = look(&tree);
    let names: Vec<&str> = first.env.iter().map(|env| env.name.as_str()).collect();
    assert!(names.len() > 300, "{}", names.len());
    for _ in 0..6 {
        assert_eq!(json(&look(&tree)), json(&first));
    }
}
