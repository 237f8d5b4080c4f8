//! Finds the engine a user's own `docker` command would use, and those that nobody configured.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};
use civic_contract::journal::EngineFacts;
use sha2::{Digest, Sha256};

use super::{CALL_LIMIT, Engine, EngineError, Reach, failed};

/// An engine that does not answer a ping by then is not there.
const PING_LIMIT: Duration = Duration::from_secs(10);
const LEAST_API: (usize, usize) = (1, 41);

/// Where an engine may listen, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `unix://…`, `tcp://…`, `https://…`, `ssh://…` or `npipe://…`.
    pub address: String,
    /// Folder with `ca.pem`, `cert.pem` and `key.pem`.
    pub certificates: Option<PathBuf>,
    /// Who named it.
    pub source: String,
}

impl Endpoint {
    /// An endpoint without certificates.
    pub fn new(address: impl Into<String>, source: impl Into<String>) -> Self {
        Self { address: address.into(), certificates: None, source: source.into() }
    }
}

/// Endpoints in the order in which they are tried. One that the user chose (`DOCKER_HOST`, a context) is the
/// only one: falling back to another engine would harm containers on the wrong machine.
pub fn candidates() -> Vec<Endpoint> {
    if let Some(address) = env::var("DOCKER_HOST").ok().filter(|address| !address.is_empty()) {
        let certificates = env::var_os("DOCKER_CERT_PATH").map(PathBuf::from);
        return vec![Endpoint { address, certificates, source: "DOCKER_HOST".into() }];
    }
    match current_context() {
        Some(endpoint) => vec![endpoint],
        None => usual_sockets(),
    }
}

fn current_context() -> Option<Endpoint> {
    let home = docker_config_folder()?;
    let name = env::var("DOCKER_CONTEXT").ok().or_else(|| configured_context(&home))?;
    if name.is_empty() || name == "default" {
        return None;
    }
    let digest: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    context_endpoint(&home, &name, &digest).or_else(|| {
        Some(Endpoint::new("", format!("Docker context `{name}`, which has no readable endpoint")))
    })
}

fn docker_config_folder() -> Option<PathBuf> {
    env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".docker")))
}

fn configured_context(home: &Path) -> Option<String> {
    let config: serde_json::Value = read_json(&home.join("config.json"))?;
    Some(config["currentContext"].as_str()?.to_owned())
}

fn context_endpoint(home: &Path, name: &str, digest: &str) -> Option<Endpoint> {
    let meta = read_json(&home.join("contexts/meta").join(digest).join("meta.json"))?;
    let address = meta["Endpoints"]["docker"]["Host"].as_str()?.to_owned();
    let tls = home.join("contexts/tls").join(digest).join("docker");
    let certificates = tls.is_dir().then_some(tls);
    Some(Endpoint { address, certificates, source: format!("Docker context `{name}`") })
}

fn read_json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn usual_sockets() -> Vec<Endpoint> {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    let sockets = [
        (PathBuf::from("/var/run/docker.sock"), "Docker's usual socket"),
        (runtime.join("docker.sock"), "rootless Docker"),
        (home.join(".docker/run/docker.sock"), "Docker Desktop"),
        (home.join(".colima/default/docker.sock"), "Colima"),
        (runtime.join("podman/podman.sock"), "rootless Podman"),
        (PathBuf::from("/run/podman/podman.sock"), "Podman"),
    ];
    sockets
        .into_iter()
        .filter(|(path, _)| path.is_absolute())
        .map(|(path, source)| Endpoint::new(format!("unix://{}", path.display()), source))
        .collect()
}

pub(super) async fn first_that_answers(endpoints: Vec<Endpoint>) -> Result<Engine, EngineError> {
    let mut tried = Vec::new();
    for endpoint in endpoints {
        match ping(&endpoint).await {
            Ok(docker) => return describe(docker, &endpoint).await,
            Err(reason) => tried.push((format!("{} ({})", endpoint.address, endpoint.source), reason)),
        }
    }
    Err(EngineError::Unreachable { tried })
}

