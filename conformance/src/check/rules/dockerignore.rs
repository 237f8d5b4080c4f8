//! `dockerignore-missing` and `dockerignore-misses`.

use crate::check::context::{Context, Ignore};
use crate::check::dockerfile::{Copy, Instruction};
use crate::check::finding::{Finding, Place, listed, shown};
use crate::check::secret_words::is_env_file;
use crate::check::survey::Survey;

/// Names that no image needs, and why not.
const UNNEEDED: &[(&str, &str)] = &[
    (".git", "the whole history, with every secret that was ever committed"),
    (".hg", "the whole history, with every secret that was ever committed"),
    (".svn", "the whole history, with every secret that was ever committed"),
    ("node_modules", "modules of this machine, in place of those the lock file names"),
    (".venv", "the Python environment of this machine"),
    ("venv", "the Python environment of this machine"),
    ("__pycache__", "leftovers of this machine's Python"),
];
/// Endings of databases.
const DATABASES: &[&str] = &[".sqlite", ".sqlite3", ".db"];

pub(super) fn missing(survey: &Survey) -> Vec<Finding> {
    let used = survey
        .contexts
        .values()
        .filter(|context| matches!(context.ignore, Ignore::Missing) && is_copied(survey, context));
    used.map(|context| {
        let unneeded: Vec<String> = unneeded(survey, context).into_iter().map(|(file, _)| shown(&file)).collect();
        let message = match unneeded.as_slice() {
            [] => "There is no .dockerignore: whatever comes to lie in this folder is sent to every build.".to_owned(),
            some => format!("There is no .dockerignore: every build is sent {}.", listed(some)),
        };
        let fix = "Write a .dockerignore: `*` on its first line, then one line such as `!src` for each thing the image needs.";
        Finding::advice(Place::whole(&context.ignore_file()), message, fix)
    })
    .collect()
}

/// Whether any build copies something from the context at all.
fn is_copied(survey: &Survey, context: &Context) -> bool {
    let built = survey.built.iter().filter(|built| built.build.context == context.path);
    let mut steps = built.flat_map(|built| &built.dockerfile.stages).flat_map(|stage| &stage.steps);
    steps.any(|step| matches!(&step.does, Instruction::Copy(Copy { from: None, sources, .. }) if !sources.is_empty()))
}

pub(super) fn misses(survey: &Survey) -> Vec<Finding> {
    survey
        .contexts
        .values()
        .flat_map(|context| {
            let place = Place::whole(&context.ignore_file());
            match &context.ignore {
                Ignore::Missing => Vec::new(),
                Ignore::Unreadable(reason) => {
                    let message = format!(".dockerignore cannot be read: {reason}.");
                    vec![Finding::error(place, message, "Put a plain text file there, one pattern a line.")]
                }
                Ignore::Bad(bad) => {
                    let line = u32::try_from(bad.line).unwrap_or(0);
                    let message = format!("This line is no pattern: {}.", shown(&bad.reason));
                    vec![Finding::error(
                        Place::new(&place.file, line),
                        message,
                        "Correct it: until then nothing can be built.",
                    )]
                }
                Ignore::Read => {
                    unneeded(survey, context).iter().map(|(file, why)| missed(&place, file, why)).collect()
                }
            }
        })
        .collect()
}

fn missed(place: &Place, file: &str, why: &str) -> Finding {
    let message = format!("Every build is sent {}: {why}.", shown(file));
    Finding::advice(place.clone(), message, format!("Add the line {} to .dockerignore.", shown(file)))
}

/// What is sent to a build and should not be, the first of each kind.
fn unneeded<'a>(survey: &Survey, context: &'a Context) -> Vec<(String, &'a str)> {
    let mut found: Vec<(String, &str)> = Vec::new();
    for entry in &context.sent {
        let file = context.inner(entry);
        let name = file.rsplit('/').next().unwrap_or(&file);
        let by_name = UNNEEDED.iter().find(|(known, _)| *known == name).map(|(_, why)| *why);
        let why = match by_name {
            Some(why) => why,
            None if entry.is_file && is_env_file(name) && !is_shipped(survey, context, &file) => {
                "the settings and secrets of this machine"
            }
            None if entry.is_file && DATABASES.iter().any(|end| name.ends_with(end)) => {
                "a database of this machine, with whatever people typed into it"
            }
            None => continue,
        };
        if !found.iter().any(|(_, known)| *known == why) {
            found.push((file, why));
        }
    }
    found
}

/// What ends up in an image is reported by `secret-in-image`.
fn is_shipped(survey: &Survey, context: &Context, file: &str) -> bool {
    let built = survey.built.iter().filter(|built| built.build.context == context.path);
    built
        .filter_map(|built| Some((built, built.dockerfile.last(built.build.target.as_deref())?)))
        .any(|(built, last)| !built.dockerfile.landings(last, file).is_empty())
}
