//! Images: built from a project's Dockerfile, or found on the engine, or pulled.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::pin::Pin;

use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{
    BuildImageOptions, BuildImageOptionsBuilder, BuilderVersion, CreateImageOptionsBuilder,
    TagImageOptionsBuilder,
};
use civic_contract::manifest::Build;
use futures_util::{Stream, StreamExt};

use super::{ContextError, Engine, EngineError, IMAGE_LABEL, context, failed};

/// Label of an image that stands in for an official one.
const STAND_IN_OF: &str = "org.civic.stand-in.of";
const STAND_IN_FROM: &str = "org.civic.stand-in.from";
/// How many lines of a failed build are shown.
const LAST_LINES: usize = 25;

/// An image on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// `sha256:…`, by which it is run.
    pub digest: String,
    /// Official images for which a stand-in is below it.
    pub stand_ins: Vec<String>,
}

/// A build that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BuildFailure {
    /// The build context cannot be packed.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// A step of the Dockerfile failed: the project's own fault.
    #[error("the image of service `{service}` does not build: {reason}")]
    Step {
        /// Service.
        service: String,
        /// What the builder said last.
        reason: String,
        /// The build's last lines.
        lines: Vec<String>,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Engine {
    /// Builds a service's image and tags it. BuildKit is used where `docker build` would use it: not on Podman,
    /// and not with `DOCKER_BUILDKIT=0`.
    ///
    /// # Errors
    /// [`BuildFailure`].
    pub async fn build(
        &self,
        project: &Path,
        app: &str,
        service: &str,
        build: &Build,
        tag: &str,
    ) -> Result<BuiltImage, BuildFailure> {
        let folder = context::folder_of(project, &build.context)?;
        let tar = context::pack(&folder, &build.dockerfile)?;
        // Another run may build the same service now: only a tag of its own surely names this build's image.
        let own = format!("civic.local/building:{}", session_id());
        let args: HashMap<String, String> = build.args.clone().into_iter().collect();
        let labels = HashMap::from([(IMAGE_LABEL.to_owned(), app.to_owned())]);
        let options = BuildImageOptionsBuilder::default()
            .dockerfile(&build.dockerfile.to_string_lossy())
            .t(&own)
            .rm(true)
            .forcerm(true)
            .buildargs(&args)
            .labels(&labels)
            .target(build.target.as_deref().unwrap_or_default());
        let classic =
            self.facts.name == "podman" || std::env::var("DOCKER_BUILDKIT").is_ok_and(|on| on == "0");
        let options = match classic {
            true => options.version(BuilderVersion::BuilderV1).build(),
            false => options.version(BuilderVersion::BuilderBuildKit).session(&session_id()).build(),
        };
        self.run_build(service, options, tar).await?;
        let built = self.image(&own).await?.ok_or_else(|| {
            let reason = "the builder said success, but the engine has no such image".to_owned();
            BuildFailure::Step { service: service.into(), reason, lines: Vec::new() }
        })?;
        self.tag(&built.digest, tag).await?;
        self.remove_image(&own).await?; // takes the name away, the image has another
        Ok(built)
    }

    async fn tag(&self, digest: &str, reference: &str) -> Result<(), EngineError> {
        let (repository, tag) = split_reference(reference);
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        self.docker.tag_image(digest, Some(options)).await.map_err(failed("tag an image"))
    }

    async fn run_build(
        &self,
        service: &str,
        options: BuildImageOptions,
        tar: Vec<u8>,
    ) -> Result<(), BuildFailure> {
        let body = bollard::body_full(tar.into());
        let mut stream: Pin<Box<dyn Stream<Item = _> + Send>> =
            Box::pin(self.docker.build_image(options, None, Some(body)));
        let mut tail = Tail::default();
        while let Some(step) = stream.next().await {
            let reason = match step {
                Ok(info) => tail.take(info),
                Err(bollard::errors::Error::DockerStreamError { error }) => Some(error),
                Err(bollard::errors::Error::DockerResponseServerError { status_code: 400, message }) => {
                    Some(message) // the Dockerfile is missing or cannot be parsed
                }
                Err(error) => return Err(failed("build an image")(error).into()),
            };
            if let Some(reason) = reason {
                return Err(BuildFailure::Step { service: service.into(), reason, lines: tail.lines() });
            }
        }
        Ok(())
    }

    /// Finds an image on the engine.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn image(&self, reference: &str) -> Result<Option<BuiltImage>, EngineError> {
        let found = match self.docker.inspect_image(reference).await.map_err(failed("inspect an image")) {
            Ok(found) => found,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error),
        };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let origin = labels.get(STAND_IN_FROM).map_or("another source", String::as_str);
        let stand_ins = labels.get(STAND_IN_OF).map(|official| format!("{official} (made from {origin})"));
        let digest = found.id.unwrap_or_default();
        Ok(Some(BuiltImage { digest, stand_ins: stand_ins.into_iter().collect() }))
    }

    /// Finds an image on the engine, or pulls it.
    ///
    /// # Errors
    /// When the registry does not have it or cannot be reached.
    pub async fn image_or_pull(&self, reference: &str) -> Result<BuiltImage, EngineError> {
        if let Some(found) = self.image(reference).await? {
            return Ok(found);
        }
        let (name, tag) = split_reference(reference);
        let options = CreateImageOptionsBuilder::default().from_image(name).tag(tag).build();
        let mut progress = Box::pin(self.docker.create_image(Some(options), None, None));
        let intention = format!("pull the image {reference}");
        while let Some(step) = progress.next().await {
            step.map_err(failed(&intention))?;
        }
        let missing = || EngineError::Call {
            intention: intention.clone(),
            reason: "it did not arrive".into(),
            status: None,
        };
        self.image(reference).await?.ok_or_else(missing)
    }
}

/// BuildKit's session needs a name that no other build uses at the same time.
fn session_id() -> String {
    format!("civic-{:016x}", rand::random::<u64>())
}

/// `name:tag` or `name@digest`; a colon before the last slash is a registry's port.
fn split_reference(reference: &str) -> (&str, &str) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, digest);
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// The last lines of a build, whichever builder wrote them.
#[derive(Default)]
struct Tail(VecDeque<String>);

impl Tail {
    /// Notes what a step said; returns the reason when it failed.
    fn take(&mut self, info: BuildInfo) -> Option<String> {
        if let Some(text) = info.stream {
            self.note(&text);
        }
        if let Some(BuildInfoAux::BuildKit(status)) = info.aux {
            for log in status.logs {
                self.note(&String::from_utf8_lossy(&log.msg));
            }
            let broken = status.vertexes.into_iter().find(|vertex| !vertex.error.is_empty());
            if let Some(vertex) = broken {
                return Some(format!("{}: {}", vertex.name, vertex.error));
            }
        }
        info.error_detail.and_then(|detail| detail.message)
    }

    fn note(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            self.0.push_back(line.chars().take(300).collect());
            if self.0.len() > LAST_LINES {
                self.0.pop_front();
            }
        }
    }

    fn lines(self) -> Vec<String> {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::split_reference;

    #[test]
    fn references_are_split_at_the_tag_and_not_at_a_port() {
        assert_eq!(split_reference("postgres:17"), ("postgres", "17"));
        assert_eq!(split_reference("localhost:5000/app"), ("localhost:5000/app", "latest"));
        assert_eq!(split_reference("localhost:5000/app:1"), ("localhost:5000/app", "1"));
        assert_eq!(split_reference("app@sha256:00"), ("app", "sha256:00"));
    }
}
