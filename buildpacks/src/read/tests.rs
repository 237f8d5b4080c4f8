//! Every reader on a file of its kind, and on anything at all.

use proptest::prelude::*;

use super::*;

fn names(manifest: &Manifest) -> Vec<String> {
    manifest
        .dependencies
        .iter()
        .map(|held| format!("{}:{} {} {:?}", held.line, held.name, held.version, held.scope))
        .collect()
}

#[test]
fn package_json() {
    let text = "{\n \"name\": \"web\",\n \"scripts\": {\"start\": \"node web.js\"},\n \"engines\": {\"node\": \"22\"},\n \"dependencies\": {\n  \"express\": \"^4\"\n },\n \"devDependencies\": {\"jest\": \"29\"},\n \"workspaces\": [\"packages/*\"]\n}";
    let read = manifest("client/package.json", text).unwrap();
    assert_eq!(names(&read), ["6:express ^4 Run", "8:jest 29 Dev"]);
    assert_eq!(read.script("start").unwrap().value, "node web.js");
    assert_eq!(read.get("engines.node").unwrap().line, 4);
    assert_eq!(read.members, ["packages/*"]);
}

#[test]
fn python_files() {
    let text = "# tools\nDjango==5.2 # web\n-r base.txt\n--hash=sha256:1\npsycopg[binary]>=3\ngit+https://example.org/x.git#egg=my_lib\n./local\nhttps://example.org/y.whl\n";
    let read = manifest("requirements/prod.requirements.txt", text).unwrap();
    assert_eq!(names(&read), ["2:django ==5.2 Run", "5:psycopg [binary]>=3 Run", "6:my-lib  Run"]);
    let text = "[project]\nrequires-python = \">=3.12\"\ndependencies = [\n  \"Flask>=3\",\n]\n[tool.poetry.dependencies]\npython = \"^3.12\"\nRedis = {version = \"5\"}\n[dependency-groups]\ndev = [\"pytest\"]\n";
    let read = manifest("pyproject.toml", text).unwrap();
    assert_eq!(names(&read), ["4:flask >=3 Run", "10:pytest  Dev", "7:python ^3.12 Run", "8:redis 5 Run"]);
    let text = "setup(\n  name='x',\n  install_requires=[\n    'gunicorn>=20',\n    \"dash\",\n  ],\n  extras_require={'t': ['pytest']},\n)";
    let read = manifest("setup.py", text).unwrap();
    assert_eq!(names(&read), ["4:gunicorn >=20 Run", "5:dash  Run", "7:t  Dev", "7:pytest  Dev"]);
    let read =
        manifest("environment.yml", "name: x\ndependencies:\n  - python=3.7\n  - pip:\n    - streamlit==1\n")
            .unwrap();
    assert_eq!(names(&read), ["3:python =3.7 Run", "5:streamlit ==1 Run"]);
}

#[test]
fn ruby_and_elixir_files() {
    let text = "ruby '3.4.1'\ngem \"rails\", \"~> 8.0\"\ngroup :development, :test do\n  gem 'sqlite3'\nend\ngem 'pg', group: :production\n# gem 'mysql2'\n";
    let read = manifest("Gemfile", text).unwrap();
    assert_eq!(names(&read), ["2:rails ~> 8.0 Run", "4:sqlite3  Dev", "6:pg  Run"]);
    assert_eq!(read.get("ruby").unwrap().value, "3.4.1");
    let text = "  app: :court,\n  elixir: \"~> 1.18\",\n   {:phoenix, \"~> 1.7\"},\n   {:credo, \"~> 1.7\", only: [:dev, :test]},\n";
    let read = manifest("mix.exs", text).unwrap();
    assert_eq!(names(&read), ["3:phoenix ~> 1.7 Run", "4:credo ~> 1.7 Dev"]);
}

