//! Commands inside running containers, bounded in time and in what is kept of their output.

use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use super::{Engine, EngineError, failed};

/// What is kept of each stream; a hook that prints a gigabyte is read to its end and mostly forgotten.
const KEPT: usize = 4 * 1024 * 1024;

/// A command to run in a container.
#[derive(Debug, Clone, Default)]
pub struct Exec<'a> {
    /// Program and arguments; no shell reads them.
    pub command: Vec<String>,
    /// Additional environment, `NAME=value`.
    pub env: Vec<String>,
    /// Written to its standard input, which is then closed.
    pub stdin: Option<&'a [u8]>,
    /// User instead of the container's own.
    pub user: Option<String>,
}

impl<'a> Exec<'a> {
    /// A command with these arguments.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        Self { command: command.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// With this standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: &'a [u8]) -> Self {
        self.stdin = Some(bytes);
        self
    }
}

/// How a command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit code; `None` when it still ran at the limit.
    pub code: Option<i64>,
    /// The last 4 MiB of its standard output.
    pub stdout: Vec<u8>,
    /// The last 4 MiB of its standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it exited 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// How it failed, with the last lines it wrote, for people.
    pub fn complaint(&self) -> String {
        let said = if self.stderr.is_empty() { &self.stdout } else { &self.stderr };
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(2000)..]).into_owned();
        let last: Vec<&str> = said.trim().lines().rev().take(5).collect();
        let last = last.into_iter().rev().collect::<Vec<_>>().join(" / ");
        match self.code {
            Some(code) => format!("exit code {code}: {last}"),
            None => format!("no end within its limit: {last}"),
        }
    }
}

impl Engine {
    /// Runs a command in a running container until it ends or the limit is over.
    ///
    /// # Errors
    /// When the engine refuses, for example because the container does not run.
    pub async fn exec(&self, id: &str, exec: &Exec<'_>, limit: Duration) -> Result<Output, EngineError> {
        let options = CreateExecOptions {
            cmd: Some(exec.command.clone()),
            env: Some(exec.env.clone()),
            user: exec.user.clone(),
            attach_stdin: Some(exec.stdin.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..Default::default()
        };
        let made = self.docker.create_exec(id, options).await.map_err(failed("prepare a command"))?;
        let mut output = Output::default();
        let drained = tokio::time::timeout(limit, self.drain(&made.id, exec.stdin, &mut output)).await;
        if let Ok(ended) = drained {
            ended?;
            output.code = self.exit_code(&made.id).await?;
        }
        Ok(output)
    }

    async fn drain(&self, id: &str, stdin: Option<&[u8]>, output: &mut Output) -> Result<(), EngineError> {
        let options = StartExecOptions { output_capacity: Some(64 * 1024), ..Default::default() };
        let started = self.docker.start_exec(id, Some(options)).await.map_err(failed("run a command"))?;
        let StartExecResults::Attached { output: mut stream, mut input } = started else { return Ok(()) };
        if let Some(bytes) = stdin {
            // A command that ends without reading its input is not an error of the engine.
            let _ = input.write_all(bytes).await;
            let _ = input.shutdown().await;
        }
        while let Some(chunk) = stream.next().await {
            match chunk.map_err(failed("read a command's output"))? {
                LogOutput::StdErr { message } => keep_last(&mut output.stderr, &message),
                other => keep_last(&mut output.stdout, other.as_ref()),
            }
        }
        Ok(())
    }

    /// The engine closes the stream a moment before it knows the exit code.
    async fn exit_code(&self, exec: &str) -> Result<Option<i64>, EngineError> {
        for _ in 0..200 {
            let found = self.docker.inspect_exec(exec).await.map_err(failed("inspect a command"))?;
            if found.running != Some(true) {
                return Ok(found.exit_code);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(None)
    }
}

fn keep_last(kept: &mut Vec<u8>, chunk: &[u8]) {
    kept.extend_from_slice(chunk);
    if kept.len() > 2 * KEPT {
        kept.drain(..kept.len() - KEPT);
    }
}
