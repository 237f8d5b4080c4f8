//! Work by the clock: in crontabs, in rules, in a platform's files, or only in the prose of a README.

use regex::bytes::{Regex, RegexBuilder};

use crate::component::Choice;
use crate::detection::{Confidence, Cron, Evidence, Fact};
use crate::packaging::{Packaging, written};
use crate::read::platform_jobs;
use crate::rules::Rules;
use crate::schedule::{crontab, schedule};

/// Lines after a heading about schedules that may name a command.
const NEAR: usize = 14;
/// Jobs of one file; more are shown by the file itself.
const MOST_JOBS: usize = 20;

/// Finds cron jobs, and whether one copy at most may run.
pub(crate) fn cron(
    rules: &Rules,
    choices: &[Choice],
    packaging: &Packaging,
) -> (Vec<Cron>, Option<Fact<u32>>) {
    let mut jobs: Vec<Cron> = Vec::new();
    let mut single: Option<Fact<u32>> = None;
    for choice in choices {
        jobs.extend(crontabs(choice));
        jobs.extend(platforms(choice));
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
                    let command = place.fill(&rule.run).filter(|run| !run.is_empty());
                    jobs.push(Cron { command, in_process: rule.in_process, ..job(evidence) });
                }
            }
        }
        jobs.extend(whenever(choice));
        let known: Vec<String> = jobs.iter().filter_map(|job| job.command.clone()).collect();
        jobs.extend(
            prose(choice)
                .into_iter()
                .filter(|job| job.command.iter().all(|command| !known.contains(command))),
        );
    }
    if jobs.is_empty() {
        jobs.extend(scheduler(packaging));
    }
    (jobs, single)
}

fn job(evidence: Evidence) -> Cron {
    Cron { command: None, schedule: None, in_process: false, evidence: vec![evidence] }
}

/// Files in cron's own form: `crontab`, `*.cron`, `cron.d/*`.
fn crontabs(choice: &Choice) -> Vec<Cron> {
    let globs =
        ["{,*/,*/*/}{crontab,crontab.txt,*.crontab,*.cron,crontab-example,crontab.example}", "{,*/}cron.d/*"];
    let paths = globs.iter().filter_map(|glob| choice.view.file(glob));
    let mut found = Vec::new();
    for path in paths {
        let Some(text) = choice.view.source.text(&path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let Some((schedule, command)) = crontab(line).filter(|_| found.len() < MOST_JOBS) else {
                continue;
            };
            let evidence = Evidence::new(&path, index + 1, "shared/cron/crontab", Confidence::High);
            found.push(Cron { command: Some(command), schedule: Some(schedule), ..job(evidence) });
        }
    }
    found
}

/// Cron services of `render.yaml`, and `crons` of `vercel.json`.
fn platforms(choice: &Choice) -> Vec<Cron> {
    let files = ["render.yaml", "vercel.json"].iter().filter_map(|name| choice.view.file(name));
    let mut found = Vec::new();
    for path in files {
        let Some(text) = choice.view.source.text(&path) else { continue };
        found.extend(platform_jobs(&text).into_iter().take(MOST_JOBS).map(|(command, schedule)| {
            let evidence = Evidence::new(&path, schedule.line, "shared/cron/platform", Confidence::High);
            Cron { command: Some(command), schedule: Some(schedule.value), ..job(evidence) }
        }));
    }
    found
}

/// The blocks of Whenever's `config/schedule.rb`.
fn whenever(choice: &Choice) -> Vec<Cron> {
    let read = choice.view.file("config/schedule.rb");
    let Some((path, text)) = read.and_then(|path| Some((path.clone(), choice.view.source.text(&path)?)))
    else {
        return Vec::new();
    };
    let Some(find) = ascii(r#"^\s*(rake|runner|command|script)\s*\(?\s*['"]([^'"]+)['"]"#) else {
        return Vec::new();
    };
    let (mut found, mut when): (Vec<Cron>, Option<String>) = (Vec::new(), None);
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("every") {
            let quoted =
                line.split(['\'', '"']).nth(1).filter(|text| crontab(&format!("{text} x")).is_some());
            when = quoted.map(str::to_owned).or_else(|| schedule(line));
        }
        let Some(captures) = find.captures(line.as_bytes()).filter(|_| found.len() < MOST_JOBS) else {
            continue;
        };
        let part =
            |at: usize| captures.get(at).map(|part| String::from_utf8_lossy(part.as_bytes()).into_owned());
        let (Some(kind), Some(what)) = (part(1), part(2)) else { continue };
        let command = match kind.as_str() {
            "rake" => format!("bundle exec rake {what}"),
            "runner" => format!("bundle exec rails runner '{what}'"),
            _ => what,
        };
        let evidence = Evidence::new(&path, index + 1, "ruby/cron/whenever", Confidence::High);
        found.push(Cron { command: Some(command), schedule: when.clone(), ..job(evidence) });
    }
    found
}

/// Heroku's Scheduler keeps its jobs in its own page: that there are some is all that the project says.
fn scheduler(packaging: &Packaging) -> Option<Cron> {
    let (path, file) = packaging.app_json.as_ref()?;
    let plan = file.addons.iter().find(|plan| plan.value.starts_with("scheduler"))?;
    Some(job(written(path, plan.line, "app-json")))
}

/// Commands of a README near words of a schedule.
fn prose(choice: &Choice) -> Vec<Cron> {
    let names = ["README.md", "README", "readme.md", "README.rst", "Readme.md", "README.markdown"];
    let path = names.iter().find_map(|name| choice.view.file(name));
    let Some((path, text)) = path.and_then(|path| Some((path.clone(), choice.view.source.text(&path)?)))
    else {
        return Vec::new();
    };
    let (Some(about), Some(command)) = (ascii(ABOUT), ascii(COMMAND)) else { return Vec::new() };
    let mut found: Vec<Cron> = Vec::new();
    let mut left = 0;
    for (index, line) in text.lines().enumerate() {
        left = if about.is_match(line.as_bytes()) { NEAR } else { left.saturating_sub(1) };
        let is_code = line.contains('`')
            || line.trim_start().starts_with(['$', '*', '-', '|'])
            || line.starts_with("    ");
        let Some(captures) = command.captures(line.as_bytes()).filter(|_| left > 0 && is_code) else {
            continue;
        };
        let text = captures
            .get(1)
            .map(|found| String::from_utf8_lossy(found.as_bytes()).trim().to_owned())
            .unwrap_or_default();
        if found.len() < 10 && !found.iter().any(|job| job.command.as_deref() == Some(text.as_str())) {
            let evidence = Evidence::new(&path, index + 1, "shared/cron/prose", Confidence::Low);
            found.push(Cron { command: Some(text), schedule: schedule(line), ..job(evidence) });
        }
    }
    found
}

/// Words of a README about work by the clock.
const ABOUT: &str = r"(?i)\b(cron|crontab|scheduler|scheduled (task|job)|nightly|(run|runs|running|executed?) (daily|hourly|weekly|every))\b";
/// A command in a README.
const COMMAND: &str = r"(?:^|[`$\s*])((?:node|python3?|ruby|rake|bundle exec|npm run|yarn|php|flask|mix|rails)\s+[\w./:\-]+(?:\s+[\w./:\-]+){0,3})`?";

fn ascii(find: &str) -> Option<Regex> {
    RegexBuilder::new(find).unicode(false).build().ok()
}
