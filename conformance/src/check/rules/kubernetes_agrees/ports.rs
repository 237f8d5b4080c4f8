//! Ports: of the container, its probes, its variable PORT, and of the Service before it.

use super::Pair;
use crate::check::finding::{Finding, Spot, listed};
use crate::check::kubernetes::{Object, Value};
use crate::check::yaml::Node;

/// Probes that may ask a port.
const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];

/// A port that is said here.
struct Said {
    what: &'static str,
    port: String,
    spot: Spot,
}

impl Pair<'_> {
    /// All that is said of the port is one difference: whoever changes one place has to change them all.
    pub(super) fn ports(&self) -> Option<Finding> {
        let port = self.service.port?;
        let mut others: Vec<Said> = self.container_port(port).into_iter().collect();
        others.extend(PROBES.iter().filter_map(|probe| self.probe_port(probe, port)));
        others.extend(self.variable(port));
        others.extend(self.before(port));
        let first = others.first()?.spot.clone();
        let told: Vec<String> =
            others.iter().map(|said| format!("{} {} ({})", said.what, said.port, said.spot)).collect();
        let message = format!(
            "Service `{}` listens on port {port} ({}), and here is {}.",
            self.name,
            self.there(&["port"]),
            listed(&told)
        );
        Some(self.differs(&first, message))
    }

    fn said(&self, what: &'static str, node: &Node, file: &str) -> Said {
        let port =
            node.text().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(15).collect();
        Said { what, port, spot: node.spot(file) }
    }

    fn container_port(&self, port: u16) -> Option<Said> {
        let ports: Vec<&Node> =
            self.container.node.list("ports").iter().filter_map(|own| own.get("containerPort")).collect();
        let wanted = port.to_string();
        let is_there = ports.iter().any(|own| own.text() == Some(&wanted));
        let first = ports.first().filter(|_| !is_there)?;
        Some(self.said("containerPort", first, &self.container.workload.object.file))
    }

    fn probe_port(&self, probe: &'static str, port: u16) -> Option<Said> {
        let node = self.container.node.get(probe)?;
        let asked = node.at(&["httpGet", "port"]).or_else(|| node.at(&["tcpSocket", "port"]))?;
        // A name that stands for a wrong number is told where the number is.
        let is_other = asked.text()?.parse::<u16>().is_ok_and(|own| own != port);
        is_other.then(|| self.said(probe, asked, &self.container.workload.object.file))
    }

    fn variable(&self, port: u16) -> Option<Said> {
        let wanted = self.service.env.get("PORT").cloned().unwrap_or_else(|| port.to_string());
        let (settings, _) = self.container.settings(self.kubernetes);
        let own = settings.into_iter().find(|setting| setting.name == "PORT")?;
        let Value::Written(value) = own.value else { return None };
        let number: u16 = value.trim().parse().ok()?;
        (value.trim() != wanted).then(|| Said { what: "PORT", port: number.to_string(), spot: own.spot })
    }

    /// Where a Service sends requests, and the port under which other services know it.
    fn before(&self, port: u16) -> Vec<Said> {
        let mut found = Vec::new();
        let is_needed = self
            .survey
            .manifest
            .services
            .values()
            .any(|other| other.depends_on.iter().any(|on| on == self.name));
        for object in self.kubernetes.of_kind("Service").filter(|object| self.is_before(object)) {
            let ports = object.node.at(&["spec", "ports"]).map(Node::items).unwrap_or_default();
            let target = |own: &Node| own.get("targetPort").or_else(|| own.get("port")).cloned();
            let targets: Vec<Node> = ports.iter().filter_map(target).collect();
            let reaches = |own: &Node| self.container.port(own) == Some(port);
            // A name that this container does not have may be one of another container.
            let known = |own: &Node| own.text().is_some_and(|text| text.parse::<u16>().is_ok());
            if let Some(first) = targets.first().filter(|first| known(first) && !targets.iter().any(reaches))
            {
                found.push(self.said("the Service's port", first, &object.file));
                continue;
            }
            let outer: Vec<&Node> = ports.iter().filter_map(|own| own.get("port")).collect();
            let is_there = outer.iter().any(|own| own.text() == Some(&port.to_string()));
            if let Some(first) = outer.first().filter(|_| is_needed && object.name == self.name && !is_there)
            {
                found.push(self.said("the port under which other services ask it", first, &object.file));
            }
        }
        found
    }

    /// Whether a Service selects this pod.
    fn is_before(&self, object: &Object) -> bool {
        let labels = self.labels();
        let selector = object.node.at(&["spec", "selector"]).map(Node::entries).unwrap_or_default();
        let chosen = |(key, value): &(Node, Node)| {
            key.text().and_then(|key| labels.get(key)).is_some_and(|own| value.text() == Some(own))
        };
        !selector.is_empty() && selector.iter().all(chosen)
    }
}
