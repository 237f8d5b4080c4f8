//! Stands between `civic` and the engine's socket, and can be cut.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use civic_conformance::engine::Engine;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// A proxy at work; it ends when it is dropped.
pub struct Proxy {
    /// For `DOCKER_HOST`.
    pub address: String,
    seen: Arc<AtomicBool>,
    work: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a socket file.
    pub fn on_socket(engine: &Engine, path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let (engine, seen) = (socket_of(engine), Arc::<AtomicBool>::default());
        let watch = seen.clone();
        let work = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, engine.clone(), watch.clone()));
            }
        });
        Self { address: format!("unix://{}", path.display()), seen, work }
    }

    /// Listens on a port of this machine, as a remote engine would.
    pub async fn on_port(engine: &Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let (engine, seen) = (socket_of(engine), Arc::<AtomicBool>::default());
        let watch = seen.clone();
        let work = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, engine.clone(), watch.clone()));
            }
        });
        Self { address, seen, work }
    }

    /// Whether any request asked for a tunnel: `nc` in a container.
    pub fn saw_a_tunnel(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Ends every connection and takes no more, as an engine that dies.
    pub async fn cut(&mut self) {
        self.work.abort();
        let _ = (&mut self.work).await; // all connections go with it
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.work.abort();
    }
}

fn socket_of(engine: &Engine) -> PathBuf {
    let path = engine.endpoint().strip_prefix("unix://");
    path.expect("these tests stand between civic and a local socket").into()
}

async fn carry(client: impl AsyncRead + AsyncWrite, engine: PathBuf, tunnel: Arc<AtomicBool>) {
    let Ok(engine) = UnixStream::connect(engine).await else { return };
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_engine, mut to_engine) = engine.into_split();
    let requests = async {
        watch(&mut from_client, &mut to_engine, &tunnel).await?;
        to_engine.shutdown().await
    };
    let answers = async {
        copy(&mut from_engine, &mut to_client).await?;
        to_client.shutdown().await
    };
    let _ = tokio::join!(requests, answers); // a side that goes away early is no news
}

async fn watch(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    tunnel: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        if buffer[..length].windows(5).any(|part| part == b"\"nc\",") {
            tunnel.store(true, Ordering::SeqCst);
        }
        to.write_all(&buffer[..length]).await?;
    }
}
