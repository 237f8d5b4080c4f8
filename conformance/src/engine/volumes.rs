//! Volumes: made with labels, removed by `sweep` or one by one.

use std::collections::HashMap;

use bollard::models::VolumeCreateRequest;

use super::{Engine, EngineError, failed};

impl Engine {
    /// Makes an empty volume of the engine's local driver.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn make_volume(&self, name: &str, labels: &HashMap<String, String>) -> Result<(), EngineError> {
        let request = VolumeCreateRequest {
            name: Some(name.into()),
            labels: Some(labels.clone()),
            ..Default::default()
        };
        self.docker.create_volume(request).await.map(drop).map_err(failed("make a volume"))
    }

    /// Whether the engine knows a volume of this name.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn has_volume(&self, name: &str) -> Result<bool, EngineError> {
        match self.docker.inspect_volume(name).await.map_err(failed("inspect a volume")) {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
