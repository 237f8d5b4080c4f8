//! `habitat-agrees`: a Habitat package runs the same app as civic.toml describes.
//!
//! Plans and hooks are read as text and never run, so that only what stands there literally is compared: values
//! that a template fills in say nothing.

use std::sync::LazyLock;

use civic_contract::manifest::{Check, Service, Source, VolumeKind};
use regex::Regex;

use crate::check::finding::{Finding, Place, Spot, listed, shown};
use crate::check::habitat::{Package, Part};
use crate::check::shell::{Command, Script};
use crate::check::survey::Survey;

const SAME: &str = "Make the two files say the same; the drills only ever see civic.toml.";

/// An address of this machine that is asked, with its port and path.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::(?<port>[^\s"'/]+))?(?<path>/[^\s"'?)|;]*)?"#,
    )
    .ok()
});

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in &survey.habitat {
        found.extend(package.unreadable.iter().map(|(spot, reason)| {
            let fix = "Put a plain text file in UTF-8 there.";
            Finding::advice(spot.place(), format!("Not readable: {reason}."), fix)
        }));
        found.extend(secrets(survey, package));
        match service_of(survey, package) {
            Some((name, service)) => found.extend(Pair { survey, package, name, service }.differences()),
            None => {
                let message =
                    "Not compared: neither the folder nor `pkg_name` is the name of a service of civic.toml.";
                found.push(Finding::advice(Place::whole(&package.file), message, "Give both the same name."));
            }
        }
    }
    found
}

/// The service of a package: by the name of its folder or of itself, or the only one that the project builds.
fn service_of<'a>(survey: &'a Survey<'_>, package: &Package) -> Option<(&'a str, &'a Service)> {
    let app = &survey.manifest.app.name;
    let name = package.setting("pkg_name").map(|word| word.text.as_str());
    let names = [
        package.folder.as_deref(),
        name,
        name.and_then(|name| name.strip_prefix(app.as_str())?.strip_prefix('-')),
    ];
    let services = &survey.manifest.services;
    let named = names.into_iter().flatten().find_map(|name| services.get_key_value(name));
    let built = |(_, service): &(&String, &Service)| matches!(service.source, Source::Build(_));
    let web =
        || services.iter().filter(built).find(|(name, service)| *name == "web" || service.port.is_some());
    let only = || services.iter().find(built);
    named.or_else(web).or_else(only).map(|(name, service)| (name.as_str(), service))
}

/// Defaults are in the package, and so in everybody's hands.
fn secrets(survey: &Survey, package: &Package) -> Vec<Finding> {
    let written = package.defaults.iter().filter_map(|(key, word)| {
        let name = key.rsplit('.').next().unwrap_or(key).to_ascii_uppercase().replace('-', "_");
        survey.is_secret_setting(&name, &word.text).then_some((name, word))
    });
    let finding = |(name, word): (String, &crate::check::habitat::Word)| {
        let there = survey.places.spot(&["secrets", &name]);
        let message = format!(
            "{} is a secret ({there}), and its value stands here ({}): everybody who has the project knows it.",
            shown(&name),
            word.spot
        );
        let fix = "Leave it empty here, and give it to the running service with `hab config apply`.";
        Finding::error(word.spot.place(), message, fix)
    };
    written.map(finding).collect()
}

/// A package and the service that it runs.
struct Pair<'a> {
    survey: &'a Survey<'a>,
    package: &'a Package,
    name: &'a str,
    service: &'a Service,
}

