//! `dockerfile-missing` and `dockerfile-readable`.

use std::path::Path;

use crate::check::finding::{Finding, Place, shown};
use crate::check::folder::{Text, Unreadable};
use crate::check::survey::{Built, Survey};

/// Problems told of one file: a file that is no Dockerfile at all has one on each line.
const MOST_PROBLEMS: usize = 5;

pub(super) fn missing(survey: &Survey) -> Vec<Finding> {
    let missing = survey.built.iter().filter(|built| built.text == Err(Unreadable::Missing));
    missing.map(|built| no_file(survey, built)).collect()
}

fn no_file(survey: &Survey, built: &Built) -> Finding {
    let place = survey.places.of_key(&["services", built.name, "build"]);
    if !survey.folder.has(&built.build.context) && built.build.context != Path::new("") {
        let message = format!("Service `{}` is built from a folder that is not there.", built.name);
        return Finding::error(
            place,
            message,
            "Correct `build` in civic.toml: it is relative to civic.toml.",
        );
    }
    let message = format!("Service `{}` is built, but there is no {}.", built.name, shown(&built.path));
    Finding::error(
        place,
        message,
        "Write it, name another file with `dockerfile`, or name an image with `image`.",
    )
}

pub(super) fn readable(survey: &Survey) -> Vec<Finding> {
    survey
        .built
        .iter()
        .flat_map(|built| match &built.text {
            Ok(text) => of_text(survey, built, text),
            Err(Unreadable::Missing) => Vec::new(),
            Err(reason) => vec![unreadable(built, reason)],
        })
        .collect()
}

fn unreadable(built: &Built, reason: &Unreadable) -> Finding {
    let message = format!("The Dockerfile of `{}` cannot be read: {reason}.", built.name);
    Finding::error(Place::whole(&built.path), message, "Put a plain text file in UTF-8 there.")
}

fn of_text(survey: &Survey, built: &Built, text: &Text) -> Vec<Finding> {
    let problems = built.dockerfile.problems.iter().take(MOST_PROBLEMS).map(|problem| {
        let place = Place::new(&built.path, problem.line);
        let message = format!("{}.", problem.message);
        Finding::error(
            place,
            message,
            "See https://docs.docker.com/reference/dockerfile/ for how it is written.",
        )
    });
    let mut found: Vec<Finding> = problems.collect();
    found.extend(no_target(survey, built));
    found.extend(encoding(&built.path, text));
    found
}

fn no_target(survey: &Survey, built: &Built) -> Option<Finding> {
    let target = built.build.target.as_deref()?;
    if built.dockerfile.stages.is_empty() || built.dockerfile.stage(target).is_some() {
        return None;
    }
    let message = format!("{} has no stage {}.", shown(&built.path), shown(target));
    let place = survey.places.of_key(&["services", built.name, "target"]);
    Some(Finding::error(place, message, "Name a stage that a FROM … AS … makes, or leave `target` out."))
}

fn encoding(path: &str, text: &Text) -> Vec<Finding> {
    let returns = text.returns.map(|line| {
        let message = "Lines end as on Windows: here-documents and scripts in the image get a carriage return in each line.";
        let fix = "Save it with Unix line endings (LF), and add `* text=auto eol=lf` to .gitattributes.";
        Finding::advice(Place::new(path, line), message, fix)
    });
    let mark = text.marked.then(|| {
        let message = "It begins with a byte order mark, which scripts and editors stumble over.";
        Finding::advice(Place::new(path, 1), message, "Save it as UTF-8 without a byte order mark.")
    });
    let foreign = text.foreign.map(|line| {
        let message = "A character here is not UTF-8, so what it becomes depends on who reads it.";
        Finding::advice(
            Place::new(path, line),
            message,
            "Save it as UTF-8; an editor offers it under \"save with encoding\".",
        )
    });
    [returns, mark, foreign].into_iter().flatten().collect()
}
