//! Volumes: what is durable in civic.toml must not go with the pod.

use civic_contract::manifest::VolumeKind;

use super::Pair;
use crate::check::finding::{Finding, Spot, shown};
use crate::check::kubernetes::Found;
use crate::check::yaml::Node;

/// Paths that civic itself gives to containers.
const OURS: &str = "/civic/";

impl Pair<'_> {
    pub(super) fn volumes(&self) -> Vec<Finding> {
        let own = self.survey.manifest.volumes.iter().filter(|(_, volume)| volume.service == self.name);
        let durable: Vec<_> = own.filter(|(_, volume)| volume.kind == VolumeKind::Durable).collect();
        let is_mounted = |path: &str| self.mount(path).is_some();
        let mut found: Vec<Finding> =
            durable.iter().filter_map(|(name, volume)| self.durable(name, &volume.path)).collect();
        // What stands at another path here is most likely the one that is missed.
        if durable.iter().all(|(_, volume)| is_mounted(&volume.path)) {
            found.extend(self.undeclared());
        }
        found
    }

    /// The innermost mount that a path is in.
    fn mount(&self, path: &str) -> Option<&Node> {
        let mounts = self.container.node.list("volumeMounts").iter();
        mounts
            .filter(|mount| mount.text_of("mountPath").is_some_and(|own| covers(own, path)))
            .max_by_key(|mount| mount.text_of("mountPath").map(str::len))
    }

    fn durable(&self, name: &str, path: &str) -> Option<Finding> {
        let there = self.survey.places.spot(&["volumes", name, "path"]);
        let Some(mount) = self.mount(path) else {
            let here = self.here();
            let message = format!(
                "{} of service `{}` is a durable volume ({there}), and its container here ({here}) has no mount for it: \
                 what is in it is lost with the pod.",
                shown(path),
                self.name
            );
            return Some(self.differs(&here, message));
        };
        let source = mount.text_of("name").unwrap_or_default();
        let here = self.container.spot(mount.get("mountPath").unwrap_or(mount));
        self.passing(path, source, &there, &here)
    }

    fn passing(&self, path: &str, source: &str, there: &Spot, here: &Spot) -> Option<Finding> {
        let path = shown(path);
        let fix = "Mount a PersistentVolumeClaim there.";
        match self.container.volume(source) {
            Found::OwnClaim => None,
            Found::Claim(claim) => self.claim(&path, claim, there, here),
            Found::Passing(kind) => {
                let message = format!(
                    "{path} of service `{}` is a durable volume ({there}), and an {} here ({here}): all data is lost \
                     with the pod.",
                    self.name,
                    shown(kind)
                );
                Some(Finding::error(here.place(), message, fix))
            }
            Found::Other(kind @ ("configMap" | "secret" | "projected" | "downwardAPI")) => {
                let message = format!(
                    "{path} of service `{}` is a durable volume ({there}), and a {} here ({here}), which nothing can be \
                     written to.",
                    self.name,
                    shown(kind)
                );
                Some(Finding::error(here.place(), message, fix))
            }
            Found::Other(_) => None,
            Found::Nothing => {
                let message = format!(
                    "{path} of service `{}` is a durable volume ({there}); the pod has no volume {} to mount there ({here}).",
                    self.name,
                    shown(source)
                );
                Some(self.differs(here, message))
            }
        }
    }

    /// A claim that no file here makes may be made by hand, and then nobody else knows how.
    fn claim(&self, path: &str, claim: &str, there: &Spot, here: &Spot) -> Option<Finding> {
        let is_made = self.kubernetes.of_kind("PersistentVolumeClaim").any(|object| object.name == claim);
        let message = format!(
            "{path} of service `{}` is a durable volume ({there}) on the claim {} ({here}), and no file here makes that \
             claim.",
            self.name,
            shown(claim)
        );
        let fix = "Add the PersistentVolumeClaim to these files; one that was taken out is deleted with its data where \
                   a tool tidies up.";
        (!is_made).then(|| Finding::advice(here.place(), message, fix))
    }

    /// Claims that civic.toml knows nothing of, and so nobody backs up.
    fn undeclared(&self) -> Vec<Finding> {
        let known = self.survey.mounts(self.name);
        let unknown = self.container.node.list("volumeMounts").iter().filter_map(|mount| {
            let path = mount.get("mountPath")?;
            let written = path.text()?;
            let is_known = known.iter().any(|own| covers(own, written) || covers(written, own));
            let is_claim = matches!(
                self.container.volume(mount.text_of("name").unwrap_or_default()),
                Found::Claim(_) | Found::OwnClaim
            );
            (is_claim && !is_known && !written.starts_with(OURS)).then_some((path, written))
        });
        let finding = |(node, path): (&Node, &str)| {
            let here = self.container.spot(node);
            let message = format!(
                "{} of service `{}` is kept here ({here}) and is no volume of civic.toml ({}), so nothing backs it up.",
                shown(path),
                self.name,
                self.there(&[])
            );
            self.differs(&here, message)
        };
        unknown.map(finding).collect()
    }
}

/// Whether a path is a mount or below it.
fn covers(mount: &str, path: &str) -> bool {
    let rest = path.trim_end_matches('/').strip_prefix(mount.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
