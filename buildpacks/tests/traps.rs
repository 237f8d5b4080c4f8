//! One small project of our own for each trap, and what detection says about it.
#![allow(clippy::unwrap_used)] // a test that cannot look has failed

use civic_buildpacks::detection::{Detection, HealthKind, Kind};
use civic_buildpacks::tree::{DiskTree, MemoryTree};
use civic_buildpacks::{Options, Rules, detect};

fn look(files: &[(&str, &str)]) -> Detection {
    let tree = MemoryTree::new(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    let options = Options { today: Some("2026-11-01".into()), ..Options::default() };
    detect(&tree, &Rules::embedded().unwrap(), &options)
}

/// The document without what is only for `--explain`.
fn short(found: &Detection) -> String {
    let fact = |fact: &civic_buildpacks::detection::Fact<String>| {
        format!("{} ({})", fact.value, fact.evidence[0].place())
    };
    let mut lines = vec![format!("{:?}: {}", found.kind.value, found.reason)];
    for part in &found.components {
        let framework = part.framework.as_ref().map_or("none", |framework| framework.value.as_str());
        let version = part.version.as_ref().map_or("none".to_owned(), fact);
        lines.push(format!(
            "component {} {}/{framework} {:?} version {version}",
            part.root, part.stack, part.role
        ));
    }
    for process in &found.processes {
        lines.push(format!("process {} = {}", process.name, fact(&process.command)));
    }
    lines.extend(found.release.iter().map(|release| format!("release = {}", fact(release))));
    lines.extend(found.seed.iter().map(|seed| format!("seed = {}", fact(seed))));
    lines.extend(
        found.cron.iter().map(|cron| format!("cron {:?} in process: {}", cron.command, cron.in_process)),
    );
    lines.extend(found.addons.iter().map(|addon| format!("add-on {}", fact(addon))));
    for state in &found.state {
        lines.push(format!(
            "state {} {:?} {:?} ({})",
            state.kind,
            state.path,
            state.durability,
            state.evidence[0].place()
        ));
    }
    lines.push(format!("state verdict {}", found.state_verdict));
    lines.push(format!("health {:?} {:?}", found.health.kind, found.health.path));
    for env in &found.env {
        lines.push(format!(
            "env {} required: {} secret: {} default: {:?}",
            env.name, env.required, env.secret, env.default
        ));
    }
    lines.extend(found.replicas_max.iter().map(|most| format!("replicas at most {}", most.value)));
    for warning in &found.warnings {
        lines.push(format!("warning {} {}:{} {}", warning.id, warning.file, warning.line, warning.text));
    }
    lines.join("\n")
}

macro_rules! trap {
    ($($name:ident: [$($file:expr),* $(,)?]),* $(,)?) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(short(&look(&[$($file),*])));
        }
    )*};
}

const SERVER: &str = "const express = require('express');\nconst app = express();\napp.get('/', (req, res) => res.send('Hello'));\napp.listen(process.env.PORT || 4100);\n";