async fn ping(endpoint: &Endpoint) -> Result<Docker, String> {
    if let Some(path) = endpoint.address.strip_prefix("unix://")
        && !Path::new(path).exists()
    {
        return Err("there is no such socket".into());
    }
    let docker = client(endpoint).map_err(|error| error.to_string())?;
    match tokio::time::timeout(PING_LIMIT, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker.with_timeout(CALL_LIMIT)),
        Ok(Err(error)) => Err(explain(&error)),
        Err(_) => Err(format!("no answer within {} s", PING_LIMIT.as_secs())),
    }
}

fn client(endpoint: &Endpoint) -> Result<Docker, bollard::errors::Error> {
    let Some(folder) = &endpoint.certificates else { return Docker::connect_with_host(&endpoint.address) };
    let file = |name: &str| folder.join(name);
    let (key, cert, ca) = (file("key.pem"), file("cert.pem"), file("ca.pem"));
    let seconds = CALL_LIMIT.as_secs();
    Docker::connect_with_ssl(&endpoint.address, &key, &cert, &ca, seconds, API_DEFAULT_VERSION)
}

/// The last cause is the one that helps: `Permission denied`, `Connection refused`.
fn explain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

async fn describe(docker: Docker, endpoint: &Endpoint) -> Result<Engine, EngineError> {
    let docker = docker.negotiate_version().await.map_err(failed("tell its version"))?;
    let spoken = docker.client_version();
    let api = format!("{}.{}", spoken.major_version, spoken.minor_version);
    if (spoken.major_version, spoken.minor_version) < LEAST_API {
        return Err(EngineError::TooOld { found: api, needed: "1.41 (Docker 20.10)" });
    }
    let version = docker.version().await.map_err(failed("tell its version"))?;
    let info = docker.info().await.map_err(failed("describe itself"))?;
    let components = version.components.unwrap_or_default();
    let podman = components.iter().any(|component| component.name.to_lowercase().contains("podman"));
    let facts = EngineFacts {
        name: if podman { "podman" } else { "docker" }.into(),
        version: version.version.unwrap_or_default(),
        api,
        host: format!(
            "{}, {}, kernel {}",
            info.operating_system.unwrap_or_default(),
            info.architecture.unwrap_or_default(),
            info.kernel_version.unwrap_or_default()
        ),
        cores: u32::try_from(info.ncpu.unwrap_or(1)).unwrap_or(1),
        memory: u64::try_from(info.mem_total.unwrap_or(0)).unwrap_or(0),
    };
    let reach = if endpoint.address.starts_with("unix://") { Reach::Untried } else { Reach::Tunnel };
    Ok(Engine { docker, facts: Arc::new(facts), endpoint: endpoint.address.as_str().into(), reach })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layout of Docker's own context store: the folder is the digest of the name.
    fn store(name: &str, meta: &str) -> (tempfile::TempDir, String) {
        let home = tempfile::tempdir().unwrap();
        let digest = crate::secrets::hex(&Sha256::digest(name.as_bytes()));
        let folder = home.path().join("contexts/meta").join(&digest);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("meta.json"), meta).unwrap();
        std::fs::write(home.path().join("config.json"), format!(r#"{{"currentContext":"{name}"}}"#)).unwrap();
        (home, digest)
    }

    #[test]
    fn the_current_context_names_the_engine() {
        let meta = r#"{"Name":"lab","Endpoints":{"docker":{"Host":"ssh://ops@lab.example.org"}}}"#;
        let (home, digest) = store("lab", meta);
        assert_eq!(configured_context(home.path()).as_deref(), Some("lab"));
        let endpoint = context_endpoint(home.path(), "lab", &digest).unwrap();
        assert_eq!((endpoint.address.as_str(), endpoint.certificates), ("ssh://ops@lab.example.org", None));
    }

    #[test]
    fn a_contexts_certificates_are_used() {
        let meta = r#"{"Endpoints":{"docker":{"Host":"tcp://lab.example.org:2376"}}}"#;
        let (home, digest) = store("lab", meta);
        let tls = home.path().join("contexts/tls").join(&digest).join("docker");
        std::fs::create_dir_all(&tls).unwrap();
        assert_eq!(context_endpoint(home.path(), "lab", &digest).unwrap().certificates, Some(tls));
    }

    #[test]
    fn a_broken_context_is_no_endpoint() {
        let (home, digest) = store("lab", "{");
        assert_eq!(context_endpoint(home.path(), "lab", &digest), None);
    }
}