#[test]
fn other_manifests() {
    let text = "module example.org/bot\n// +heroku goVersion go1.22\ngo 1.22\nrequire (\n\texample.org/gorm v1.9.1\n\texample.org/lite v1.1.0 // indirect\n)\n";
    let read = manifest("go.mod", text).unwrap();
    assert_eq!(names(&read), ["5:example.org/gorm v1.9.1 Run", "6:example.org/lite v1.1.0 Indirect"]);
    assert_eq!(read.get("heroku").unwrap().value, "1.22");
    let text = "plugins {\n  id 'org.springframework.boot' version '3.5.0'\n}\nsourceCompatibility = '1.8'\ndependencies {\n  implementation 'org.postgresql:postgresql'\n  testImplementation(\"com.h2database:h2:2\")\n}";
    let read = manifest("build.gradle", text).unwrap();
    assert_eq!(names(&read), ["6:org.postgresql:postgresql  Run", "7:com.h2database:h2 2 Dev"]);
    assert_eq!(read.get("java").unwrap().value, "8");
    let text = "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n<TargetFramework>net8.0</TargetFramework>\n<PackageReference Include=\"Npgsql\" Version=\"8\" />";
    let read = manifest("Web/Web.csproj", text).unwrap();
    assert_eq!(names(&read), ["3:Npgsql 8 Run"]);
    let text = "<dependency>\n<groupId>org.postgresql</groupId>\n<artifactId>postgresql</artifactId>\n<scope>runtime</scope>\n</dependency>\n<java.version>17</java.version>";
    assert_eq!(names(&manifest("pom.xml", text).unwrap()), ["3:org.postgresql:postgresql  Run"]);
}

#[test]
fn a_procfile_is_no_yaml() {
    let read = procfile("web: A=1 run: me --port $PORT\r\n# no\nrelease: x && y\nbroken\nworker :z\n");
    let lines: Vec<String> =
        read.processes.iter().map(|(name, at)| format!("{}:{name}={}", at.line, at.value)).collect();
    assert_eq!(lines, ["1:web=A=1 run: me --port $PORT", "3:release=x && y", "5:worker=z"]);
    assert_eq!(read.strange, [4]);
}

#[test]
fn a_dockerfile_stage_inherits() {
    let text = "FROM node:22 AS base\nEXPOSE 3000/tcp 9229\nFROM base AS dev\nCMD npm run dev\nFROM base\nUSER 1000\nVOLUME [\"/data\"]\nCMD [\"node\", \\\n # no\n \"web app.js\"]\n";
    let last = dockerfile(text).last().unwrap().clone();
    assert_eq!(last.from, At { value: "node:22".into(), line: 1 });
    assert_eq!(last.command, Some(At { value: "node 'web app.js'".into(), line: 8 }));
    assert_eq!(last.expose[0].value, "3000/tcp");
    assert_eq!(last.volumes[0].value, "/data");
}

#[test]
fn a_compose_file() {
    insta::assert_debug_snapshot!(compose(
        "services:\n  web:\n    build: {context: ./api, dockerfile: Dev}\n    command: sh -c 'npm run dev'\n    ports: ['80:3000']\n    environment:\n      - DATABASE_URL=mongodb://db/x\n      - TOKEN\n    volumes: ['.:/app', 'up:/app/uploads']\n  db:\n    image: mongo:7\n"
    ));
    assert!(compose("a: [").broken);
    assert!(!compose("").broken);
}

#[test]
fn app_json_says_what_is_required() {
    let read = app_json(
        "{\n\"env\": {\"A\": {\"required\": false}, \"B\": {\"generator\": \"secret\"}, \"C\": \"x\"},\n\"addons\": [\"heroku-redis:mini\", {\"plan\": \"heroku-postgresql\"}],\n\"scripts\": {\"postdeploy\": \"x\"}}",
    );
    insta::assert_debug_snapshot!(read);
}

proptest! {
    #[test]
    fn no_reader_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        everything(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_reader_panics_on_what_looks_right(text in "([ \\n\\t:{}\\[\\],\"'#=<>/\\\\.é-]|services|FROM|CMD|web|install_requires|dependencies|<artifactId>|</|gem |require |end|\\{:|1){0,40}") {
        everything(&text);
    }
}

fn everything(text: &str) {
    for (glob, reader) in READERS {
        let _ = (glob, reader(text));
    }
    let _ = (
        procfile(text),
        app_json(text),
        heroku_yml(text),
        dockerfile(text),
        compose(text),
        environment(text),
    );
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    everything(&"[".repeat(200_000));
    everything(&"{\"a\":".repeat(100_000));
    everything(&"a:\n ".repeat(20_000));
    everything(&"<a>".repeat(50_000));
}
