//! The manifest and the facts as templates see them. docs/templates.md lists every name.

use std::collections::BTreeMap;
use std::time::Duration;

use civic_contract::manifest::{
    Canary, Capture, Check, Encoding, Hook, Job, JobKind, Manifest, Probe, Secret, Service, Source,
    VolumeKind,
};
use serde::Serialize;

use crate::compose;
use crate::facts::{Build, Facts, Note, Store};
use crate::file::Part;
use crate::kubernetes::Kubernetes;

/// Everything a template may ask for.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Context<'a> {
    app: App<'a>,
    pub services: Vec<ServiceView<'a>>,
    pub volumes: Vec<VolumeView<'a>>,
    secrets: Vec<SecretView<'a>>,
    pub jobs: Vec<JobView<'a>>,
    hooks: HooksView<'a>,
    /// Images that hooks bring along, each with a Compose service of its own.
    hook_images: Vec<HookImage<'a>>,
    /// Services, those that others wait for first.
    start_order: Vec<&'a str>,
    /// Drills that need not pass.
    exempt: Vec<&'a str>,
    stores: &'a BTreeMap<String, Vec<Store>>,
    kubernetes: Kubernetes<'a>,
    canary: &'static str,
    tolerance: ToleranceView,
    escrow: EscrowView<'a>,
    notes: &'a [Note],
    seed: Option<&'a str>,
    parts: Vec<&'static str>,
    civic: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct App<'a> {
    name: &'a str,
    title: &'a str,
    summary: &'a str,
    case: u8,
    maintainers: Vec<Person<'a>>,
    licence: &'a str,
    repository: Option<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
struct Person<'a> {
    name: &'a str,
    contact: &'a str,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ServiceView<'a> {
    pub name: &'a str,
    /// How it is built; none for an upstream image.
    pub build: Option<BuildView<'a>>,
    image: Option<&'a str>,
    command: Option<&'a [String]>,
    port: Option<u16>,
    env: &'a BTreeMap<String, String>,
    secrets: &'a [String],
    cpu: Option<f64>,
    memory: Option<u64>,
    pids: Option<u32>,
    tmpfs: &'a [String],
    grace_seconds: u64,
    ready: Option<ProbeView<'a>>,
    live: Option<ProbeView<'a>>,
    depends_on: &'a [String],
    init: bool,
    volumes: Vec<&'a str>,
    has_hooks: bool,
    /// Whether it runs a program of `civic/hooks/`.
    uses_hooks: bool,
    is_public: bool,
    /// Whether it is an upstream image of a database server.
    is_database: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct BuildView<'a> {
    pub context: String,
    pub dockerfile: String,
    target: Option<&'a str>,
    args: &'a BTreeMap<String, String>,
    /// What the stack's Dockerfile asks; none when the project brought its own Dockerfile.
    #[serde(flatten)]
    pub facts: Option<&'a Build>,
}

#[derive(Debug, Clone, Serialize)]
struct ProbeView<'a> {
    http: Option<&'a str>,
    status: Option<u16>,
    tcp: bool,
    exec: Option<&'a [String]>,
    timeout_seconds: u64,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct VolumeView<'a> {
    pub name: &'a str,
    service: &'a str,
    path: &'a str,
    is_durable: bool,
    is_files: bool,
}

#[derive(Debug, Clone, Serialize)]
struct SecretView<'a> {
    name: &'a str,
    kind: &'static str,
    encoding: Option<&'static str>,
    bytes: Option<usize>,
    template: Option<&'a str>,
    value: Option<&'a str>,
    /// As `compose.yaml` writes it, with Compose's variables.
    compose: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobView<'a> {
    pub name: &'a str,
    kind: &'static str,
    service: &'a str,
    command: &'a [String],
    timeout_seconds: u64,
    schedule: Option<&'a str>,
    timezone: Option<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
struct HooksView<'a> {
    pre_backup: Vec<HookView<'a>>,
    post_backup: Vec<HookView<'a>>,
    post_restore: Vec<HookView<'a>>,
}

#[derive(Debug, Clone, Serialize)]
struct HookView<'a> {
    service: &'a str,
    run: String,
    image: Option<&'a str>,
    /// Compose service that runs it.
    runner: String,
    timeout_seconds: u64,
}

#[derive(Debug, Clone, Serialize)]
struct HookImage<'a> {
    name: String,
    service: &'a str,
    image: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct ToleranceView {
    /// In words, such as `4 hours`.
    downtime: String,
    data_loss: String,
    boot: String,
    downtime_seconds: u64,
    data_loss_seconds: u64,
    boot_seconds: u64,
}

#[derive(Debug, Clone, Serialize)]
struct EscrowView<'a> {
    secrets: &'a [String],
    holders: Vec<Person<'a>>,
}

