//! Every stack's small app, from `civic init --yes` to an answer: the generated Dockerfile is built on the engine and
//! run as a careful platform runs it. The base images come from `.ci/stacks.sh`, as stand-ins where there is no registry.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use civic_contract::manifest::{self, Manifest, Service};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// As `.config/nextest.toml`, for those who run `cargo test`: builds take all of a machine.
static TURNS: Semaphore = Semaphore::const_new(1);
/// A user that no image knows.
const STRANGER: &str = "1234567:0";
const BOOT: Duration = Duration::from_secs(90);

macro_rules! fixtures {
    ($($name:ident: $stack:literal / $fixture:literal answers $health:literal,)*) => {
        $(#[tokio::test]
        async fn $name() {
            built_and_asked($stack, $fixture, $health).await;
        })*
    };
}

fixtures! {
    node_express_runs: "node" / "express" answers "/healthz",
    node_eleventy_is_served: "node" / "eleventy" answers "/healthz",
    node_vite_is_served: "node" / "vite" answers "/healthz",
    python_flask_runs: "python" / "flask" answers "/healthz",
    python_django_runs: "python" / "django" answers "/healthz",
    python_fastapi_runs: "python" / "fastapi" answers "/healthz",
    python_streamlit_runs: "python" / "streamlit" answers "/_stcore/health",
    ruby_sinatra_runs: "ruby" / "sinatra" answers "/healthz",
    ruby_jekyll_is_served: "ruby" / "jekyll" answers "/healthz",
    php_plain_runs: "php" / "plain" answers "/healthz",
    php_composer_runs: "php" / "composer" answers "/healthz",
    go_stdlib_runs: "go" / "stdlib" answers "/healthz",
    java_maven_runs: "java" / "maven" answers "/healthz",
    rust_tiny_http_runs: "rust" / "tiny-http" answers "/healthz",
    deno_greeter_runs: "deno" / "greeter" answers "/healthz",
    elixir_inets_runs: "elixir" / "inets" answers "/healthz",
    r_shiny_runs: "r" / "shiny" answers "/",
    static_plain_is_served: "static" / "plain" answers "/healthz",
    static_hugo_is_served: "static" / "hugo" answers "/healthz",
}

/// There is no .NET SDK in any registry of packages that needs no image registry: the rest is tested all the same.
#[tokio::test]
async fn dotnet_is_written_without_a_finding() {
    let project = Project::initialised("dotnet", "minimal").await;
    project.demand_no_finding().await;
}

#[test]
fn every_fixture_is_in_the_table() {
    let table = include_str!("stacks.rs");
    let folders = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path)
            .map(|held| held.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default()
    };
    for stack in folders(&buildpacks()) {
        for fixture in folders(&stack.join("fixtures")) {
            let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
            let (line, alone) = (
                format!("{:?} / {:?} ", name(&stack), name(&fixture)),
                format!("({:?}, {:?})", name(&stack), name(&fixture)),
            );
            assert!(table.contains(&line) || table.contains(&alone), "{line} has no test");
        }
    }
}

fn buildpacks() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../buildpacks")
}

async fn built_and_asked(stack: &str, fixture: &str, health: &str) {
    let _turn = TURNS.acquire().await.unwrap();
    let project = Project::initialised(stack, fixture).await;
    project.demand_no_finding().await;
    let began = Instant::now();
    let image = project.build().await;
    let built = began.elapsed();
    let container = Container::start(&image, &project).await;
    let up = container.answer(health).await;
    assert_eq!(container.health_command().await, 0, "the HEALTHCHECK of {stack}/{fixture} says no");
    assert_eq!(container.inspect("{{.Config.User}}").await, STRANGER);
    assert_ne!(image.inspect("{{.Config.User}}").await.split(':').next(), Some("0"));
    let stopping = Instant::now();
    container.stop().await;
    assert!(stopping.elapsed() < project.grace(), "SIGTERM does not reach the app: it was killed");
    assert_ne!(
        container.inspect("{{.State.ExitCode}}").await,
        "137",
        "SIGTERM does not reach the app: it was killed"
    );
    let bytes: u64 = image.inspect("{{.Size}}").await.parse().unwrap();
    eprintln!("{stack}/{fixture}: {} MB, built in {built:.1?}, up in {up:.1?}", bytes / 1_000_000);
}

