//! Asks a service about its health, as its manifest says.

use std::time::Duration;

use civic_contract::manifest::{Check, Probe};

use super::Stage;
use crate::engine::Exec;
use crate::http::Request;

/// Limit of the TCP probe that a service with a port and no probe of its own gets.
const DEFAULT_LIMIT: Duration = Duration::from_secs(2);

/// Which of a service's probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Can it serve?
    Ready,
    /// Must it be restarted?
    Live,
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Which::Ready => "ready",
            Which::Live => "live",
        })
    }
}

impl Stage {
    /// Asks whether a service is ready; a service without port and probe is as soon as it runs.
    pub(super) async fn ask_ready(&self, service: &str, limit: Option<Duration>) -> Result<(), String> {
        let declared = &self.lab.manifest.services[service];
        match (&declared.probes.ready, declared.port) {
            (Some(probe), _) => self.ask(service, probe, limit).await,
            (None, Some(_)) => {
                let probe = Probe { check: Check::Tcp, timeout: DEFAULT_LIMIT };
                self.ask(service, &probe, limit).await
            }
            (None, None) => self.ask_running(service).await,
        }
    }

    /// The probes a service declares, for controls.
    pub fn declared_probes(&self) -> Vec<(String, Which)> {
        let services = self.lab.manifest.services.iter();
        services
            .flat_map(|(name, service)| {
                let ready = service.probes.ready.as_ref().map(|_| (name.clone(), Which::Ready));
                let live = service.probes.live.as_ref().map(|_| (name.clone(), Which::Live));
                ready.into_iter().chain(live)
            })
            .collect()
    }

    /// Asks one declared probe, within `limit` or its own, whichever is shorter.
    ///
    /// # Errors
    /// Why it says no, for people.
    pub async fn ask_probe(&self, service: &str, which: Which, limit: Duration) -> Result<(), String> {
        let probes = &self.lab.manifest.services[service].probes;
        let probe = match which {
            Which::Ready => probes.ready.as_ref(),
            Which::Live => probes.live.as_ref(),
        };
        match probe {
            Some(probe) => self.ask(service, probe, Some(limit)).await,
            None => Err("there is no such probe".into()),
        }
    }

    async fn ask(&self, service: &str, probe: &Probe, limit: Option<Duration>) -> Result<(), String> {
        let limit = limit.unwrap_or(Duration::MAX).min(probe.timeout);
        match &probe.check {
            Check::Http { path, status } => self.ask_http(service, path, *status, limit).await,
            Check::Tcp => self.ask_tcp(service, limit).await,
            Check::Exec(command) => {
                let exec = Exec::new(command.iter().cloned());
                let output =
                    self.access.exec(service, &exec, limit).await.map_err(|error| error.to_string())?;
                if output.succeeded() { Ok(()) } else { Err(output.complaint()) }
            }
        }
    }

    async fn ask_http(
        &self,
        service: &str,
        path: &str,
        status: Option<u16>,
        limit: Duration,
    ) -> Result<(), String> {
        let answer = self.access.http(service, &Request::get(path), limit).await;
        let answer = answer.map_err(|error| format!("GET {path}: {error}"))?;
        let healthy = match status {
            Some(status) => answer.status == status,
            None => (200..400).contains(&answer.status),
        };
        let said: String = answer.text().trim().chars().take(120).collect();
        if healthy { Ok(()) } else { Err(format!("GET {path} answered {}: {said}", answer.status)) }
    }

    /// A tunnel opens before its far end does, so a connection counts when the far end keeps it for a moment.
    async fn ask_tcp(&self, service: &str, limit: Duration) -> Result<(), String> {
        use tokio::io::AsyncReadExt;
        let mut stream = self.access.connect(service, limit).await?;
        if self.reach() == crate::engine::Reach::Direct {
            return Ok(());
        }
        let mut byte = [0];
        match tokio::time::timeout(Duration::from_millis(300).min(limit), stream.read(&mut byte)).await {
            Ok(Ok(0)) | Ok(Err(_)) => Err(format!("cannot connect to {service}")),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    async fn ask_running(&self, service: &str) -> Result<(), String> {
        let live = self.access.live(service).ok_or("it was not started")?;
        let state = self.lab.engine.state(&live.id).await.map_err(|error| error.to_string())?;
        if state.running { Ok(()) } else { Err(format!("it ended with exit code {}", state.exit_code)) }
    }
}
