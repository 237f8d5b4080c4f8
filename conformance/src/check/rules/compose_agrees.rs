//! `compose-agrees`: two descriptions of one app, of which at most one is right.

use std::path::Path;

use civic_contract::manifest::{Build, Service, Source};

use crate::check::compose::{Compose, ComposeBuild, ComposeService, MountKind};
use crate::check::finding::{Finding, Place, listed, shown};
use crate::check::folder::written;
use crate::check::image::Reference;
use crate::check::survey::Survey;

/// Paths that the suite itself gives to services.
const OURS: &str = "/civic/";

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let Some(compose) = &survey.compose else { return Vec::new() };
    if let Err(broken) = &compose.services {
        let message = format!("The Compose file cannot be read: {}.", broken.reason);
        let fix = match broken.line {
            0 => "Put a plain text file in UTF-8 there.",
            _ => "Run `docker compose config`, which says what is wrong with it.",
        };
        return vec![Finding::advice(Place::new(compose.path, broken.line), message, fix)];
    }
    survey
        .manifest
        .services
        .iter()
        .flat_map(|(name, service)| {
            let own = compose.services().find(|(own, _)| own == name);
            match own {
                Some((_, own)) => Pair { survey, compose, name, service, own }.differences(),
                None => vec![absent(compose, name)],
            }
        })
        .collect()
}

fn absent(compose: &Compose, name: &str) -> Finding {
    let message = format!("civic.toml has a service `{name}`, and the Compose file has none of that name.");
    Finding::advice(
        Place::whole(compose.path),
        message,
        "Give both the same services and names, or remove the Compose file.",
    )
}

/// One service in both files.
struct Pair<'a> {
    survey: &'a Survey<'a>,
    compose: &'a Compose,
    name: &'a str,
    service: &'a Service,
    own: &'a ComposeService,
}

impl Pair<'_> {
    fn differences(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            [self.image(), self.command(), self.port(), self.user()].into_iter().flatten().collect();
        found.extend(self.volumes());
        found.extend(self.undeclared());
        found
    }

    fn differs(&self, line: u32, message: String) -> Finding {
        let fix = "Make the two files say the same; the drills only ever see civic.toml.";
        Finding::advice(Place::new(self.compose.path, line), message, fix)
    }

    fn image(&self) -> Option<Finding> {
        let name = self.name;
        match (&self.service.source, &self.own.image, &self.own.build) {
            (Source::Image(image), Some(own), None) if !same_image(&own.value, image) => {
                let message = format!(
                    "Service `{name}` runs {} here and {} in civic.toml.",
                    shown(&own.value),
                    shown(image)
                );
                Some(self.differs(own.line, message))
            }
            (Source::Image(_), _, Some(own)) => {
                Some(self.differs(
                    own.line,
                    format!("Service `{name}` is built here, and an image in civic.toml."),
                ))
            }
            (Source::Build(_), Some(own), None) => {
                Some(self.differs(
                    own.line,
                    format!("Service `{name}` is an image here, and built in civic.toml."),
                ))
            }
            (Source::Build(build), _, Some(own)) if !same_build(build, &own.value) => Some(self.differs(
                own.line,
                format!("Service `{name}` is built from something else than in civic.toml."),
            )),
            _ => None,
        }
    }

    /// Commands may hold secrets, so that neither is repeated.
    fn command(&self) -> Option<Finding> {
        let own = self.own.command.as_ref()?;
        let is_same = self.service.command.as_ref() == Some(&own.value);
        (!is_same).then(|| {
            self.differs(
                own.line,
                format!("Service `{}` starts another command than in civic.toml.", self.name),
            )
        })
    }

    fn port(&self) -> Option<Finding> {
        let port = self.service.port?;
        let ports = self.own.ports.as_deref()?;
        let first = ports.first()?;
        let is_there = ports.iter().any(|range| range.value.contains(&port));
        let message = format!(
            "Service `{}` listens on port {port} in civic.toml, which is none of its ports here.",
            self.name
        );
        (!is_there).then(|| self.differs(first.line, message))
    }

    fn user(&self) -> Option<Finding> {
        let own = self.own.user.as_ref()?;
        let is_root = matches!(own.value.split(':').next(), Some("root" | "0"));
        let is_built = matches!(self.service.source, Source::Build(_));
        let message = format!(
            "Service `{}` runs as root here; the drills run it as a user it has never seen.",
            self.name
        );
        (is_root && is_built).then(|| self.differs(own.line, message))
    }

    /// Volumes of civic.toml that are not mounted here.
    fn volumes(&self) -> Option<Finding> {
        let volumes = self.survey.manifest.volumes.values().filter(|volume| volume.service == self.name);
        let has = |path: &str| self.own.mounts.iter().any(|mount| same_path(&mount.value.target, path));
        let missing: Vec<String> =
            volumes.filter(|volume| !has(&volume.path)).map(|volume| shown(&volume.path)).collect();
        let message = format!(
            "Service `{}` has no volume at {} here, as it has in civic.toml.",
            self.name,
            listed(&missing)
        );
        (!missing.is_empty()).then(|| self.differs(self.own.line, message))
    }

    /// Volumes here that civic.toml knows nothing of, and so nobody backs up.
    fn undeclared(&self) -> Vec<Finding> {
        let known = self.survey.mounts(self.name);
        let named = self.own.mounts.iter().filter(|mount| mount.value.kind == MountKind::Named);
        let unknown = named.filter(|mount| {
            !mount.value.target.starts_with(OURS)
                && !known.iter().any(|path| same_path(path, &mount.value.target))
        });
        unknown
            .map(|mount| {
                let message = format!(
                    "{} of service `{}` is a volume here and none in civic.toml, so nothing backs it up.",
                    shown(&mount.value.target),
                    self.name
                );
                self.differs(mount.line, message)
            })
            .collect()
    }
}

/// The same image, whether or not one of the two pins its digest.
fn same_image(one: &str, other: &str) -> bool {
    match (Reference::parse(one), Reference::parse(other)) {
        (Some(one), Some(other)) => {
            let same_digest = one.digest.is_none() || other.digest.is_none() || one.digest == other.digest;
            one.path == other.path && one.tag == other.tag && same_digest
        }
        _ => one == other,
    }
}

fn same_build(build: &Build, own: &ComposeBuild) -> bool {
    let context = own.context.as_deref().is_none_or(|own| written(Path::new(own)) == written(&build.context));
    let dockerfile = written(&build.dockerfile)
        == own.dockerfile.as_deref().map_or("Dockerfile".into(), |own| written(Path::new(own)));
    let target = own.target.as_deref().is_none_or(|own| build.target.as_deref() == Some(own));
    context && dockerfile && target
}

fn same_path(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
