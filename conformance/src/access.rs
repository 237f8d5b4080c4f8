//! The ways into one sandbox: HTTP to a service, a command in a service, a command in the agent.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::engine::{Engine, EngineError, Exec, Output, Reach, Stream};
use crate::http::{self, Answer, HttpError, Request};

/// A running container of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Container id.
    pub id: String,
    /// Address on the sandbox's network.
    pub address: Option<String>,
}

/// The ways into one sandbox. Cheap to clone; clones see the same containers.
#[derive(Clone)]
pub struct Access {
    engine: Engine,
    reach: Reach,
    agent: Arc<RwLock<String>>,
    ports: Arc<BTreeMap<String, u16>>,
    live: Arc<RwLock<BTreeMap<String, Live>>>,
}

impl Access {
    /// Ways into a sandbox whose services listen on these ports.
    pub fn new(engine: Engine, reach: Reach, ports: BTreeMap<String, u16>) -> Self {
        Self { engine, reach, agent: Arc::default(), ports: Arc::new(ports), live: Arc::default() }
    }

    /// How services are reached.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// From now on this container is the agent.
    pub fn set_agent(&self, id: &str) {
        *self.agent.write().unwrap_or_else(PoisonError::into_inner) = id.into();
    }

    /// Container id of the agent.
    pub fn agent_id(&self) -> String {
        self.agent.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on this container is the service.
    pub fn set_live(&self, service: &str, live: Live) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(service.into(), live);
    }

    /// The service's container, if it was started.
    pub fn live(&self, service: &str) -> Option<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(service).cloned()
    }

    /// All started services.
    pub fn all_live(&self) -> BTreeMap<String, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets all services, whose containers are gone.
    pub fn forget_all(&self) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Opens a connection to a service's port.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub async fn connect(&self, service: &str, limit: Duration) -> Result<Stream, String> {
        let port = *self.ports.get(service).ok_or_else(|| format!("service {service} has no port"))?;
        match self.reach {
            Reach::Direct => {
                let address = self.live(service).and_then(|live| live.address);
                let address = address.ok_or_else(|| format!("service {service} has no address"))?;
                let dialled = Engine::dial_direct(&address, port, limit).await;
                dialled.map_err(|error| format!("cannot connect to {service}:{port}: {error}"))
            }
            _ => {
                let tunnel = self.engine.dial_through(&self.agent_id(), service, port).await;
                tunnel.map_err(|error| error.to_string())
            }
        }
    }

    /// Asks a service over HTTP.
    ///
    /// # Errors
    /// [`HttpError`]; a missed limit after the request was sent is [`HttpError::NoAnswer`].
    pub async fn http(&self, service: &str, request: &Request, limit: Duration) -> Result<Answer, HttpError> {
        let deadline = Instant::now() + limit;
        let stream = self.connect(service, limit).await.map_err(HttpError::NotSent)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let late = || HttpError::NoAnswer(format!("no answer within {} ms", limit.as_millis()));
        timeout(left, http::exchange(stream, service, request)).await.map_err(|_| late())?
    }

    /// Runs a command in a service's container.
    ///
    /// # Errors
    /// When the container does not run or the engine fails.
    pub async fn exec(&self, service: &str, exec: &Exec<'_>, limit: Duration) -> Result<Output, EngineError> {
        let Some(live) = self.live(service) else {
            let reason = format!("service {service} has no container");
            return Err(EngineError::Call { intention: "run a command".into(), reason, status: Some(404) });
        };
        self.engine.exec(&live.id, exec, limit).await
    }

    /// Runs a command in the agent.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn agent(&self, exec: &Exec<'_>, limit: Duration) -> Result<Output, EngineError> {
        self.engine.exec(&self.agent_id(), exec, limit).await
    }
}
