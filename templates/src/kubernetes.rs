//! What the Kubernetes files need beside the manifest's own words: the same facts in that system's units and shapes.

use std::collections::{BTreeMap, BTreeSet};

use civic_contract::manifest::{Capture, Check, Hook, Manifest, Probe, Secret, Service, Source, VolumeKind};
use serde::Serialize;

use crate::facts::Facts;
use crate::render::store_programs;

/// Answers for templates, as `kubernetes.…`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Kubernetes<'a> {
    services: BTreeMap<&'a str, Workload<'a>>,
    /// Images that the project builds, each once.
    images: Vec<String>,
    /// Programs below `civic/hooks/`, relative to it.
    hooks: Vec<HookFile>,
    backup: Backup<'a>,
    /// Secrets that are made from others, in an order in which they can be.
    composed: Vec<Composed<'a>>,
}

#[derive(Debug, Clone, Serialize)]
struct Composed<'a> {
    name: &'a str,
    parts: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Piece {
    Text(String),
    Secret(String),
}

#[derive(Debug, Clone, Serialize)]
struct Workload<'a> {
    image: String,
    /// Environment that one line `NAME=value` can hold.
    lines: BTreeMap<&'a str, &'a str>,
    /// Environment that needs quotes.
    others: BTreeMap<&'a str, &'a str>,
    cpu: Option<String>,
    memory: Option<String>,
    has_durable: bool,
    /// Whether it is a server whose kind we know, in somebody else's image.
    is_store: bool,
    /// Whether something that it runs lies in `/civic/hooks`.
    uses_hooks: bool,
    /// Services that wait for it.
    dependants: Vec<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
struct HookFile {
    /// Key in the ConfigMap, where a slash may not be.
    key: String,
    path: String,
}

#[derive(Debug, Clone, Serialize)]
struct Backup<'a> {
    /// Whether there is anything to save.
    is_needed: bool,
    /// Durable volumes that are saved as files.
    volumes: Vec<&'a str>,
    /// Every volume that a run opens: these, and those of programs that work on files.
    claims: Vec<&'a str>,
    /// Minute and hours, so that two runs lie within what may be lost.
    schedule: String,
    /// Longest time that one run may take.
    deadline_seconds: u64,
    /// Whether files may belong to a user that we do not know.
    has_strangers: bool,
    /// Services on whose machine it has to run, because of their volumes.
    near: Vec<&'a str>,
    pre: Vec<Step<'a>>,
    /// Only the project's own: ours remove what goes with the pod anyway.
    post: Vec<Step<'a>>,
    restore: Vec<Step<'a>>,
    /// Services that must stand still while data comes back.
    stopped: Vec<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
struct Step<'a> {
    name: String,
    service: &'a str,
    image: String,
    run: String,
    /// Where the server is; empty for files.
    address: BTreeMap<&'static str, String>,
}

/// Time beside the hooks for restic: a first snapshot over a home's line.
const TRANSFER_SECONDS: u64 = 6 * 3600;

impl<'a> Kubernetes<'a> {
    pub(crate) fn new(manifest: &'a Manifest, facts: &'a Facts) -> Self {
        let services: BTreeMap<_, _> = manifest
            .services
            .iter()
            .map(|(name, of)| (name.as_str(), workload(manifest, facts, name, of)))
            .collect();
        let images =
            manifest.services.iter().filter(|(_, of)| is_built(of)).map(|(name, _)| image(manifest, name));
        Self {
            images: images.collect::<BTreeSet<_>>().into_iter().collect(),
            hooks: hook_files(manifest, facts),
            backup: backup(manifest, facts),
            composed: composed(manifest),
            services,
        }
    }
}

