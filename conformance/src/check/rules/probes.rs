//! `probe-declared`: a port is open long before an app can serve, and after it no longer can.

use crate::check::finding::Finding;
use crate::check::survey::Survey;

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let services = survey.manifest.services.iter();
    let bare = services.filter(|(_, service)| service.port.is_some() && service.probes.ready.is_none());
    bare.map(|(name, _)| {
        let message = format!("Service `{name}` has a port but no `ready` probe: an open port is all that is asked for.");
        let fix = format!(
            "Add `[services.{name}.probes]` with `ready = {{ http = \"/readyz\" }}` or `ready = {{ exec = [\"pg_isready\"] }}`: \
             something that fails when the app cannot serve."
        );
        Finding::advice(survey.places.of_key(&["services", name, "port"]), message, fix)
    })
    .collect()
}