/// A copy of a fixture, packaged.
struct Project {
    folder: TempDir,
    manifest: Manifest,
}

impl Project {
    async fn initialised(stack: &str, fixture: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join(fixture);
        copy(&buildpacks().join(stack).join("fixtures").join(fixture), &app);
        let mut civic = Command::new(assert_cmd::cargo::cargo_bin!("civic"));
        let ended = civic.args(["init", "--yes"]).arg(&app).output().await.unwrap();
        assert!(ended.status.success(), "civic init: {}", String::from_utf8_lossy(&ended.stderr));
        let text = std::fs::read(app.join("civic.toml")).unwrap();
        Self { manifest: manifest::parse(&text).unwrap(), folder }
    }

    fn path(&self) -> PathBuf {
        std::fs::read_dir(self.folder.path()).unwrap().next().unwrap().unwrap().path()
    }

    fn service(&self) -> (&String, &Service) {
        self.manifest.services.iter().find(|(_, service)| service.port.is_some()).unwrap()
    }

    fn grace(&self) -> Duration {
        self.service().1.grace_period
    }

    /// What the suite and hadolint say of the generated files; that a tag can be moved is for `make pins` to mend.
    async fn demand_no_finding(&self) {
        let mut civic = Command::new(assert_cmd::cargo::cargo_bin!("civic"));
        let ended = civic.args(["check", "--format", "json"]).arg(self.path()).output().await.unwrap();
        let said: serde_json::Value = serde_json::from_slice(&ended.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ended.stderr)));
        let findings = said["findings"].as_array().cloned().unwrap_or_default();
        let is_ours = |finding: &&serde_json::Value| {
            let file = finding["file"].as_str().unwrap_or_default();
            (file.ends_with("Dockerfile") || file.ends_with(".dockerignore"))
                && finding["check"] != "image-pinned"
        };
        let ours: Vec<_> = findings.iter().filter(is_ours).collect();
        let dockerfile = self.path().join("Dockerfile");
        assert!(ours.is_empty(), "{ours:#?}\n{}", std::fs::read_to_string(&dockerfile).unwrap());
        demand_no_lint(&dockerfile).await;
    }

    async fn build(&self) -> Image {
        let name = format!("civic-stack-{:08x}", rand::random::<u32>());
        let path = self.path();
        let ended = Command::new("docker").args(["build", "--tag", &name]).arg(&path).output().await.unwrap();
        let out = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
        let dockerfile = std::fs::read_to_string(path.join("Dockerfile")).unwrap();
        assert!(ended.status.success(), "are the base images there (.ci/stacks.sh)?\n{dockerfile}\n{out}");
        Image(name)
    }
}

/// What an independent linter says. DL3008: Debian's mirrors keep one version of a package, so that a pinned one stops
/// to build; SC2016: the `$uri` of nginx is not the shell's; DL3059: steps by themselves are cached by themselves.
async fn demand_no_lint(dockerfile: &Path) {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache =
        cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).unwrap_or_default();
    let own = cache.join("civic/hadolint/bin/hadolint");
    let program = if own.is_file() { own } else { PathBuf::from("hadolint") };
    let ignored = ["DL3008", "DL3059", "SC2016"].map(|rule| format!("--ignore={rule}"));
    let ended = Command::new(program).arg("--no-color").args(ignored).arg(dockerfile).output().await;
    let ended = ended.expect("hadolint must be there: .ci/hadolint.sh");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn docker(arguments: &[&str]) -> String {
    let ended = Command::new("docker").args(arguments).output().await.unwrap();
    assert!(ended.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).trim().to_owned()
}

