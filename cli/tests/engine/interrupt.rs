//! Runs that are ended by a person, by the system, or by SIGKILL.

use std::process::Stdio;

use civic_conformance::engine::{ContainerSpec, Mounted};
use civic_conformance::lab::AGENT_IMAGE;
use civic_contract::journal::{Entry, Event};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::process::{Child, Command};

use crate::place::Place;

/// How often SIGKILL hits, unless `CIVIC_KILLS` says otherwise.
const KILLS: u32 = 5;
const SEED: u64 = 2;

async fn send(signal: &str, child: &Child) {
    let id = child.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).stdin(Stdio::null()).status().await.unwrap();
    assert!(sent.success());
}

fn drills_run(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.drill.is_some() && matches!(entry.event, Event::Ready { .. }))
}

/// Interrupts a run while its drills run.
async fn interrupted_by(signal: &str) {
    let place = Place::sound().await;
    let child = place.command(&place.arguments(&[])).spawn().unwrap();
    place.wait_for(drills_run).await;
    send(signal, &child).await;
    let output = child.wait_with_output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("Interrupted. Removing what this run made"), "{said}");
    assert!(said.contains("Nothing of the run is left on the engine"), "{said}");
    place.demand_nothing_left().await;

    let journal = place.journal();
    assert!(matches!(journal.entries.last().unwrap().event, Event::RunEnded { interrupted: true, .. }));
    assert!(!place.latest("certificate.json").exists());
    let folder = place.latest("");
    place.run(&["verify", folder.to_str().unwrap()]).await.demand(5, &["interrupted"]);
}

#[tokio::test]
async fn ctrl_c_removes_everything_and_marks_the_journal() {
    interrupted_by("INT").await;
}

#[tokio::test]
async fn sigterm_does_the_same() {
    interrupted_by("TERM").await;
}

/// A container and a volume that carry no label of civic's, only one of this test's own.
struct Witness {
    container: String,
    volume: String,
}

impl Witness {
    async fn make(place: &Place) -> Self {
        let volume = format!("witness-{:08x}", rand::random::<u32>());
        place.engine.make_volume(&volume, &place.label()).await.unwrap();
        let mount = Mounted { volume: volume.clone(), path: "/w".into(), read_only: false, no_copy: true };
        let spec = ContainerSpec {
            name: format!("civic-{volume}"), // a name like those of civic protects nothing and harms nothing
            image: AGENT_IMAGE.into(),
            entrypoint: Some(["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"].map(Into::into).into()),
            command: Some(Vec::new()),
            labels: place.label(),
            network: "none".into(),
            mounts: vec![mount],
            ..ContainerSpec::default()
        };
        let container = place.engine.create(&spec).await.unwrap();
        place.engine.start(&container).await.unwrap();
        Self { container, volume }
    }

    async fn demand_untouched(self, place: &Place) {
        let running = place.engine.state(&self.container).await.is_ok_and(|state| state.running);
        let kept = place.engine.has_volume(&self.volume).await.unwrap();
        place.engine.remove_container(&self.container).await.unwrap();
        place.engine.remove_volume(&self.volume).await.unwrap();
        assert!(running && kept, "something that is not civic's was touched");
    }
}

/// Moments are numbers of journal lines, so that they are moments of the run and not of the clock.
#[tokio::test]
async fn after_sigkill_the_next_run_or_clean_removes_what_was_left_and_nothing_else() {
    let place = Place::sound().await;
    let witness = Witness::make(&place).await;
    let mut moments = StdRng::seed_from_u64(SEED);
    let kills = std::env::var("CIVIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    for kill in 0..kills {
        let lines = moments.random_range(3..160);
        place.forget_latest();
        let mut child = place.command(&place.arguments(&["--quiet"])).stderr(Stdio::null()).spawn().unwrap();
        place.wait_for(|entries| entries.len() >= lines).await;
        child.kill().await.unwrap();
        assert!(place.journal().entries.len() >= lines, "the journal of a killed run can be read");
        if kill % 2 == 0 {
            place.run(&["clean"]).await.demand(0, &["Removed"]);
            place.demand_nothing_left().await;
        } // else the next run finds it
    }
    place.certify(&["--only", "cold-boot", "--quick"]).await.demand(0, &[]);
    place.demand_nothing_left().await;
    witness.demand_untouched(&place).await;
}

#[tokio::test]
async fn clean_spares_a_run_that_is_alive() {
    let place = Place::sound().await;
    let child = place.command(&place.arguments(&["--only", "soft-stop", "--quick"])).spawn().unwrap();
    place
        .wait_for(|entries| entries.iter().any(|entry| matches!(entry.event, Event::SandboxMade { .. })))
        .await;
    place.run(&["clean"]).await.demand(0, &["Left alone: run", "0 dead run(s)"]);
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    place.demand_nothing_left().await;
}
