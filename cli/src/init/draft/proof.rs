//! Jobs, hooks and the canary: what runs beside the services, and how survival is proven.

use civic_buildpacks::detection::HealthKind;
use civic_contract::manifest::to_name;
use civic_templates::Facts;
use civic_templates::draft::{Canary, Draft, Hook, Job, Secret, SecretValue};
use civic_templates::facts::Note;

use super::super::command::argv;
use super::super::servers::{Account, Server};
use super::Drafting;

impl Drafting<'_> {
    pub(super) fn jobs(&self, facts: &mut Facts) -> Vec<Job> {
        let mut jobs = Vec::new();
        let is_sqlite = facts.stores.values().flatten().any(|store| store.kind == "sqlite");
        if let (Some(release), true) = (&self.found.release, is_sqlite) {
            jobs.push(Job {
                name: "before-migrate".into(), // runs before `migrate`, by its name
                kind: "release",
                service: "web".into(),
                command: vec!["/civic/hooks/sqlite/pre-start".into()],
                schedule: None,
                why: format!("A restored database is in its place before {} sees it.", release.value),
            });
        }
        if let Some(release) = &self.found.release {
            jobs.push(Job {
                name: "migrate".into(),
                kind: "release",
                service: "web".into(),
                command: argv(&release.value),
                schedule: None,
                why: release.evidence.first().map(|evidence| evidence.place()).unwrap_or_default(),
            });
        }
        for cron in &self.found.cron {
            let place = cron.evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
            match (&cron.command, &cron.schedule) {
                (Some(command), Some(schedule)) if schedule.split_whitespace().count() == 5 => {
                    let name = format!("{}-{}", "cron", jobs.len() + 1);
                    let name = name_of(command).filter(|name| jobs.iter().all(|job: &Job| &job.name != name)).unwrap_or(name);
                    jobs.push(Job {
                        name,
                        kind: "cron",
                        service: "web".into(),
                        command: argv(command),
                        schedule: Some(schedule.clone()),
                        why: place,
                    });
                }
                (Some(command), _) => facts.notes.push(Note {
                    text: format!("`{command}` seems to run by the clock, but nothing says when: add a [jobs.…] with its schedule."),
                    place,
                }),
                (None, _) => {}
            }
        }
        jobs
    }

    pub(super) fn canary(
        &self,
        draft: &Draft,
        facts: &Facts,
        servers: &[&'static Server],
        account: &Account,
    ) -> Option<Canary> {
        let database = servers.iter().find(|server| matches!(server.addon, "postgres" | "mysql" | "mongodb"));
        if let Some(server) = database {
            return Some(Canary::Database {
                service: server.service.into(),
                engine: server.addon.into(),
                user: Some(account.name.clone()),
                database: account.name.clone(),
                password: (server.addon != "postgres").then(|| server.password().unwrap_or_default().into()),
            });
        }
        if let Some((service, store)) = facts.stores.iter().find_map(|(service, stores)| {
            Some((service, stores.iter().find(|store| store.kind == "sqlite")?))
        }) {
            return Some(Canary::Database {
                service: service.clone(),
                engine: "sqlite".into(),
                user: None,
                database: store.paths.first()?.clone(),
                password: None,
            });
        }
        if let Some(volume) = draft.volumes.iter().find(|volume| volume.is_durable && !volume.by_hooks) {
            return Some(Canary::Volume { volume: volume.name.clone() });
        }
        let web = draft.services.iter().find(|service| service.port.is_some())?;
        let words = self.page_words.unwrap_or(&self.about.title);
        Some(Canary::Page { service: web.name.clone(), path: "/".into(), expect: regex::escape(words) })
    }

    pub(super) fn missing(&self, draft: &Draft) -> Vec<String> {
        let mut missing = vec![
            "a [canary] of kind \"app\": one route that writes a record and one that lists them (docs/manifest.md)".to_owned(),
        ];
        if self.found.health.kind != HealthKind::Exists {
            missing.push("a health route of the app's own: civic init --with-health offers the code".into());
        }
        if matches!(draft.canary, Some(Canary::Page { .. })) && self.page_words.is_none() {
            missing
                .push("`expect` of the [canary] is a guess: words that only the app's own page has".into());
        }
        if self.found.state_verdict == "unknown" && draft.volumes.is_empty() {
            missing.push("civic could not see whether the app keeps files: say so with a [volumes.…], or be sure that it keeps none".into());
        }
        missing
    }
}

/// `node scripts/send-reminders.js` is `send-reminders`.
fn name_of(command: &str) -> Option<String> {
    let last = command.split_whitespace().rev().find(|word| !word.starts_with('-'))?;
    let last = last.rsplit(['/', ':']).next()?;
    to_name(last.split('.').next()?)
}

/// No canary lives in Redis, and none lives in a volume that only hooks save. Where Redis is all that an app has, its
/// append-only file is saved as it lies there: a copy of it that ends in the middle of a record is read up to that.
pub(super) fn by_files(draft: &mut Draft, facts: &mut Facts) {
    let is_other = facts.stores.values().flatten().any(|store| store.kind != "redis");
    if is_other || draft.volumes.iter().any(|volume| volume.is_durable && !volume.by_hooks) {
        return;
    }
    for volume in draft.volumes.iter_mut().filter(|volume| volume.by_hooks) {
        volume.by_hooks = false;
        facts.stores.remove(&volume.service);
    }
}

/// Every store's hooks, databases before files, so that each row's file is in the snapshot.
pub(super) fn hooks(facts: &Facts) -> Vec<Hook> {
    let order = |kind: &str| usize::from(matches!(kind, "files"));
    let mut hooks: Vec<Hook> = facts
        .stores
        .iter()
        .flat_map(|(service, stores)| {
            stores.iter().map(|store| Hook { service: service.clone(), store: store.kind.clone() })
        })
        .collect();
    hooks.sort_by_key(|hook| order(&hook.store));
    hooks
}

/// Keys that data is encrypted or signed with; passwords can be made anew.
pub(super) fn escrow(secrets: &[Secret]) -> Vec<String> {
    let is_key = |secret: &&Secret| {
        let name = secret.name.to_ascii_uppercase();
        matches!(secret.value, SecretValue::Generate(_) | SecretValue::Base64(_))
            && ["ENCRYPT", "SECRET_KEY", "CRYPT", "APP_KEY", "SECRET_TOKEN", "MASTER_KEY", "SALT", "PEPPER"]
                .iter()
                .any(|word| name.contains(word))
    };
    secrets.iter().filter(is_key).map(|secret| secret.name.clone()).collect()
}