/// Removed at the end, whatever happens.
struct Image(String);

impl Image {
    async fn inspect(&self, format: &str) -> String {
        docker(&["image", "inspect", "--format", format, &self.0]).await
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        remove(&["rmi", "--force", &self.0]);
    }
}

/// A container that may do nothing but its work.
struct Container(String, u16);

impl Container {
    async fn start(image: &Image, project: &Project) -> Self {
        let (name, service) = project.service();
        let port = service.port.unwrap();
        let mut arguments: Vec<String> = [
            "run",
            "--detach",
            "--read-only",
            "--user",
            STRANGER,
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--memory",
            "512m",
            "--pids-limit",
            "256",
            "--publish",
            &format!("127.0.0.1::{port}"),
        ]
        .map(String::from)
        .to_vec();
        arguments.extend(service.tmpfs.iter().flat_map(|path| ["--tmpfs".to_owned(), path.clone()]));
        arguments.extend(
            service.env.iter().flat_map(|(name, value)| ["--env".to_owned(), format!("{name}={value}")]),
        );
        arguments.extend(
            service
                .secrets
                .iter()
                .flat_map(|name| ["--env".to_owned(), format!("{name}=only-for-this-test")]),
        );
        let volumes = project.manifest.volumes.values().filter(|volume| volume.service == *name);
        arguments.extend(volumes.flat_map(|volume| ["--volume".to_owned(), volume.path.clone()]));
        arguments.extend(service.init.then(|| "--init".to_owned()));
        arguments.push(image.0.clone());
        arguments.extend(service.command.iter().flatten().cloned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let id = docker(&arguments).await;
        let published = docker(&["port", &id, &port.to_string()]).await;
        let port =
            published.lines().next().and_then(|line| line.rsplit_once(':')).unwrap().1.parse().unwrap();
        Self(id, port)
    }

    /// Waits until it answers with 200.
    async fn answer(&self, path: &str) -> Duration {
        let began = Instant::now();
        while began.elapsed() < BOOT {
            if self.ask(path).await.is_some_and(|line| line.contains(" 200 ")) {
                return began.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let ended = Command::new("docker").args(["logs", "--tail", "40", &self.0]).output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
        panic!("{path} never answered with 200:\n{said}");
    }

    async fn ask(&self, path: &str) -> Option<String> {
        let ask = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.1)).await.ok()?;
            stream
                .write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes())
                .await
                .ok()?;
            let mut answer = vec![0; 64];
            let read = stream.read(&mut answer).await.ok()?;
            Some(String::from_utf8_lossy(&answer[..read]).lines().next()?.to_owned())
        };
        tokio::time::timeout(Duration::from_secs(5), ask).await.ok().flatten()
    }

    /// Runs the image's HEALTHCHECK in the container, as an engine would.
    async fn health_command(&self) -> i32 {
        let json = self.inspect("{{json .Config.Healthcheck}}").await;
        let held: serde_json::Value = serde_json::from_str(&json).unwrap();
        let words = held["Test"].as_array().into_iter().flatten().skip(1).filter_map(|word| word.as_str());
        let arguments: Vec<&str> = ["exec", &self.0].into_iter().chain(words).collect();
        assert!(arguments.len() > 2, "there is no HEALTHCHECK");
        let ended = Command::new("docker").args(&arguments).output().await.unwrap();
        eprint!("{}", String::from_utf8_lossy(&ended.stderr));
        ended.status.code().unwrap_or(-1)
    }

    async fn inspect(&self, format: &str) -> String {
        docker(&["inspect", "--format", format, &self.0]).await
    }

    async fn stop(&self) {
        docker(&["stop", "--time", "10", &self.0]).await;
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        remove(&["rm", "--force", "--volumes", &self.0]);
    }
}

/// Nothing can be awaited while a test ends.
#[allow(clippy::disallowed_methods)] // as above: a drop does not wait
fn remove(arguments: &[&str]) {
    let _ = std::process::Command::new("docker").args(arguments).output();
}
