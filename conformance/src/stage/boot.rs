//! Starts the app as a platform would: dependencies first, release jobs before their service, ended containers
//! replaced until the deadline.

use std::time::Duration;

use civic_contract::journal::{Event, SpanName};
use civic_contract::manifest::JobKind;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Stage;
use crate::access::Live;
use crate::engine::EngineError;

/// A service that ends this often before it is ready is in a crash loop.
const MOST_EXITS: u32 = 5;
/// A service is ready after this many successes of its probe in a row.
const SUCCESSES: u32 = 3;
const PAUSE_AFTER_SUCCESS: Duration = Duration::from_millis(20);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(30);

/// What a boot is doing, for faults that hit it half way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is being started.
    Idle,
    /// Services are being started.
    Booting,
    /// A release job runs.
    ReleaseJob,
}

/// How the wait for a service ended.
enum Waited {
    Ready(Instant),
    NotReady(String),
}

impl Stage {
    /// Starts the app and waits until all services are ready; `false` when they are not by the deadline.
    ///
    /// # Errors
    /// When the engine fails. What the app does wrong is in the journal.
    pub async fn boot(&mut self) -> Result<bool, EngineError> {
        let (from, started) = (self.pen.now_ms(), Instant::now());
        self.moments.send_replace(Moment::Booting);
        let outcome = self.boot_services(started).await;
        self.moments.send_replace(Moment::Idle);
        self.pen.span(SpanName::Boot, from);
        match outcome? {
            Some(ready) => {
                self.last_boot = ready.duration_since(started);
                let took_ms = millis(self.last_boot);
                self.pen.note(Event::Ready { took_ms, deadline_ms: millis(self.ready_deadline) });
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// What the boot is doing.
    pub fn moments(&self) -> watch::Receiver<Moment> {
        self.moments.subscribe()
    }

    /// Whether a release job runs before some service.
    pub fn has_release_job(&self) -> bool {
        self.lab.manifest.jobs.values().any(|job| job.kind == JobKind::Release)
    }

    async fn boot_services(&mut self, started: Instant) -> Result<Option<Instant>, EngineError> {
        if !self.gate_is_open().await? {
            let reason = "its volumes are new and nothing was restored into them".to_owned();
            return self.give_up("app", started, reason).await;
        }
        let mut ready = started;
        let order: Vec<String> = self.lab.manifest.start_order().into_iter().map(Into::into).collect();
        for service in &order {
            if !self.run_release_jobs(service).await? {
                return Ok(None);
            }
            self.start_service(service).await?;
            match self.wait_until_ready(service, started).await? {
                Waited::Ready(at) => ready = ready.max(at),
                Waited::NotReady(reason) => return self.give_up(service, started, reason).await,
            }
            if self.restoring && !self.run_post_restore(service).await? {
                return Ok(None);
            }
        }
        self.restoring = false;
        Ok(Some(ready))
    }

    async fn start_service(&mut self, service: &str) -> Result<(), EngineError> {
        let spec = self.container_spec(service, service);
        let live = self.launch(service, &spec).await?;
        self.access.set_live(service, live);
        Ok(())
    }

    async fn wait_until_ready(&mut self, service: &str, started: Instant) -> Result<Waited, EngineError> {
        let deadline = started + self.ready_deadline;
        let (mut streak, mut first, mut exits) = (0, Instant::now(), 0);
        loop {
            let asked = Instant::now();
            let reason = match self.ask_ready(service, None).await {
                Ok(()) => {
                    first = if streak == 0 { asked } else { first };
                    streak += 1;
                    if streak >= SUCCESSES {
                        return Ok(Waited::Ready(first));
                    }
                    sleep(PAUSE_AFTER_SUCCESS).await;
                    continue;
                }
                Err(reason) => reason,
            };
            streak = 0;
            if let Some(code) = self.notice_exit(service).await? {
                exits += 1;
                if exits >= MOST_EXITS {
                    return Ok(Waited::NotReady(format!(
                        "it ended {exits} times, the last time with exit code {code}"
                    )));
                }
                sleep(PAUSE_AFTER_FAILURE * 2u32.pow(exits)).await; // a platform backs off, too
                self.start_service(service).await?;
            }
            if Instant::now() >= deadline {
                return Ok(Waited::NotReady(reason));
            }
            sleep(PAUSE_AFTER_FAILURE).await;
        }
    }

    /// Notes and removes a service's container that has ended; returns its exit code.
    async fn notice_exit(&self, service: &str) -> Result<Option<i64>, EngineError> {
        let Some(Live { id, .. }) = self.access.live(service) else { return Ok(None) };
        let state = self.lab.engine.state(&id).await?;
        if state.running {
            return Ok(None);
        }
        self.note_exit(service, &id, &state, false);
        self.note_log_of(service, &id).await;
        self.lab.engine.remove_container(&id).await?;
        Ok(Some(state.exit_code))
    }

    async fn give_up(
        &self,
        service: &str,
        started: Instant,
        reason: String,
    ) -> Result<Option<Instant>, EngineError> {
        self.pen.note(Event::NotReady {
            service: service.into(),
            waited_ms: millis(started.elapsed()),
            deadline_ms: millis(self.ready_deadline),
            reason,
        });
        self.note_logs().await;
        Ok(None)
    }

    /// Runs the release jobs that come before a service, once each; `false` when one failed.
    async fn run_release_jobs(&mut self, service: &str) -> Result<bool, EngineError> {
        let jobs = self.lab.manifest.jobs.iter();
        let jobs: Vec<_> = jobs
            .filter(|(_, job)| job.kind == JobKind::Release && job.service == service)
            .map(|(name, job)| (name.clone(), job.clone()))
            .collect();
        for (name, job) in jobs {
            let mut spec = self.container_spec(service, &name);
            spec.command = Some(job.command);
            let started = Instant::now();
            let live = self.launch(&name, &spec).await?;
            self.moments.send_replace(Moment::ReleaseJob);
            let state = self.lab.engine.wait_for_exit(&live.id, job.timeout).await?;
            self.moments.send_replace(Moment::Booting);
            let code = if state.running { 124 } else { state.exit_code }; // as timeout(1) says it
            self.pen.note(Event::JobEnded { job: name.clone(), code, took_ms: millis(started.elapsed()) });
            if code != 0 {
                self.note_log_of(&name, &live.id).await;
                let reason = match state.running {
                    true => format!("release job {name} did not end within {} s", job.timeout.as_secs()),
                    false => format!("release job {name} ended with exit code {code}"),
                };
                return self.give_up(service, started, reason).await.map(|_| false);
            }
            self.lab.engine.remove_container(&live.id).await?;
        }
        Ok(true)
    }

    /// Notes the last log lines of all services.
    pub(super) async fn note_logs(&self) {
        for (service, live) in self.access.all_live() {
            self.note_log_of(&service, &live.id).await;
        }
    }

    /// Notes the last log lines of a container. Logs explain, they prove nothing: one that is gone is no error.
    pub(super) async fn note_log_of(&self, service: &str, id: &str) {
        if let Ok(lines) = self.lab.engine.last_lines(id, 15).await
            && !lines.is_empty()
        {
            self.pen.note(Event::Log { service: service.into(), lines });
        }
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
