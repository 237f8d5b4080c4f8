//! `state-declared` and `volume-anonymous`: what is in no declared volume is lost with its container.

mod stores;

use civic_contract::manifest::{Service, Source};

use crate::check::compose::MountKind;
use crate::check::dockerfile::{Command, Instruction};
use crate::check::finding::{Finding, Place, shown};
use crate::check::image::Reference;
use crate::check::survey::{Built, Survey};

use stores::Store;

pub(super) fn declared(survey: &Survey) -> Vec<Finding> {
    let stores =
        survey.manifest.services.iter().filter_map(|(name, service)| of_store(survey, name, service));
    stores.chain(survey.built.iter().flat_map(|built| of_volumes(survey, built))).collect()
}

fn of_store(survey: &Survey, name: &str, service: &Service) -> Option<Finding> {
    let built = survey.built.iter().find(|built| built.name == name);
    let image = match (&service.source, built) {
        (Source::Image(image), _) => image.as_str(),
        (Source::Build(build), Some(built)) => {
            built.dockerfile.root_image(build.target.as_deref())?.value.as_deref()?
        }
        (Source::Build(_), None) => return None,
    };
    let reference = Reference::parse(image)?;
    let store = Store::of(&reference)?;
    let own_start = built.and_then(own_start);
    let start = service.command.as_deref().and_then(<[String]>::first).or(own_start.as_ref());
    if start.is_some_and(|program| !store.is_server(program)) {
        return None;
    }
    let mounts = survey.mounts(name);
    let place = || survey.places.of_key(&["services", name, if built.is_some() { "build" } else { "image" }]);
    if mounts.is_empty() {
        return Some(without_volume(place(), name, &store));
    }
    // Whoever sets a folder of their own, or starts the server with options, knows better where its data is.
    let is_default = service.command.is_none() && own_start.is_none() && !store.is_moved(&service.env);
    let folder = store.folder(&reference).filter(|_| is_default)?;
    let keeps =
        mounts.iter().any(|mount| *mount == folder || (!store.has_own_volume && covers(mount, folder)));
    (!keeps).then(|| elsewhere(place(), name, folder))
}

fn without_volume(place: Place, name: &str, store: &Store) -> Finding {
    let message = format!(
        "Service `{name}` is a {} without a volume: all its data is lost with its container.",
        store.title
    );
    let path = store.default_folder.unwrap_or("/data");
    let fix = format!(
        "Declare one: `[volumes.{name}-data]` with `service = \"{name}\"`, `path = \"{path}\"` and `kind = \"durable\"` \
         (\"rebuildable\" for a mere cache)."
    );
    Finding::error(place, message, fix)
}

fn elsewhere(place: Place, name: &str, folder: &str) -> Finding {
    let message = format!(
        "The image of `{name}` keeps its data in {folder}, and no volume of civic.toml is mounted exactly there."
    );
    Finding::error(place, message, format!("Set `path = \"{folder}\"` in the service's volume."))
}

/// The program that a Dockerfile starts in place of the image's own.
fn own_start(built: &Built) -> Option<String> {
    let mut starts = built.steps().into_iter().filter_map(|step| match &step.does {
        Instruction::Cmd(command) | Instruction::Entrypoint(command) => Some(command),
        _ => None,
    });
    match starts.next_back()? {
        Command::Exec(words) => words.first().cloned(),
        Command::Shell(text) => text.split_whitespace().find(|word| *word != "exec").map(str::to_owned),
    }
}

/// VOLUME of a Dockerfile that civic.toml knows nothing of.
fn of_volumes(survey: &Survey, built: &Built) -> Vec<Finding> {
    let mounts = survey.mounts(built.name);
    let mut found = Vec::new();
    for step in built.steps() {
        let Instruction::Volume(words) = &step.does else { continue };
        let paths = words.iter().filter_map(|word| word.value.as_deref());
        for path in paths.filter(|path| !mounts.iter().any(|mount| same(mount, path))) {
            let message = format!(
                "VOLUME {} is no volume of civic.toml: it gets a new nameless one with every container, and what was in the old is lost.",
                shown(path)
            );
            let fix = format!(
                "Declare it under [volumes] with `service = \"{}\"`, or as `tmpfs` if it is scratch space, or take VOLUME out.",
                built.name
            );
            found.push(Finding::error(Place::new(&built.path, step.line), message, fix));
        }
    }
    found
}

pub(super) fn anonymous(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(compose) = &survey.compose else { return found };
    for (name, service) in compose.services() {
        let nameless = service.mounts.iter().filter(|mount| mount.value.kind == MountKind::Anonymous);
        // `- /app/node_modules` only keeps a folder of the image from being hidden.
        for mount in nameless.filter(|mount| !mount.value.target.ends_with("/node_modules")) {
            let message = format!(
                "{} of service {} is a volume without a name: nobody finds it again.",
                shown(&mount.value.target),
                shown(name)
            );
            let fix = format!(
                "Give it a name, as in `data:{}`, and declare it in civic.toml.",
                mount.value.target.replace(|c: char| c.is_control(), "?")
            );
            found.push(Finding::advice(Place::new(compose.path, mount.line), message, fix));
        }
    }
    found
}

fn same(mount: &str, path: &str) -> bool {
    mount.trim_end_matches('/') == path.trim_end_matches('/')
}

/// Whether a path is a mount or below it.
fn covers(mount: &str, path: &str) -> bool {
    let mount = mount.trim_end_matches('/');
    path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
