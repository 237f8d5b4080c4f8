//! What all stages of a run share: engine, app, images, secrets, journal.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use civic_contract::journal::{Event, ImageReady, SpanName};
use civic_contract::manifest::{Manifest, Source};

use crate::engine::{
    BuildFailure, BuiltImage, ContainerSpec, Engine, EngineError, HOST_LABEL, Mounted, RUN_LABEL,
    SANDBOX_LABEL,
};
use crate::project::Project;
use crate::recorder::{Pen, Recorder};
use crate::secrets::Secrets;

/// Image of the agent: restic beside the data, as in production, with a shell and `nc`.
pub const AGENT_IMAGE: &str = "restic/restic:0.18.0";
/// Where hooks are in every container.
pub const HOOKS: &str = "/civic/hooks";

/// What all stages of a run share.
pub struct Lab {
    /// The engine.
    pub engine: Engine,
    /// The app's manifest.
    pub manifest: Arc<Manifest>,
    /// The run's id.
    pub run: String,
    /// Names this machine on labels.
    pub host: String,
    /// Digest by service.
    pub images: BTreeMap<String, String>,
    /// Digest by reference of a hook's own image.
    pub hook_images: BTreeMap<String, String>,
    /// Digest of the agent's image.
    pub agent_image: String,
    /// Secrets of this run.
    pub secrets: Arc<Secrets>,
    /// Password of the run's snapshot repositories.
    pub repository_password: String,
    /// The journal.
    pub recorder: Recorder,
    /// Seed of every random choice.
    pub seed: u64,
    /// Fewer repetitions, no certificate.
    pub quick: bool,
}

impl Lab {
    /// Labels of everything in a sandbox.
    pub fn labels(&self, sandbox: &str) -> HashMap<String, String> {
        HashMap::from([
            (RUN_LABEL.to_owned(), self.run.clone()),
            (HOST_LABEL.to_owned(), self.host.clone()),
            (SANDBOX_LABEL.to_owned(), sandbox.to_owned()),
        ])
    }

    /// Name of the volume that holds the app's hooks, shared by all sandboxes.
    pub fn hooks_volume(&self) -> String {
        format!("civic-{}-hooks", self.run)
    }

    /// Copies the app's hooks into their volume, through a container that never starts.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn install_hooks(&self, hooks: Vec<u8>) -> Result<(), EngineError> {
        let labels = self.labels("hooks");
        self.engine.make_volume(&self.hooks_volume(), &labels).await?;
        let spec = ContainerSpec {
            name: format!("civic-{}-hooks", self.run),
            image: self.agent_image.clone(),
            labels,
            network: "none".into(),
            mounts: vec![Mounted {
                volume: self.hooks_volume(),
                path: HOOKS.into(),
                read_only: false,
                no_copy: true,
            }],
            ..ContainerSpec::default()
        };
        let carrier = self.engine.create(&spec).await?;
        let uploaded = self.engine.upload(&carrier, HOOKS, hooks).await;
        self.engine.remove_container(&carrier).await?;
        uploaded
    }
}

/// The images of a run, each by the digest it will be run by.
#[derive(Debug, Default)]
pub struct Images {
    /// By service.
    pub services: BTreeMap<String, String>,
    /// By reference of a hook's own image.
    pub hooks: BTreeMap<String, String>,
    /// The agent's.
    pub agent: String,
}

/// Builds or finds every image of the app, and notes them.
///
/// # Errors
/// [`BuildFailure`].
pub async fn prepare_images(
    engine: &Engine,
    project: &Project,
    skip_build: bool,
    pen: &Pen,
) -> Result<Images, BuildFailure> {
    let mut images = Images::default();
    for (name, service) in &project.manifest.services {
        let (reference, image) = match &service.source {
            Source::Image(reference) => (reference.clone(), engine.image_or_pull(reference).await?),
            Source::Build(build) => {
                let tag = built_tag(&project.manifest.app.name, name);
                let kept = if skip_build { engine.image(&tag).await? } else { None };
                let image = match kept {
                    Some(image) => image,
                    None => {
                        let folder: &Path = &project.folder;
                        let work = engine.build(folder, &project.manifest.app.name, name, build, &tag);
                        pen.timed(SpanName::Build, work).await?
                    }
                };
                (tag, image)
            }
        };
        let built = matches!(service.source, Source::Build(_));
        images.services.insert(name.clone(), note(pen, name, reference, image, built));
    }
    for hook in project.manifest.hooks.all() {
        if let Some(reference) = &hook.image {
            let image = engine.image_or_pull(reference).await?;
            images.hooks.insert(reference.clone(), note(pen, "hooks", reference.clone(), image, false));
        }
    }
    let agent = engine.image_or_pull(AGENT_IMAGE).await?;
    images.agent = note(pen, "agent", AGENT_IMAGE.into(), agent, false);
    Ok(images)
}

/// The tag a build keeps, for `--skip-build`.
fn built_tag(app: &str, service: &str) -> String {
    format!("civic.local/{app}/{service}:latest")
}

fn note(pen: &Pen, service: &str, reference: String, image: BuiltImage, built: bool) -> String {
    pen.note(Event::ImageReady(ImageReady {
        service: service.into(),
        reference,
        digest: image.digest.clone(),
        built,
        stand_ins: image.stand_ins,
    }));
    image.digest
}
