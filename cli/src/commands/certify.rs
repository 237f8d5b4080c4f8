//! `civic certify`.

use std::path::Path;
use std::time::Duration;

use civic_conformance::certify::{self, CertifyError, Request};
use civic_conformance::check;
use civic_conformance::engine::Engine;
use civic_conformance::plan::Plan;
use civic_conformance::project::Project;
use civic_conformance::recorder::Recorder;
use civic_conformance::run_lock::Home;
use civic_contract::catalogue;
use civic_contract::exit::Exit;
use civic_contract::journal::{Event, Journal};
use civic_contract::verdict::{Outcome, Verdict};

use super::{block_on, home};
use crate::args::{Certify, Format};
use crate::outputs::{self, JOURNAL, REPORT};
use crate::{progress, render, say};

/// Runs the command.
pub fn run(args: &Certify) -> Exit {
    let project = match Project::load(&args.path) {
        Ok(project) => project,
        Err(failure) => return say::project(&failure),
    };
    let only = args.only.clone().unwrap_or_default();
    let selected: Vec<String> =
        only.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if args.only.is_some() && selected.is_empty() {
        return say::plan(&civic_conformance::plan::PlanError::Empty);
    }
    let plan = match Plan::new(&project.manifest, &selected, jiff::Zoned::now().date()) {
        Ok(plan) => plan,
        Err(failure) => return say::plan(&failure),
    };
    if args.plan {
        print_plan(&project, &plan, args.format);
        return Exit::Done;
    }
    let exit = block_on(run_project(args, project, plan));
    match exit {
        Exit::AppFailed | Exit::Unproven if args.no_fail => Exit::Done,
        exit => exit,
    }
}

fn print_plan(project: &Project, plan: &Plan, format: Format) {
    if format == Format::Json {
        let document = serde_json::json!({
            "schema": 1, "app": project.manifest.app.name, "roster": plan.roster, "exempt": plan.exempt,
            "not_tested": plan.not_tested, "notes": plan.notes,
        });
        println!("{document:#}");
        return;
    }
    println!("Plan for {} ({}):\n", project.manifest.app.name, project.named);
    let rows = catalogue::CATALOGUE.iter().map(|entry| {
        let status = if plan.roster.contains(&entry.id) {
            "will run".to_owned()
        } else if let Some(reason) = plan.exempt.get(entry.id) {
            format!("exempt: {reason}")
        } else {
            format!("not tested: {}", plan.not_tested.get(entry.id).map_or("", String::as_str))
        };
        vec![entry.id.to_owned(), entry.level.to_string(), entry.title.to_owned(), render::plain(&status)]
    });
    println!("{}", render::table(&["drill", "level", "what is done", ""], rows.collect()));
    plan.notes.iter().for_each(|note| println!("{note}"));
}

async fn run_project(args: &Certify, project: Project, plan: Plan) -> Exit {
    let engine = match Engine::connect().await {
        Ok(engine) => engine,
        Err(failure) => return say::engine(&failure),
    };
    let home = match home() {
        Ok(home) => home,
        Err(error) => return no_folder("civic's state folder", &error),
    };
    if let Err(failure) = sweep(&home, &engine, args.quiet).await {
        return failure;
    }
    let run = run_id();
    let _lock = match home.lock(&run) {
        Ok(lock) => lock,
        Err(error) => return no_folder("civic's state folder", &error),
    };
    let folder = match outputs::make_folder(&project.folder, &run, args.out.as_deref()) {
        Ok(folder) => folder,
        Err(error) => return no_folder("the run's folder", &error),
    };
    let recorder = match Recorder::create(&folder.join(JOURNAL)) {
        Ok(recorder) => recorder,
        Err(error) => return no_folder(&folder.join(JOURNAL).display().to_string(), &error),
    };
    let request = Request {
        jobs: args.jobs.map_or_else(|| certify::default_jobs(&engine, &project), usize::from),
        findings: check::check(&project),
        run,
        host: home.host().into(),
        seed: args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>())),
        quick: args.quick,
        skip_build: args.skip_build,
        project,
        plan,
    };
    if !args.quiet {
        eprintln!("Run {} with seed {}: {} sandboxes at once.", request.run, request.seed, request.jobs);
    }
    let ended = carry_out(&engine, &request, &recorder, args.quiet).await;
    conclude(args, &folder, &recorder, ended)
}

async fn sweep(home: &Home, engine: &Engine, quiet: bool) -> Result<(), Exit> {
    let swept = home.sweep_dead(engine, false).await.map_err(|failure| say::engine(&failure))?;
    if swept.spared.is_empty() {
        let _ = engine.sweep_old_images().await; // only litter: whoever still uses one may keep it
    }
    if !swept.runs.is_empty() && !quiet {
        eprintln!(
            "Removed what {} interrupted run(s) had left: {}.",
            swept.runs.len(),
            swept.runs.join(", ")
        );
    }
    Ok(())
}

