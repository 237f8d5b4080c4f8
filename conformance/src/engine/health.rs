//! What `civic doctor` asks an engine.

use super::{ContainerSpec, Engine, EngineError, failed};

/// Limits an engine can enforce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory.
    pub memory: bool,
    /// Processes and threads.
    pub pids: bool,
    /// Share of the cores.
    pub cpu: bool,
    /// Version of the kernel's control groups.
    pub cgroup: String,
}

impl Engine {
    /// Limits the engine can enforce.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn enforced_limits(&self) -> Result<Limits, EngineError> {
        let info = self.docker.info().await.map_err(failed("describe itself"))?;
        Ok(Limits {
            memory: info.memory_limit.unwrap_or(false),
            pids: info.pids_limit.unwrap_or(false),
            cpu: info.cpu_cfs_quota.unwrap_or(false),
            cgroup: info.cgroup_version.map_or_else(|| "1".into(), |version| version.to_string()),
        })
    }

    /// Free bytes where the engine keeps containers, as a container sees it; works with a remote engine.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn free_disk(&self, image: &str) -> Result<Option<u64>, EngineError> {
        let spec = ContainerSpec {
            name: format!("civic-doctor-{:08x}", rand::random::<u32>()),
            image: image.into(),
            entrypoint: Some(["df", "-Pk", "/"].map(Into::into).into()),
            command: Some(Vec::new()),
            network: "none".into(),
            ..ContainerSpec::default()
        };
        let id = self.create(&spec).await?;
        let ran = async {
            self.start(&id).await?;
            self.wait_for_exit(&id, std::time::Duration::from_secs(10)).await?;
            self.last_lines(&id, 10).await
        };
        let lines = ran.await;
        self.remove_container(&id).await?;
        Ok(free_kib(&lines?).map(|kib| kib * 1024))
    }
}

/// The fourth column of `df -Pk`'s last line.
fn free_kib(lines: &[String]) -> Option<u64> {
    lines.last()?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::free_kib;

    #[test]
    fn free_space_is_the_fourth_column() {
        let lines = [
            "Filesystem 1024-blocks Used Available Capacity Mounted on",
            "overlay 263174212 11000 83000000 12% /",
        ];
        assert_eq!(free_kib(&lines.map(String::from)), Some(83_000_000));
    }
}
