//! `civic certify --self-test`: shows that each drill can fail.

use civic_conformance::certify::{self, Request};
use civic_conformance::engine::Engine;
use civic_conformance::plan::Plan;
use civic_conformance::project::Project;
use civic_conformance::recorder::Recorder;
use civic_conformance::run_lock::Home;
use civic_conformance::self_test::{complaints, lay_out, specimens};
use civic_contract::exit::Exit;

use super::certify::{Ended, carry_out, run_id};
use super::{block_on, home};
use crate::args::Certify;
use crate::{render, say};

/// Certifies every specimen; 0 when each fails exactly its drill.
pub fn run(args: &Certify) -> Exit {
    block_on(run_all(args))
}

async fn run_all(args: &Certify) -> Exit {
    let engine = match Engine::connect().await {
        Ok(engine) => engine,
        Err(failure) => return say::engine(&failure),
    };
    let home = match home() {
        Ok(home) => home,
        Err(error) => return broken("civic's state folder", &error),
    };
    let mut exit = Exit::Done;
    for id in specimens() {
        match run_one(&engine, &home, args, &id).await {
            Ok(complaints) if complaints.is_empty() => println!("✓ {id}"),
            Ok(complaints) => {
                println!("✗ {id}");
                complaints.iter().for_each(|complaint| println!("    {}", render::plain(complaint)));
                exit = Exit::AppFailed;
            }
            Err(failure) => return failure,
        }
    }
    let verdict = if exit == Exit::Done {
        "Each drill can fail, and fails what it is made for."
    } else {
        "The suite does not do what it says."
    };
    println!("{verdict}");
    exit
}

async fn run_one(engine: &Engine, home: &Home, args: &Certify, id: &str) -> Result<Vec<String>, Exit> {
    let folder = tempfile::tempdir().map_err(|error| broken("a temporary folder", &error))?;
    lay_out(id, folder.path()).map_err(|error| broken("a temporary folder", &error))?;
    let project = Project::load(folder.path()).map_err(|failure| say::project(&failure))?;
    let plan = Plan::new(&project.manifest, &[], jiff::Zoned::now().date())
        .map_err(|failure| say::plan(&failure))?;
    let run = run_id();
    let _lock = home.lock(&run).map_err(|error| broken("civic's state folder", &error))?;
    let recorder = Recorder::create(&folder.path().join("journal.jsonl"))
        .map_err(|error| broken("a temporary folder", &error))?;
    let request = Request {
        jobs: args.jobs.map_or_else(|| certify::default_jobs(engine, &project), usize::from),
        host: home.host().into(),
        seed: args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>())),
        quick: false,
        skip_build: false,
        findings: Vec::new(),
        project,
        plan,
        run,
    };
    match carry_out(engine, &request, &recorder, args.quiet).await {
        Ended::Finished(Ok(verdicts)) => Ok(complaints(id, &verdicts)),
        Ended::Finished(Err(failure)) => Err(say::certify(&failure)),
        Ended::Interrupted => Err(Exit::Interrupted),
        Ended::NoJournal(reason) => Err(broken("the journal", &std::io::Error::other(reason))),
    }
}

fn broken(what: &str, error: &std::io::Error) -> Exit {
    say::error(&format!("cannot write {what}: {error}"), &[]);
    Exit::Infrastructure
}