fn composed(manifest: &Manifest) -> Vec<Composed<'_>> {
    let templates = manifest.secrets.iter().filter_map(|(name, secret)| match secret {
        Secret::Template(text) => Some(Composed { name, parts: pieces(text) }),
        _ => None,
    });
    let mut waiting: Vec<Composed> = templates.collect();
    let mut made = Vec::new();
    while !waiting.is_empty() {
        let names: Vec<&str> = waiting.iter().map(|one| one.name).collect();
        let is_blocked = |one: &Composed| {
            one.parts.iter().any(|part| matches!(part, Piece::Secret(name) if names.contains(&name.as_str())))
        };
        let (blocked, ready): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_blocked);
        if ready.is_empty() {
            // A circle; the manifest's own checks refuse it.
            made.extend(blocked);
            break;
        }
        made.extend(ready);
        waiting = blocked;
    }
    made
}

/// `{NAME}` stands for a secret, a doubled brace for a brace.
fn pieces(template: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let brace = &after[..1];
        let name =
            after.get(1..).and_then(|inner| inner.split_once('}')).filter(|_| !after.starts_with("{{"));
        match name {
            Some((name, tail)) if brace == "{" => {
                out.push(Piece::Text(std::mem::take(&mut text)));
                out.push(Piece::Secret(name.to_owned()));
                rest = tail;
            }
            _ => {
                text.push_str(brace);
                rest = after.strip_prefix("{{").or_else(|| after.strip_prefix("}}")).unwrap_or(&after[1..]);
            }
        }
    }
    text.push_str(rest);
    out.push(Piece::Text(text));
    out.retain(|piece| *piece != Piece::Text(String::new()));
    out
}

fn is_built(service: &Service) -> bool {
    matches!(service.source, Source::Build(_))
}

/// Services that are built alike share an image; it has the name of the first of them.
fn image(manifest: &Manifest, name: &str) -> String {
    let Some(service) = manifest.services.get(name) else { return String::new() };
    match &service.source {
        Source::Image(image) => image.clone(),
        Source::Build(build) => {
            let alike = |other: &Service| matches!(&other.source, Source::Build(other) if other == build);
            let first =
                manifest.services.iter().find(|(_, other)| alike(other)).map_or(name, |(first, _)| first);
            format!("{}-{first}", manifest.app.name)
        }
    }
}

fn workload<'a>(manifest: &'a Manifest, facts: &Facts, name: &str, service: &'a Service) -> Workload<'a> {
    let env = || service.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let is_line = |(name, value): &(&str, &str)| fits_line(name, value);
    Workload {
        image: image(manifest, name),
        lines: env().filter(is_line).collect(),
        others: env().filter(|pair| !is_line(pair)).collect(),
        cpu: service.resources.cpu.map(|cores| format!("{}m", (cores * 1000.0).ceil())),
        memory: service.resources.memory.map(quantity),
        has_durable: volumes_of(manifest, name).any(|(_, kind, _)| kind == VolumeKind::Durable),
        is_store: !is_built(service) && !servers(facts, name).is_empty(),
        uses_hooks: commands(manifest, name, service).any(|word| word.starts_with(IN_CONTAINER)),
        dependants: manifest
            .services
            .iter()
            .filter(|(_, other)| other.depends_on.iter().any(|on| on == name))
            .map(|(other, _)| other.as_str())
            .collect(),
    }
}

/// Kubernetes reads such lines as they are; what cannot be on one keeps its quotes in YAML.
fn fits_line(name: &str, value: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    name.bytes().all(is_name)
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !value.chars().any(char::is_control)
}

/// Bytes, in mebibytes where they are whole.
fn quantity(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{}Mi", bytes >> 20) } else { bytes.to_string() }
}

fn volumes_of<'a>(
    manifest: &'a Manifest,
    service: &'a str,
) -> impl Iterator<Item = (&'a str, VolumeKind, Capture)> {
    let own = manifest.volumes.iter().filter(move |(_, volume)| volume.service == service);
    own.map(|(name, volume)| (name.as_str(), volume.kind, volume.backup))
}

const FOLDER: &str = "civic/hooks/";
const IN_CONTAINER: &str = "/civic/hooks/";

