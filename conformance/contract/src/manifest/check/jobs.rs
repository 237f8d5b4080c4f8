//! Jobs beside the services.

use std::collections::BTreeMap;

use super::super::model::{Job, JobKind};
use super::super::node::Node;
use super::super::words::{quoted, shown};
use super::super::{names, raw};
use super::{Check, DAY, cron};

impl Check<'_> {
    pub(super) fn jobs(&mut self, node: &Node) -> BTreeMap<String, Job> {
        let raw = self.raw;
        let jobs = raw.jobs.iter().map(|(name, job)| {
            self.name(node.key(name), "job", name);
            (name.clone(), self.job(node.at(name), name, job))
        });
        jobs.collect()
    }

    fn job(&mut self, node: &Node, name: &str, job: &raw::Job) -> Job {
        self.service(node.at("service"), &job.service);
        Job {
            kind: match job.kind {
                raw::JobKind::Release => self.release(node, name, job),
                raw::JobKind::Cron => self.cron(node, name, job),
            },
            service: job.service.clone(),
            command: self.command(node.at("command"), &job.command),
            timeout: self.period(node.at("timeout"), &job.timeout, DAY),
        }
    }

    fn release(&mut self, node: &Node, name: &str, job: &raw::Job) -> JobKind {
        for (key, given) in [("schedule", job.schedule.is_some()), ("timezone", job.timezone.is_some())] {
            if given {
                let message = format!("job {} runs at each release, so it has no {key}", shown(name));
                self.report.add(node.key(key), message).expected("kind = \"cron\", or no such key");
            }
        }
        JobKind::Release
    }

    fn cron(&mut self, node: &Node, name: &str, job: &raw::Job) -> JobKind {
        let rule = "minute, hour, day of month, month, day of week, such as \"0 17 * * *\"";
        match &job.schedule {
            None => {
                self.report
                    .add(&node.span, format!("cron job {} has no schedule", shown(name)))
                    .expected(format!("a schedule: {rule}"));
            }
            Some(schedule) => {
                if let Err((reason, suggestion)) = cron::check(schedule) {
                    self.report
                        .add(&node.at("schedule").span, format!("the schedule {} {reason}", shown(schedule)))
                        .expected(rule)
                        .suggest(suggestion.map(quoted));
                }
            }
        }
        let timezone = job.timezone.as_deref().unwrap_or(raw::Job::TIMEZONE);
        if !names::is_timezone(timezone) {
            self.report
                .add(&node.at("timezone").span, format!("{} is no name of a time zone", shown(timezone)))
                .expected("an area and a city, such as \"America/Anchorage\", or \"UTC\"");
        }
        JobKind::Cron { schedule: job.schedule.clone().unwrap_or_default(), timezone: timezone.to_owned() }
    }
}
