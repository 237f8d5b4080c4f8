//! Secrets: in nobody's files, and in the environment of who needs them.

use super::Pair;
use crate::check::finding::{Finding, Spot, listed, shown};
use crate::check::kubernetes::{Object, Value, Workload};
use crate::check::survey::Survey;
use crate::check::yaml::Node;

const FIX: &str = "Take it out, keep it in a Secret that is made in the cluster or sealed, and name that with `secretKeyRef`. \
                   If it is in use anywhere, change it there.";

impl Pair<'_> {
    /// Secrets of civic.toml that the container does not get.
    pub(super) fn secrets(&self) -> Option<Finding> {
        let (settings, is_whole) = self.container.settings(self.kubernetes);
        let is_there = |name: &str| settings.iter().any(|setting| setting.name == name);
        let missing: Vec<String> =
            self.service.secrets.iter().filter(|name| !is_there(name)).map(|name| shown(name)).collect();
        let here = self.here();
        let message = format!(
            "Service `{}` gets {} in civic.toml ({}), and not here ({here}).",
            self.name,
            listed(&missing),
            self.there(&["secrets"])
        );
        (is_whole && !missing.is_empty()).then(|| self.differs(&here, message))
    }
}

/// Secrets that are written out, wherever it is.
pub(super) fn written_out(survey: &Survey, workloads: &[Workload<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for workload in workloads {
        let entries = workload.containers().flat_map(|container| container.list("env"));
        let written = entries.filter_map(|entry| Some((entry.text_of("name")?, entry.get("value")?)));
        let inline =
            written.filter(|(name, value)| survey.is_secret_setting(name, value.text().unwrap_or_default()));
        found.extend(inline.map(|(name, value)| finding(survey, name, &workload.spot(value), "in the file")));
    }
    let generated =
        survey.kubernetes.settings.iter().filter(|own| own.is_secret).flat_map(|own| &own.settings);
    let public = survey.kubernetes.public_settings();
    let settings = public.iter().map(|setting| (setting, "in a ConfigMap, which is no secret"));
    for (setting, how) in
        settings.chain(generated.map(|setting| (setting, "in the file that makes a Secret")))
    {
        let Value::Written(value) = &setting.value else { continue };
        if survey.is_secret_setting(&setting.name, value) {
            found.push(finding(survey, &setting.name, &setting.spot, how));
        }
    }
    found.extend(survey.kubernetes.of_kind("Secret").flat_map(|object| of_object(survey, object)));
    found
}

/// A Secret's `data` is only spelt otherwise: base64 is no lock.
fn of_object(survey: &Survey, object: &Object) -> Vec<Finding> {
    let parts = ["stringData", "data"].into_iter().filter_map(|key| object.node.get(key));
    let entries = parts.flat_map(Node::entries);
    let written = entries.filter_map(|(key, value)| Some((key.text()?, value)));
    let secret =
        written.filter(|(name, value)| survey.is_secret_setting(name, value.text().unwrap_or_default()));
    secret
        .map(|(name, value)| finding(survey, name, &value.spot(&object.file), "in a Secret in plain sight"))
        .collect()
}

fn finding(survey: &Survey, name: &str, here: &Spot, how: &str) -> Finding {
    let message = match survey.manifest.secrets.contains_key(name) {
        true => format!(
            "{} is a secret ({}), and its value stands here {how} ({here}): everybody who has the project knows it.",
            shown(name),
            survey.places.spot(&["secrets", name])
        ),
        false => format!(
            "{} looks like a secret, which civic.toml does not have ({}), and its value stands here {how} ({here}): \
             everybody who has the project knows it.",
            shown(name),
            survey.places.spot(&["secrets"])
        ),
    };
    Finding::error(here.place(), message, FIX)
}
