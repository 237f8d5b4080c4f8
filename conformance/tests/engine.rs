//! The engine layer against a real engine. A test that finds none fails.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that panics has failed, which is the point

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use civic_conformance::engine::{
    BuildFailure, ContainerSpec, Endpoint, Engine, EngineError, Exec, Mounted, RUN_LABEL, Reach,
};
use civic_conformance::lab::AGENT_IMAGE;
use civic_conformance::run_lock::Home;
use civic_contract::manifest::Build;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SOON: Duration = Duration::from_secs(20);

/// A place on the engine for one test; what is in it goes when the test ends.
struct Place {
    engine: Engine,
    run: String,
    network: String,
}

impl Place {
    async fn make() -> Self {
        let engine = Engine::connect().await.expect("a container engine must run: make setup");
        let run = format!("test-{:08x}", rand::random::<u32>());
        let labels = HashMap::from([(RUN_LABEL.to_owned(), run.clone())]);
        let network = engine.make_network(&format!("civic-{run}"), &labels).await.unwrap();
        Self { engine, run, network }
    }

    fn spec(&self, name: &str, script: &str) -> ContainerSpec {
        ContainerSpec {
            name: format!("civic-{}-{name}", self.run),
            image: AGENT_IMAGE.into(),
            entrypoint: Some(["sh", "-c", script].map(Into::into).into()),
            command: Some(Vec::new()),
            labels: HashMap::from([(RUN_LABEL.to_owned(), self.run.clone())]),
            network: self.network.clone(),
            aliases: vec![name.into()],
            ..ContainerSpec::default()
        }
    }

    async fn launch(&self, name: &str, script: &str) -> String {
        let id = self.engine.create(&self.spec(name, script)).await.unwrap();
        self.engine.start(&id).await.unwrap();
        id
    }

    async fn clear(self) {
        self.engine.sweep(&[&format!("{RUN_LABEL}={}", self.run)]).await.unwrap();
    }
}

const IDLE: &str = "trap 'exit 0' TERM; sleep 600 & wait";

#[tokio::test]
async fn commands_give_their_output_code_and_input() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    let exec = Exec::new(["sh", "-c", "cat; echo oops >&2; exit 3"]).stdin(b"hello");
    let output = place.engine.exec(&id, &exec, SOON).await.unwrap();
    assert_eq!((output.text().as_str(), output.code), ("hello", Some(3)));
    assert_eq!(output.complaint(), "exit code 3: oops");
    place.clear().await;
}

#[tokio::test]
async fn a_command_that_hangs_is_given_up_in_time() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    let exec = Exec::new(["sleep", "600"]);
    let output = place.engine.exec(&id, &exec, Duration::from_millis(300)).await.unwrap();
    assert_eq!(output.code, None);
    place.clear().await;
}

#[tokio::test]
async fn a_command_that_prints_a_gigabyte_is_read_to_its_end_and_mostly_forgotten() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    let exec = Exec::new(["sh", "-c", "head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo end"]);
    let output = place.engine.exec(&id, &exec, Duration::from_secs(120)).await.unwrap();
    assert_eq!(output.code, Some(0));
    assert!(output.stdout.len() <= 8 * 1024 * 1024, "{} bytes kept", output.stdout.len());
    assert!(output.stdout.ends_with(b"\nend\n"));
    place.clear().await;
}

#[tokio::test]
async fn nothing_is_read_by_a_shell() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    let hostile = "a b\n\"c\" 'd' $(touch /tmp/pwned) `id`; exit 7";
    let output = place.engine.exec(&id, &Exec::new(["printf", "%s", hostile]), SOON).await.unwrap();
    assert_eq!(output.text(), hostile);
    let looked = place.engine.exec(&id, &Exec::new(["test", "-e", "/tmp/pwned"]), SOON).await.unwrap();
    assert_eq!(looked.code, Some(1));
    place.clear().await;
}

