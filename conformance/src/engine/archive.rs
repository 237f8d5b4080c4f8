//! Files into and out of containers by the engine's archive API, so that images need no tools.

use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder};
use futures_util::StreamExt;

use super::{Engine, EngineError, failed};

impl Engine {
    /// Unpacks a tar archive into a folder of a container.
    ///
    /// # Errors
    /// When the engine refuses, for example because the folder does not exist.
    pub async fn upload(&self, id: &str, folder: &str, tar: Vec<u8>) -> Result<(), EngineError> {
        let options = UploadToContainerOptionsBuilder::default().path(folder).build();
        let body = bollard::body_full(tar.into());
        self.docker.upload_to_container(id, Some(options), body).await.map_err(failed("copy files in"))
    }

    /// Reads a file or folder of a container as a tar archive, running or not. `None` when it is larger than
    /// `limit` bytes.
    ///
    /// # Errors
    /// When there is no such path.
    pub async fn download(&self, id: &str, path: &str, limit: usize) -> Result<Option<Vec<u8>>, EngineError> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut stream = Box::pin(self.docker.download_from_container(id, Some(options)));
        let mut tar = Vec::new();
        while let Some(chunk) = stream.next().await {
            tar.extend_from_slice(&chunk.map_err(failed("copy files out"))?);
            if tar.len() > limit {
                return Ok(None);
            }
        }
        Ok(Some(tar))
    }
}
