//! A project of a test's own, with a state folder of its own, so that tests do not see each other's runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use civic_conformance::engine::{Engine, HOST_LABEL, RUN_LABEL};
use civic_conformance::run_lock::Home;
use civic_conformance::self_test::{SOUND, lay_out};
use civic_contract::journal::{Entry, Event, Journal};
use civic_contract::verdict::{Outcome, Verdict};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::{Semaphore, SemaphorePermit};

/// As `.config/nextest.toml`, for those who run `cargo test`.
static TURNS: Semaphore = Semaphore::const_new(2);
const TEST_LABEL: &str = "civic-test";
const PATIENCE: Duration = Duration::from_secs(120);

/// A copy of the sound specimen, to be spoilt.
pub struct Place {
    pub engine: Engine,
    folder: TempDir,
    project: PathBuf,
    app: String,
    host: String,
    _turn: SemaphorePermit<'static>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Place {
    pub async fn sound() -> Self {
        Self::named("app").await
    }

    /// A copy whose folder has this name.
    pub async fn named(name: &str) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        let engine = Engine::connect().await.expect("a container engine must run: make setup");
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("state/civic")).unwrap();
        let (app, project) = (format!("t{:08x}", rand::random::<u32>()), folder.path().join(name));
        lay_out(SOUND, &project).unwrap();
        let place = Self { engine, host: home.host().into(), folder, project, app, _turn: turn };
        let name = format!("name = \"{}\"", place.app); // images are tagged with it
        place.change("civic.toml", "name = \"notebook\"", &name)
    }

    /// Replaces a text that is in a file exactly once.
    #[track_caller]
    pub fn change(self, file: &str, from: &str, to: &str) -> Self {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} must be in {file} exactly once");
        self.write(file, &text.replace(from, to))
    }

    pub fn append(self, file: &str, more: &str) -> Self {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        self.write(file, &(text + more))
    }

    /// Writes a file; one that is there keeps its mode.
    pub fn write(self, file: &str, text: &str) -> Self {
        std::fs::write(self.path(file), text).unwrap();
        self
    }

    /// What the app's first answer to this request shall be: `[status, "text"]` or another expression.
    pub fn answer(self, request: &str, expression: &str) -> Self {
        let case = format!(
            "switch (`${{request.method}} ${{request.url}}`) {{\n    case \"{request}\": return {expression};"
        );
        self.change("notebook.js", "switch (`${request.method} ${request.url}`) {", &case)
    }

    /// For what a test makes itself and the suite must not touch.
    pub fn label(&self) -> HashMap<String, String> {
        HashMap::from([(TEST_LABEL.to_owned(), self.app.clone())])
    }

    /// A file of the project.
    pub fn path(&self, file: &str) -> PathBuf {
        self.project.join(file)
    }

    /// A file beside the project.
    pub fn beside(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// `civic`, to be run in the folder above the project.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("civic"));
        command.args(arguments).current_dir(self.folder.path()).env("XDG_STATE_HOME", self.beside("state"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// The arguments of a certification of this project.
    pub fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let project = self.project.file_name().unwrap().to_str().unwrap();
        [&["certify", "--jobs", "2"], more, &["--", project]].concat()
    }

    pub async fn certify(&self, more: &[&str]) -> Ended {
        self.run(&self.arguments(more)).await
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments)).await
    }

    /// Folders of all runs, the oldest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let found = std::fs::read_dir(self.path(".civic/runs")).unwrap().map(|entry| entry.unwrap().path());
        let runs: BTreeSet<PathBuf> = found.filter(|path| path.is_dir() && !path.is_symlink()).collect();
        runs.into_iter().collect()
    }

    /// A file of the latest run.
    pub fn latest(&self, file: &str) -> PathBuf {
        self.path(".civic/runs/latest").join(file)
    }

    /// The latest run's journal.
    #[track_caller]
    pub fn journal(&self) -> Journal {
        journal(&self.latest("journal.jsonl"))
    }

    /// The latest run's verdicts by drill.
    #[track_caller]
    pub fn verdicts(&self) -> BTreeMap<String, Verdict> {
        let judged = self.journal().entries.into_iter().filter_map(|entry| match entry.event {
            Event::Judged { verdict } => Some((verdict.drill.clone(), verdict)),
            _ => None,
        });
        judged.collect()
    }

    #[track_caller]
    pub fn verdict(&self, drill: &str) -> Verdict {
        self.verdicts().remove(drill).unwrap_or_else(|| panic!("{drill} was not judged"))
    }

    /// Has the next run be the latest, and not the one before it.
    pub fn forget_latest(&self) {
        let _ = std::fs::remove_file(self.path(".civic/runs/latest")); // there is none before the first run
    }

    /// Waits until the latest run's journal says this.
    pub async fn wait_for(&self, wanted: impl Fn(&[Entry]) -> bool) {
        let look = async {
            loop {
                let text = std::fs::read_to_string(self.latest("journal.jsonl")).unwrap_or_default();
                if Journal::parse(&text).is_ok_and(|journal| wanted(&journal.entries)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("the journal never said what was waited for");
    }

    /// Ids of this place's runs of which the engine holds anything.
    pub async fn left(&self) -> Vec<String> {
        let present = self.engine.runs_present().await.unwrap();
        present.into_iter().filter(|(_, host)| *host == self.host).map(|(run, _)| run).collect()
    }

    /// Demands that nothing of any run of this place is left on the engine.
    pub async fn demand_nothing_left(&self) {
        assert_eq!(self.left().await, Vec::<String>::new(), "left on the engine");
    }
}

/// What a failed test leaves would disturb the next ones.
impl Drop for Place {
    fn drop(&mut self) {
        let (host, own) = (format!("{HOST_LABEL}={}", self.host), format!("{TEST_LABEL}={}", self.app));
        let image = format!("civic.local/{}/web:latest", self.app);
        let work = async {
            let engine = Engine::connect().await?;
            engine.sweep_all(&[RUN_LABEL, &host]).await?;
            engine.sweep_all(&[&own]).await?;
            engine.remove_image(&image).await
        };
        // A runtime cannot wait inside another one, and the engine of this one's test ends with it.
        let swept = std::thread::scope(|scope| {
            let sweep =
                || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
            scope.spawn(sweep).join()
        });
        if !matches!(swept, Ok(Ok(()))) {
            eprintln!("cannot clean up after {}: {swept:?}", self.app);
        }
    }
}

pub async fn ended(mut command: Command) -> Ended {
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("civic hangs").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[track_caller]
pub fn journal(path: &Path) -> Journal {
    Journal::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl Ended {
    /// Demands an exit code, and that what was printed holds all of these.
    #[track_caller]
    pub fn demand(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.err, self.out);
        for words in said {
            assert!(
                self.out.contains(words) || self.err.contains(words),
                "{words:?} is not in: {}{}",
                self.err,
                self.out
            );
        }
    }
}

/// Demands this outcome, and that headline or findings hold all of these.
#[track_caller]
pub fn demand(verdict: &Verdict, outcome: Outcome, said: &[&str]) {
    let told = format!("{verdict:?}");
    assert_eq!(verdict.outcome, outcome, "{told}");
    for words in said {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
}
