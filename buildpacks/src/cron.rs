//! Work by the clock: libraries inside the process, and commands that only a README names.

use regex::bytes::{Regex, RegexBuilder};

use crate::component::Choice;
use crate::detection::{Confidence, Cron, Evidence, Fact};
use crate::rules::Rules;

/// Lines after a heading about schedules that may name a command.
const NEAR: usize = 14;

/// Finds cron jobs, and whether one copy at most may run.
pub(crate) fn cron(rules: &Rules, choices: &[Choice]) -> (Vec<Cron>, Option<Fact<u32>>) {
    let mut jobs = Vec::new();
    let mut single: Option<Fact<u32>> = None;
    for choice in choices {
        for pack in rules.shared().chain([choice.pack]) {
            for rule in &pack.cron {
                let Some(place) = choice.view.holds(&rule.when) else { continue };
                let evidence = pack.evidence("cron", &rule.id, &place, Confidence::Medium);
                if rule.singleton || rule.in_process {
                    single
                        .get_or_insert_with(|| Fact { value: 1, evidence: Vec::new() })
                        .evidence
                        .push(evidence.clone());
                }
                if !rule.singleton {
                    jobs.push(Cron {
                        command: place.fill(&rule.run).filter(|run| !run.is_empty()),
                        schedule: None,
                        in_process: rule.in_process,
                        evidence: vec![evidence],
                    });
                }
            }
        }
        jobs.extend(prose(choice));
    }
    (jobs, single)
}

/// Commands of a README near words of a schedule.
fn prose(choice: &Choice) -> Vec<Cron> {
    let path = ["README.md", "README", "readme.md", "README.rst", "Readme.md"]
        .iter()
        .find_map(|name| choice.view.file(name));
    let Some((path, text)) = path.and_then(|path| Some((path.clone(), choice.view.source.text(&path)?)))
    else {
        return Vec::new();
    };
    let Some(about) = ascii(
        r"(?i)\b(cron|crontab|scheduler|scheduled (task|job)|nightly|(run|runs|running|executed?) (daily|hourly|weekly|every))\b",
    ) else {
        return Vec::new();
    };
    let Some(command) = ascii(
        r"(?:^|[`$\s])((?:node|python3?|ruby|rake|bundle exec|npm run|yarn|php|flask|mix|rails)\s+[\w./:\-]+(?:\s+[\w./:\-]+){0,3})`?",
    ) else {
        return Vec::new();
    };
    let mut found: Vec<Cron> = Vec::new();
    let mut left = 0;
    for (index, line) in text.lines().enumerate() {
        left = if about.is_match(line.as_bytes()) { NEAR } else { left.saturating_sub(1) };
        let is_code = line.contains('`')
            || line.starts_with("    ")
            || line.trim_start().starts_with('$')
            || line.starts_with("* ");
        let Some(captures) = command.captures(line.as_bytes()).filter(|_| left > 0 && is_code) else {
            continue;
        };
        let text = captures
            .get(1)
            .map(|found| String::from_utf8_lossy(found.as_bytes()).trim().to_owned())
            .unwrap_or_default();
        if found.len() < 10 && !found.iter().any(|job| job.command.as_deref() == Some(text.as_str())) {
            let evidence = Evidence::new(&path, index + 1, "shared/cron/prose", Confidence::Low);
            found.push(Cron {
                command: Some(text),
                schedule: None,
                in_process: false,
                evidence: vec![evidence],
            });
        }
    }
    found
}

fn ascii(find: &str) -> Option<Regex> {
    RegexBuilder::new(find).unicode(false).build().ok()
}