fn no_folder(what: &str, error: &std::io::Error) -> Exit {
    say::error(&format!("cannot write {what}: {error}"), &["Name another folder with --out DIR.".into()]);
    Exit::Infrastructure
}

/// Time and chance: sorts by start, and two that start at once differ.
pub(super) fn run_id() -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{now}-{:06x}", rand::random::<u32>() & 0xff_ffff)
}

/// How a run ended.
pub(super) enum Ended {
    /// By itself.
    Finished(Result<Vec<Verdict>, CertifyError>),
    /// By Ctrl-C or SIGTERM.
    Interrupted,
    /// Because its journal cannot be written.
    NoJournal(String),
}

/// Carries a run out, and cleans up whatever ends it.
pub(super) async fn carry_out(engine: &Engine, request: &Request, recorder: &Recorder, quiet: bool) -> Ended {
    let watcher = progress::follow(recorder.listen(), quiet);
    let ended = tokio::select! {
        done = certify::certify(engine, request, recorder) => Ended::Finished(done),
        () = interrupted() => Ended::Interrupted,
        reason = recorder.failed() => Ended::NoJournal(reason),
    };
    if !matches!(ended, Ended::Finished(Ok(_))) {
        if matches!(ended, Ended::Interrupted) {
            eprintln!("\nInterrupted. Removing what this run made …");
        }
        let interrupted = matches!(ended, Ended::Interrupted);
        if let Err(failure) = certify::abandon(engine, &request.run, recorder, interrupted).await {
            say::error(
                &failure.to_string(),
                &["`civic clean` removes what is left, once the engine answers.".into()],
            );
        }
    }
    let _ = tokio::time::timeout(Duration::from_secs(2), watcher).await; // lets it draw its last line
    ended
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut int), Ok(mut term), Ok(mut hangup)] = kinds.map(signal) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn conclude(args: &Certify, folder: &Path, recorder: &Recorder, ended: Ended) -> Exit {
    let verdicts = match ended {
        Ended::Finished(Ok(verdicts)) => verdicts,
        Ended::Finished(Err(failure)) => return say::certify(&failure),
        Ended::NoJournal(reason) => {
            let message = format!("cannot write {}: {reason}", folder.join(JOURNAL).display());
            say::error(&message, &["Make room on the disk, or name another folder with --out DIR.".into()]);
            return Exit::Infrastructure;
        }
        Ended::Interrupted => {
            eprintln!(
                "Nothing of the run is left on the engine. Its journal: {}",
                folder.join(JOURNAL).display()
            );
            return Exit::Interrupted;
        }
    };
    let journal = match recorder.journal() {
        Ok(journal) => journal,
        Err(failure) => return say::certify(&failure.into()),
    };
    let claim = match outputs::write(folder, &journal, &verdicts) {
        Ok(claim) => claim,
        Err(error) => return no_folder(&folder.display().to_string(), &error),
    };
    match args.format {
        Format::Json => println!("{}", civic_report::json(&journal, &verdicts, &claim)),
        Format::Text => print_result(folder, &journal, &verdicts),
    }
    let exit = Exit::of(verdicts.iter().map(|verdict| verdict.outcome));
    let whole = !args.quick && args.only.is_none();
    // Every drill passed, and a static error still stands against a certificate: the app's fault.
    if exit == Exit::Done && whole && claim.is_err() { Exit::AppFailed } else { exit }
}

fn print_result(folder: &Path, journal: &Journal, verdicts: &[Verdict]) {
    let summary = civic_report::summary(journal, verdicts);
    println!("{}", table(&summary));
    for verdict in verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Pass) {
        println!("{}", render::findings(verdict));
    }
    for entry in &journal.entries {
        if let Event::Warned { message } = &entry.event {
            println!("Note: {}", render::plain(message));
        }
    }
    summary.closing.iter().for_each(|sentence| println!("{sentence}"));
    println!("\nReport:  {}", folder.join(REPORT).display());
    println!("Journal: {}", folder.join(JOURNAL).display());
}

/// The closing table.
pub(super) fn table(summary: &civic_report::Summary) -> String {
    let rows = summary.rows.iter().map(|row| {
        let level = catalogue::find(&row.drill).map_or(String::new(), |entry| entry.level.to_string());
        let measured = |value: &Option<String>| value.clone().unwrap_or_default();
        let outcome = render::outcome(row.outcome);
        vec![row.drill.clone(), level, outcome, measured(&row.rpo), measured(&row.rto), row.note.clone()]
    });
    render::table(&["drill", "level", "verdict", "data loss", "outage", ""], rows.collect())
}
