//! A byte stream to a port of a container: dialled directly where the engine's bridge is ours, else carried
//! through an exec of `nc` in the agent container, which works with any engine anywhere.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::{Engine, EngineError, failed};

/// How containers are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A local socket whose bridge was not looked at yet.
    Untried,
    /// The engine's bridge is an interface of this machine.
    Direct,
    /// Through exec.
    Tunnel,
}

/// A connection to a port in a container.
pub type Stream = Pin<Box<dyn Duplex>>;

/// Both directions of a connection.
pub trait Duplex: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}

impl Engine {
    /// Finds out how containers on this network are reached. Only where the network's gateway is an address of
    /// this machine do packets find their way; Docker Desktop and rootless engines keep it in a machine or
    /// namespace of their own.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn reach(&self, network: &str) -> Result<Reach, EngineError> {
        if self.reach != Reach::Untried {
            return Ok(self.reach);
        }
        let Some(gateway) = self.gateway(network).await? else { return Ok(Reach::Tunnel) };
        let ours = TcpListener::bind((gateway.as_str(), 0)).await.is_ok();
        Ok(if ours { Reach::Direct } else { Reach::Tunnel })
    }

    /// Connects to an address straight away.
    ///
    /// # Errors
    /// What the network said.
    pub async fn dial_direct(address: &str, port: u16, limit: Duration) -> io::Result<Stream> {
        let stream = tokio::time::timeout(limit, TcpStream::connect((address, port)))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        Ok(Box::pin(stream))
    }

    /// Connects to `host:port` from inside a container that has `nc`.
    ///
    /// # Errors
    /// When the engine refuses. A port that does not answer shows as an early end of the stream.
    pub async fn dial_through(&self, agent: &str, host: &str, port: u16) -> Result<Stream, EngineError> {
        let options = CreateExecOptions {
            cmd: Some(vec!["nc".to_owned(), host.to_owned(), port.to_string()]),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(false),
            ..Default::default()
        };
        let made = self.docker.create_exec(agent, options).await.map_err(failed("open a tunnel"))?;
        let options = StartExecOptions { output_capacity: Some(64 * 1024), ..Default::default() };
        let started =
            self.docker.start_exec(&made.id, Some(options)).await.map_err(failed("open a tunnel"))?;
        match started {
            StartExecResults::Attached { output, input } => {
                Ok(Box::pin(Tunnel { output, input, rest: Bytes::new() }))
            }
            StartExecResults::Detached => Err(EngineError::Call {
                intention: "open a tunnel".into(),
                reason: "the engine detached it".into(),
                status: None,
            }),
        }
    }
}

type Frames = Pin<Box<dyn futures_util::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>;

/// The two ends of an attached exec as one stream.
struct Tunnel {
    output: Frames,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    rest: Bytes,
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match std::task::ready!(self.output.as_mut().poll_next(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Ok(frame)) => self.rest = frame.into_bytes(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
        let length = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(cx)
    }
}
