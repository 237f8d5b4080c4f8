//! Networks of a sandbox: made with labels, removed by `sweep`.

use std::collections::HashMap;

use bollard::models::NetworkCreateRequest;

use super::{Engine, EngineError, failed};

impl Engine {
    /// Makes a bridge network of its own and returns its id.
    ///
    /// # Errors
    /// When the engine refuses, for example because its address pools are used up.
    pub async fn make_network(
        &self,
        name: &str,
        labels: &HashMap<String, String>,
    ) -> Result<String, EngineError> {
        let request = NetworkCreateRequest {
            name: name.into(),
            driver: Some("bridge".into()),
            labels: Some(labels.clone()),
            ..Default::default()
        };
        let made = self.docker.create_network(request).await.map_err(failed("make a network"))?;
        Ok(made.id)
    }

    /// The address of the engine's own end of a network.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub(super) async fn gateway(&self, network: &str) -> Result<Option<String>, EngineError> {
        let options = None::<bollard::query_parameters::InspectNetworkOptions>;
        let found =
            self.docker.inspect_network(network, options).await.map_err(failed("inspect a network"))?;
        let configs = found.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        Ok(configs.into_iter().find_map(|config| config.gateway))
    }
}
