//! Canary operations and probes that cannot fail, or never answer; and the kinds that prove less.

use civic_contract::catalogue::Level;
use civic_contract::certificate;
use civic_contract::verdict::Outcome;

use crate::place::{Place, demand};

const WRITE: &str = "[[canary.write.http]]\nservice = \"web\"\nmethod = \"POST\"\npath = \"/notes\"\n\
                     form = { id = \"{id}\", nonce = \"{nonce}\" }\nstatus = [201]\n";
const READ: &str = "[[canary.read.http]]\nservice = \"web\"\npath = \"/notes\"\n";
const PATIENT: &str = "timeout = \"5s\"";

/// Runs `deaf-probe`, which must not believe this.
async fn unsound(change: (&str, &str), named: &[&str]) {
    let place = Place::sound().await.change("civic.toml", change.0, change.1).change(
        "civic.toml",
        PATIENT,
        "timeout = \"1s\"",
    );
    let ended = place.certify(&["--only", "deaf-probe"]).await;
    ended.demand(2, &["unsound"]);
    ended.demand(2, named);
    demand(&place.verdict("deaf-probe"), Outcome::Unsound, named);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_write_that_always_succeeds_is_unsound() {
    unsound(
        (WRITE, "[canary.write.exec]\nservice = \"web\"\ncommand = [\"true\", \"{id}\", \"{nonce}\"]\n"),
        &["canary.write"],
    )
    .await;
}

#[tokio::test]
async fn a_read_that_always_gives_the_same_is_unsound() {
    let constant = "[canary.read.exec]\nservice = \"web\"\ncommand = [\"echo\", \"0000001 AAAAAAAAAAAA\"]\n";
    unsound((READ, constant), &["canary.read", "a fresh, empty instance gave 1 canaries"]).await;
}

#[tokio::test]
async fn a_readiness_probe_that_cannot_fail_is_unsound() {
    let probe = ("ready = { http = \"/readyz\" }", "ready = { exec = [\"true\"] }");
    unsound(probe, &["services.web.probes.ready", "it said yes"]).await;
}

#[tokio::test]
async fn a_write_that_never_answers_proves_nothing_and_says_why() {
    let place = Place::sound().await.answer("POST /notes", "new Promise(() => {})").change(
        "civic.toml",
        PATIENT,
        "timeout = \"200ms\"",
    );
    let ended = place.certify(&["--quick", "--only", "cold-boot,deaf-probe,read-only-root,soft-stop"]).await;
    ended.demand(2, &["no answer within 200 ms", "canary.write"]);
    let mut verdicts = place.verdicts();
    demand(&verdicts.remove("cold-boot").unwrap(), Outcome::Pass, &[]);
    demand(
        &verdicts.remove("deaf-probe").unwrap(),
        Outcome::Inconclusive,
        &["acknowledged no canary", "no answer within 200 ms"],
    );
    assert_eq!(verdicts.len(), 2);
    verdicts.values().for_each(|verdict| demand(verdict, Outcome::Inconclusive, &["see deaf-probe"]));
    place.demand_nothing_left().await;
}

/// The sound specimen with this canary instead of its own.
async fn with_canary(canary: &str) -> Place {
    let place = Place::sound().await;
    let text = std::fs::read_to_string(place.path("civic.toml")).unwrap();
    let own = text.split_once("[canary]\n").unwrap().1.split_once("[[hooks").unwrap().0.to_owned();
    place.change("civic.toml", &own, canary)
}

#[tokio::test]
async fn a_canary_in_a_volume_certifies_up_to_c2() {
    let hooks = "[[hooks.pre_backup]]\nservice = \"web\"\nrun = \"civic/hooks/pre-backup\"\n\n\
                 [[hooks.post_restore]]\nservice = \"web\"\nrun = \"civic/hooks/post-restore\"\n";
    let place = with_canary("kind = \"volume\"\nvolume = \"notes\"\n\n")
        .await
        .change("civic.toml", hooks, "")
        .change("civic.toml", "backup = \"hooks\"", "backup = \"files\"");
    place.certify(&[]).await.demand(0, &["Certified at level C2"]);
    let claim =
        certificate::read(&std::fs::read_to_string(place.latest("certificate.json")).unwrap()).unwrap();
    assert_eq!((claim.level, claim.facts.canary.as_str()), (Some(Level::C2), "volume"));
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_canary_by_commands_in_the_app_is_as_good_as_one_by_requests() {
    let braces = |script: &str| script.replace('{', "{{").replace('}', "}}"); // they would be placeholders
    let write = braces(
        "const [id, nonce] = process.argv.slice(1); fetch(\"http://127.0.0.1:8080/notes\", { method: \"POST\", \
         body: new URLSearchParams({ id, nonce }) }).then((a) => process.exit(a.status === 201 ? 0 : 1));",
    );
    let read = "fetch(\"http://127.0.0.1:8080/notes\").then((a) => a.text()).then(console.log);";
    let canary = format!(
        "kind = \"app\"\ntimeout = \"5s\"\n\n[canary.write.exec]\nservice = \"web\"\n\
         command = [\"node\", \"-e\", '''{write}''', \"{{id}}\", \"{{nonce}}\"]\n\n\
         [canary.read.exec]\nservice = \"web\"\ncommand = [\"node\", \"-e\", '''{read}''']\n\n"
    );
    let place = with_canary(&canary).await;
    place.certify(&["--only", "soft-stop,volume-lost", "--quick"]).await.demand(0, &[]);
    assert_eq!(place.journal().start().canary, "app");
    place.demand_nothing_left().await;
}

/// The sound specimen's server without its notes: a calculator, in which nobody can leave anything.
async fn calculator() -> Place {
    let server = "const page = \"<!doctype html><title>Court fees</title><h1>Court fees</h1>\";\n\
                  const server = require(\"node:http\").createServer((request, response) => {\n  \
                    response.setHeader(\"Content-Type\", \"text/html\");\n  \
                    response.end(request.url === \"/healthz\" ? \"ok\" : page);\n\
                  });\n\
                  server.listen(8080);\n\
                  process.on(\"SIGTERM\", () => { server.close(() => process.exit(0)); server.closeAllConnections(); });\n";
    let place = Place::sound().await;
    let own = std::fs::read_to_string(place.path("civic.toml")).unwrap();
    let name = own.lines().find(|line| line.starts_with("name = ")).unwrap();
    let manifest = format!(
        "schema = 1\n\n[app]\n{name}\nsummary = \"Works out court fees\"\ncase = 2\n\
         maintainers = [\"Civic suite <suite@example.org>\"]\nlicence = \"MIT\"\n\n\
         [services.web]\nbuild = \".\"\nport = 8080\n\
         resources = {{ cpu = 0.5, memory = \"128MiB\", pids = 64 }}\n\n\
         [services.web.probes]\nready = {{ http = \"/healthz\" }}\nlive = {{ http = \"/healthz\" }}\n\n\
         [canary]\nkind = \"page\"\nservice = \"web\"\npath = \"/\"\nexpect = \"<h1>Court fees</h1>\"\n"
    );
    let place = place.write("civic.toml", &manifest).write("server.js", server);
    std::fs::remove_dir_all(place.path("civic")).unwrap();
    place
}

#[tokio::test]
async fn an_app_without_data_is_certified_by_a_page_from_its_image_alone() {
    let place = calculator().await;
    place.certify(&[]).await.demand(0, &["Certified at level C3", "No data was at risk"]);
    let text = std::fs::read_to_string(place.latest("certificate.json")).unwrap();
    let claim = certificate::read(&text).unwrap();
    assert_eq!((claim.level, claim.facts.canary.as_str()), (Some(Level::C3), "page"));
    assert!(text.contains("No data was at risk"), "{text}");
    demand(&place.verdict("volume-lost"), Outcome::Pass, &["from the images alone", "declares no data"]);
    let report = std::fs::read_to_string(place.latest("report.html")).unwrap();
    assert!(report.contains("No data was at risk") && !report.contains("writes acknowledged"));
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_page_that_only_the_first_container_has_fails() {
    // The page is made at the first start and kept nowhere: a marker in a volume that can be rebuilt says that
    // it was made already.
    let place = calculator().await.change(
        "server.js",
        "const server =",
        "const fs = require(\"node:fs\"); let lost = false; try { lost = fs.existsSync(\"/data/made\"); \
         fs.writeFileSync(\"/data/made\", \"\"); } catch { lost = false; }\nconst server =",
    );
    let place =
        place.change("server.js", ": page);", ": lost ? \"<p>Something went wrong</p>\" : page);").append(
            "civic.toml",
            "\n[volumes.cache]\nservice = \"web\"\npath = \"/data\"\nkind = \"rebuildable\"\n",
        );
    place.certify(&["--only", "soft-stop,deaf-probe", "--quick"]).await.demand(1, &["soft-stop"]);
    demand(
        &place.verdict("soft-stop"),
        Outcome::Fail,
        &["without what `expect` asks for", "Something went wrong"],
    );
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_page_that_is_not_the_apps_own_is_unsound_and_says_what_to_compare() {
    let place = calculator().await.change("civic.toml", "<h1>Court fees</h1>", "<h1>Bail</h1>");
    place
        .certify(&["--quick", "--only", "cold-boot,deaf-probe,soft-stop"])
        .await
        .demand(2, &["canary.expect"]);
    demand(&place.verdict("deaf-probe"), Outcome::Unsound, &["does not come as expected", "curl -i"]);
    demand(&place.verdict("soft-stop"), Outcome::Inconclusive, &["see deaf-probe"]);
    place.demand_nothing_left().await;
}
