//! `secret-in-image`: whoever can pull an image can read every layer and its whole history. No value is printed.

use std::path::Path;

use crate::check::context::Context;
use crate::check::dockerfile::{Copy, Dockerfile, Instruction, Setting};
use crate::check::finding::{Finding, Place, shown};
use crate::check::folder::{Entry, written};
use crate::check::secret_words::{
    has_secret_shape, is_env_file, is_key_file, is_secret, is_secret_name, secret_line,
};
use crate::check::survey::{Built, Survey};

/// Files looked into in one context.
const MOST_FILES: usize = 100;
const FIX: &str = "Take it out, declare it under [secrets] of civic.toml, and list it in the service's `secrets`. If it is in use anywhere, change it there.";

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    survey
        .built
        .iter()
        .flat_map(|built| {
            let mut found = in_settings(built);
            found.extend(in_text(built));
            found.extend(
                survey
                    .contexts
                    .get(&built.build.context)
                    .into_iter()
                    .flat_map(|context| in_files(survey, built, context)),
            );
            found
        })
        .collect()
}

/// ARG and ENV of every stage: also a stage that is not shipped is in the repository.
fn in_settings(built: &Built) -> Vec<Finding> {
    let file = &built.dockerfile;
    let mut found: Vec<Finding> =
        file.globals.iter().filter_map(|setting| of_setting(built, setting, "ARG")).collect();
    for step in file.stages.iter().flat_map(|stage| &stage.steps) {
        match &step.does {
            Instruction::Arg(settings) => {
                found.extend(settings.iter().filter_map(|setting| of_setting(built, setting, "ARG")))
            }
            Instruction::Env(settings) => {
                found.extend(settings.iter().filter_map(|setting| of_setting(built, setting, "ENV")))
            }
            _ => {}
        }
    }
    found
}

fn of_setting(built: &Built, setting: &Setting, keyword: &str) -> Option<Finding> {
    let name = &setting.name;
    let place = Place::new(&built.path, setting.line);
    let Some(word) = &setting.value else {
        return is_secret_name(name).then(|| of_argument(place, name));
    };
    // What civic.toml gives is reported there.
    let is_given = keyword == "ARG" && built.build.args.contains_key(name);
    let is_literal = word.value.as_deref().is_some_and(|value| is_secret(name, value));
    (is_literal && !is_given).then(|| {
        let message = format!(
            "{keyword} {} holds a secret that is written out: it is in the repository and in the image.",
            shown(name)
        );
        Finding::error(place, message, FIX)
    })
}

fn of_argument(place: Place, name: &str) -> Finding {
    let message = format!(
        "ARG {} looks like a secret, and the image's history keeps the values of build arguments.",
        shown(name)
    );
    let fix = "Hand it to the one RUN that needs it: `RUN --mount=type=secret,id=…`, which leaves no trace.";
    Finding::advice(place, message, fix)
}

/// Keys and tokens anywhere else in the Dockerfile.
fn in_text(built: &Built) -> Vec<Finding> {
    let steps = built.dockerfile.stages.iter().flat_map(|stage| &stage.steps);
    let shaped = steps.filter(|step| match &step.does {
        Instruction::Run(run) => has_secret_shape(&run.text),
        Instruction::Copy(copy) => {
            copy.documents.iter().any(|body| has_secret_shape(body) || secret_line(body).is_some())
        }
        _ => false,
    });
    shaped
        .map(|step| {
            let message =
                "A key, token or password is written out here: it is in the repository and in the image.";
            Finding::error(Place::new(&built.path, step.line), message, FIX)
        })
        .collect()
}

/// Files of the context that hold secrets and end up in the image.
fn in_files(survey: &Survey, built: &Built, context: &Context) -> Vec<Finding> {
    let Some(last) = built.dockerfile.last(built.build.target.as_deref()) else { return Vec::new() };
    let named = context.sent.iter().filter(|entry| entry.is_file && is_candidate(entry));
    let mut found: Vec<Finding> = Vec::new();
    for entry in named.take(MOST_FILES) {
        let landings = built.dockerfile.landings(last, &context.inner(entry));
        let landing = landings.first().map(|landing| (landing.line, landing.path.as_str()));
        found.extend(
            landing.and_then(|(line, path)| of_file(survey, entry, Place::new(&built.path, line), path)),
        );
    }
    found.extend(env_files_by_name(built, &built.dockerfile, context));
    found
}

fn is_candidate(entry: &Entry) -> bool {
    let name = entry.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    is_env_file(&name) || is_key_file(&name)
}

fn of_file(survey: &Survey, entry: &Entry, place: Place, path: &str) -> Option<Finding> {
    let file = written(&entry.path);
    let text = survey.folder.text(&entry.path).map(|text| text.text).unwrap_or_default();
    if let Some(line) = secret_line(&text) {
        let message = format!(
            "This puts {} into the image as {}, with the secret on its line {line}.",
            shown(&file),
            shown(path)
        );
        return Some(Finding::error(
            place,
            message,
            "Name it in .dockerignore, and copy only what the app needs.",
        ));
    }
    let name = file.rsplit('/').next().unwrap_or(&file);
    let message = format!(
        "This puts {} into the image: the settings of one machine for every deployment.",
        shown(&file)
    );
    is_env_file(name).then(|| {
        Finding::advice(place, message, "Name it in .dockerignore; settings belong into `env` of civic.toml.")
    })
}

/// `COPY .env .` of a file that is not here, but on the machine of whoever builds.
fn env_files_by_name(built: &Built, file: &Dockerfile, context: &Context) -> Vec<Finding> {
    let shipped = file.shipped(built.build.target.as_deref());
    let mut found = Vec::new();
    for step in shipped.into_iter().flat_map(|stage| &stage.steps) {
        let Instruction::Copy(Copy { from: None, sources, .. }) = &step.does else { continue };
        for source in sources.iter().filter_map(|source| source.value.as_deref()) {
            let name = source.rsplit('/').next().unwrap_or(source);
            let is_here = context
                .sent
                .iter()
                .any(|entry| Path::new(&context.inner(entry)) == Path::new(source.trim_start_matches("./")));
            if is_env_file(name) && !is_here {
                let message = format!(
                    "This puts {} of whoever builds into the image, with the secrets in it.",
                    shown(source)
                );
                found.push(Finding::error(Place::new(&built.path, step.line), message, FIX));
            }
        }
    }
    found
}