/// Every word that a service runs, with its jobs and probes.
fn commands<'a>(
    manifest: &'a Manifest,
    name: &'a str,
    service: &'a Service,
) -> impl Iterator<Item = &'a str> {
    let probe = |probe: &'a Option<Probe>| match probe.as_ref().map(|probe| &probe.check) {
        Some(Check::Exec(command)) => command.as_slice(),
        _ => &[],
    };
    let jobs = manifest.jobs.values().filter(move |job| job.service == name).flat_map(|job| &job.command);
    let probes = probe(&service.probes.ready).iter().chain(probe(&service.probes.live));
    service.command.iter().flatten().chain(probes).chain(jobs).map(String::as_str)
}

fn hook_files(manifest: &Manifest, facts: &Facts) -> Vec<HookFile> {
    let named = manifest.hooks.all().map(|hook| hook.run.to_string_lossy().into_owned());
    let called = manifest.services.iter().flat_map(|(name, service)| commands(manifest, name, service));
    let mut paths: BTreeSet<String> =
        named.filter_map(|path| path.strip_prefix(FOLDER).map(str::to_owned)).collect();
    paths.extend(called.filter_map(|word| word.strip_prefix(IN_CONTAINER)).map(str::to_owned));
    paths.extend(
        facts.stores.values().flatten().flat_map(|store| store_programs(&store.kind)).map(|(path, _)| path),
    );
    paths.into_iter().map(|path| HookFile { key: path.replace('/', "."), path }).collect()
}

/// The kinds of server that a service is; a hook reaches them over the network.
fn servers<'a>(facts: &'a Facts, service: &str) -> Vec<&'a str> {
    let stores = facts.stores.get(service).into_iter().flatten().map(|store| store.kind.as_str());
    stores.filter(|kind| address_names(kind).is_some()).collect()
}

/// Variables that tell a store's programs where the server is; `templates/hooks/README.md` lists them.
fn address_names(kind: &str) -> Option<(&'static str, &'static str, u16)> {
    Some(match kind {
        "postgres" => ("PGHOST", "PGPORT", 5432),
        "mysql" => ("MYSQL_HOST", "MYSQL_TCP_PORT", 3306),
        "mongodb" => ("MONGODB_HOST", "MONGODB_PORT", 27017),
        "redis" => ("REDIS_HOST", "REDIS_PORT", 6379),
        _ => return None,
    })
}

fn step<'a>(manifest: &'a Manifest, facts: &Facts, name: String, hook: &'a Hook) -> Step<'a> {
    let port = manifest.services.get(&hook.service).and_then(|service| service.port);
    let mut address = BTreeMap::new();
    for (host_name, port_name, usual) in servers(facts, &hook.service).into_iter().filter_map(address_names) {
        address.insert(host_name, hook.service.clone());
        address.insert(port_name, port.unwrap_or(usual).to_string());
    }
    Step {
        name,
        service: &hook.service,
        image: hook.image.clone().unwrap_or_else(|| image(manifest, &hook.service)),
        run: format!("/{}", hook.run.to_string_lossy()),
        address,
    }
}

