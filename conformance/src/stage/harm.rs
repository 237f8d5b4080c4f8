//! What a stage does to the app: signals, frozen processes, destroyed containers and volumes.

use std::time::Duration;

use civic_contract::journal::{Event, SpanName};
use futures_util::future::{join_all, try_join_all};

use super::Stage;
use crate::engine::{ContainerSpec, EngineError, RUN_LABEL, SANDBOX_LABEL, SERVICE_LABEL, State};

/// SIGKILL cannot be refused; an engine that needs longer has a problem of its own.
const KILL_LIMIT: Duration = Duration::from_secs(20);

impl Stage {
    /// Kills every container of the app at once, without warning.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn kill(&self, phase: Option<&str>, in_flight: Option<u32>) -> Result<(), EngineError> {
        let from = self.pen.now_ms();
        let containers = self.app_containers().await?;
        self.pen.note(Event::Harmed {
            fault: "sigkill".into(),
            phase: phase.map(Into::into),
            services: containers.iter().map(|(service, _)| service.clone()).collect(),
            command: format!("docker kill --signal SIGKILL {}", names(&containers)),
            in_flight,
        });
        try_join_all(containers.iter().map(|(_, id)| self.lab.engine.signal(id, "SIGKILL"))).await?;
        let ended = containers.iter().map(|(_, id)| self.lab.engine.wait_for_exit(id, KILL_LIMIT));
        for ((service, id), state) in containers.iter().zip(try_join_all(ended).await?) {
            if state.started {
                self.note_exit(service, id, &state, true);
            }
        }
        self.pen.span(SpanName::Harm, from);
        Ok(())
    }

    /// Asks every service to end, dependants first, and kills what is left after its declared grace.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn stop(&self) -> Result<(), EngineError> {
        let order: Vec<String> = self.lab.manifest.start_order().into_iter().rev().map(Into::into).collect();
        let containers: Vec<_> = order
            .iter()
            .filter_map(|service| Some((service.clone(), self.access.live(service)?.id)))
            .collect();
        self.pen.note(Event::Harmed {
            fault: "sigterm".into(),
            phase: None,
            services: order,
            command: format!("docker stop {}", names(&containers)),
            in_flight: None,
        });
        let stopping = async {
            for (service, id) in &containers {
                self.stop_one(service, id).await?;
            }
            Ok(())
        };
        self.pen.timed(SpanName::Stop, stopping).await
    }

    async fn stop_one(&self, service: &str, id: &str) -> Result<(), EngineError> {
        let engine = &self.lab.engine;
        let signal = engine.state(id).await?.stop_signal;
        engine.signal(id, &signal).await?;
        let grace = self.lab.manifest.services[service].grace_period;
        let mut state = engine.wait_for_exit(id, grace).await?;
        if state.running {
            engine.signal(id, "SIGKILL").await?;
            state = engine.wait_for_exit(id, KILL_LIMIT).await?;
            self.note_log_of(service, id).await;
        }
        self.note_exit(service, id, &state, true);
        Ok(())
    }

    /// Takes the ended containers away and starts new ones from the same image digests on the same volumes.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn replace(&mut self) -> Result<bool, EngineError> {
        let ended = self.app_containers().await?;
        self.access.forget_all();
        let engine = self.lab.engine.clone();
        // The ended ones have no address and no process any more: the new ones need not wait for their removal.
        let removals = try_join_all(ended.iter().map(|(_, id)| engine.remove_container(id)));
        let (booted, removed) = tokio::join!(self.boot(), removals);
        removed?;
        booted
    }

    /// Removes every container of the app, running or not; its volumes stay.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn remove_app(&self) -> Result<(), EngineError> {
        let containers = self.app_containers().await?;
        let removals = containers.iter().map(|(_, id)| self.lab.engine.remove_container(id));
        self.pen.timed(SpanName::CleanUp, try_join_all(removals)).await?;
        self.access.forget_all();
        Ok(())
    }

    /// Stops every process of the app where it stands (SIGSTOP): nothing answers, nothing ends. The engine
    /// signals the main process, which a process of its own namespace could not stop; a helper in that namespace
    /// stops all others.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn freeze(&mut self) -> Result<(), EngineError> {
        let live: Vec<_> = self.access.all_live().into_iter().collect();
        let mut helpers = Vec::new();
        for (service, container) in &live {
            self.launches += 1;
            helpers.push(ContainerSpec {
                name: format!("civic-{}-{}-freeze-{service}-{}", self.lab.run, self.name, self.launches),
                image: self.lab.agent_image.clone(),
                entrypoint: Some(vec!["/bin/sh".into(), "-c".into(), "kill -STOP -1".into()]),
                command: Some(Vec::new()),
                labels: self.lab.labels(&self.name),
                network: "none".into(),
                pid_of: Some(container.id.clone()),
                ..ContainerSpec::default()
            });
        }
        let engine = &self.lab.engine;
        let freeze = live.iter().zip(&helpers).map(|((_, container), helper)| async {
            let id = engine.create(helper).await?;
            engine.start(&id).await?;
            engine.wait_for_exit(&id, KILL_LIMIT).await?;
            engine.remove_container(&id).await?; // Podman keeps a container whose namespace another one shares
            engine.signal(&container.id, "SIGSTOP").await
        });
        self.pen.timed(SpanName::Harm, try_join_all(freeze)).await.map(drop)
    }

    /// Destroys the node's storage: every container, the agent included, and every volume of the app. Snapshots
    /// are elsewhere and stay.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn destroy_volumes(&mut self) -> Result<(), EngineError> {
        self.kill(Some("with its volumes"), None).await?;
        let from = self.pen.now_ms();
        self.note_harm("volumes-destroyed", format!("docker volume rm {}", self.volume_ids().join(" ")));
        self.remove_app().await?;
        self.lab.engine.remove_container(&self.access.agent_id()).await?;
        join_all(self.volume_ids().iter().map(|id| self.lab.engine.remove_volume(id))).await;
        for (volume, id) in &self.volumes {
            if !self.lab.engine.has_volume(id).await? {
                self.pen.note(Event::VolumeGone { volume: volume.clone(), id: id.clone() });
            }
        }
        self.pen.span(SpanName::Harm, from);
        self.renew_volumes().await
    }

    async fn renew_volumes(&mut self) -> Result<(), EngineError> {
        let from = self.pen.now_ms();
        self.volume_generation += 1;
        self.make_volumes().await?;
        for (volume, id) in &self.volumes {
            self.pen.note(Event::VolumeMade { volume: volume.clone(), id: id.clone() });
        }
        self.start_agent(None).await?;
        self.pen.span(SpanName::Prepare, from);
        Ok(())
    }

    /// Notes a harm that hits every service.
    pub fn note_harm(&self, fault: &str, command: String) {
        self.pen.note(Event::Harmed {
            fault: fault.into(),
            phase: None,
            services: self.lab.manifest.services.keys().cloned().collect(),
            command,
            in_flight: None,
        });
    }

    pub(super) fn note_exit(&self, service: &str, id: &str, state: &State, by_suite: bool) {
        let (service, container) = (service.to_owned(), id.to_owned());
        self.pen.note(Event::Exited { service, container, code: state.exit_code, oom: state.oom, by_suite });
    }

    fn volume_ids(&self) -> Vec<String> {
        self.volumes.values().cloned().chain([self.backup_volume()]).collect()
    }

    /// Containers of services and jobs by label, so that none is missed that a cut-off boot had just created.
    async fn app_containers(&self) -> Result<Vec<(String, String)>, EngineError> {
        let run = format!("{RUN_LABEL}={}", self.lab.run);
        let sandbox = format!("{SANDBOX_LABEL}={}", self.name);
        self.lab.engine.containers_with(&[&run, &sandbox, SERVICE_LABEL]).await
    }
}

fn names(containers: &[(String, String)]) -> String {
    let short: Vec<&str> = containers.iter().map(|(_, id)| id.get(..12).unwrap_or(id)).collect();
    short.join(" ")
}
