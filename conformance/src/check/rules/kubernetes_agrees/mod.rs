//! `kubernetes-agrees`: what a cluster is told about the app is what civic.toml says, and the drills have tried.
//!
//! Compared are port, user, durable volumes, probes, command and secrets of every service whose workload is found
//! by its name. Whole objects are read, kustomize's overlays are not laid over them; charts are not rendered.

mod ports;
mod probes;
mod secrets;
mod volumes;

use std::collections::BTreeMap;

use civic_contract::manifest::{Service, Source};

use crate::check::dockerfile::Instruction;
use crate::check::finding::{Finding, Place, Spot, shown};
use crate::check::kubernetes::{Container, Kubernetes, Skipped, Why, Workload};
use crate::check::survey::Survey;
use crate::check::yaml::Node;

const SAME: &str = "Make the two files say the same; the drills only ever see civic.toml.";

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let kubernetes = &survey.kubernetes;
    let workloads = kubernetes.workloads();
    let mut found: Vec<Finding> = kubernetes.skipped.iter().map(not_looked_at).collect();
    for (name, service) in &survey.manifest.services {
        let own: Vec<Container> = workloads
            .iter()
            .filter(|workload| workload.stays() && is_of(survey, workload, name))
            .filter_map(|workload| workload.container(name))
            .collect();
        found.extend(own.iter().flat_map(|container| {
            Pair { survey, kubernetes, name, service, container: *container }.differences()
        }));
        if own.is_empty() && matches!(service.source, Source::Build(_)) {
            found.extend(
                workloads.iter().find(|workload| workload.stays()).map(|any| absent(survey, name, any)),
            );
        }
    }
    found.extend(secrets::written_out(survey, &workloads));
    found
}

fn not_looked_at(skipped: &Skipped) -> Finding {
    let place = Place::new(&skipped.file, skipped.line);
    let by_hand = "Compare it with civic.toml by hand: port, user, volumes, probes, command, secrets.";
    match &skipped.why {
        Why::Chart => Finding::advice(
            place,
            "Not looked at: a chart's files are templates, which only Helm fills in.",
            by_hand,
        ),
        Why::Template => Finding::advice(
            place,
            "Not looked at: it is a template (`{{ … }}`), which some program fills in.",
            by_hand,
        ),
        Why::Unreadable(reason) => Finding::advice(
            place,
            format!("Not readable: {reason}."),
            "Run `kubectl apply --dry-run=client -f` on it, which says what is wrong.",
        ),
    }
}

fn absent(survey: &Survey, name: &str, any: &Workload<'_>) -> Finding {
    let message = format!(
        "Service `{name}` ({}) was not compared: no Deployment, StatefulSet, DaemonSet or Pod here is of that name.",
        survey.places.spot(&["services", name])
    );
    Finding::advice(
        Place::whole(&any.object.file),
        message,
        "Give the workload or its container the service's name, or remove these files if nobody uses them.",
    )
}

/// Whether a workload runs a service: by its own name, its container's, or the app's where that leaves no doubt.
fn is_of(survey: &Survey, workload: &Workload<'_>, service: &str) -> bool {
    let app = &survey.manifest.app.name;
    let name = &workload.object.name;
    let named = name == service || *name == format!("{app}-{service}");
    let other = survey
        .manifest
        .services
        .keys()
        .any(|other| other != service && (name == other || *name == format!("{app}-{other}")));
    let holds = || {
        let mut containers = workload.pod.list("containers").iter();
        containers.any(|container| container.text_of("name") == Some(service))
    };
    let only = survey.built.len() == 1 && survey.built.iter().any(|built| built.name == service);
    named || (!other && (holds() || (only && name == app)))
}

/// One service and a container that runs it.
struct Pair<'a> {
    survey: &'a Survey<'a>,
    kubernetes: &'a Kubernetes,
    name: &'a str,
    service: &'a Service,
    container: Container<'a>,
}