impl<'a> Context<'a> {
    /// Takes what is written nowhere else from the facts; everything else is the manifest's.
    pub(crate) fn new(manifest: &'a Manifest, facts: &'a Facts, parts: &[Part]) -> Self {
        let public = public(manifest);
        let images = hook_images(manifest);
        let hook = |hook| hook_view(hook, &images);
        Self {
            app: app(manifest, facts),
            services: ordered(manifest)
                .into_iter()
                .map(|(name, service)| view(manifest, facts, name, service, public == Some(name)))
                .collect(),
            volumes: manifest
                .volumes
                .iter()
                .map(|(name, volume)| VolumeView {
                    name,
                    service: &volume.service,
                    path: &volume.path,
                    is_durable: volume.kind == VolumeKind::Durable,
                    is_files: volume.backup == Capture::Files,
                })
                .collect(),
            secrets: manifest
                .secrets
                .iter()
                .map(|(name, secret)| secret_view(manifest, name, secret))
                .collect(),
            jobs: manifest.jobs.iter().map(|(name, job)| job_view(name, job)).collect(),
            hooks: HooksView {
                pre_backup: manifest.hooks.pre_backup.iter().map(hook).collect(),
                post_backup: manifest.hooks.post_backup.iter().map(hook).collect(),
                post_restore: manifest.hooks.post_restore.iter().map(hook).collect(),
            },
            hook_images: images,
            start_order: manifest.start_order(),
            exempt: manifest.exemptions.iter().map(|exemption| exemption.drill.as_str()).collect(),
            stores: &facts.stores,
            kubernetes: Kubernetes::new(manifest, facts),
            canary: match manifest.canary {
                Canary::App(_) => "app",
                Canary::Database(_) => "database",
                Canary::Volume { .. } => "volume",
                Canary::Page(_) => "page",
            },
            tolerance: ToleranceView {
                downtime: in_words(manifest.tolerance.downtime),
                data_loss: in_words(manifest.tolerance.data_loss),
                boot: in_words(manifest.tolerance.boot),
                downtime_seconds: manifest.tolerance.downtime.as_secs(),
                data_loss_seconds: manifest.tolerance.data_loss.as_secs(),
                boot_seconds: manifest.tolerance.boot.as_secs(),
            },
            escrow: EscrowView {
                secrets: &manifest.escrow.secrets,
                holders: manifest.escrow.holders.iter().map(|holder| person(holder)).collect(),
            },
            notes: &facts.notes,
            seed: facts.seed.as_deref(),
            parts: parts.iter().map(|part| part.name()).collect(),
            civic: &facts.civic_version,
        }
    }
}

/// The service that people call: the first built one with a port, else the first with a port.
fn public(manifest: &Manifest) -> Option<&str> {
    let with_port = || manifest.services.iter().filter(|(_, service)| service.port.is_some());
    let named = with_port().find(|(name, _)| name.as_str() == "web");
    let built = || with_port().find(|(_, service)| matches!(service.source, Source::Build(_)));
    named.or_else(built).or_else(|| with_port().next()).map(|(name, _)| name.as_str())
}

/// Those that others wait for come first, as people read them.
fn ordered(manifest: &Manifest) -> Vec<(&String, &Service)> {
    let mut services: Vec<_> = manifest.services.iter().collect();
    services.sort_by_key(|(name, service)| {
        (matches!(service.source, Source::Image(_)), name.as_str() != "web", name.as_str())
    });
    services
}

fn app<'a>(manifest: &'a Manifest, facts: &'a Facts) -> App<'a> {
    let app = &manifest.app;
    App {
        name: &app.name,
        title: if facts.title.is_empty() { &app.name } else { &facts.title },
        summary: &app.summary,
        case: app.case,
        maintainers: app.maintainers.iter().map(|text| person(text)).collect(),
        licence: &app.licence,
        repository: facts.repository.as_deref(),
    }
}

fn person(text: &str) -> Person<'_> {
    let (name, contact) = text.rsplit_once('<').unwrap_or((text, ""));
    Person { name: name.trim(), contact: contact.trim_end_matches('>').trim() }
}

fn view<'a>(
    manifest: &'a Manifest,
    facts: &'a Facts,
    name: &'a str,
    service: &'a Service,
    is_public: bool,
) -> ServiceView<'a> {
    let (build, image) = match &service.source {
        Source::Image(image) => (None, Some(image.as_str())),
        Source::Build(build) => (
            Some(BuildView {
                context: build.context.to_string_lossy().into_owned(),
                dockerfile: build.dockerfile.to_string_lossy().into_owned(),
                target: build.target.as_deref(),
                args: &build.args,
                facts: facts.builds.get(name),
            }),
            None,
        ),
    };
    let volumes = manifest.volumes.iter().filter(|(_, volume)| volume.service == name);
    ServiceView {
        name,
        build,
        image,
        command: service.command.as_deref(),
        port: service.port,
        env: &service.env,
        secrets: &service.secrets,
        cpu: service.resources.cpu,
        memory: service.resources.memory,
        pids: service.resources.pids,
        tmpfs: &service.tmpfs,
        grace_seconds: seconds(service.grace_period),
        ready: service.probes.ready.as_ref().map(probe),
        live: service.probes.live.as_ref().map(probe),
        depends_on: &service.depends_on,
        init: service.init,
        volumes: volumes.map(|(name, _)| name.as_str()).collect(),
        has_hooks: manifest.hooks.all().any(|hook| hook.service == name),
        uses_hooks: uses_hooks(manifest, name, service),
        is_public,
        is_database: image.is_some() && is_database(facts, name),
    }
}