#[tokio::test]
async fn containers_are_reached_directly_and_through_a_tunnel() {
    let place = Place::make().await;
    let agent = place.launch("agent", IDLE).await;
    let server = place.launch("server", "while true; do echo hello | nc -l -p 7000; done").await;
    let address = place.engine.state(&server).await.unwrap().address.unwrap();
    let mut said = String::new();
    for _ in 0..100 {
        let mut stream = place.engine.dial_through(&agent, "server", 7000).await.unwrap();
        let _ = stream.shutdown().await;
        let _ = tokio::time::timeout(SOON, stream.read_to_string(&mut said)).await;
        if !said.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(said, "hello\n");
    if place.engine.reach(&place.network).await.unwrap() == Reach::Direct {
        let mut dialled = Err(std::io::Error::other("not tried"));
        for _ in 0..100 {
            dialled = Engine::dial_direct(&address, 7000, SOON).await;
            if dialled.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(dialled.is_ok());
    }
    assert_eq!(place.engine.clone().through_tunnel().reach(&place.network).await.unwrap(), Reach::Tunnel);
    place.clear().await;
}

#[tokio::test]
async fn files_go_in_and_come_out_with_owner_and_mode() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    let make = Exec::new(["sh", "-c", "echo hi > /tmp/f && chown 77:88 /tmp/f && chmod 640 /tmp/f"]);
    assert!(place.engine.exec(&id, &make, SOON).await.unwrap().succeeded());
    let tar = place.engine.download(&id, "/tmp/f", 1 << 20).await.unwrap().unwrap();
    let remove = Exec::new(["rm", "/tmp/f"]);
    assert!(place.engine.exec(&id, &remove, SOON).await.unwrap().succeeded());
    place.engine.upload(&id, "/tmp", tar).await.unwrap();
    let look = Exec::new(["stat", "-c", "%u:%g %a", "/tmp/f"]);
    assert_eq!(place.engine.exec(&id, &look, SOON).await.unwrap().text(), "77:88 640\n");
    assert_eq!(place.engine.download(&id, "/bin", 1000).await.unwrap(), None, "larger than the limit");
    place.clear().await;
}

#[tokio::test]
async fn the_last_lines_of_a_dead_container_are_kept_and_cut() {
    let place = Place::make().await;
    let id = place.launch("box", "for i in 1 2 3 4; do echo line $i; done; exit 5").await;
    let state = place.engine.wait_for_exit(&id, SOON).await.unwrap();
    assert_eq!((state.running, state.exit_code), (false, 5));
    assert_eq!(place.engine.last_lines(&id, 2).await.unwrap(), ["line 3", "line 4"]);
    place.clear().await;
}

#[tokio::test]
async fn a_killed_container_says_137() {
    let place = Place::make().await;
    let id = place.launch("box", IDLE).await;
    place.engine.signal(&id, "SIGKILL").await.unwrap();
    assert_eq!(place.engine.wait_for_exit(&id, SOON).await.unwrap().exit_code, 137);
    place.engine.signal(&id, "SIGKILL").await.expect("a dead container is no error");
    place.clear().await;
}

#[tokio::test]
async fn a_sweep_takes_what_is_labelled_and_nothing_else() {
    let place = Place::make().await;
    let labels = HashMap::from([(RUN_LABEL.to_owned(), place.run.clone())]);
    let (ours, witness) = (format!("civic-{}-v", place.run), format!("witness-{}", place.run));
    place.engine.make_volume(&ours, &labels).await.unwrap();
    place.engine.make_volume(&witness, &HashMap::new()).await.unwrap();
    place.launch("box", IDLE).await;
    let mut spec = place.spec("witness", IDLE);
    spec.labels.clear();
    spec.network = "none".into();
    spec.aliases.clear();
    let mount = Mounted { volume: witness.clone(), path: "/w".into(), read_only: false, no_copy: true };
    spec.mounts = vec![mount];
    let container = place.engine.create(&spec).await.unwrap();
    place.engine.start(&container).await.unwrap();

    let swept = place.engine.sweep(&[&format!("{RUN_LABEL}={}", place.run)]).await.unwrap();

    assert_eq!((swept.containers, swept.networks, swept.volumes), (1, 1, 1));
    assert!(!place.engine.has_volume(&ours).await.unwrap());
    let untouched = place.engine.has_volume(&witness).await.unwrap();
    let running = place.engine.state(&container).await.unwrap().running;
    place.engine.remove_container(&container).await.unwrap();
    place.engine.remove_volume(&witness).await.unwrap();
    assert!(untouched && running);
}

#[tokio::test]
async fn dead_runs_of_this_machine_are_swept_and_live_ones_spared() {
    let engine = Engine::connect().await.expect("a container engine must run: make setup");
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let runs: Vec<String> =
        ["dead", "live"].map(|kind| format!("{kind}-{:08x}", rand::random::<u32>())).into();
    let lock = home.lock(&runs[1]).unwrap();
    for run in &runs {
        let labels = HashMap::from([
            (RUN_LABEL.to_owned(), run.clone()),
            (civic_conformance::engine::HOST_LABEL.to_owned(), home.host().to_owned()),
        ]);
        engine.make_volume(&format!("civic-{run}"), &labels).await.unwrap();
    }
    let swept = home.sweep_dead(&engine, false).await.unwrap();
    assert_eq!(swept.runs, [runs[0].clone()]);
    assert!(swept.spared.contains(&runs[1]));
    assert!(!engine.has_volume(&format!("civic-{}", runs[0])).await.unwrap());
    drop(lock);
    assert_eq!(home.sweep_dead(&engine, false).await.unwrap().runs, [runs[1].clone()]);
}

async fn build(dockerfile: &str) -> Result<(), BuildFailure> {
    let engine = Engine::connect().await.expect("a container engine must run: make setup");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    let build = Build {
        context: PathBuf::new(),
        dockerfile: "Dockerfile".into(),
        args: BTreeMap::new(),
        target: None,
    };
    let tag = format!("civic.local/test-{:08x}:latest", rand::random::<u32>());
    let built = engine.build(folder.path(), "test", "web", &build, &tag).await;
    if built.is_ok() {
        engine.remove_image(&tag).await.unwrap();
    }
    built.map(drop)
}

#[tokio::test]
async fn a_build_that_fails_shows_its_last_lines() {
    let failure =
        build("FROM debian:trixie-slim\nRUN echo looking && no-such-program --x\n").await.unwrap_err();
    let BuildFailure::Step { service, lines, .. } = failure else { panic!("{failure}") };
    assert_eq!(service, "web");
    let shown = lines.join("\n");
    assert!(shown.contains("looking") && shown.contains("no-such-program"), "{shown}");
}

#[tokio::test]
async fn a_dockerfile_that_cannot_be_parsed_is_the_projects_fault() {
    let failure = build("FROM debian:trixie-slim\nHELLO world\n").await.unwrap_err();
    assert!(matches!(failure, BuildFailure::Step { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_stand_in_below_a_built_image_is_reported() {
    let engine = Engine::connect().await.expect("a container engine must run: make setup");
    let base = engine.image(AGENT_IMAGE).await.unwrap().expect("make setup brings the agent's image");
    build("FROM debian:trixie-slim\nRUN true\n").await.unwrap();
    for stand_in in base.stand_ins {
        assert!(stand_in.contains(AGENT_IMAGE), "{stand_in}");
    }
}

#[tokio::test]
async fn an_engine_that_is_not_there_says_what_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix://{}/none.sock", folder.path().display());
    let failure = Engine::connect_to(Endpoint::new(&address, "a test")).await.err().expect("there is none");
    let EngineError::Unreachable { tried } = failure else { panic!("{failure}") };
    assert_eq!(tried, [(format!("{address} (a test)"), "there is no such socket".to_owned())]);
}
