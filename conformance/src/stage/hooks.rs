//! Runs the app's hooks the way production does: the same programs, at the same place, with the same environment.

use civic_contract::journal::{Event, SpanName};
use civic_contract::manifest::Hook;
use tokio::time::Instant;

use super::boot::millis;
use super::{BACKUP, Stage};
use crate::engine::{ContainerSpec, EngineError, Exec, Mounted};
use crate::lab::HOOKS;

impl Stage {
    /// Empties the backup folder and has the pre-backup hooks fill it.
    ///
    /// # Errors
    /// Outer: the engine. Inner: which hook failed and what it said.
    pub async fn run_pre_backup(&mut self) -> Result<Result<(), String>, EngineError> {
        // Open to all, because hooks run as whatever user their service has.
        let empty = "cd \"$1\" && rm -rf ./* ./.[!.]* ./..?* && chmod 1777 .";
        self.in_agent("empty the backup folder", ["sh", "-c", empty, "sh", BACKUP]).await?;
        let hooks = self.lab.manifest.hooks.pre_backup.clone();
        self.run_hooks(&hooks).await
    }

    /// Runs the post-backup hooks, also after a backup that failed.
    ///
    /// # Errors
    /// As [`Stage::run_pre_backup`].
    pub async fn run_post_backup(&mut self) -> Result<Result<(), String>, EngineError> {
        let hooks = self.lab.manifest.hooks.post_backup.clone();
        self.run_hooks(&hooks).await
    }

    /// Loads what was restored into a service that has just become ready; `false` when a hook failed.
    pub(super) async fn run_post_restore(&mut self, service: &str) -> Result<bool, EngineError> {
        let hooks = self.lab.manifest.hooks.post_restore.iter();
        let hooks: Vec<Hook> = hooks.filter(|hook| hook.service == service).cloned().collect();
        let ran = self.run_hooks(&hooks).await?;
        if let Err(reason) = ran {
            self.pen.note(Event::RestoreFailed { snapshot: String::new(), reason });
            self.note_logs().await;
            return Ok(false);
        }
        Ok(true)
    }

    async fn run_hooks(&mut self, hooks: &[Hook]) -> Result<Result<(), String>, EngineError> {
        for hook in hooks {
            let from = self.pen.now_ms();
            let outcome = match &hook.image {
                Some(image) => self.run_in_own_image(hook, image).await?,
                None => self.run_in_service(hook).await?,
            };
            self.pen.span(SpanName::Hook, from);
            if let Err(reason) = outcome {
                let name = hook.run.display();
                return Ok(Err(format!("hook {name} in service {}: {reason}", hook.service)));
            }
        }
        Ok(Ok(()))
    }

    async fn run_in_service(&self, hook: &Hook) -> Result<Result<(), String>, EngineError> {
        let mut exec = Exec::new([path_of(hook)]);
        exec.env.push(format!("CIVIC_BACKUP_DIR={BACKUP}"));
        match self.access.exec(&hook.service, &exec, hook.timeout).await {
            Ok(output) if output.succeeded() => Ok(Ok(())),
            Ok(output) => Ok(Err(output.complaint())),
            // The app's container is not running, or has no such interpreter: the app's business.
            Err(error @ EngineError::Call { status: Some(400..=499), .. }) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    async fn run_in_own_image(
        &mut self,
        hook: &Hook,
        image: &str,
    ) -> Result<Result<(), String>, EngineError> {
        self.launches += 1;
        let declared = &self.lab.manifest.services[&hook.service];
        let mut env = self.env(declared);
        env.push(format!("CIVIC_BACKUP_DIR={BACKUP}"));
        let mut mounts = self.mounts(&hook.service);
        mounts.iter_mut().for_each(|mount: &mut Mounted| mount.no_copy = true);
        let spec = ContainerSpec {
            name: format!("civic-{}-{}-hook-{}", self.lab.run, self.name, self.launches),
            image: self.lab.hook_images[image].clone(),
            entrypoint: Some(vec![path_of(hook)]),
            command: Some(Vec::new()),
            env,
            labels: self.lab.labels(&self.name),
            network: self.network.clone(),
            mounts,
            ..ContainerSpec::default()
        };
        let engine = &self.lab.engine;
        let id = engine.create(&spec).await?;
        let (started, begun) = (engine.start(&id).await, Instant::now());
        let state = engine.wait_for_exit(&id, hook.timeout).await?;
        let lines = engine.last_lines(&id, 5).await.unwrap_or_default().join(" / ");
        engine.remove_container(&id).await?;
        Ok(match (started, state.running, state.exit_code) {
            (Err(error), ..) => Err(error.to_string()),
            (_, true, _) => Err(format!("no end within {} ms: {lines}", millis(begun.elapsed()))),
            (_, _, 0) => Ok(()),
            (_, _, code) => Err(format!("exit code {code}: {lines}")),
        })
    }
}

/// Where a hook is in every container. The manifest has checked that it lies below `civic/hooks/`.
fn path_of(hook: &Hook) -> String {
    let below = hook.run.strip_prefix("civic/hooks").unwrap_or(&hook.run);
    format!("{HOOKS}/{}", below.display())
}
