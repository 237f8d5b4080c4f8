//! Services: where the image comes from, environment, limits, probes, order.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::super::graph::{self, Needs};
use super::super::model::{Build, Check as Asked, Probe, Probes, Resources, Service, Source};
use super::super::node::Node;
use super::super::units::ByteSize;
use super::super::words::{plain, quoted, shown};
use super::super::{names, paths, raw};
use super::{Check, OURS};

/// Docker refuses less (daemon/daemon_unix.go, linuxMinMemory).
const LEAST_MEMORY: ByteSize = ByteSize(6 << 20);
/// More than any node of a brigade has, and far from every overflow.
const MOST_MEMORY: ByteSize = ByteSize(16 << 40);
const LONGEST_GRACE: Duration = Duration::from_secs(60 * 60);
const LONGEST_PROBE: Duration = Duration::from_secs(5 * 60);

impl Check<'_> {
    pub(super) fn services(&mut self, node: &Node) -> BTreeMap<String, Service> {
        let raw = self.raw;
        let services = raw.services.iter().map(|(name, service)| {
            self.name(node.key(name), "service", name);
            (name.clone(), self.one_service(node.at(name), name, service))
        });
        let services = services.collect();
        self.service_order(node);
        services
    }

    fn one_service(&mut self, node: &Node, name: &str, service: &raw::Service) -> Service {
        self.environment(node, name, service);
        self.scratch(node.at("tmpfs"), &service.tmpfs);
        Service {
            source: self.source(node, name, service),
            command: service.command.as_ref().map(|command| self.command(node.at("command"), command)),
            port: service.port,
            env: service.env.clone(),
            secrets: service.secrets.clone(),
            resources: self.resources(node.at("resources"), &service.resources),
            tmpfs: service.tmpfs.clone(),
            grace_period: self.period(node.at("grace_period"), &service.grace_period, LONGEST_GRACE),
            probes: self.probes(node.at("probes"), service),
            depends_on: service.depends_on.clone(),
            init: service.init,
        }
    }

    fn source(&mut self, node: &Node, name: &str, service: &raw::Service) -> Source {
        match (&service.build, &service.image) {
            (Some(context), None) => Source::Build(self.build(node, context, service)),
            (None, Some(image)) => {
                self.image(node.at("image"), image);
                self.no_build_keys(node, service);
                Source::Image(image.clone())
            }
            (Some(_), Some(_)) => {
                self.report
                    .add(node.key("image"), format!("service {} has both `build` and `image`", shown(name)))
                    .expected("`build` for an image of your own, or `image` for somebody else's");
                Source::Image(String::new())
            }
            (None, None) => {
                self.report
                    .add(&node.span, format!("service {} has neither `build` nor `image`", shown(name)))
                    .expected("build = \".\" for a Dockerfile beside civic.toml, or image = \"…\"");
                Source::Image(String::new())
            }
        }
    }

    fn build(&mut self, node: &Node, context: &str, service: &raw::Service) -> Build {
        for name in service.build_args.keys().filter(|name| !names::is_environment(name)) {
            self.variable_name(node.at("build_args"), name);
        }
        if let Some(target) = service
            .target
            .as_deref()
            .filter(|target| target.is_empty() || !target.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            let message = format!("{} is no name of a stage", shown(target));
            self.report.add(&node.at("target").span, message).expected("the name after AS in the Dockerfile");
        }
        let dockerfile = service.dockerfile.as_deref().unwrap_or(raw::Service::DOCKERFILE);
        Build {
            context: self.project_path(node.at("build"), "the build folder", context),
            dockerfile: self.project_path(node.at("dockerfile"), "the Dockerfile", dockerfile),
            args: service.build_args.clone(),
            target: service.target.clone(),
        }
    }

    fn no_build_keys(&mut self, node: &Node, service: &raw::Service) {
        let given = [
            ("dockerfile", service.dockerfile.is_some()),
            ("build_args", !service.build_args.is_empty()),
            ("target", service.target.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            self.report
                .add(node.key(key), format!("`{key}` says how to build, but `image` is not built"))
                .expected("`build` instead of `image`, or no such key");
        }
    }

    /// A path that stays inside the project.
    pub(super) fn project_path(&mut self, node: &Node, what: &str, text: &str) -> PathBuf {
        paths::inside_project(text).unwrap_or_else(|reason| {
            self.report
                .add(&node.span, format!("{what} {} {reason}", shown(text)))
                .expected("a relative path inside the project, with `/` between its parts");
            PathBuf::new()
        })
    }

    /// A reference to somebody else's image.
    pub(super) fn image(&mut self, node: &Node, image: &str) {
        if !names::is_image(image) {
            let lower =
                Some(image.trim().to_lowercase()).filter(|lower| lower != image && names::is_image(lower));
            self.report
                .add(&node.span, format!("{} is no reference to an image", shown(image)))
                .expected("a name in lower case, then :tag or @sha256:…, such as \"postgres:17-trixie\"")
                .suggest(lower.as_deref().map(quoted));
        }
    }

    fn variable_name(&mut self, node: &Node, name: &str) {
        self.report
            .add(node.key(name), format!("{} cannot be the name of a variable", shown(name)))
            .expected("letters, digits and underscores, such as LOG_LEVEL");
    }

    fn environment(&mut self, node: &Node, name: &str, service: &raw::Service) {
        for variable in service.env.keys() {
            if !names::is_environment(variable) {
                self.variable_name(node.at("env"), variable);
            } else if variable == OURS {
                let message = format!("{} is set by civic", shown(variable));
                self.report.add(node.at("env").key(variable), message).expected("another name");
            }
        }
        for (index, secret) in service.secrets.iter().enumerate() {
            let at = node.at("secrets").item(index);
            self.secret(at, secret);
            if service.env.contains_key(secret) {
                self.report
                    .add(
                        &at.span,
                        format!("service {} has {} both in env and in secrets", shown(name), shown(secret)),
                    )
                    .expected("one of the two");
            }
        }
        self.no_repeats(node.at("secrets"), &service.secrets);
    }

    fn scratch(&mut self, node: &Node, tmpfs: &[String]) {
        for (index, path) in tmpfs.iter().enumerate() {
            self.mount_path(node.item(index), "the scratch path", path);
        }
        self.no_repeats(node, tmpfs);
    }

    /// A path at which something is mounted in a container.
    pub(super) fn mount_path(&mut self, node: &Node, what: &str, path: &str) {
        if let Err((reason, suggestion)) = paths::mountable(path) {
            self.report
                .add(&node.span, format!("{what} {} {reason}", shown(path)))
                .expected("an absolute path in the container, such as \"/data\"")
                .suggest(suggestion.as_deref().map(quoted));
        }
    }

    fn resources(&mut self, node: &Node, resources: &raw::Resources) -> Resources {
        let memory = resources.memory.as_ref().map(|text| self.memory(node.at("memory"), &text.0));
        Resources { cpu: resources.cpu, memory, pids: resources.pids }
    }

    fn memory(&mut self, node: &Node, text: &str) -> u64 {
        match text.parse::<ByteSize>() {
            Ok(size) if (LEAST_MEMORY..=MOST_MEMORY).contains(&size) => return size.0,
            Ok(_) => {
                let expected = format!(
                    "at least {LEAST_MEMORY}, which is the least an engine takes, and at most {MOST_MEMORY}"
                );
                self.report
                    .add(&node.span, format!("{} of memory is not possible", plain(text)))
                    .expected(expected);
            }
            Err(error) => {
                self.report
                    .add(&node.span, format!("the amount of memory {} {}", shown(text), error.message))
                    .expected("a whole number and KiB, MiB, GiB, KB, MB or GB, such as \"256MiB\"")
                    .suggest(error.suggestion.as_deref().map(quoted));
            }
        }
        0
    }

    fn probes(&mut self, node: &Node, service: &raw::Service) -> Probes {
        let mut probe = |key: &str, probe: &Option<raw::Probe>| {
            probe.as_ref().and_then(|probe| self.probe(node.at(key), key, probe, service.port))
        };
        Probes { ready: probe("ready", &service.probes.ready), live: probe("live", &service.probes.live) }
    }

    fn probe(&mut self, node: &Node, key: &str, probe: &raw::Probe, port: Option<u16>) -> Option<Probe> {
        let timeout = self.period(node.at("timeout"), &probe.timeout, LONGEST_PROBE);
        let one = "exactly one of http = \"/path\", tcp = true and exec = [\"program\"]";
        let check = match (&probe.http, probe.tcp, &probe.exec) {
            (Some(path), None, None) => {
                Asked::Http { path: self.request_path(node.at("http"), path), status: probe.status }
            }
            (None, Some(true), None) => Asked::Tcp,
            (None, None, Some(command)) => Asked::Exec(self.command(node.at("exec"), command)),
            (None, None, None) | (None, Some(false), None) => {
                self.report.add(&node.span, format!("the probe `{key}` checks nothing")).expected(one);
                return None;
            }
            _ => {
                self.report.add(&node.span, format!("the probe `{key}` has several checks")).expected(one);
                return None;
            }
        };
        if probe.status.is_some() && probe.http.is_none() {
            let message = format!("the probe `{key}` has a status, but asks nothing by HTTP");
            self.report.add(node.key("status"), message).expected("`status` beside `http` only");
        }
        if port.is_none() && !matches!(check, Asked::Exec(_)) {
            self.report
                .add(&node.span, format!("the probe `{key}` needs a port, and the service has none"))
                .expected("`port = …` in the service, or `exec` instead");
        }
        Some(Probe { check, timeout })
    }

    /// A path of a web address.
    pub(super) fn request_path(&mut self, node: &Node, path: &str) -> String {
        if let Err((reason, suggestion)) = paths::requestable(path) {
            self.report
                .add(&node.span, format!("the path {} {reason}", shown(path)))
                .expected("a path with its query, such as \"/readyz\"")
                .suggest(suggestion.as_deref().map(quoted));
        }
        path.to_owned()
    }

    /// Names in `depends_on`, and whether an order exists at all.
    fn service_order(&mut self, node: &Node) {
        let mut needs: Needs = Needs::new();
        for (name, service) in &self.raw.services {
            let at = node.at(name).at("depends_on");
            self.no_repeats(at, &service.depends_on);
            for (index, needed) in service.depends_on.iter().enumerate() {
                if needed == name {
                    let message = format!("service {} waits for itself", shown(name));
                    self.report.add(&at.item(index).span, message).expected("other services only");
                } else {
                    self.service(at.item(index), needed);
                }
            }
            let others =
                service.depends_on.iter().map(String::as_str).filter(|needed| *needed != name.as_str());
            needs.insert(name, others.collect());
        }
        for cycle in graph::order(&needs).1 {
            self.cycle(&node.at(cycle[0]).at("depends_on").span, "services wait for each other", &cycle);
        }
    }

    /// Names a cycle at one of its places.
    pub(super) fn cycle(&mut self, span: &std::ops::Range<usize>, what: &str, cycle: &[&str]) {
        let names: Vec<String> = cycle.iter().take(20).map(|name| plain(name)).collect();
        self.report
            .add(span, format!("{what}: {}", names.join(" -> ")))
            .expected("no ring: take one of these arrows away");
    }
}
