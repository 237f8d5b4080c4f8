//! Which of the folders with a stack are parts of the app, and which comes first.

use crate::component::{Choice, Hints, shown};
use crate::detect::Options;
use crate::packaging::{Packaging, image_name};
use crate::process::program;
use crate::rules::Class;

/// What the packaging says about which stack is meant.
pub(crate) fn hints(packaging: &Packaging, options: &Options) -> Hints {
    let procfile = packaging.procfiles.iter().filter(|(path, _)| path == "Procfile");
    let web = procfile.flat_map(|(_, file)| &file.processes).filter(|(name, _)| name == "web");
    let root =
        packaging.dockerfiles.iter().find(|(path, _)| path == "Dockerfile").and_then(|(_, file)| file.last());
    let heroku = packaging.app_json.iter().flat_map(|(_, file)| &file.buildpacks);
    Hints {
        stack: options.stack.clone(),
        programs: web.filter_map(|(_, command)| program(&command.value)).collect(),
        heroku: heroku.map(|buildpack| buildpack.value.clone()).collect(),
        images: root.map(|stage| image_name(&stage.from.value).to_owned()).into_iter().collect(),
    }
}

/// Whether what lies in the folder belongs to it alone.
pub(crate) fn is_boundary(choice: &Choice) -> bool {
    matches!(choice.class, Class::Web | Class::Worker | Class::Static | Class::Spa | Class::Mobile)
}

/// Whether it is packaged.
pub(crate) fn is_component(choice: &Choice) -> bool {
    choice.class <= Class::Spa
}

/// A project that says how it is started is no library and no tool, whatever its manifest looks like.
pub(crate) fn upgrade(choices: &mut [Choice], packaging: &Packaging) {
    for choice in choices.iter_mut().filter(|choice| choice.class > Class::Worker) {
        let path = choice.view.outer("Procfile");
        let procfile = packaging.procfiles.iter().find(|(held, _)| *held == path);
        let has = |name: &str| {
            procfile.is_some_and(|(_, file)| {
                file.processes.iter().any(|(held, command)| {
                    let is_own = program(&command.value)
                        .is_some_and(|program| choice.pack.programs.contains(&program));
                    held == name && (is_own || choice.class >= Class::Library)
                })
            })
        };
        let docker = packaging.dockerfiles.iter().find(|(held, _)| *held == choice.view.outer("Dockerfile"));
        let stage = docker.and_then(|(_, file)| file.last());
        let is_own = stage.is_some_and(|stage| {
            choice.pack.images.iter().any(|image| fast_glob::glob_match(image, image_name(&stage.from.value)))
        });
        let starts =
            stage.is_some_and(|stage| stage.command.is_some() || stage.entrypoint.is_some()) && is_own;
        let is_plain = choice.class >= Class::Library;
        let listens = stage.is_some_and(|stage| !stage.expose.is_empty());
        let is_files = has_only_platform(procfile, choice);
        if has("web") && !is_files || starts && listens && is_plain {
            choice.class = Class::Web;
        } else if has("worker") || has("bot") || starts && is_plain && choice.refusal.is_none() {
            choice.class = Class::Worker;
        } else {
            continue;
        }
        choice.refusal = choice.refusal.take().filter(|refusal| refusal.0 != "library");
    }
}

/// Whether the Procfile starts nothing but a server of files that Heroku brings along.
fn has_only_platform(procfile: Option<&(String, crate::read::Procfile)>, choice: &Choice) -> bool {
    procfile.is_some_and(|(_, file)| {
        let mut web = file.processes.iter().filter(|(name, _)| name == "web");
        web.any(|(_, command)| crate::process::is_platform_server(choice, &command.value))
    })
}

/// A site at the root that starts the server of another folder is that server.
pub(crate) fn borrow_framework(choices: &mut [Choice]) {
    let is_site = |choice: &Choice| {
        let class = choice.framework.as_ref().and_then(|(framework, _)| framework.class);
        choice.view.root.is_empty()
            && choice.class == Class::Web
            && class.is_some_and(|class| class > Class::Worker)
    };
    let Some(root) = choices.iter().position(is_site) else { return };
    let scripts = choices[root].view.manifests.iter().filter(|manifest| !manifest.path.contains('/'));
    let scripts: Vec<&str> =
        scripts.flat_map(|manifest| &manifest.scripts).map(|(_, script)| script.value.as_str()).collect();
    let starts = |choice: &&Choice| {
        let folder = format!("{}/", choice.view.root);
        choice.class == Class::Web
            && !choice.view.root.is_empty()
            && scripts.iter().any(|script| script.starts_with("node") && script.contains(&folder))
    };
    let framework = choices.iter().find(starts).and_then(|choice| choice.framework.clone());
    if framework.is_some() {
        choices[root].framework = framework;
    }
}

/// A root that only packs another folder's server is no component of its own.
pub(crate) fn yield_to_framework(choices: &mut Vec<Choice>) {
    let is_server = |choice: &Choice| {
        choice.class == Class::Web && choice.framework.is_some() && !choice.view.root.is_empty()
    };
    if choices.iter().any(is_server) {
        choices.retain(|choice| !choice.view.root.is_empty() || choice.framework.is_some());
    }
}

/// Servers before files, the project itself before its folders, `api` before `web`.
pub(crate) fn order(choices: &mut [Choice], asked: Option<&str>) {
    choices.sort_by_key(|choice| {
        let root = choice.view.root.as_str();
        let name = root.rsplit('/').next().unwrap_or(root);
        let is_front =
            ["client", "front", "web", "ui", "app", "site", "admin"].iter().any(|word| name.contains(word));
        let is_back = ["api", "server", "backend", "service"].iter().any(|word| name.contains(word));
        let is_aside = [
            "dev", "test", "mock", "data", "scien", "scrap", "etl", "pipeline", "job", "worker", "bot",
            "llm", "ml",
        ]
        .iter()
        .any(|word| name.starts_with(word) || name.ends_with(word));
        let is_asked = asked.map(|asked| asked.trim_end_matches('/')) == Some(&shown(root));
        let is_server = matches!(choice.class, Class::Web);
        let depth = if root.is_empty() { 0 } else { root.matches('/').count() + 1 };
        (
            !is_asked,
            !is_server,
            choice.class,
            !root.is_empty(),
            is_front || is_aside,
            !is_back,
            depth,
            choice.pack.priority,
        )
    });
}
