//! A stage: one copy of the app in a sandbox of its own, and the few verbs a drill has.
//!
//! Everything a stage makes carries the labels of its run and sandbox, so that it can be removed by label alone,
//! whatever happened to the suite.

mod agent;
mod alter;
mod boot;
mod containers;
mod harm;
mod hooks;
mod load;
mod observe;
mod probes;
mod snapshots;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use civic_contract::journal::{Event, SpanName};
use civic_contract::manifest::{Canary, DatabaseEngine, Source, VolumeKind};

use crate::access::Access;
use crate::canary::{Canaries, Mint, Write};
use crate::engine::{Confinement, Engine, EngineError, Reach};
use crate::lab::Lab;
use crate::recorder::Pen;

pub use alter::Altered;
pub use boot::Moment;
pub use load::Load;
pub use probes::Which;

/// Where the agent has the volumes of the app.
pub const VOLUMES: &str = "/civic/volumes";
/// Where hooks put what a snapshot shall hold (`$CIVIC_BACKUP_DIR`).
pub const BACKUP: &str = "/civic/backup";
/// Where the agent has the snapshot repository.
const REPOSITORY: &str = "/civic/repository";
/// Where the agent of a clone has the volumes it copies.
const ORIGIN: &str = "/civic/origin";

/// Names of a sandbox's volumes on the engine, by their name in the manifest.
pub type Volumes = BTreeMap<String, String>;

/// What a new sandbox is to be.
pub struct Sandbox<'a> {
    /// Drill it belongs to; `None` for the baseline.
    pub drill: Option<&'a str>,
    /// Its name, unique in the run.
    pub name: &'a str,
    /// Its number, unique in the run: decides its canaries.
    pub index: u32,
    /// Stopped sandbox whose volumes it copies: name and volumes.
    pub origin: Option<(&'a str, &'a Volumes)>,
    /// How long a boot may take.
    pub ready_deadline: Duration,
}

/// One copy of the app, for one drill.
pub struct Stage {
    lab: Arc<Lab>,
    pen: Pen,
    name: String,
    network: String,
    volumes: Volumes,
    access: Access,
    canaries: Canaries,
    mint: Arc<Mutex<Mint>>,
    confinement: Confinement,
    ready_deadline: Duration,
    /// Counts sets of volumes, for their names on the engine.
    volume_generation: u32,
    /// Counts containers, for their names on the engine.
    launches: u32,
    /// The next boot loads the snapshot in `$CIVIC_BACKUP_DIR` by the post-restore hooks.
    restoring: bool,
    /// How long a restore of the last snapshot may take.
    restore_limit: Duration,
    last_boot: Duration,
    moments: tokio::sync::watch::Sender<Moment>,
}

