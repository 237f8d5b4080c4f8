//! `grace-period` and `stop-signal`: a service must be asked to end, and have time to.

use std::time::Duration;

use crate::check::dockerfile::Instruction;
use crate::check::finding::{Finding, Place, shown};
use crate::check::survey::Survey;

/// No program of a network can count on less, once its machine is busy.
const SHORTEST: Duration = Duration::from_secs(1);

pub(super) fn grace(survey: &Survey) -> Vec<Finding> {
    let hurried = survey.manifest.services.iter().filter(|(_, service)| service.grace_period < SHORTEST);
    hurried
        .map(|(name, _)| {
            let message = format!("Service `{name}` has less than a second to end: on a busy node it is killed in the middle of its work.");
            let fix = "Leave `grace_period` out (10 seconds), or give it as long as its longest request takes.";
            Finding::advice(survey.places.of_key(&["services", name, "grace_period"]), message, fix)
        })
        .collect()
}

pub(super) fn signal(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for built in &survey.built {
        let mut signals = built.steps().into_iter().filter_map(|step| match &step.does {
            Instruction::StopSignal(word) => Some((step.line, word.value.as_deref()?)),
            _ => None,
        });
        let Some((line, signal)) = signals.next_back() else { continue };
        let name = signal.to_ascii_uppercase();
        if matches!(name.trim_start_matches("SIG"), "KILL" | "9" | "STOP" | "19") {
            let message = format!(
                "STOPSIGNAL {} cannot be heard: the app is killed in the middle of what it does.",
                shown(signal)
            );
            found.push(Finding::error(
                Place::new(&built.path, line),
                message,
                "Leave STOPSIGNAL out: SIGTERM is sent then.",
            ));
        }
    }
    found
}
