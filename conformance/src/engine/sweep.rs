//! Labels on everything the suite makes, and the clean-up that goes by label only.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
    RemoveVolumeOptionsBuilder,
};
use futures_util::future::join_all;

use super::{Engine, EngineError, failed};

/// On every container, network and volume: the run's id.
pub const RUN_LABEL: &str = "org.civic.run";
/// On every container, network and volume: the machine that runs the suite.
pub const HOST_LABEL: &str = "org.civic.host";
/// On everything of one sandbox: its name.
pub const SANDBOX_LABEL: &str = "org.civic.sandbox";
/// On the app's own containers: service or job.
pub const SERVICE_LABEL: &str = "org.civic.service";
/// On images the suite built and keeps for `--skip-build` and the build cache: the app's name.
pub const IMAGE_LABEL: &str = "org.civic.image";

/// How often a sweep is repeated until nothing is left, and the pause between.
const MOST_SWEEPS: u32 = 20;
const BETWEEN_SWEEPS: Duration = Duration::from_millis(150);

/// How much a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Containers.
    pub containers: usize,
    /// Networks.
    pub networks: usize,
    /// Volumes.
    pub volumes: usize,
}

impl Leftovers {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::ops::AddAssign for Leftovers {
    fn add_assign(&mut self, more: Self) {
        self.containers += more.containers;
        self.networks += more.networks;
        self.volumes += more.volumes;
    }
}

impl Engine {
    /// Ids of all runs of which anything is left, with the machine that ran them.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn runs_present(&self) -> Result<BTreeSet<(String, String)>, EngineError> {
        let mut runs = BTreeSet::new();
        let mut note = |labels: Option<HashMap<String, String>>| {
            let labels = labels.unwrap_or_default();
            if let Some(run) = labels.get(RUN_LABEL) {
                runs.insert((run.clone(), labels.get(HOST_LABEL).cloned().unwrap_or_default()));
            }
        };
        let filter = [RUN_LABEL];
        self.list_containers(&filter).await?.into_iter().for_each(|found| note(found.labels));
        self.list_networks(&filter).await?.into_iter().for_each(|found| note(found.labels));
        self.list_volumes(&filter).await?.into_iter().for_each(|found| note(Some(found.labels)));
        Ok(runs)
    }

    /// Removes everything that carries all these labels (`key=value` or `key`): containers, then networks and
    /// volumes. What is gone already is no error.
    ///
    /// # Errors
    /// The first removal the engine refused, after all others were tried.
    pub async fn sweep(&self, labels: &[&str]) -> Result<Leftovers, EngineError> {
        let containers = self.list_containers(labels).await?;
        let ids: Vec<String> = containers.into_iter().filter_map(|found| found.id).collect();
        let removed = join_all(ids.iter().map(|id| self.remove_container(id))).await;
        let networks = self.list_networks(labels).await?;
        let volumes = self.list_volumes(labels).await?;
        let network_ids: Vec<String> = networks.into_iter().filter_map(|found| found.id).collect();
        let (networks, volumes) = tokio::join!(
            join_all(network_ids.iter().map(|id| self.remove_network(id))),
            join_all(volumes.iter().map(|volume| self.remove_volume(&volume.name))),
        );
        let swept = Leftovers { containers: removed.len(), networks: networks.len(), volumes: volumes.len() };
        removed.into_iter().chain(networks).chain(volumes).collect::<Result<Vec<()>, _>>()?;
        Ok(swept)
    }

    /// As [`Engine::sweep`], until nothing is left: a call that was cut off when its run died may still make
    /// something a moment later, which then also holds volumes and networks.
    ///
    /// # Errors
    /// What the engine still refused in the end.
    pub async fn sweep_all(&self, labels: &[&str]) -> Result<Leftovers, EngineError> {
        let mut removed = Leftovers::default();
        let mut outcome = self.sweep(labels).await;
        for _ in 0..MOST_SWEEPS {
            match &outcome {
                Ok(left) if left.is_empty() => break,
                Ok(left) => removed += *left,
                Err(_) => {}
            }
            tokio::time::sleep(BETWEEN_SWEEPS).await;
            outcome = self.sweep(labels).await;
        }
        outcome.map(|_| removed)
    }

    /// Removes the images the suite built; returns how many.
    ///
    /// # Errors
    /// When the engine does not answer or refuses.
    pub async fn sweep_images(&self) -> Result<usize, EngineError> {
        self.sweep_images_where(by_label(&[IMAGE_LABEL])).await
    }

    /// Removes those images the suite built of which a later build took the tag; only while no run is alive.
    ///
    /// # Errors
    /// When the engine does not answer, or a container of somebody else's still uses one.
    pub async fn sweep_old_images(&self) -> Result<usize, EngineError> {
        let mut filters = by_label(&[IMAGE_LABEL]);
        filters.insert("dangling".into(), vec!["true".into()]);
        self.sweep_images_where(filters).await
    }

    async fn sweep_images_where(&self, filters: HashMap<String, Vec<String>>) -> Result<usize, EngineError> {
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.docker.list_images(Some(options)).await.map_err(failed("list images"))?;
        for image in &images {
            self.remove_image(&image.id).await?;
        }
        Ok(images.len())
    }

    /// Removes an image; one that is gone already is no error.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_image(&self, reference: &str) -> Result<(), EngineError> {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let removed = self.docker.remove_image(reference, Some(options), None).await;
        missing_is_fine(removed.map(drop).map_err(failed("remove an image")))
    }

    pub(super) async fn list_containers(
        &self,
        labels: &[&str],
    ) -> Result<Vec<bollard::models::ContainerSummary>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).filters(&by_label(labels)).build();
        self.docker.list_containers(Some(options)).await.map_err(failed("list containers"))
    }

    async fn list_networks(&self, labels: &[&str]) -> Result<Vec<bollard::models::Network>, EngineError> {
        let options = ListNetworksOptionsBuilder::default().filters(&by_label(labels)).build();
        self.docker.list_networks(Some(options)).await.map_err(failed("list networks"))
    }

    async fn list_volumes(&self, labels: &[&str]) -> Result<Vec<bollard::models::Volume>, EngineError> {
        let options = ListVolumesOptionsBuilder::default().filters(&by_label(labels)).build();
        let answer = self.docker.list_volumes(Some(options)).await.map_err(failed("list volumes"))?;
        Ok(answer.volumes.unwrap_or_default())
    }

    /// Kills and removes a container; one that is gone already is no error.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let removed = self.docker.remove_container(id, Some(options)).await;
        let removed = removed.map_err(failed("remove a container"));
        if matches!(&removed, Err(error) if error.is_conflict()) {
            return self.wait_until_gone(id).await; // somebody else is removing it already
        }
        missing_is_fine(removed)
    }

    /// Removes a network; one that is gone already is no error.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_network(&self, id: &str) -> Result<(), EngineError> {
        missing_is_fine(self.docker.remove_network(id).await.map_err(failed("remove a network")))
    }

    /// Removes a volume with its data; one that is gone already is no error.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        let options = RemoveVolumeOptionsBuilder::default().force(true).build();
        let removed = self.docker.remove_volume(name, Some(options)).await;
        missing_is_fine(removed.map_err(failed("remove a volume")))
    }
}

fn by_label(labels: &[&str]) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), labels.iter().map(|label| (*label).to_owned()).collect())])
}

fn missing_is_fine(result: Result<(), EngineError>) -> Result<(), EngineError> {
    match result {
        Err(error) if error.is_missing() => Ok(()),
        other => other,
    }
}
