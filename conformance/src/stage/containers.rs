//! The app's own containers: made from the manifest, the image digests and what a drill takes away.

use civic_contract::manifest::{Service, Source};

use super::{BACKUP, Stage};
use crate::access::Live;
use crate::engine::{Confinement, ContainerSpec, EngineError, Mounted, SERVICE_LABEL};
use crate::lab::HOOKS;

impl Stage {
    /// What the container of a service, or of a job beside it, is made from.
    pub(super) fn container_spec(&mut self, service: &str, role: &str) -> ContainerSpec {
        self.launches += 1;
        let declared = &self.lab.manifest.services[service];
        let mut labels = self.lab.labels(&self.name);
        labels.insert(SERVICE_LABEL.into(), role.into());
        ContainerSpec {
            name: format!("civic-{}-{}-{role}-{}", self.lab.run, self.name, self.launches),
            image: self.lab.images[service].clone(),
            command: declared.command.clone(),
            env: self.env(declared),
            labels,
            network: self.network.clone(),
            aliases: if role == service { vec![service.to_owned()] } else { Vec::new() },
            mounts: self.mounts(service),
            tmpfs: declared.tmpfs.clone(),
            cpu: declared.resources.cpu,
            memory: declared.resources.memory,
            pids: declared.resources.pids,
            init: declared.init,
            confinement: self.confinement_of(declared),
            ..ContainerSpec::default()
        }
    }

    /// A service's environment, secrets included.
    pub(super) fn env(&self, service: &Service) -> Vec<String> {
        let plain = service.env.iter().map(|(name, value)| format!("{name}={value}"));
        let secret = service.secrets.iter().map(|name| format!("{name}={}", self.lab.secrets.value(name)));
        let mut env: Vec<String> = plain.chain(secret).collect();
        if self.confinement_of(service).stranger.is_some() {
            env.push("HOME=".into());
        }
        env
    }

    /// PostgreSQL, for one, refuses a data directory of another user: upstream images keep theirs.
    fn confinement_of(&self, service: &Service) -> Confinement {
        let built = matches!(service.source, Source::Build(_));
        let stranger = self.confinement.stranger.clone().filter(|_| built);
        Confinement { stranger, ..self.confinement }
    }

    /// A service's volumes, the hooks, and the backup folder where it has hooks.
    pub(super) fn mounts(&self, service: &str) -> Vec<Mounted> {
        let volumes = self.lab.manifest.volumes.iter().filter(|(_, volume)| volume.service == service);
        let mount = |volume: &str, path: &str, read_only| Mounted {
            volume: volume.into(),
            path: path.into(),
            read_only,
            no_copy: false,
        };
        let mut mounts: Vec<Mounted> =
            volumes.map(|(name, volume)| mount(&self.volumes[name], &volume.path, false)).collect();
        mounts.push(mount(&self.lab.hooks_volume(), HOOKS, true));
        if self.lab.manifest.hooks.all().any(|hook| hook.service == service) {
            mounts.push(Mounted { no_copy: true, ..mount(&self.backup_volume(), BACKUP, false) });
        }
        mounts
    }

    /// Creates and starts a container; notes it.
    pub(super) async fn launch(&self, role: &str, spec: &ContainerSpec) -> Result<Live, EngineError> {
        let id = self.lab.engine.create(spec).await?;
        self.start_created(role, &id, &spec.image).await
    }

    /// Starts a created container; notes it. One that the engine cannot start for the app's own reasons (no such
    /// program) is started all the same: it shows as ended.
    pub(super) async fn start_created(&self, role: &str, id: &str, image: &str) -> Result<Live, EngineError> {
        let started = self.lab.engine.start(id).await;
        self.pen.note(civic_contract::journal::Event::Started {
            service: role.into(),
            container: id.into(),
            image: image.into(),
        });
        let state = self.lab.engine.state(id).await?;
        match started {
            Err(error) if state.error.is_empty() => Err(error),
            _ => Ok(Live { id: id.into(), address: state.address }),
        }
    }
}
