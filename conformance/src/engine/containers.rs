//! Containers: created from an image digest, started, signalled, observed.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, EndpointSettings, HealthConfig, HostConfig, Mount,
    MountType, MountVolumeOptions, NetworkingConfig,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, KillContainerOptionsBuilder, LogsOptionsBuilder,
    StartContainerOptions,
};
use futures_util::StreamExt;

use super::{Engine, EngineError, failed};

/// How long Podman may take to clean up after a container's end.
const SETTLE_LIMIT: Duration = Duration::from_secs(20);
/// Log lines longer than this are cut.
const LOG_LINE_LIMIT: usize = 500;

/// A volume in a container.
#[derive(Debug, Clone)]
pub struct Mounted {
    /// Name on the engine.
    pub volume: String,
    /// Absolute path in the container.
    pub path: String,
    /// The container may only read it.
    pub read_only: bool,
    /// Leave the volume as it is even when the image has files at that path.
    pub no_copy: bool,
}

/// What a drill takes away from a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confinement {
    /// The root file system is read-only.
    pub read_only_root: bool,
    /// Runs as `uid:gid` instead of the image's user, with no HOME and no capability, and may gain none.
    pub stranger: Option<String>,
}

/// A container to be.
#[derive(Debug, Clone, Default)]
pub struct ContainerSpec {
    /// Name on the engine.
    pub name: String,
    /// Digest of its image.
    pub image: String,
    /// Replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// `NAME=value`; the engine gets them in a request body, never in an argument.
    pub env: Vec<String>,
    /// Labels.
    pub labels: HashMap<String, String>,
    /// Id of its network.
    pub network: String,
    /// Names by which others on that network find it.
    pub aliases: Vec<String>,
    /// Volumes.
    pub mounts: Vec<Mounted>,
    /// Memory-backed paths.
    pub tmpfs: Vec<String>,
    /// Cores.
    pub cpu: Option<f64>,
    /// Bytes.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u32>,
    /// Run under the engine's init.
    pub init: bool,
    /// Share the process namespace of this container.
    pub pid_of: Option<String>,
    /// What is taken away.
    pub confinement: Confinement,
}

/// A container as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Its main process runs.
    pub running: bool,
    /// It ran at least once.
    pub started: bool,
    /// The signal that asks it to end, by its image or the engine's default.
    pub stop_signal: String,
    /// Exit code of the last run.
    pub exit_code: i64,
    /// The kernel killed it for memory.
    pub oom: bool,
    /// Address on its network, while it runs.
    pub address: Option<String>,
    /// The engine's word on why it could not start.
    pub error: String,
    /// Root file system is read-only, as the engine sees it.
    pub read_only_root: bool,
    /// User it runs as, as the engine sees it.
    pub user: String,
}

