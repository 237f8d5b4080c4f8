//! A whole run: images, baseline, drills side by side, judgement. Everything it does is in the journal; whatever
//! ends it, what it made is removed by label.

use std::sync::Arc;
use std::time::Duration;

use civic_contract::catalogue::CATALOGUE;
use civic_contract::journal::{Entry, Event, RunStarted, SCHEMA, SpanName, StaticFinding};
use civic_contract::verdict::Verdict;
use futures_util::{StreamExt, stream};

use crate::baseline::{self, Ground};
use crate::drills::{self, Drill, ROSTER};
use crate::engine::{BuildFailure, Engine, EngineError, RUN_LABEL};
use crate::judge::{judge_all, judge_one};
use crate::lab::{self, Lab};
use crate::plan::Plan;
use crate::project::Project;
use crate::recorder::{JournalError, Recorder};
use crate::secrets::Secrets;
use crate::stage::{Sandbox, Stage, remove_sandbox};

/// Only infrastructure errors are tried again.
const MOST_ATTEMPTS: u32 = 2;
/// Memory a service is taken to need when it declares no limit.
const ASSUMED_MEMORY: u64 = 256 * 1024 * 1024;

/// What a run is asked to do.
pub struct Request {
    /// The project.
    pub project: Project,
    /// What will be performed.
    pub plan: Plan,
    /// Id of the run.
    pub run: String,
    /// Name of this machine for labels.
    pub host: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Sandboxes at once.
    pub jobs: usize,
    /// Fewer repetitions, no certificate.
    pub quick: bool,
    /// Use images of an earlier build where there are some.
    pub skip_build: bool,
    /// What the static checks found.
    pub findings: Vec<StaticFinding>,
}

