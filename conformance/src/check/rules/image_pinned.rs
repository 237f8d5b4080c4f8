//! `image-pinned`: a tag can be moved, and the same Dockerfile then builds something else.

use std::collections::{BTreeMap, BTreeSet};

use civic_contract::manifest::Source;

use crate::check::dockerfile::{Base, Copy, Dockerfile, Instruction, Word};
use crate::check::finding::{Finding, Place, shown};
use crate::check::image::Reference;
use crate::check::survey::Survey;

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut by_file: BTreeMap<String, Vec<(Place, Word)>> = BTreeMap::new();
    for (place, word) in declared(survey).into_iter().chain(built(survey)) {
        by_file.entry(place.file.clone()).or_default().push((place, word));
    }
    by_file.values().flat_map(|images| of_file(images)).collect()
}

/// Images of civic.toml.
fn declared(survey: &Survey) -> Vec<(Place, Word)> {
    let mut found = Vec::new();
    let word = |image: &str| Word { written: image.into(), value: Some(image.into()) };
    for (name, service) in &survey.manifest.services {
        if let Source::Image(image) = &service.source {
            found.push((survey.places.of_key(&["services", name, "image"]), word(image)));
        }
    }
    let hooks = &survey.manifest.hooks;
    let lists = [
        ("pre_backup", &hooks.pre_backup),
        ("post_backup", &hooks.post_backup),
        ("post_restore", &hooks.post_restore),
    ];
    for (key, list) in lists {
        for (index, hook) in list.iter().enumerate() {
            let place = survey.places.of_key(&["hooks", key, &index.to_string(), "image"]);
            found.extend(hook.image.as_deref().map(|image| (place, word(image))));
        }
    }
    found
}

/// Images of Dockerfiles.
fn built(survey: &Survey) -> Vec<(Place, Word)> {
    let images = survey.built.iter().flat_map(|built| {
        images(&built.dockerfile)
            .into_iter()
            .map(|(line, word)| (Place::new(&built.path, line), word.clone()))
    });
    images.collect()
}

fn images(file: &Dockerfile) -> Vec<(u32, &Word)> {
    let mut found = Vec::new();
    for (index, stage) in file.stages.iter().enumerate() {
        if let Base::Image(word) = &stage.base {
            found.push((stage.line, word));
        }
        // An image is meant where no earlier stage has the name.
        let is_image = |word: &&Word| {
            word.value.as_deref().is_some_and(|name| file.stage(name).is_none_or(|at| at >= index))
        };
        for step in &stage.steps {
            match &step.does {
                Instruction::Copy(Copy { from: Some(word), .. }) if is_image(&word) => {
                    found.push((step.line, word))
                }
                Instruction::Run(run) => {
                    found.extend(run.mounts.iter().filter(is_image).map(|word| (step.line, word)))
                }
                _ => {}
            }
        }
    }
    found
}

/// Every image without a version is a finding, told once; of those without a digest, the first is enough.
fn of_file(images: &[(Place, Word)]) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut found: Vec<Finding> = images
        .iter()
        .filter_map(|(place, word)| unversioned(place, word))
        .filter(|finding| told.insert(finding.message.clone()))
        .collect();
    found.extend(images.iter().find_map(|(place, word)| without_digest(place, word)));
    found
}

fn unversioned(place: &Place, word: &Word) -> Option<Finding> {
    let written = shown(&word.written);
    let Some(image) = word.value.as_deref() else {
        let message = format!("Nothing says which image {written} is.");
        let fix = "Give its ARG a default before the first FROM, or a value in `build_args` of civic.toml.";
        return Some(Finding::error(place.clone(), message, fix));
    };
    let Some(reference) = Reference::parse(image) else {
        let message = format!("{written} is not the name of an image.");
        return Some(Finding::error(
            place.clone(),
            message,
            "Write it as `name:version`, such as `node:24-trixie-slim`.",
        ));
    };
    let problem = match (reference.digest, reference.tag) {
        (Some(_), _) => return None,
        (None, Some("latest")) => "is whatever is newest on the day of the build",
        (None, None) => "has no version, so it is whatever is newest on the day of the build",
        (None, Some(_)) => return None,
    };
    let message = format!("{} {problem}.", shown(image));
    let fix = format!("Name a version, as in `{}:<version>`; better still, pin its digest.", reference.path);
    Some(Finding::error(place.clone(), message, fix))
}

fn without_digest(place: &Place, word: &Word) -> Option<Finding> {
    let image = word.value.as_deref()?;
    let reference = Reference::parse(image)?;
    if reference.digest.is_some() || matches!(reference.tag, None | Some("latest")) {
        return None;
    }
    let message = format!("{} is a tag, and a tag can be moved to another image.", shown(image));
    let fix = format!(
        "Run `docker pull {image}` and write the digest that it prints behind it: `{image}@sha256:…`."
    );
    Some(Finding::advice(place.clone(), message, fix))
}