impl Stage {
    /// Makes a sandbox: network, volumes and agent, nothing of the app yet.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn make(lab: Arc<Lab>, sandbox: Sandbox<'_>) -> Result<Self, EngineError> {
        let pen = lab.recorder.pen(sandbox.drill, Some(sandbox.name));
        let from = pen.now_ms();
        pen.note(Event::SandboxMade { cloned_from: sandbox.origin.map(|(name, _)| name.to_owned()) });
        let network = format!("civic-{}-{}", lab.run, sandbox.name);
        let network = lab.engine.make_network(&network, &lab.labels(sandbox.name)).await?;
        let reach = lab.engine.reach(&network).await?;
        let access = Access::new(lab.engine.clone(), reach, ports(&lab));
        let canaries = Canaries::new(lab.manifest.clone(), lab.secrets.clone(), access.clone());
        let mint = Mint::new(lab.seed, lab.images.values(), sandbox.index);
        let mut stage = Self {
            pen,
            name: sandbox.name.into(),
            network,
            volumes: Volumes::new(),
            access,
            canaries,
            mint: Arc::new(Mutex::new(mint)),
            confinement: Confinement::default(),
            ready_deadline: sandbox.ready_deadline,
            volume_generation: 0,
            launches: 0,
            restoring: false,
            restore_limit: Duration::ZERO,
            last_boot: Duration::ZERO,
            moments: tokio::sync::watch::channel(Moment::Idle).0,
            lab,
        };
        stage.make_volumes().await?;
        stage.start_agent(sandbox.origin.map(|(_, volumes)| volumes)).await?;
        stage.pen.span(SpanName::Prepare, from);
        if let Some((_, volumes)) = sandbox.origin {
            let pen = stage.pen.clone();
            pen.timed(SpanName::Clone, stage.copy_volumes(volumes)).await?;
        }
        Ok(stage)
    }

    /// The manifest names of durable volumes.
    pub fn durable_volumes(&self) -> Vec<&str> {
        let durable =
            self.lab.manifest.volumes.iter().filter(|(_, volume)| volume.kind == VolumeKind::Durable);
        durable.map(|(name, _)| name.as_str()).collect()
    }

    /// The services that the project builds itself.
    pub fn built_services(&self) -> Vec<&str> {
        let built = self
            .lab
            .manifest
            .services
            .iter()
            .filter(|(_, service)| matches!(service.source, Source::Build(_)));
        built.map(|(name, _)| name.as_str()).collect()
    }

    /// Names of this sandbox's volumes on the engine, for clones of it.
    pub fn volumes(&self) -> Volumes {
        self.volumes.clone()
    }

    /// Notes something a drill saw.
    pub fn note(&self, event: Event) {
        self.pen.note(event);
    }

    /// The journal's pen of this sandbox.
    pub fn pen(&self) -> &Pen {
        &self.pen
    }

    /// The name under which reports speak of the app's backup.
    pub fn backup_hook_name(&self) -> String {
        let hooks = &self.lab.manifest.hooks.pre_backup;
        hooks.first().map_or("volumes".into(), |hook| format!("hooks.pre_backup ({})", hook.run.display()))
    }

    /// Whether canaries go through the app or its database, so that they must fail when it does not run.
    pub fn canaries_go_through_the_app(&self) -> bool {
        // SQLite is a file, too: its program answers whether the app runs or not.
        let is_file = matches!(&self.lab.manifest.canary, Canary::Database(database) if database.engine == DatabaseEngine::Sqlite);
        !is_file && !matches!(self.lab.manifest.canary, Canary::Volume { .. })
    }

    /// Whether the canary is a page: the app keeps no data, and nothing is written.
    pub fn serves_a_page(&self) -> bool {
        matches!(self.lab.manifest.canary, Canary::Page(_))
    }

    /// How long a load may take to get going.
    pub fn load_limit(&self) -> Duration {
        self.canaries.limit() * 2
    }

    /// How long the last boot took.
    pub fn last_boot(&self) -> Duration {
        self.last_boot
    }

    /// All of them, or the first three in a quick run.
    pub fn repetitions<'p>(&self, phases: &'p [&'p str]) -> &'p [&'p str] {
        if self.lab.quick { &phases[..phases.len().min(3)] } else { phases }
    }

    /// From now on containers are started like this.
    pub fn confine(&mut self, confinement: Confinement) {
        self.confinement = confinement;
    }

    /// A seeded share between `low` and `high`.
    pub fn share(&self, low: f64, high: f64) -> f64 {
        load::lock(&self.mint).share(low, high)
    }

    /// A seeded user id that no image has.
    pub fn stranger_uid(&self) -> u32 {
        load::lock(&self.mint).stranger_uid()
    }

    /// Writes canaries one after the other; returns how many were acknowledged.
    pub async fn write(&self, count: usize) -> usize {
        let work = async {
            let mut acknowledged = 0;
            for _ in 0..count {
                match load::write_one(&self.canaries, &self.mint, &self.pen).await {
                    Some(Write::Acknowledged) => acknowledged += 1,
                    Some(_) => {}
                    None => break,
                }
            }
            acknowledged
        };
        self.pen.timed(SpanName::Canary, work).await
    }

    /// Asks the app for all its canaries, or for its page, and notes the answer; `false` when there was none.
    pub async fn read(&self, after: &str) -> bool {
        let answer = self.pen.timed(SpanName::Canary, self.canaries.read(None)).await;
        let after = after.to_owned();
        match answer {
            Ok(_) if self.serves_a_page() => self.pen.note(Event::PageServed { after }),
            Ok(records) => self.pen.note(Event::ReadBack { after, records }),
            Err(reason) => {
                self.pen.note(Event::ReadFailed { after, reason });
                self.note_logs().await;
                return false;
            }
        }
        true
    }

    /// The app's canaries without a note in the journal, for controls; `limit` shortens the manifest's own.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn peek(&self, limit: Option<Duration>) -> Result<Vec<crate::canary::Record>, String> {
        self.canaries.read(limit).await
    }

    /// Writes one canary, for controls.
    pub async fn try_write(&self) -> Option<Write> {
        load::write_one(&self.canaries, &self.mint, &self.pen).await
    }

    /// Keeps writing canaries from several writers until the load is stopped: steady work, no flood.
    pub fn load(&self, writers: usize) -> Load {
        Load::start(&self.canaries, &self.mint, &self.pen, writers, Duration::from_millis(10))
    }

    /// As [`Stage::load`], but each writer sends its next canary as soon as it has an answer, so that at any
    /// moment some write is under way, however quick the app is.
    pub fn dense_load(&self, writers: usize) -> Load {
        Load::start(&self.canaries, &self.mint, &self.pen, writers, Duration::ZERO)
    }

    /// Ends the sandbox: containers, network, volumes.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn remove(self) -> Result<(), EngineError> {
        let pen = self.pen.clone();
        pen.timed(SpanName::CleanUp, remove_sandbox(&self.lab.engine, &self.lab.run, &self.name)).await
    }

    /// Whether HTTP goes straight to the containers.
    pub fn reach(&self) -> Reach {
        self.access.reach()
    }
}

/// Removes everything of a sandbox by label.
///
/// # Errors
/// When the engine fails.
pub async fn remove_sandbox(engine: &Engine, run: &str, sandbox: &str) -> Result<(), EngineError> {
    let run = format!("{}={run}", crate::engine::RUN_LABEL);
    let sandbox = format!("{}={sandbox}", crate::engine::SANDBOX_LABEL);
    engine.sweep(&[&run, &sandbox]).await.map(drop)
}

fn ports(lab: &Lab) -> BTreeMap<String, u16> {
    let services = lab.manifest.services.iter();
    services.filter_map(|(name, service)| Some((name.clone(), service.port?))).collect()
}
