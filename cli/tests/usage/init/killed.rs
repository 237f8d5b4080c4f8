//! Runs that are killed or meet each other: the project is as before or whole, and the next run ends what was begun.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::project::{App, Is};

fn start(app: &App, arguments: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("civic"));
    command.current_dir(app.root()).env_clear().env("HOME", app.outside()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The project without what only serves an undo.
fn packaged(app: &App) -> BTreeMap<String, (Is, u32)> {
    app.content().into_iter().filter(|(path, _)| !path.starts_with(".civic/journal")).collect()
}

/// What an `init` makes of the project, and how long that takes.
fn whole() -> (BTreeMap<String, (Is, u32)>, Duration) {
    let app = App::node();
    let started = Instant::now();
    app.init(&[]);
    (packaged(&app), started.elapsed())
}

#[test]
fn after_a_kill_at_any_moment_the_next_run_gives_a_whole_tree() {
    let (whole, takes) = whole();
    let mut killed = 0;
    for step in 0..24 {
        let app = App::node();
        app.write(".gitignore", "node_modules/\n");
        let before = app.content();
        let mut child = start(&app, &["init", "--yes"]);
        let until = Instant::now() + takes.mul_f64(f64::from(step) / 20.0);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        // What was there is there, whatever was added.
        let between = app.content();
        for (path, entry) in before.iter().filter(|(path, _)| path.as_str() != ".gitignore") {
            assert_eq!(between.get(path), Some(entry), "{path} after a kill at step {step}");
        }
        app.init(&[]);
        let after = packaged(&app);
        let missing: Vec<_> = whole.keys().filter(|path| !after.contains_key(*path)).collect();
        assert!(missing.is_empty(), "step {step}: {missing:?}");
        assert!(!after.contains_key(".civic-new"), "step {step}");
        assert!(app.read(".gitignore").starts_with("node_modules/\n"));
        assert_eq!(app.civic(&["update"]).code, 0);
        assert_eq!(packaged(&app), after, "step {step}");
    }
    assert!(killed > 4, "only {killed} of the runs were caught at work");
}

#[test]
fn the_kill_that_left_a_decided_run_is_seen_by_a_dry_run_which_writes_nothing() {
    let app = App::node();
    app.init(&[]);
    // As a run leaves it that was killed between its decision and its end.
    std::fs::rename(app.path(".civic/journal/last"), app.path(".civic/journal/next")).unwrap();
    std::fs::rename(app.path(".civic/journal/next/done.json"), app.path(".civic/journal/next/record.json"))
        .unwrap();
    for arguments in [&["init", "--dry-run"][..], &["update", "--dry-run"], &["init", "--dry-run", "--json"]]
    {
        app.refuses(arguments, 4, &["interrupted", "civic init"]);
    }
    let ended = app.civic(&["update"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("An interrupted run was finished first."), "{}", ended.err);
}

#[test]
fn of_two_runs_at_once_one_waits_for_nobody_and_says_why() {
    let (whole, _) = whole();
    for _ in 0..4 {
        let app = App::node();
        let runs = [start(&app, &["init", "--yes"]), start(&app, &["init", "--yes"])];
        let outputs = runs.map(|run| run.wait_with_output().unwrap());
        let codes = outputs.each_ref().map(|output| output.status.code().unwrap());
        assert!(codes.contains(&0), "{outputs:?}");
        for output in &outputs {
            let said = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => {}
                Some(4) => assert!(
                    said.contains("another run of civic is at work") && !said.contains("civic init PATH"),
                    "{said}"
                ),
                other => panic!("{other:?}: {said}"),
            }
        }
        assert_eq!(packaged(&app).keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    }
}