impl Pair<'_> {
    fn differences(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            [self.ports(), self.command(), self.user(), self.secrets()].into_iter().flatten().collect();
        found.extend(self.probes());
        found.extend(self.volumes());
        found
    }

    /// A difference that stands here.
    fn differs(&self, here: &Spot, message: String) -> Finding {
        Finding::advice(here.place(), message, SAME)
    }

    /// Where civic.toml has a key of this service.
    fn there(&self, keys: &[&str]) -> Spot {
        self.survey.places.spot(&[["services", self.name].as_slice(), keys].concat())
    }

    /// Where the container stands.
    fn here(&self) -> Spot {
        self.container.spot(self.container.node)
    }

    /// Commands may hold secrets, so that neither is repeated.
    fn command(&self) -> Option<Finding> {
        let node = self.container.node;
        let words = |key: &str| node.get(key).map(|list| list.words());
        let (command, args) = (words("command"), words("args"));
        if matches!(command, Some(None)) || matches!(args, Some(None)) {
            return None; // not a list of words: kubectl refuses it
        }
        let (command, args) = (command.flatten(), args.flatten().unwrap_or_default());
        let start = self.survey.start(self.name)?;
        let own = [command.clone().unwrap_or_default(), args].concat();
        if own.is_empty() {
            // The image's own program runs, which civic.toml may have replaced.
            let replaced = self.service.command.as_ref()?;
            let is_same =
                self.survey.image_start(self.name).is_some_and(|own| start.is(&own) || own == *replaced);
            let message = format!(
                "Service `{}` starts another command than its image's own in civic.toml ({}), and the image's own here ({}).",
                self.name,
                start.spot,
                self.here()
            );
            return (!is_same).then(|| self.differs(&self.here(), message));
        }
        let place = node.get("command").or_else(|| node.get("args")).unwrap_or(node);
        let here = self.container.spot(place);
        let message =
            format!("Service `{}` starts another command here ({here}) than {} says.", self.name, start.spot);
        (!start.is(&own)).then(|| self.differs(&here, message))
    }

    fn user(&self) -> Option<Finding> {
        let built = self.survey.built.iter().find(|built| built.name == self.name)?;
        let key = |key: &str| self.security(key);
        let there = || self.there(&["build"]);
        if let Some(user) = key("runAsUser") {
            let here = self.container.spot(user);
            let message = format!(
                "Service `{}` runs as root here ({here}); the drills run what is built at {} as a user it has never seen.",
                self.name,
                there()
            );
            return (user.text() == Some("0")).then(|| self.differs(&here, message));
        }
        let strict = key("runAsNonRoot").filter(|strict| strict.text() == Some("true"))?;
        let mut users = built.steps().into_iter().filter_map(|step| match &step.does {
            Instruction::User(word) => Some((step.line, word.value.as_deref()?)),
            _ => None,
        });
        let (line, user) = users.next_back()?;
        let first = user.split(':').next().unwrap_or(user);
        if first.parse::<u32>().is_ok_and(|number| number > 0) {
            return None;
        }
        let here = self.container.spot(strict);
        let message = format!(
            "Service `{}` must not run as root here ({here}), and its image runs as {} ({}:{line}:1): the cluster refuses to \
             start it.",
            self.name,
            shown(user),
            built.path
        );
        let fix = "Name a number in the Dockerfile (`USER 1000:0`), or set `runAsUser` here.";
        Some(Finding::advice(here.place(), message, fix))
    }

    /// A key of the container's security context, or of its pod's.
    fn security(&self, key: &str) -> Option<&Node> {
        let own = self.container.node.at(&["securityContext", key]);
        own.or_else(|| self.container.workload.pod.at(&["securityContext", key]))
    }

    /// Labels of the pod, for what selects it.
    fn labels(&self) -> BTreeMap<&str, &str> {
        let object = &self.container.workload.object.node;
        let labels = object
            .at(&["spec", "template", "metadata", "labels"])
            .or_else(|| object.at(&["metadata", "labels"]));
        let entries = labels.map(Node::entries).unwrap_or_default();
        entries.iter().filter_map(|(key, value)| Some((key.text()?, value.text()?))).collect()
    }
}