trap! {
    a_procfile_is_read_line_by_line: [
        ("Procfile", "web: MODE=x node web.js --title a: b\nworker: node work.js\nrelease: node migrate.js & node warm.js\ncache: redis-server\n"),
        ("package.json", r#"{"dependencies": {"express": "4", "pg": "8"}, "engines": {"node": "16"}}"#),
        (".nvmrc", "18\n"),
        ("web.js", SERVER),
    ],
    npm_start_is_for_developers: [
        ("package.json", r#"{"scripts": {"start": "nodemon server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
    ],
    compose_drops_the_database_at_each_start: [
        ("package.json", r#"{"scripts": {"start": "npm run reset && node server.js", "reset": "sequelize db:drop && sequelize db:create"}, "dependencies": {"express": "4", "pg": "8"}}"#),
        ("compose.yaml", "services:\n  web:\n    build: .\n    command: sh -c './boot.sh && node server.js'\n    volumes: ['kept:/app/uploads']\n  db:\n    image: postgres:17\nvolumes: {kept: }\n"),
        ("boot.sh", "#!/bin/sh\nnpm run reset\n"),
        ("server.js", SERVER),
    ],
    database_url_may_be_mongo: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "mongoose": "8", "node-cron": "3"}, "devDependencies": {"pg": "8"}}"#),
        (".env.example", "DATABASE_URL=mongodb://user:pass@localhost/app\nAPI_TOKEN=abc\nTITLE=Clinic\n"),
        ("server.js", SERVER),
    ],
    uploads_are_state: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "multer": "1"}}"#),
        ("server.js", "const up = multer({ dest: 'kept/photos' });\napp.listen(3000);\n"),
    ],
    a_json_file_is_state: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", "fs.writeFileSync('./records.json', JSON.stringify(all));\napp.listen(3000);\n"),
    ],
    a_probe_must_not_call_others: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", "app.get('/health', async (req, res) => {\n  const paid = await axios.get('https://paid.example/ask');\n  res.json(paid);\n});\napp.listen(3000);\n"),
    ],
    an_actuator_may_be_off: [
        ("build.gradle", "plugins {\n id 'org.springframework.boot' version '3.5.0'\n}\ndependencies {\n implementation 'org.springframework.boot:spring-boot-starter-actuator'\n runtimeOnly 'org.postgresql:postgresql'\n}\n"),
        ("gradlew", "#!/bin/sh\n"),
        ("package.json", r#"{"scripts": {"build": "sass a b"}}"#),
        ("src/main/java/App.java", "@SpringBootApplication\nclass App {}\n"),
        ("src/main/resources/application.yaml", "management:\n  endpoints:\n    enabled-by-default: false\n"),
        ("Dockerfile", "FROM eclipse-temurin:21\nEXPOSE 8080\nCMD [\"java\", \"-jar\", \"/opt/app.jar\"]\n"),
    ],
    node_is_only_assets_beside_laravel: [
        ("composer.json", "{\n\"require\": {\n\"php\": \"^8.3\",\n\"laravel/framework\": \"^11\"}}"),
        ("artisan", ""),
        ("public/index.php", "<?php"),
        ("database/migrations/1.php", "<?php"),
        ("app/Http/Upload.php", "<?php Storage::put('a', $b);"),
        ("package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}"#),
        (".env.example", "DB_CONNECTION=mysql\nDB_PASSWORD=\n"),
    ],
    an_api_and_a_client: [
        ("backend/package.json", r#"{"scripts": {"start": "node server.js", "dev": "nodemon"}, "dependencies": {"express": "4"}}"#),
        ("backend/server.js", SERVER),
        ("client/package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}"#),
        ("client/index.html", "<html>"),
        ("e2e/package.json", r#"{"scripts": {"start": "node x"}, "dependencies": {"express": "4"}}"#),
    ],
    a_library_is_refused: [
        ("package.json", r#"{"name": "court-engine", "main": "lib/index.js", "devDependencies": {"express": "4"}}"#),
        ("src/index.js", "export default 1;"),
    ],
    a_template_is_refused: [
        ("cookiecutter.json", "{}"),
        ("{{cookiecutter.name}}/manage.py", "DJANGO_SETTINGS_MODULE"),
    ],
    a_layer_is_refused: [
        (".holo/config.toml", "[holospace]\nname = \"site\"\n"),
        (".holo/branches/emergence-site/_site.toml", ""),
        ("site-root/home.php", "<?php"),
        ("php-classes/A.php", "<?php"),
    ],
    a_managed_backend_is_said: [
        ("package.json", r#"{"scripts": {"start": "react-scripts start", "build": "react-scripts build"}, "dependencies": {"react-scripts": "5", "firebase": "9"}}"#),
        ("public/index.html", "<html>"),
        ("firebase.json", "{}"),
    ],
    a_site_with_decoys: [
        ("_config.yml", "theme: x\n"),
        ("_layouts/a.html", ""),
        ("package-lock.json", "{}"),
        ("github-actions/package.json", r#"{"scripts": {"start": "node a"}, "dependencies": {"express": "4"}}"#),
    ],
    django_with_media: [
        ("requirements.txt", "Django==5.2\npsycopg2-binary\n"),
        ("runtime.txt", "python-3.8.10\n"),
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')"),
        ("court/wsgi.py", ""),
        ("court/models.py", "photo = models.ImageField()\n"),
        ("court/urls.py", "path('healthz/', alive)\n"),
        ("court/settings.py", "SECRET_KEY = os.environ['SECRET_KEY']\nSTATIC_ROOT = 'x'\n"),
    ],
    broken_files_are_said: [
        ("package.json", "{ not json"),
        ("app.json", "[]"),
        ("compose.yaml", "a: ["),
        ("Procfile", "what is this\n"),
    ],
    nothing_known: [("README.md", "# Notes\n")],
    cron_in_prose: [
        ("Procfile", "web: node web.js\n"),
        ("package.json", r#"{"dependencies": {"express": "4"}}"#),
        ("README.md", "## Scheduler\nSet up a cron for these:\n\n    node jobs/remind.js\n"),
    ],
    two_servers_tie: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
        ("requirements.txt", "flask\n"),
        ("app.py", "app = Flask(__name__)\n"),
    ],
}

#[test]
fn every_rule_that_came_along_can_be_read() {
    let rules = Rules::embedded().unwrap();
    let stacks: Vec<&str> = rules.stacks().collect();
    let order = [
        "emergence",
        "php",
        "go",
        "java",
        "rust",
        "ruby",
        "elixir",
        "python",
        "deno",
        "dotnet",
        "node",
        "r",
        "static",
    ];
    assert_eq!(stacks, order);
}

#[test]
fn a_stack_can_be_asked_for() {
    let tree = MemoryTree::new([
        ("package.json", r#"{"dependencies": {"express": "4"}, "scripts": {"start": "node a.js"}}"#),
        ("a.js", SERVER),
        ("requirements.txt", "flask"),
        ("app.py", "app = Flask(__name__)"),
    ]);
    let options = Options { stack: Some("node".into()), ..Options::default() };
    assert_eq!(detect(&tree, &Rules::embedded().unwrap(), &options).components[0].stack, "node");
}

#[test]
fn no_secret_is_repeated() {
    let found = look(&[
        ("package.json", r#"{"dependencies": {"express": "4"}, "scripts": {"start": "node a.js"}}"#),
        ("a.js", SERVER),
        (".env", "API_SECRET=hunter2hunter2\n"),
        (".env.example", "API_SECRET=hunter2hunter2\nLINK=postgres://me:hunter2hunter2@db/x\n"),
    ]);
    assert!(!serde_json::to_string(&found).unwrap().contains("hunter2"));
    assert!(found.warnings.iter().any(|warning| warning.id == "committed-credential"));
}

#[cfg(unix)]
#[test]
fn a_strange_folder_is_looked_at_without_leaving_it() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("Procfile"), "web: node stolen.js\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink(outside.path().join("Procfile"), at("Procfile")).unwrap();
    symlink(outside.path(), at("out")).unwrap();
    symlink("nowhere", at("package.json")).unwrap();
    symlink(".", at("loop")).unwrap();
    std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::fs::write(at("composer.json"), vec![0_u8; 4 << 20]).unwrap();
    std::fs::write(at("app.json"), b"\xff\xfe{\x00").unwrap();
    std::fs::write(at("a name {with} spaces\nand lines.py"), "x").unwrap();
    let found =
        detect(&DiskTree::open(folder.path()).unwrap(), &Rules::embedded().unwrap(), &Options::default());
    assert!(found.processes.is_empty());
    assert!(found.warnings.iter().any(|warning| warning.text.contains("leads out of the project")));
    assert!(found.warnings.iter().any(|warning| warning.text.contains("no regular file")));
}

#[test]
fn a_database_service_is_no_worker() {
    let found = look(&[
        ("Procfile", "web: node a.js\nredis: redis-server\n"),
        ("package.json", "{}"),
        ("a.js", SERVER),
    ]);
    assert!(found.processes.iter().all(|process| process.name != "redis"));
    assert_eq!(found.kind.value, Kind::App);
    assert!(found.addons.iter().any(|addon| addon.value == "redis"));
}

#[test]
fn a_server_without_a_start_page_is_asked_for_its_port() {
    let found = look(&[
        ("go.mod", "module x\ngo 1.22\n"),
        ("main.go", "package main\nfunc main() { http.ListenAndServe(\":80\", nil) }"),
    ]);
    assert_eq!(found.health.kind, HealthKind::Tcp);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_in_a_file_makes_detection_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let names = ["package.json", "Procfile", "app.json", "compose.yaml", "Dockerfile", "a.js", "app.py", "Gemfile", "mix.exs", "go.mod", ".env.example", "pom.xml", "README.md", ".gitignore"];
        let tree = MemoryTree::new(names.map(|name| (name, bytes.clone())));
        let _ = detect(&tree, &Rules::embedded().unwrap(), &Options::default());
    }
}