fn is_database(facts: &Facts, name: &str) -> bool {
    let servers = ["postgres", "mysql", "mongodb", "redis"];
    facts
        .stores
        .get(name)
        .is_some_and(|stores| stores.iter().any(|store| servers.contains(&store.kind.as_str())))
}

fn uses_hooks(manifest: &Manifest, name: &str, service: &Service) -> bool {
    let probes = [&service.probes.ready, &service.probes.live].into_iter().flatten();
    let asked = probes.filter_map(|probe| match &probe.check {
        Check::Exec(command) => Some(command),
        _ => None,
    });
    let jobs = manifest.jobs.values().filter(|job| job.service == name).map(|job| &job.command);
    let mut arguments = asked.chain(jobs).chain(&service.command).flatten();
    manifest.hooks.all().any(|hook| hook.service == name)
        || arguments.any(|argument| argument.starts_with("/civic/hooks/"))
}

/// Whole seconds, never less than what was asked.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The largest unit that is whole, but hours up to two days.
fn in_words(time: Duration) -> String {
    let seconds = seconds(time);
    let (count, unit) = match seconds {
        _ if seconds.is_multiple_of(86_400) && seconds > 172_800 => (seconds / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        _ if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn probe(probe: &Probe) -> ProbeView<'_> {
    let timeout_seconds = seconds(probe.timeout);
    let empty = ProbeView { http: None, status: None, tcp: false, exec: None, timeout_seconds };
    match &probe.check {
        Check::Http { path, status } => ProbeView { http: Some(path), status: *status, ..empty },
        Check::Tcp => ProbeView { tcp: true, ..empty },
        Check::Exec(command) => ProbeView { exec: Some(command), ..empty },
    }
}

fn secret_view<'a>(manifest: &Manifest, name: &'a str, secret: &'a Secret) -> SecretView<'a> {
    let compose = compose::secret(manifest, name);
    let empty =
        SecretView { name, kind: "value", encoding: None, bytes: None, template: None, value: None, compose };
    match secret {
        Secret::Generate { encoding, bytes } => SecretView {
            kind: "generate",
            encoding: Some(match encoding {
                Encoding::Hex => "hex",
                Encoding::Base64 => "base64",
            }),
            bytes: Some(*bytes),
            ..empty
        },
        Secret::Template(text) => SecretView { kind: "template", template: Some(text), ..empty },
        Secret::Value(text) => SecretView { value: Some(text), ..empty },
    }
}

fn job_view<'a>(name: &'a str, job: &'a Job) -> JobView<'a> {
    let (kind, schedule, timezone) = match &job.kind {
        JobKind::Release => ("release", None, None),
        JobKind::Cron { schedule, timezone } => ("cron", Some(schedule.as_str()), Some(timezone.as_str())),
    };
    JobView {
        name,
        kind,
        service: &job.service,
        command: &job.command,
        timeout_seconds: seconds(job.timeout),
        schedule,
        timezone,
    }
}

fn hook_images(manifest: &Manifest) -> Vec<HookImage<'_>> {
    let mut images: Vec<HookImage> = Vec::new();
    for hook in manifest.hooks.all() {
        let Some(image) = hook.image.as_deref() else { continue };
        if images.iter().all(|known| (known.service, known.image) != (&hook.service, image)) {
            let before = images.iter().filter(|known| known.service == hook.service).count();
            let number = if before == 0 { String::new() } else { format!("-{}", before + 1) };
            images.push(HookImage {
                name: format!("{}-hooks{number}", hook.service),
                service: &hook.service,
                image,
            });
        }
    }
    images
}

fn hook_view<'a>(hook: &'a Hook, images: &[HookImage]) -> HookView<'a> {
    let image = hook.image.as_deref();
    let own = images.iter().find(|known| known.service == hook.service && Some(known.image) == image);
    HookView {
        service: &hook.service,
        run: hook.run.to_string_lossy().into_owned(),
        image,
        runner: own.map_or_else(|| hook.service.clone(), |known| known.name.clone()),
        timeout_seconds: seconds(hook.timeout),
    }
}
