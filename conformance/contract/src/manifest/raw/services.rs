//! Services and their probes, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{PeriodText, SizeText};

/// One container of the app. Exactly one of `build` and `image`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["build"]}, {"required": ["image"]}]))]
#[schemars(extend("examples" = [{"build": ".", "port": 8080}]))]
pub(crate) struct Service {
    /// Folder with the Dockerfile, relative to civic.toml: the image is built by the project.
    #[schemars(length(min = 1), example = &".")]
    pub(crate) build: Option<String>,
    /// Somebody else's image by reference, best with a digest: it is used as it is.
    #[schemars(length(min = 1), example = &"postgres:17-trixie")]
    pub(crate) image: Option<String>,
    /// Dockerfile relative to the folder that `build` names.
    #[schemars(length(min = 1), extend("default" = Service::DOCKERFILE), example = &"docker/Dockerfile")]
    pub(crate) dockerfile: Option<String>,
    /// Arguments of the build, by name. They end up in the image: never a secret.
    #[serde(default)]
    #[schemars(extend("examples" = [{"NODE_VERSION": "24"}]))]
    pub(crate) build_args: BTreeMap<String, String>,
    /// Stage of the Dockerfile to stop at.
    #[schemars(length(min = 1), example = &"runtime")]
    pub(crate) target: Option<String>,
    /// Program and arguments instead of the image's own. No shell reads them.
    #[schemars(length(min = 1), extend("examples" = [["node", "src/web.js"]]))]
    pub(crate) command: Option<Vec<String>>,
    /// TCP port on which it listens inside its container.
    #[schemars(range(min = 1, max = 65535), example = 8080)]
    pub(crate) port: Option<u16>,
    /// Plain environment variables. Values are kept exactly as written.
    #[serde(default)]
    #[schemars(extend("examples" = [{"TZ": "America/Anchorage"}]))]
    pub(crate) env: BTreeMap<String, String>,
    /// Names of secrets that it gets as environment variables.
    #[serde(default)]
    #[schemars(extend("examples" = [["DATABASE_URL"]]))]
    pub(crate) secrets: Vec<String>,
    /// Limits within which it must work. What is left out is unlimited.
    #[serde(default)]
    #[schemars(extend("examples" = [{"cpu": 0.5, "memory": "256MiB", "pids": 64}]))]
    pub(crate) resources: Resources,
    /// Absolute paths for scratch files in memory. They are the only writable places besides volumes.
    #[serde(default)]
    #[schemars(extend("examples" = [["/tmp"]]))]
    pub(crate) tmpfs: Vec<String>,
    /// Time between the polite signal to stop (SIGTERM) and the kill (SIGKILL).
    #[serde(default = "PeriodText::ten_seconds")]
    pub(crate) grace_period: PeriodText,
    /// How its health is asked.
    #[serde(default)]
    pub(crate) probes: Probes,
    /// Services that must be ready before it starts.
    #[serde(default)]
    #[schemars(extend("examples" = [["db"]]))]
    pub(crate) depends_on: Vec<String>,
    /// Run it under the engine's init, which passes signals on and clears away ended child processes.
    #[serde(default)]
    pub(crate) init: bool,
}

impl Service {
    /// Dockerfile where the file does not say which.
    pub(crate) const DOCKERFILE: &str = "Dockerfile";
}

/// Limits of a service. What is left out is unlimited.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resources {
    /// Cores, also in parts.
    #[schemars(range(min = 0.01, max = 1024), example = 0.5)]
    pub(crate) cpu: Option<f64>,
    /// Memory, at least 6MiB.
    pub(crate) memory: Option<SizeText>,
    /// Processes and threads.
    #[schemars(range(min = 1, max = 4_194_304), example = 64)]
    pub(crate) pids: Option<u32>,
}

/// How a service's health is asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probes {
    /// Can it serve? It gets requests, and its dependants start, only while the answer is yes.
    /// A service with a port and no such probe is ready when the port accepts connections.
    pub(crate) ready: Option<Probe>,
    /// Is it beyond help? It is restarted when the answer is no.
    pub(crate) live: Option<Probe>,
}

/// One question about a service's health. Exactly one of `http`, `tcp` and `exec`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["http"]}, {"required": ["tcp"]}, {"required": ["exec"]}]))]
#[schemars(extend("examples" = [{"http": "/readyz", "timeout": "2s"}]))]
pub(crate) struct Probe {
    /// Path that is asked with GET on the service's port.
    #[schemars(extend("pattern" = "^/"), example = &"/readyz")]
    pub(crate) http: Option<String>,
    /// The one status that is healthy, with `http`. Without it any status from 200 to 399 is.
    #[schemars(range(min = 100, max = 599), example = 200)]
    pub(crate) status: Option<u16>,
    /// `true`: healthy when the service's port accepts a connection.
    #[schemars(example = true)]
    pub(crate) tcp: Option<bool>,
    /// Program and arguments in the container: healthy when it exits with 0.
    #[schemars(length(min = 1), extend("examples" = [["pg_isready", "-U", "app"]]))]
    pub(crate) exec: Option<Vec<String>>,
    /// No answer by then is a no.
    #[serde(default = "PeriodText::two_seconds")]
    pub(crate) timeout: PeriodText,
}
