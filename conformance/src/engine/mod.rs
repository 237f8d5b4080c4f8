//! The only part that talks to a container engine: Docker Engine (API 1.41 and later) or Podman's compatible
//! socket. Nothing here assumes that the engine's file system or network is ours.
#![allow(clippy::disallowed_types)] // the wall is around this module

mod archive;
mod connect;
mod containers;
mod context;
mod dial;
mod exec;
mod health;
mod images;
mod networks;
mod sweep;
mod volumes;

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use civic_contract::journal::EngineFacts;

pub use connect::{Endpoint, candidates};
pub use containers::{Confinement, ContainerSpec, Mounted, State};
pub use context::ContextError;
pub use dial::{Reach, Stream};
pub use exec::{Exec, Output};
pub use health::Limits;
pub use images::{BuildFailure, BuiltImage};
pub use sweep::{HOST_LABEL, IMAGE_LABEL, Leftovers, RUN_LABEL, SANDBOX_LABEL, SERVICE_LABEL};

/// Every call to the engine that takes longer is an infrastructure error; builds and execs have their own limits.
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// An engine call that failed: nothing the app did.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// No endpoint answered.
    #[error("no container engine answers")]
    Unreachable {
        /// Each endpoint tried and what it said.
        tried: Vec<(String, String)>,
    },
    /// The engine answered, too old to be used.
    #[error("this engine speaks API {found}, and civic needs {needed} or later")]
    TooOld {
        /// API version it speaks.
        found: String,
        /// The least that works.
        needed: &'static str,
    },
    /// A call failed.
    #[error("the container engine could not {intention}: {reason}")]
    Call {
        /// What was asked, as an infinitive: `start a container`.
        intention: String,
        /// What the engine said.
        reason: String,
        /// HTTP status, where the engine answered at all.
        status: Option<u16>,
    },
}

impl EngineError {
    /// Whether the engine said that the thing does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, EngineError::Call { status: Some(404), .. })
    }

    /// Whether the engine said that the thing is in another state than needed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, EngineError::Call { status: Some(409 | 304), .. })
    }
}

/// Turns bollard's error into ours, with the intention that failed.
fn failed(intention: &str) -> impl Fn(bollard::errors::Error) -> EngineError + '_ {
    move |error| {
        let status = match &error {
            bollard::errors::Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
            _ => None,
        };
        EngineError::Call { intention: intention.into(), reason: error.to_string(), status }
    }
}

/// A connected engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
    facts: Arc<EngineFacts>,
    endpoint: Arc<str>,
    reach: Reach,
}

impl Engine {
    /// Connects to the first endpoint that answers: `DOCKER_HOST`, the current Docker context, then the usual
    /// sockets, rootful and rootless, of Docker and Podman.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] with everything that was tried, [`EngineError::TooOld`].
    pub async fn connect() -> Result<Self, EngineError> {
        connect::first_that_answers(candidates()).await
    }

    /// Connects to one endpoint.
    ///
    /// # Errors
    /// As [`Engine::connect`].
    pub async fn connect_to(endpoint: Endpoint) -> Result<Self, EngineError> {
        connect::first_that_answers(vec![endpoint]).await
    }

    /// Reaches containers only through exec, as with a remote engine; for tests of that path.
    #[must_use]
    pub fn through_tunnel(mut self) -> Self {
        self.reach = Reach::Tunnel;
        self
    }

    /// What the engine says of itself.
    pub fn facts(&self) -> &EngineFacts {
        &self.facts
    }

    /// Address of the engine, without credentials.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}
