//! Apps that do not come up.

use civic_contract::verdict::Outcome;

use crate::place::{Place, demand};

#[tokio::test]
async fn an_image_that_does_not_build_shows_the_builds_last_lines() {
    let place = Place::sound().await;
    let place = place.append("Dockerfile", "RUN echo looking for the moon && no-such-program --now\n");
    let ended = place.certify(&[]).await;
    ended.demand(
        1,
        &["the image of service `web` does not build", "| looking for the moon", "no-such-program"],
    );
    assert!(place.journal().is_complete(), "a run that ends itself ends its journal");
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn an_app_that_is_never_ready_fails_its_cold_boot_and_leaves_the_rest_open() {
    let place = Place::sound()
        .await
        .answer("GET /readyz", "[503, \"waiting for the moon\\n\"]")
        .change("server.js", "openNotebook();", "console.log(\"the moon is down\");\nopenNotebook();")
        .append("civic.toml", "\n[tolerance]\nboot = \"3s\"\n");
    let ended = place.certify(&["--format", "json"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&report["schema"], &report["certified"]), (&1.into(), &false.into()));
    let mut verdicts = place.verdicts();
    let boot = verdicts.remove("cold-boot").unwrap();
    demand(
        &boot,
        Outcome::Fail,
        &[
            "Service web did not become ready",
            "503: waiting for the moon.",
            "tolerance.boot",
            "web: the moon is down",
        ],
    );
    assert!(boot.findings[0].deadline.is_some(), "{boot:?}");
    assert_eq!(verdicts.len(), 6);
    verdicts.values().for_each(|verdict| demand(verdict, Outcome::Inconclusive, &["The app never started"]));
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn an_app_that_exits_at_once_shows_its_exit_code_and_last_words() {
    let place = Place::sound()
        .await
        .write("server.js", "console.log(\"no database at db:5432\");\nprocess.exit(7);\n");
    let ended = place.certify(&["--only", "cold-boot", "--quick"]).await;
    ended.demand(
        1,
        &[
            "exit code 7",
            "web: no database at db:5432",
            "It ended 5 times with exit code 7",
            "--only cold-boot --seed",
        ],
    );
    demand(&place.verdict("cold-boot"), Outcome::Fail, &["ended with exit code 7 before it was ready"]);

    let lenient =
        ["--only", "cold-boot", "--quick", "--skip-build", "--no-fail", "--format", "json", "--quiet"];
    let ended = place.certify(&lenient).await;
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "--no-fail and --quiet");
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["verdicts"][0]["outcome"], "fail");
    place.demand_nothing_left().await;
}
