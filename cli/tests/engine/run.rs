//! Whole runs, parts of runs, and runs side by side.

use std::collections::BTreeMap;

use civic_contract::journal::{Event, Journal};

use crate::place::{Place, ended, journal};

#[tokio::test]
async fn two_runs_of_the_same_app_at_once_are_both_certified() {
    let place = Place::sound().await;
    let run = || ended(place.command(&place.arguments(&[])));
    let (one, other) = tokio::join!(run(), run());
    one.demand(0, &["Certified at level C3"]);
    other.demand(0, &["Certified at level C3"]);
    let runs = place.runs();
    assert_eq!(runs.len(), 2);
    for run in &runs {
        let folder = run.to_str().unwrap();
        place.run(&["verify", "--rejudge", folder]).await.demand(0, &["Judged again: the same verdicts"]);
        assert!(run.join("certificate.json").is_file() && run.join("report.html").is_file());
        assert!(!run.join("refusal.json").exists());
    }
    place.demand_nothing_left().await;
}

/// Every canary of a journal, by sandbox and number.
fn nonces(journal: &Journal) -> BTreeMap<(String, u32), String> {
    let invoked = journal.entries.iter().filter_map(|entry| match &entry.event {
        Event::Invoked { id, nonce } => Some(((entry.sandbox.clone().unwrap(), *id), nonce.clone())),
        _ => None,
    });
    invoked.collect()
}

#[tokio::test]
async fn a_seed_gives_the_same_canaries_on_the_images_of_the_last_build() {
    let place = Place::sound().await;
    let part = ["--only", "soft-stop", "--quick", "--seed", "7"];
    place.certify(&part).await.demand(0, &["with seed 7"]);
    assert!(!place.latest("certificate.json").exists(), "a part of a run never certifies");
    assert!(place.latest("refusal.json").is_file());

    std::fs::remove_file(place.path("Dockerfile")).unwrap();
    place.certify(&[&part[..], &["--skip-build"]].concat()).await.demand(0, &[]);
    place.certify(&["--only", "soft-stop", "--quick", "--skip-build"]).await.demand(0, &[]);

    let runs = place.runs();
    let [one, other, unseeded] = &runs[..] else { panic!("{runs:?}") };
    let [one, other, unseeded] =
        [one, other, unseeded].map(|run| nonces(&journal(&run.join("journal.jsonl"))));
    // How many writes a load fits in is a matter of time; which ones they are is not.
    let common: Vec<_> = one.keys().filter(|key| other.contains_key(*key)).collect();
    assert!(common.len() > 20, "{} canaries in both", common.len());
    assert!(common.iter().all(|key| one[*key] == other[*key]));
    assert!(common.iter().all(|key| unseeded.get(*key) != one.get(*key)), "another seed gives others");
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn without_dockerfile_and_image_the_build_fails() {
    let place = Place::sound().await;
    std::fs::remove_file(place.path("Dockerfile")).unwrap();
    place
        .certify(&["--skip-build"])
        .await
        .demand(1, &["the image of service `web` does not build", "Dockerfile"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn an_image_that_cannot_be_had_is_the_infrastructures_fault() {
    let place =
        Place::sound().await.change("civic.toml", "build = \".\"", "image = \"127.0.0.1:1/no/such:1\"");
    place
        .certify(&[])
        .await
        .demand(3, &["pull the image 127.0.0.1:1/no/such:1", "Is the registry reachable"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_run_never_writes_into_the_folder_of_another() {
    let place = Place::sound().await;
    std::fs::create_dir(place.beside("out")).unwrap();
    std::fs::write(place.beside("out/journal.jsonl"), "somebody's\n").unwrap();
    place.certify(&["--out", "out"]).await.demand(3, &["cannot write out/journal.jsonl", "--out DIR"]);
    assert_eq!(std::fs::read_to_string(place.beside("out/journal.jsonl")).unwrap(), "somebody's\n");
    place.demand_nothing_left().await;
}
