//! `limits-declared`: a service without limits takes its neighbours down with it.

use crate::check::finding::{Finding, listed};
use crate::check::survey::Survey;

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, service) in &survey.manifest.services {
        let declared = &service.resources;
        let limits = [
            ("memory", declared.memory.is_none()),
            ("cpu", declared.cpu.is_none()),
            ("pids", declared.pids.is_none()),
        ];
        let missing: Vec<&str> =
            limits.iter().filter(|(_, is_missing)| *is_missing).map(|(limit, _)| *limit).collect();
        if missing.is_empty() {
            continue;
        }
        let danger = match declared.memory {
            None => "one leak takes the whole node",
            Some(_) => "one loop slows down its neighbours",
        };
        let message = format!("Service `{name}` has no limit for {}: {danger}.", listed(&missing));
        let fix = format!(
            "Declare what it needs, as in `resources = {{ cpu = 0.5, memory = \"256MiB\", pids = 64 }}` of [services.{name}]."
        );
        found.push(Finding::advice(survey.places.of_key(&["services", name, "resources"]), message, fix));
    }
    found
}