fn backup<'a>(manifest: &'a Manifest, facts: &'a Facts) -> Backup<'a> {
    let steps = |when: &str, hooks: &'a [Hook]| -> Vec<Step<'a>> {
        let named = hooks.iter().zip(1..);
        named.map(|(hook, number)| step(manifest, facts, format!("{when}-{number}"), hook)).collect()
    };
    let kinds = || facts.stores.values().flatten().map(|store| store.kind.as_str()).chain(["all"]);
    let ours = |step: &Step| kinds().any(|kind| step.run == format!("{IN_CONTAINER}{kind}/post-backup"));
    let as_files = |kind, capture| kind == VolumeKind::Durable && capture == Capture::Files;
    let saved = || manifest.volumes.iter().filter(move |(_, volume)| as_files(volume.kind, volume.backup));
    let (pre, restore) = (
        steps("pre-backup", &manifest.hooks.pre_backup),
        steps("post-restore", &manifest.hooks.post_restore),
    );
    let local = pre.iter().chain(&restore).filter(|step| step.address.is_empty());
    let at_files: Vec<&str> = local.map(|step| step.service).collect();
    let open =
        |name: &str, service: &str| at_files.contains(&service) || saved().any(|(saved, _)| saved == name);
    let claims = manifest.volumes.iter().filter(|(name, volume)| open(name, &volume.service));
    let near: BTreeSet<&str> = claims.clone().map(|(_, volume)| volume.service.as_str()).collect();
    let hooks = manifest.hooks.pre_backup.iter().chain(&manifest.hooks.post_backup);
    Backup {
        is_needed: !pre.is_empty() || saved().next().is_some(),
        claims: claims.map(|(name, _)| name.as_str()).collect(),
        volumes: saved().map(|(name, _)| name.as_str()).collect(),
        schedule: schedule(&manifest.app.name, manifest.tolerance.data_loss.as_secs()),
        deadline_seconds: TRANSFER_SECONDS + hooks.map(|hook| hook.timeout.as_secs()).sum::<u64>(),
        has_strangers: saved()
            .any(|(_, volume)| !manifest.services.get(&volume.service).is_some_and(is_built)),
        near: near.into_iter().collect(),
        post: steps("post-backup", &manifest.hooks.post_backup)
            .into_iter()
            .filter(|step| !ours(step))
            .collect(),
        restore,
        stopped: stopped(manifest, facts),
        pre,
    }
}

/// At least twice within what may be lost, and not every app of a cluster in the same minute.
fn schedule(app: &str, data_loss_seconds: u64) -> String {
    let minute = app.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 60);
    match [24, 12, 8, 6, 4, 3, 2].into_iter().find(|hours| hours * 7200 <= data_loss_seconds) {
        Some(24) => format!("{minute} {} * * *", minute % 6),
        Some(hours) => format!("{minute} */{hours} * * *"),
        None => format!("{minute} * * * *"),
    }
}

/// Everything but the servers that data is loaded into, and what those need.
fn stopped<'a>(manifest: &'a Manifest, facts: &Facts) -> Vec<&'a str> {
    let loaded = manifest.hooks.post_restore.iter().map(|hook| hook.service.as_str());
    let mut running: Vec<&str> = loaded.filter(|name| !servers(facts, name).is_empty()).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = running.pop() {
        if seen.insert(name) {
            running.extend(
                manifest.services.get(name).into_iter().flat_map(|of| &of.depends_on).map(String::as_str),
            );
        }
    }
    manifest.services.keys().map(String::as_str).filter(|name| !seen.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_backups_lie_within_what_may_be_lost() {
        let hours = |data_loss: u64| schedule("meals", data_loss * 3600).split(' ').nth(1).map(str::to_owned);
        assert_eq!(hours(24).as_deref(), Some("*/12"));
        assert_eq!(hours(1).as_deref(), Some("*"));
        assert_eq!(hours(5).as_deref(), Some("*/2"));
        assert!(hours(72).is_some_and(|hour| hour.parse::<u8>().is_ok()));
    }

    #[test]
    fn a_secret_made_from_others_comes_apart_into_texts_and_names() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces("a{{b}}{ONE}{TWO}"),
            [text("a{b}"), Piece::Secret("ONE".into()), Piece::Secret("TWO".into())]
        );
        assert_eq!(pieces("plain"), [text("plain")]);
    }

    #[test]
    fn memory_is_written_in_mebibytes_where_it_is_whole() {
        assert_eq!(quantity(256 << 20), "256Mi");
        assert_eq!(quantity(256_000_000), "256000000");
    }

    #[test]
    fn what_would_not_survive_a_line_is_kept_off_it() {
        assert!(fits_line("GREETING", "  \"it's\" $(x) # "));
        for (name, value) in [("A", "two\nlines"), ("A", "cut\r"), ("#A", "x"), ("1A", "x"), ("a b", "x")] {
            assert!(!fits_line(name, value), "{name}={value:?}");
        }
    }
}
