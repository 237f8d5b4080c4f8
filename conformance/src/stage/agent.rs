//! The agent: a container of the suite's own beside the app, with all its volumes and the snapshot repository.

use std::time::Duration;

use super::{BACKUP, ORIGIN, REPOSITORY, Stage, VOLUMES, Volumes};
use crate::engine::{ContainerSpec, EngineError, Exec, Mounted};

/// Copying and looking around in volumes must not take longer.
const WORK_LIMIT: Duration = Duration::from_secs(600);

impl Stage {
    /// Makes an empty volume for each of the manifest's, and on the first time the backup folder and repository.
    pub(super) async fn make_volumes(&mut self) -> Result<(), EngineError> {
        let labels = self.lab.labels(&self.name);
        if self.volume_generation == 0 {
            self.lab.engine.make_volume(&self.volume_name("repository"), &labels).await?;
        }
        let names: Vec<String> = self.lab.manifest.volumes.keys().cloned().collect();
        for name in names {
            let id = format!("{}-{}", self.volume_name(&format!("v-{name}")), self.volume_generation);
            self.lab.engine.make_volume(&id, &labels).await?;
            self.volumes.insert(name, id);
        }
        self.lab.engine.make_volume(&self.backup_volume(), &labels).await
    }

    /// Name of this generation's backup folder on the engine.
    pub(super) fn backup_volume(&self) -> String {
        format!("{}-{}", self.volume_name("backup"), self.volume_generation)
    }

    fn volume_name(&self, part: &str) -> String {
        format!("civic-{}-{}-{part}", self.lab.run, self.name)
    }

    /// Starts the agent; with `origin`, it also sees another sandbox's volumes, read-only.
    pub(super) async fn start_agent(&mut self, origin: Option<&Volumes>) -> Result<(), EngineError> {
        let mount = |volume: String, path: String| Mounted { volume, path, read_only: false, no_copy: true };
        let mut mounts = vec![
            mount(self.volume_name("repository"), REPOSITORY.into()),
            mount(self.backup_volume(), BACKUP.into()),
        ];
        mounts.extend(self.volumes.iter().map(|(name, id)| mount(id.clone(), format!("{VOLUMES}/{name}"))));
        for (name, id) in origin.into_iter().flatten() {
            mounts.push(Mounted { read_only: true, ..mount(id.clone(), format!("{ORIGIN}/{name}")) });
        }
        let spec = ContainerSpec {
            name: format!("civic-{}-{}-agent-{}", self.lab.run, self.name, self.volume_generation),
            image: self.lab.agent_image.clone(),
            // Ends by itself after a day, should every other clean-up fail; the shell ends at SIGTERM.
            entrypoint: Some(vec![
                "/bin/sh".into(),
                "-c".into(),
                "trap 'exit 0' TERM; sleep 86400 & wait".into(),
            ]),
            command: Some(Vec::new()),
            env: vec![
                format!("RESTIC_REPOSITORY={REPOSITORY}"),
                format!("RESTIC_PASSWORD={}", self.lab.repository_password),
            ],
            labels: self.lab.labels(&self.name),
            network: self.network.clone(),
            aliases: vec!["civic-agent".into()],
            mounts,
            ..ContainerSpec::default()
        };
        let id = self.lab.engine.create(&spec).await?;
        self.lab.engine.start(&id).await?;
        self.access.set_agent(&id);
        Ok(())
    }

    /// Copies another sandbox's stopped volumes and its repository into this one's empty ones.
    pub(super) async fn copy_volumes(&self, origin: &Volumes) -> Result<(), EngineError> {
        let script = "set -e; for name; do cp -a \"$0/$name/.\" \"$VOLUMES/$name/\"; done";
        let exec =
            Exec { env: vec![format!("VOLUMES={VOLUMES}")], ..Exec::new(["sh", "-c", script, ORIGIN]) };
        let exec = Exec { command: exec.command.into_iter().chain(origin.keys().cloned()).collect(), ..exec };
        self.agent_must("copy the volumes", &exec).await.map(drop)
    }

    /// Runs a command in the agent that cannot fail for reasons of the app.
    pub(super) async fn in_agent<const N: usize>(
        &self,
        intention: &str,
        command: [&str; N],
    ) -> Result<String, EngineError> {
        self.agent_must(intention, &Exec::new(command)).await
    }

    pub(super) async fn agent_must(&self, intention: &str, exec: &Exec<'_>) -> Result<String, EngineError> {
        let output = self.access.agent(exec, WORK_LIMIT).await?;
        if output.succeeded() {
            return Ok(output.text());
        }
        Err(EngineError::Call { intention: intention.into(), reason: output.complaint(), status: None })
    }
}