impl Pair<'_> {
    fn differences(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            [self.port(), self.user(), self.health(), self.command()].into_iter().flatten().collect();
        found.extend(self.volumes());
        found
    }

    fn differs(&self, here: &Spot, message: String) -> Finding {
        Finding::advice(here.place(), message, SAME)
    }

    fn there(&self, keys: &[&str]) -> Spot {
        self.survey.places.spot(&[["services", self.name].as_slice(), keys].concat())
    }

    /// What is exported under a key of default.toml, and what the hooks ask.
    fn port(&self) -> Option<Finding> {
        let port = self.service.port?;
        let exports = self.package.settings.get("pkg_exports").into_iter().flatten();
        let keys = exports.filter_map(|word| word.text.rsplit_once('=').map(|(_, key)| key));
        let values: Vec<_> = keys.filter_map(|key| self.package.defaults.get(key)).collect();
        let number = |text: &str| text.parse::<u16>().ok();
        let mut others: Vec<(String, &Spot)> = Vec::new();
        if !values.iter().any(|word| number(&word.text) == Some(port)) {
            let first = values.iter().find(|word| number(&word.text).is_some());
            others.extend(first.map(|word| {
                (format!("the exported port {} ({})", shown(&word.text), word.spot), &word.spot)
            }));
        }
        let asked = self.asked();
        let wrong = asked.iter().find(|asked| asked.port.is_some_and(|own| own != port));
        others.extend(wrong.map(|asked| {
            (format!("port {} in an address ({})", asked.port.unwrap_or_default(), asked.spot), &asked.spot)
        }));
        let (told, spots): (Vec<String>, Vec<&Spot>) = others.into_iter().unzip();
        let message = format!(
            "Service `{}` listens on port {port} ({}), and here is {}.",
            self.name,
            self.there(&["port"]),
            listed(&told)
        );
        Some(self.differs(spots.first()?, message))
    }

    fn user(&self) -> Option<Finding> {
        let user = self.package.setting("pkg_svc_user").filter(|user| user.text == "root")?;
        let message = format!(
            "Service `{}` runs as root here ({}); the drills run what is built at {} as a user it has never seen.",
            self.name,
            user.spot,
            self.there(&["build"])
        );
        matches!(self.service.source, Source::Build(_)).then(|| self.differs(&user.spot, message))
    }

    fn health(&self) -> Option<Finding> {
        let probes = &self.service.probes;
        let path = |check: &Check| match check {
            Check::Http { path, .. } => Some(path.clone()),
            _ => None,
        };
        let paths: Vec<(&str, String)> = [("ready", &probes.ready), ("live", &probes.live)]
            .into_iter()
            .filter_map(|(key, probe)| Some((key, path(&probe.as_ref()?.check)?)))
            .collect();
        let (key, wanted) = paths.first()?;
        let there = self.there(&["probes", key]);
        if !self.package.files.contains_key("hooks/health-check")
            && !self.package.files.contains_key("hooks/health_check")
        {
            let message = format!(
                "Service `{}` is asked for {} ({there}), and this package has no hook `health-check` ({}).",
                self.name,
                shown(wanted),
                self.package.file
            );
            return Some(
                self.differs(&Spot { file: self.package.file.clone(), line: 0, column: 0 }, message),
            );
        }
        let asked = self.asked();
        let known: Vec<_> = asked.iter().filter_map(|asked| Some((asked, asked.path.as_deref()?))).collect();
        let plain = |path: &str| path.split('?').next().unwrap_or(path).to_owned();
        let is_there = known.iter().any(|(_, own)| paths.iter().any(|(_, path)| *own == plain(path)));
        let (asked, own) = known.first().filter(|_| !is_there)?;
        let message = format!(
            "The health of service `{}` is asked at {} here ({}), and at {} in civic.toml ({there}).",
            self.name,
            shown(own),
            asked.spot,
            shown(wanted)
        );
        Some(self.differs(&asked.spot, message))
    }

    /// Addresses in the health-check hook, as far as they stand there.
    fn asked(&self) -> Vec<Asked> {
        let hooks = ["hooks/health-check", "hooks/health_check"];
        let Some(part) = hooks.iter().find_map(|hook| self.package.files.get(*hook)) else {
            return Vec::new();
        };
        let Some(address) = ADDRESS.as_ref() else { return Vec::new() };
        let mut found = Vec::new();
        for (line, number) in
            part.text.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with('#'))
        {
            for seen in address.captures_iter(line) {
                let at = seen.get(0).map_or(0, |all| all.start());
                let column = line.get(..at).map_or(0, |before| before.chars().count());
                let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1);
                let path = seen.name("path").map(|path| path.as_str().to_owned());
                found.push(Asked {
                    port: seen.name("port").and_then(|port| port.as_str().parse().ok()),
                    path: path.filter(|path| !path.contains(['{', '$', '`'])),
                    spot: Spot { file: part.path.clone(), line: number, column },
                });
            }
        }
        found
    }

    /// The last `exec` of `hooks/run`, or of the package's own program that it leads to.
    fn started(&self) -> Option<(&Part, Command)> {
        let run: &Part = self.package.files.get("hooks/run")?;
        let last = last_exec(run)?;
        let program = last.words.get(1).map(|word| word.text.as_str()).unwrap_or_default();
        let own = program.rsplit_once("/bin/").and_then(|(_, name)| {
            let part: &Part = self.package.files.get(format!("bin/{name}").as_str())?;
            Some((part, last_exec(part)?))
        });
        Some(own.unwrap_or((run, last)))
    }

    /// Commands may hold secrets, so that neither is repeated.
    fn command(&self) -> Option<Finding> {
        let start = self.survey.start(self.name)?;
        let (part, last) = self.started()?;
        let words: Vec<&str> =
            last.words.iter().skip(1).map(|word| word.text.as_str()).filter(|word| *word != "2>&1").collect();
        let is_filled = |word: &str| word.contains(['{', '$', '`']);
        let (program, arguments) = words.split_first()?;
        if arguments.iter().any(|word| is_filled(word)) || last.words.iter().skip(2).any(|word| word.expands)
        {
            return None; // what a template fills in may well be the same
        }
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let own: Vec<String> =
            [name(program)].into_iter().chain(arguments.iter().map(|word| (*word).to_owned())).collect();
        let mut wanted = start.clone();
        for words in [&mut wanted.words, &mut wanted.entrypoint] {
            words.first_mut().into_iter().for_each(|first| *first = name(first));
        }
        if is_filled(program) && is_filled(&name(program)) {
            return None;
        }
        let here = Spot { file: part.path.clone(), line: last.line, column: 1 };
        let message =
            format!("Service `{}` starts another command here ({here}) than {} says.", self.name, start.spot);
        (!wanted.is(&own)).then(|| self.differs(&here, message))
    }

    /// Data is safe where the app is told to keep it: in the service's own folder, or at the same path.
    fn volumes(&self) -> Option<Finding> {
        let volumes = self.survey.manifest.volumes.iter();
        let mut durable =
            volumes.filter(|(_, volume)| volume.service == self.name && volume.kind == VolumeKind::Durable);
        let (name, volume) = durable.next()?;
        let own = |text: &str| {
            text.contains("svc_data_path")
                || text.contains("/hab/svc/")
                || text.contains(volume.path.as_str())
        };
        let message = format!(
            "{} of service `{}` is a durable volume ({}), and nothing in this package names it or the folder where \
             Habitat keeps data, `{{{{pkg.svc_data_path}}}}` ({}).",
            shown(&volume.path),
            self.name,
            self.survey.places.spot(&["volumes", name, "path"]),
            self.package.file
        );
        (!self.package.texts().any(own))
            .then(|| self.differs(&Spot { file: self.package.file.clone(), line: 0, column: 0 }, message))
    }
}

/// An address that a hook asks.
struct Asked {
    port: Option<u16>,
    path: Option<String>,
    spot: Spot,
}

fn last_exec(part: &Part) -> Option<Command> {
    let is_exec = |command: &Command| command.words.first().is_some_and(|word| word.text == "exec");
    // `exec 2>&1` only moves what is printed.
    let starts = |command: &Command| command.words.iter().skip(1).any(|word| word.text != "2>&1");
    Script::read(&part.text).commands.into_iter().rfind(|command| is_exec(command) && starts(command))
}
