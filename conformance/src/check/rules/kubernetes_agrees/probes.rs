//! Probes: the same questions, or answers mean something else.

use civic_contract::manifest::{Check, Probe};

use super::Pair;
use crate::check::finding::{Finding, shown};
use crate::check::yaml::Node;

impl Pair<'_> {
    pub(super) fn probes(&self) -> Vec<Finding> {
        let probes = &self.service.probes;
        let pairs = [(&probes.ready, "ready", "readinessProbe"), (&probes.live, "live", "livenessProbe")];
        pairs.into_iter().filter_map(|(probe, key, own)| self.probe(probe.as_ref()?, key, own)).collect()
    }

    fn probe(&self, probe: &Probe, key: &str, own: &str) -> Option<Finding> {
        let there = self.there(&["probes", key]);
        let Some(node) = self.container.node.get(own) else {
            let here = self.here();
            let message = format!(
                "Service `{}` has a probe `{key}` ({there}), and its container here ({here}) no {own}.",
                self.name
            );
            return Some(self.differs(&here, message));
        };
        let (said, place) = difference(&probe.check, node)?;
        let here = self.container.spot(place);
        let message = format!(
            "The {own} of service `{}` {said} ({here}); civic.toml {} ({there}).",
            self.name,
            asks(&probe.check)
        );
        Some(self.differs(&here, message))
    }
}

/// What a probe of a cluster asks otherwise, and where that stands.
fn difference<'n>(check: &Check, node: &'n Node) -> Option<(String, &'n Node)> {
    let (http, tcp, exec) = (node.get("httpGet"), node.get("tcpSocket"), node.get("exec"));
    match check {
        // A cluster takes every status from 200 to 399 for healthy, so that others have to be asked otherwise.
        Check::Http { status: Some(status), .. } if !(200..400).contains(status) => None,
        Check::Http { path, .. } => match (http, tcp, exec) {
            (Some(http), ..) => {
                let own = http.text_of("path").unwrap_or("/");
                let place = http.get("path").unwrap_or(http);
                (own != path).then(|| (format!("asks for {}", shown(own)), place))
            }
            (_, Some(tcp), _) => Some(("only opens a connection".into(), tcp)),
            (_, _, Some(exec)) => {
                let words = exec.get("command").and_then(Node::words).unwrap_or_default();
                let asks = words.iter().any(|word| word.contains(path.as_str()));
                (!asks).then(|| ("runs a command that does not ask for that path".into(), exec))
            }
            _ => None,
        },
        Check::Exec(command) => match (http.or(tcp), exec) {
            (Some(other), _) => Some(("asks over the network".into(), other)),
            (_, Some(exec)) => {
                let own = exec.get("command").and_then(Node::words)?;
                (own != *command)
                    .then(|| ("runs another command".into(), exec.get("command").unwrap_or(exec)))
            }
            _ => None,
        },
        // Whatever else is asked says more than that.
        Check::Tcp => None,
    }
}

fn asks(check: &Check) -> String {
    match check {
        Check::Http { path, .. } => format!("asks for {}", shown(path)),
        Check::Tcp => "opens a connection".into(),
        Check::Exec(_) => "names its own".into(),
    }
}
