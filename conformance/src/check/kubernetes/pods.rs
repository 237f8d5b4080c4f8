//! Workloads, their pods and their containers.

use super::settings::{self, Setting};
use super::{Kubernetes, Object};
use crate::check::finding::Spot;
use crate::check::yaml::Node;

/// Kinds of object that keep pods running, and where their pod is.
const KEEPERS: [(&str, &[&str]); 7] = [
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("Pod", &["spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
];

/// An object that has a pod.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Workload<'a> {
    pub object: &'a Object,
    pub pod: &'a Node,
}

/// A container that runs a service of civic.toml.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Container<'a> {
    pub workload: Workload<'a>,
    pub node: &'a Node,
}

/// What a path in a container holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Found<'a> {
    /// A claim by this name.
    Claim(&'a str),
    /// A claim that the workload itself makes.
    OwnClaim,
    /// Gone with the pod: `emptyDir`, `ephemeral`.
    Passing(&'a str),
    /// A folder of the machine, a disk elsewhere, a ConfigMap: the key of it.
    Other(&'a str),
    /// The pod has no volume of that name.
    Nothing,
}

impl<'a> Workload<'a> {
    pub(super) fn of(object: &'a Object) -> Option<Self> {
        let (_, path) = KEEPERS.iter().find(|(kind, _)| *kind == object.kind)?;
        Some(Self { object, pod: object.node.at(path)? })
    }

    /// Whether it is to stay; jobs end.
    pub fn stays(&self) -> bool {
        !matches!(self.object.kind.as_str(), "Job" | "CronJob")
    }

    /// Its containers, those before the start first.
    pub fn containers(&self) -> impl Iterator<Item = &'a Node> {
        self.pod.list("initContainers").iter().chain(self.pod.list("containers"))
    }

    /// The container of a service: the one of its name, or the only one.
    pub fn container(self, service: &str) -> Option<Container<'a>> {
        let all = self.pod.list("containers");
        let named = all.iter().find(|container| container.text_of("name") == Some(service));
        let only = || all.first().filter(|_| all.len() == 1);
        named.or_else(only).map(|node| Container { workload: self, node })
    }

    /// Where something of it stands.
    pub fn spot(&self, node: &Node) -> Spot {
        node.spot(&self.object.file)
    }
}

impl<'a> Container<'a> {
    /// Its variables, and whether that is all of them.
    pub fn settings(&self, kubernetes: &Kubernetes) -> (Vec<Setting>, bool) {
        settings::of(kubernetes, &self.workload.object.file, self.node)
    }

    /// Where something of it stands.
    pub fn spot(&self, node: &Node) -> Spot {
        self.workload.spot(node)
    }

    /// A number, or the number of the port that has this name.
    pub fn port(&self, port: &Node) -> Option<u16> {
        let written = port.text()?;
        let named = || {
            let own = self.node.list("ports").iter().find(|own| own.text_of("name") == Some(written))?;
            own.text_of("containerPort")?.parse().ok()
        };
        written.parse().ok().or_else(named)
    }

    /// What is mounted at a name.
    pub fn volume(&self, name: &str) -> Found<'a> {
        let claims = self.workload.object.node.at(&["spec", "volumeClaimTemplates"]);
        let is_own = |claim: &Node| claim.at(&["metadata", "name"]).and_then(Node::text) == Some(name);
        if claims.is_some_and(|claims| claims.items().iter().any(is_own)) {
            return Found::OwnClaim;
        }
        let volumes = self.workload.pod.list("volumes");
        let Some(volume) = volumes.iter().find(|volume| volume.text_of("name") == Some(name)) else {
            return Found::Nothing;
        };
        let source = volume
            .entries()
            .iter()
            .find_map(|(key, value)| key.text().filter(|key| *key != "name").map(|key| (key, value)));
        match source {
            Some(("persistentVolumeClaim", claim)) => {
                Found::Claim(claim.text_of("claimName").unwrap_or_default())
            }
            Some((kind @ ("emptyDir" | "ephemeral"), _)) => Found::Passing(kind),
            Some((kind, _)) => Found::Other(kind),
            // Without a source it is an emptyDir.
            None => Found::Passing("emptyDir"),
        }
    }
}