/// A run that could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// An image of the project does not build, or its context cannot be packed.
    #[error(transparent)]
    Build(#[from] BuildFailure),
    /// The engine failed outside any drill.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The journal cannot be read back.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Sandboxes at once that cores and memory allow: twice the cores (measured in docs/design/house.md), as long as
/// the app's declared limits fit into three quarters of the engine's memory.
pub fn default_jobs(engine: &Engine, project: &Project) -> usize {
    let services = project.manifest.services.values();
    let each: u64 = services.map(|service| service.resources.memory.unwrap_or(ASSUMED_MEMORY)).sum();
    let fitting = (engine.facts().memory / 4 * 3).checked_div(each).unwrap_or(1);
    (engine.facts().cores as usize * 2).min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
}

/// Performs a run and judges it. Dropping the future ends it at once; [`abandon`] then cleans up.
///
/// # Errors
/// [`CertifyError`]; the journal then ends with what was done until then.
pub async fn certify(
    engine: &Engine,
    request: &Request,
    recorder: &Recorder,
) -> Result<Vec<Verdict>, CertifyError> {
    let pen = recorder.pen(None, None);
    pen.note(Event::RunStarted(start_of(engine, request)));
    request.findings.iter().for_each(|finding| pen.note(Event::Checked(finding.clone())));
    request.plan.notes.iter().for_each(|note| pen.note(Event::Warned { message: note.clone() }));
    if request.quick {
        let message = "A quick run makes one cold boot, so nothing was read on an empty instance.";
        pen.note(Event::Warned { message: message.into() });
    }
    let lab = Arc::new(open_lab(engine, request, recorder).await?);
    let performed = perform_all(&lab, request).await;
    if let Err(error) = performed {
        pen.note(Event::InfraError { message: error.to_string() });
    }
    // What cannot be removed now has nothing to do with any verdict; the next run tries again.
    if let Err(error) = pen.timed(SpanName::CleanUp, remove_run(engine, &request.run)).await {
        pen.note(Event::Warned { message: format!("Something of this run is left on the engine ({error}). `civic clean` removes it, once the engine answers.") });
    }
    let verdicts = judge_all(&recorder.journal()?, ROSTER);
    for verdict in verdicts.iter().filter(|verdict| !was_judged(recorder, &verdict.drill)) {
        recorder.pen(Some(&verdict.drill), None).note(Event::Judged { verdict: verdict.clone() });
    }
    pen.note(Event::RunEnded { interrupted: false, peak_memory: peak_memory() });
    Ok(verdicts)
}

/// Cleans up after a run that was cut off or failed, and ends its journal.
///
/// # Errors
/// When the engine fails.
pub async fn abandon(
    engine: &Engine,
    run: &str,
    recorder: &Recorder,
    interrupted: bool,
) -> Result<(), EngineError> {
    let removed = remove_run(engine, run).await;
    recorder.pen(None, None).note(Event::RunEnded { interrupted, peak_memory: peak_memory() });
    removed
}

fn start_of(engine: &Engine, request: &Request) -> RunStarted {
    let manifest = &request.project.manifest;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    RunStarted {
        schema: SCHEMA,
        run: request.run.clone(),
        civic: env!("CARGO_PKG_VERSION").into(),
        started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seed: request.seed,
        app: manifest.app.name.clone(),
        project: request.project.named.clone(),
        manifest: request.project.digest.clone(),
        engine: engine.facts().clone(),
        node: "logical".into(),
        canary: manifest.canary.kind().into(),
        roster: request.plan.roster.iter().map(|id| (*id).to_owned()).collect(),
        exempt: request.plan.exempt.clone(),
        not_tested: request.plan.not_tested.clone(),
        quick: request.quick,
        jobs: request.jobs,
        downtime_ms: millis(manifest.tolerance.downtime),
        data_loss_ms: millis(manifest.tolerance.data_loss),
    }
}

async fn open_lab(engine: &Engine, request: &Request, recorder: &Recorder) -> Result<Lab, CertifyError> {
    let pen = recorder.pen(None, None);
    let images = lab::prepare_images(engine, &request.project, request.skip_build, &pen).await?;
    let secrets = Secrets::generate(&request.project.manifest, recorder);
    let lab = Lab {
        engine: engine.clone(),
        manifest: request.project.manifest.clone(),
        run: request.run.clone(),
        host: request.host.clone(),
        images: images.services,
        hook_images: images.hooks,
        agent_image: images.agent,
        secrets: Arc::new(secrets),
        repository_password: crate::secrets::hex(&rand::random::<[u8; 16]>()),
        recorder: recorder.clone(),
        seed: request.seed,
        quick: request.quick,
    };
    recorder.mask("RESTIC_PASSWORD", &lab.repository_password);
    lab.install_hooks(request.project.hooks.clone()).await?;
    Ok(lab)
}

async fn perform_all(lab: &Arc<Lab>, request: &Request) -> Result<(), EngineError> {
    let Some(ground) = baseline::lay(lab, request.jobs).await? else { return Ok(()) };
    let planned = ROSTER.iter().filter(|drill| request.plan.roster.contains(&drill.id()));
    let lanes = planned.map(|drill| perform(lab, &ground, *drill));
    stream::iter(lanes).buffer_unordered(request.jobs).collect::<Vec<()>>().await;
    Ok(())
}

/// A drill is judged as soon as it ends, so that whoever watches sees it.
async fn perform(lab: &Arc<Lab>, ground: &Ground, drill: &dyn Drill) {
    perform_attempts(lab, ground, drill).await;
    if let Ok(journal) = lab.recorder.journal() {
        let verdict = judge_one(&journal, drill.id(), ROSTER);
        lab.recorder.pen(Some(drill.id()), None).note(Event::Judged { verdict });
    }
}

fn was_judged(recorder: &Recorder, drill: &str) -> bool {
    let judged = |entry: &Entry| matches!(&entry.event, Event::Judged { verdict } if verdict.drill == drill);
    recorder.journal().is_ok_and(|journal| journal.entries.iter().any(judged))
}

/// Performs one drill, once more after an infrastructure error.
async fn perform_attempts(lab: &Arc<Lab>, ground: &Ground, drill: &dyn Drill) {
    if drill.ground() == drills::Ground::Baseline {
        let pen = lab.recorder.pen(Some(drill.id()), None);
        pen.note(Event::DrillStarted { attempt: 1 });
        pen.note(Event::DrillEnded);
        return;
    }
    for attempt in 1..=MOST_ATTEMPTS {
        let pen = lab.recorder.pen(Some(drill.id()), None);
        pen.note(Event::DrillStarted { attempt });
        match attempt_drill(lab, ground, drill, attempt).await {
            Ok(()) => return pen.note(Event::DrillEnded),
            Err(error) => pen.note(Event::InfraError { message: error.to_string() }),
        }
    }
}

async fn attempt_drill(
    lab: &Arc<Lab>,
    ground: &Ground,
    drill: &dyn Drill,
    attempt: u32,
) -> Result<(), EngineError> {
    let name = if attempt == 1 { drill.id().to_owned() } else { format!("{}-{attempt}", drill.id()) };
    let sandbox = Sandbox {
        drill: Some(drill.id()),
        name: &name,
        index: index_of(drill.id(), attempt),
        origin: (drill.ground() == drills::Ground::Seeded).then(|| ground.origin()),
        ready_deadline: ground.ready_deadline,
    };
    let performed = async {
        let mut stage = Stage::make(lab.clone(), sandbox).await?;
        drill.perform(&mut stage).await
    };
    let performed = performed.await;
    let pen = lab.recorder.pen(Some(drill.id()), Some(&name));
    let removed = pen.timed(SpanName::CleanUp, remove_sandbox(&lab.engine, &lab.run, &name)).await;
    performed.and(removed)
}

/// Numbers below 10 are the baseline's.
fn index_of(drill: &str, attempt: u32) -> u32 {
    let position = CATALOGUE.iter().position(|entry| entry.id == drill).unwrap_or(CATALOGUE.len());
    u32::try_from(position + 1).unwrap_or(u32::MAX) * 10 + attempt
}

/// Removes everything of a run.
async fn remove_run(engine: &Engine, run: &str) -> Result<(), EngineError> {
    engine.sweep_all(&[&format!("{RUN_LABEL}={run}")]).await.map(drop)
}

/// Peak resident memory of this process, bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}
