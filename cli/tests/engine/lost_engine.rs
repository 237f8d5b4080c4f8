//! An engine that dies half way, and one on another machine.

use civic_contract::journal::Event;
use civic_contract::verdict::Outcome;

use crate::place::{Place, demand, ended};
use crate::proxy::Proxy;

#[tokio::test]
async fn an_engine_that_dies_half_way_is_no_fault_of_the_app() {
    let place = Place::sound().await;
    let mut proxy = Proxy::on_socket(&place.engine, &place.beside("engine.sock"));
    let mut command = place.command(&place.arguments(&["--only", "hard-kill,soft-stop", "--quick"]));
    let run = ended({
        command.env("DOCKER_HOST", &proxy.address);
        command
    });
    let harm =
        |event: &Event| matches!(event, Event::Harmed { fault, phase: Some(_), .. } if fault == "sigkill");
    let cut = async {
        place.wait_for(|entries| entries.iter().any(|entry| harm(&entry.event))).await;
        proxy.cut().await;
    };
    let (run, ()) = tokio::join!(run, cut);
    run.demand(3, &["infra-error", "civic clean"]);
    demand(&place.verdict("hard-kill"), Outcome::InfraError, &["The laboratory broke"]);
    assert!(place.journal().is_complete(), "the suite itself came to its end");
    let folder = place.latest("");
    place.run(&["verify", "--rejudge", folder.to_str().unwrap()]).await.demand(0, &[]);

    assert_eq!(place.left().await.len(), 1, "nobody could clean up");
    place.run(&["clean"]).await.demand(0, &["of 1 dead run(s)"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn an_engine_that_dies_before_any_drill_is_told_with_the_same_code() {
    let place = Place::sound().await;
    let mut proxy = Proxy::on_socket(&place.engine, &place.beside("engine.sock"));
    let mut command = place.command(&place.arguments(&["--only", "soft-stop", "--quick"]));
    let run = ended({
        command.env("DOCKER_HOST", &proxy.address);
        command
    });
    let cut = async {
        place
            .wait_for(|entries| entries.iter().any(|entry| matches!(entry.event, Event::SandboxMade { .. })))
            .await;
        proxy.cut().await;
    };
    let (run, ()) = tokio::join!(run, cut);
    run.demand(3, &[]);
    demand(&place.verdict("soft-stop"), Outcome::InfraError, &[]);
    place.run(&["clean"]).await.demand(0, &[]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_remote_engine_is_reached_through_tunnels() {
    let place = Place::sound().await;
    let proxy = Proxy::on_port(&place.engine).await;
    let mut command = place.command(&place.arguments(&["--only", "soft-stop", "--quick"]));
    command.env("DOCKER_HOST", &proxy.address);
    ended(command).await.demand(0, &["pass"]);
    assert!(proxy.saw_a_tunnel(), "the app was reached in another way");
    place.demand_nothing_left().await;
}
