//! A container with the hooks in it, which is removed however its test ends.

use std::path::Path;
use std::time::Duration;

use testcontainers::core::ExecCommand;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};

/// How long a server may take to its first answer.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is run, and how it is used.
#[derive(Clone)]
pub struct Store {
    /// Folder below `templates/hooks/`.
    pub kind: &'static str,
    pub image: (&'static str, &'static str),
    /// User of the image's server, who runs the hooks.
    pub uid: u32,
    pub env: Vec<(&'static str, String)>,
    pub command: Vec<String>,
    /// Variables that hooks get in addition, as a shell reads them.
    pub login: &'static str,
    /// Ends with 0 once the server serves for good.
    pub ready: &'static str,
    /// Makes the records.
    pub fill: &'static str,
    /// Prints the records; nothing, and with 0, where there are none.
    pub read: &'static str,
    /// Makes one more record.
    pub add: &'static str,
    /// Removes all records and what the restore has noted.
    pub wipe: &'static str,
    /// What the backup folder holds after a backup.
    pub dump: &'static str,
}

/// A running container of a store.
pub struct Server {
    container: ContainerAsync<GenericImage>,
    pub store: Store,
}

/// What a program printed, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub code: i64,
    pub out: String,
    pub err: String,
}

impl Said {
    /// # Panics
    /// When the program failed.
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, 0, "it failed: {} {}", self.out, self.err);
        self.out
    }

    /// Both streams of a program that had to fail.
    ///
    /// # Panics
    /// When it did not fail, or said nothing.
    #[track_caller]
    pub fn badly(self) -> String {
        assert_ne!(self.code, 0, "it had to fail, and said: {} {}", self.out, self.err);
        assert!(!self.err.trim().is_empty(), "it failed without a word");
        self.out + &self.err
    }
}

impl Server {
    /// Starts it and waits until it serves.
    pub async fn start(store: &Store) -> Self {
        Self::with(store, None).await
    }

    /// Starts an empty one beside what a snapshot holds.
    pub async fn restored(store: &Store, snapshot: &str) -> Self {
        Self::with(store, Some(snapshot)).await
    }

    async fn with(store: &Store, snapshot: Option<&str>) -> Self {
        let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks");
        let mut request: ContainerRequest<GenericImage> =
            GenericImage::new(store.image.0, store.image.1).with_label("org.civic.test", "hooks");
        for (name, value) in &store.env {
            request = request.with_env_var(*name, value);
        }
        if !store.command.is_empty() {
            request = request.with_cmd(&store.command);
        }
        request = request.with_copy_to("/civic/hooks", hooks.as_path());
        request = request.with_copy_to("/civic/snapshot", snapshot.unwrap_or_default().as_bytes().to_vec());
        let container = request.start().await.expect("an engine that starts containers: make setup");
        let server = Self { container, store: store.clone() };
        let unpack = "mkdir /civic/backup && chmod 1777 /civic/backup && cd /civic/backup
            [ ! -s /civic/snapshot ] || base64 -d /civic/snapshot | tar -xpf -";
        server.as_root(unpack).await.well();
        server.wait_until_ready().await;
        server
    }

    async fn wait_until_ready(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let said = self.run(self.store.ready).await;
            if said.code == 0 {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "it never became ready: {said:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs a script as the server's user, with the environment that hooks have.
    pub async fn run(&self, script: &str) -> Said {
        let uid = self.store.uid.to_string();
        self.exec(&["setpriv", "--reuid", &uid, "--regid", &uid, "--clear-groups", "sh", "-c", script]).await
    }

    pub async fn as_root(&self, script: &str) -> Said {
        self.exec(&["sh", "-c", script]).await
    }

    async fn exec(&self, command: &[&str]) -> Said {
        let env = [("CIVIC_BACKUP_DIR", "/civic/backup")];
        let command = ExecCommand::new(command.iter().copied()).with_env_vars(env);
        let mut result = self.container.exec(command).await.expect("a container that runs");
        let out = result.stdout_to_vec().await.expect("its output");
        let err = result.stderr_to_vec().await.expect("its output");
        let code = loop {
            if let Some(code) = result.exit_code().await.expect("an engine") {
                break code;
            }
            tokio::task::yield_now().await;
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Said { code, out: text(out), err: text(err) }
    }

    /// Runs a hook of the store.
    pub async fn hook(&self, name: &str) -> Said {
        self.hook_with("", name).await
    }

    /// Runs a hook of the store with other variables, `NAME=value` as a shell reads it.
    pub async fn hook_with(&self, env: &str, name: &str) -> Said {
        let Store { login, kind, .. } = &self.store;
        self.run(&format!("{login} {env} /civic/hooks/{kind}/{name}")).await
    }

    /// The records.
    pub async fn records(&self) -> String {
        self.run(self.store.read).await.well()
    }

    /// What a snapshot of the backup folder would hold.
    pub async fn snapshot(&self) -> String {
        self.as_root("tar -C /civic/backup -cf - . | base64 -w0").await.well()
    }

    /// Names in the backup folder, each on a line.
    pub async fn saved(&self) -> String {
        self.as_root("ls -A /civic/backup").await.well()
    }
}