impl Engine {
    /// Creates a container and returns its id.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn create(&self, spec: &ContainerSpec) -> Result<String, EngineError> {
        let options = CreateContainerOptionsBuilder::default().name(&spec.name).build();
        let body = body_of(spec);
        let made =
            self.docker.create_container(Some(options), body).await.map_err(failed("create a container"))?;
        Ok(made.id)
    }

    /// Starts a container.
    ///
    /// # Errors
    /// When the engine refuses; also when the image lacks the program to run.
    pub async fn start(&self, id: &str) -> Result<(), EngineError> {
        let options = None::<StartContainerOptions>;
        self.docker.start_container(id, options).await.map_err(failed("start a container"))
    }

    /// Sends a signal (`SIGKILL`, `SIGTERM`, `SIGSTOP`) to a container's main process. A container that has
    /// ended already is no error.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn signal(&self, id: &str, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::default().signal(signal).build();
        let sent = self.docker.kill_container(id, Some(options)).await.map_err(failed("signal a container"));
        match sent {
            Err(error) if error.is_conflict() || error.is_missing() => Ok(()),
            // Podman and old Docker answer 500 for a container that is not running.
            Err(EngineError::Call { reason, .. }) if reason.contains("is not running") => Ok(()),
            other => other,
        }
    }

    /// A container as it is now.
    ///
    /// # Errors
    /// When there is no such container.
    pub async fn state(&self, id: &str) -> Result<State, EngineError> {
        let found = self.inspect_settled(id).await?;
        let state = found.state.unwrap_or_default();
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let address = networks.into_values().find_map(|end| end.ip_address.filter(|ip| !ip.is_empty()));
        let config = found.config.unwrap_or_default();
        Ok(State {
            started: state.started_at.is_some_and(|at| !at.starts_with("0001")),
            stop_signal: config.stop_signal.filter(|signal| !signal.is_empty()).unwrap_or("SIGTERM".into()),
            running: state.running.unwrap_or(false),
            exit_code: state.exit_code.unwrap_or(0),
            oom: state.oom_killed.unwrap_or(false),
            address,
            error: state.error.unwrap_or_default(),
            read_only_root: found.host_config.and_then(|host| host.readonly_rootfs).unwrap_or(false),
            user: config.user.unwrap_or_default(),
        })
    }

    /// Inspects a container. Podman calls one `stopped` between its end and its clean-up, a state that bollard's
    /// model of Docker lacks; a moment later it is `exited`.
    async fn inspect_settled(&self, id: &str) -> Result<ContainerInspectResponse, EngineError> {
        let deadline = tokio::time::Instant::now() + SETTLE_LIMIT;
        loop {
            let options = None::<InspectContainerOptions>;
            let found =
                self.docker.inspect_container(id, options).await.map_err(failed("inspect a container"));
            match found {
                Err(EngineError::Call { reason, .. })
                    if reason.contains("`stopped`") && tokio::time::Instant::now() < deadline =>
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                settled => return settled,
            }
        }
    }

    /// Polls until the container has ended or the limit is over; returns its last state.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn wait_for_exit(&self, id: &str, limit: Duration) -> Result<State, EngineError> {
        let started = tokio::time::Instant::now();
        loop {
            let state = self.state(id).await?;
            if !state.running || started.elapsed() >= limit {
                return Ok(state);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Polls until the engine no longer knows a container that is being removed.
    pub(super) async fn wait_until_gone(&self, id: &str) -> Result<(), EngineError> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            match self.state(id).await {
                Err(error) if error.is_missing() => return Ok(()),
                Err(error) => return Err(error),
                Ok(_) if tokio::time::Instant::now() < deadline => {}
                Ok(_) => {
                    let reason = "it is still there 30 s after its removal began".to_owned();
                    return Err(EngineError::Call {
                        intention: "remove a container".into(),
                        reason,
                        status: None,
                    });
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ids of the containers that carry all these labels, running or not.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn containers_with(&self, labels: &[&str]) -> Result<Vec<(String, String)>, EngineError> {
        let found = self.list_containers(labels).await?;
        let pair = |summary: bollard::models::ContainerSummary| {
            let service = summary.labels.unwrap_or_default().remove(super::SERVICE_LABEL).unwrap_or_default();
            Some((service, summary.id?))
        };
        Ok(found.into_iter().filter_map(pair).collect())
    }

    /// The last lines a container wrote to stdout and stderr.
    ///
    /// # Errors
    /// When there is no such container.
    pub async fn last_lines(&self, id: &str, lines: usize) -> Result<Vec<String>, EngineError> {
        let options =
            LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines.to_string()).build();
        let mut stream = Box::pin(self.docker.logs(id, Some(options)));
        let mut text = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(failed("read logs"))?.into_bytes();
            let room = (lines * LOG_LINE_LIMIT).saturating_sub(text.len());
            text.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().map(|line| line.chars().take(LOG_LINE_LIMIT).collect()).collect())
    }

    /// Paths of the writable layer that differ from the image, deleted ones left out.
    ///
    /// # Errors
    /// When there is no such container.
    pub async fn changed_paths(&self, id: &str) -> Result<Vec<String>, EngineError> {
        let changes = self.docker.container_changes(id).await.map_err(failed("compare a container"))?;
        let deleted = bollard::models::ChangeType::_2;
        let kept = changes.unwrap_or_default().into_iter().filter(|change| change.kind != deleted);
        Ok(kept.map(|change| change.path).collect())
    }
}

fn body_of(spec: &ContainerSpec) -> ContainerCreateBody {
    let endpoint = EndpointSettings { aliases: Some(spec.aliases.clone()), ..Default::default() };
    let networks = HashMap::from([(spec.network.clone(), endpoint)]);
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        entrypoint: spec.entrypoint.clone(),
        cmd: spec.command.clone(),
        env: Some(spec.env.clone()),
        labels: Some(spec.labels.clone()),
        user: spec.confinement.stranger.clone(),
        // The manifest's probes are asked by the suite; the image's own would only take time on the side.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
        host_config: Some(host_config_of(spec)),
        networking_config: Some(NetworkingConfig { endpoints_config: Some(networks) }),
        ..Default::default()
    }
}

fn host_config_of(spec: &ContainerSpec) -> HostConfig {
    let stranger = spec.confinement.stranger.is_some();
    let tmpfs = spec.tmpfs.iter().map(|path| (path.clone(), "mode=1777".to_owned())).collect();
    HostConfig {
        network_mode: Some(spec.network.clone()),
        mounts: Some(spec.mounts.iter().map(mount_of).collect()),
        tmpfs: Some(tmpfs),
        // Whole nanocores; a manifest's cores are checked to be few.
        nano_cpus: spec.cpu.map(|cores| (cores * 1e9).round() as i64),
        memory: spec.memory.and_then(|bytes| i64::try_from(bytes).ok()),
        pids_limit: spec.pids.map(i64::from),
        init: Some(spec.init),
        pid_mode: spec.pid_of.as_ref().map(|id| format!("container:{id}")),
        readonly_rootfs: Some(spec.confinement.read_only_root),
        cap_drop: stranger.then(|| vec!["ALL".into()]),
        security_opt: stranger.then(|| vec!["no-new-privileges".into()]),
        ..Default::default()
    }
}

fn mount_of(mounted: &Mounted) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(mounted.volume.clone()),
        target: Some(mounted.path.clone()),
        read_only: Some(mounted.read_only),
        volume_options: Some(MountVolumeOptions {
            no_copy: Some(mounted.no_copy || mounted.read_only),
            ..Default::default()
        }),
        ..Default::default()
    }
}
