//! Templates in, files out.
//!
//! The house's templates are the files below `templates/files/`, under the path that they will have. `{service}`,
//! `{job}` and `{volume}` in a path stand for every service, job or volume; a file that comes out empty is left out; a
//! file that begins with `#!` is a program.

use std::collections::BTreeMap;

use civic_contract::manifest::Manifest;
use include_dir::{Dir, include_dir};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::compose;
use crate::context::Context;
use crate::escape;
use crate::facts::Facts;
use crate::file::{File, Merge, Mode, Part};
use crate::yaml;

static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/files");
static HOOKS: Dir = include_dir!("$CARGO_MANIFEST_DIR/hooks");
/// Macros that several files import.
static PARTIALS: Dir = include_dir!("$CARGO_MANIFEST_DIR/partials");

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template asks for something that is not there, or a value cannot be written where it stands.
    #[error("cannot write {path}: {reason}")]
    Template {
        /// File that it was to become.
        path: String,
        /// What the template engine said, with the line.
        reason: String,
    },
    /// A service is built by a stack that has no Dockerfile to offer.
    #[error("the stack `{stack}` of service `{service}` has no Dockerfile")]
    NoDockerfile {
        /// Service.
        service: String,
        /// Buildpack.
        stack: String,
    },
}

/// Dockerfile and `.dockerignore` of each stack, by the stack's name.
pub type Stacks<'a> = BTreeMap<&'a str, Stack<'a>>;

/// What a stack brings.
#[derive(Debug, Clone, Copy)]
pub struct Stack<'a> {
    /// Template of the Dockerfile.
    pub dockerfile: &'a str,
    /// Lines of the `.dockerignore` that this stack adds.
    pub dockerignore: &'a str,
}

/// Renders every file but civic.toml.
///
/// # Errors
///
/// When a template is wrong, or a value of the project cannot be written in a file's language.
pub fn render(
    manifest: &Manifest,
    facts: &Facts,
    stacks: &Stacks,
    parts: &[Part],
) -> Result<Vec<File>, RenderError> {
    let context = Context::new(manifest, facts, parts);
    let mut files = Vec::new();
    if parts.contains(&Part::Docker) {
        dockerfiles(&context, stacks, &mut files)?;
    }
    for (path, text) in embedded(&FILES) {
        if part(&path).is_none_or(|part| parts.contains(&part)) {
            each(&context, &path, text, &mut files)?;
        }
    }
    hooks(facts, &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Which part a path belongs to; none for what every project gets.
fn part(path: &str) -> Option<Part> {
    if path == "civic/hooks/kustomization.yaml" {
        return Some(Part::Kubernetes);
    }
    Some(match path.split('/').next().unwrap_or(path) {
        "compose.yaml" | ".gitignore" | "civic" => Part::Compose,
        "habitat" => Part::Habitat,
        "deploy" => Part::Kubernetes,
        ".github" => Part::Ci,
        "docs" | "publiccode.yml" | "civic.json" => Part::Docs,
        _ => return None,
    })
}

fn embedded(folder: &'static Dir) -> Vec<(String, &'static str)> {
    let mut files = Vec::new();
    for entry in folder.entries() {
        match entry {
            include_dir::DirEntry::Dir(inner) => files.extend(embedded(inner)),
            include_dir::DirEntry::File(file) => {
                let path = file.path().to_string_lossy().into_owned();
                files.extend(file.contents_utf8().map(|text| (path, text)));
            }
        }
    }
    files
}

fn each(context: &Context, path: &str, text: &str, files: &mut Vec<File>) -> Result<(), RenderError> {
    let all = Value::from_serialize(context);
    let mut add = |path: String, values: Value| -> Result<(), RenderError> {
        let content = fill(&path, text, values)?;
        if !content.trim().is_empty() {
            files.push(file(path, content));
        }
        Ok(())
    };
    if path.contains("{service}") {
        for service in &context.services {
            let own = context! { service => Value::from_serialize(service), ..all.clone() };
            add(path.replace("{service}", service.name), own)?;
        }
    } else if path.contains("{job}") {
        for job in &context.jobs {
            let own = context! { job => Value::from_serialize(job), ..all.clone() };
            add(path.replace("{job}", job.name), own)?;
        }
    } else if path.contains("{volume}") {
        for volume in &context.volumes {
            let own = context! { volume => Value::from_serialize(volume), ..all.clone() };
            add(path.replace("{volume}", volume.name), own)?;
        }
    } else {
        add(path.to_owned(), all)?;
    }
    Ok(())
}

/// One Dockerfile for each build of ours; services that share a folder share the file.
fn dockerfiles(context: &Context, stacks: &Stacks, files: &mut Vec<File>) -> Result<(), RenderError> {
    let all = Value::from_serialize(context);
    for service in &context.services {
        let Some((build, facts)) = service.build.as_ref().and_then(|build| Some((build, build.facts?)))
        else {
            continue;
        };
        let path = join(&build.context, &build.dockerfile);
        if files.iter().any(|file| file.path == path) {
            continue;
        }
        let stack = stacks.get(facts.stack.as_str()).ok_or_else(|| RenderError::NoDockerfile {
            service: service.name.into(),
            stack: facts.stack.clone(),
        })?;
        let values = context! {
            service => Value::from_serialize(service), build => Value::from_serialize(build), ..all.clone()
        };
        files.push(file(path, fill_as("Dockerfile", stack.dockerfile, values)?));
        let ignored = fill_as(".dockerignore", IGNORED, context! { stack => stack.dockerignore })?;
        files.push(file(join(&build.context, ".dockerignore"), ignored));
    }
    Ok(())
}

static IGNORED: &str = include_str!("../dockerignore");

fn join(folder: &str, file: &str) -> String {
    if matches!(folder, "" | ".") { file.to_owned() } else { format!("{folder}/{file}") }
}

/// Store programs are files without a template in them: what differs is in their environment.
fn hooks(facts: &Facts, files: &mut Vec<File>) {
    let mut kinds: Vec<&str> = facts.stores.values().flatten().map(|store| store.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        for (path, text) in store_programs(kind) {
            files.push(file(format!("civic/hooks/{path}"), text.to_owned()));
        }
    }
}

/// Path below `civic/hooks/` and text of each program of a kind of store.
pub(crate) fn store_programs(kind: &str) -> Vec<(String, &'static str)> {
    let all = HOOKS.get_dir(kind).map(embedded).unwrap_or_default();
    all.into_iter().filter(|(_, text)| text.starts_with("#!")).collect()
}

fn file(path: String, content: String) -> File {
    let mode = if content.starts_with("#!") { Mode::Executable } else { Mode::Regular };
    let merge = match path.rsplit('/').next().unwrap_or_default() {
        ".dockerignore" | ".gitignore" => Merge::Lines,
        name if name.ends_with(".toml") => Merge::Toml,
        _ => Merge::Text,
    };
    File { path, content: content.into_bytes(), mode, merge }
}

fn fill(path: &str, text: &str, values: Value) -> Result<String, RenderError> {
    fill_as(path, text, values).map_err(|error| match error {
        RenderError::Template { reason, .. } => RenderError::Template { path: path.into(), reason },
        other => other,
    })
}

/// Renders a text as a file of that name: its ending decides how values are escaped.
pub(crate) fn fill_as(name: &str, text: &str, values: Value) -> Result<String, RenderError> {
    let wrong = |error: minijinja::Error| RenderError::Template {
        path: name.into(),
        reason: error
            .line()
            .map_or_else(|| error.to_string(), |line| format!("{error} (line {line} of its template)")),
    };
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(escape::by_name);
    engine.set_formatter(escape::format);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    engine.set_keep_trailing_newline(true);
    filters(&mut engine);
    for (name, partial) in embedded(&PARTIALS) {
        engine.add_template_owned(name, partial).map_err(wrong)?;
    }
    engine.render_named_str(name, text, values).map_err(wrong)
}

fn filters(engine: &mut Environment) {
    let safe = |text: Result<String, minijinja::Error>| text.map(Value::from_safe_string);
    engine.add_filter("json", move |value: Value| safe(escape::json(&value)));
    engine.add_filter("shell", move |value: String| safe(Ok(escape::shell(&value))));
    engine.add_filter("key", move |value: String| safe(compose::key(&value)));
    engine.add_filter("dotenv", |value: String| compose::dotenv(&value));
    engine.add_filter("word", move |value: String| safe(escape::word(&value)));
    engine.add_filter("run", move |value: String| safe(escape::run(&value)));
    engine.add_filter("code", move |value: String| safe(Ok(escape::code(&value))));
    engine.add_filter("comment", move |value: String| safe(Ok(escape::comment(&value))));
    engine.add_filter("plain", move |value: String| safe(yaml::plain(&value)));
    engine.add_filter("literal", move |value: Value| safe(yaml::literals(&value)));
    engine.add_filter("line", move |value: String| safe(yaml::line(&value)));
    engine.add_filter("nest", move |value: Value, spaces: usize| safe(yaml::nest(&value, spaces)));
    engine.add_filter("toml_key", move |value: String| safe(escape::key(&value)));
    engine.add_filter("env", move |value: String| safe(escape::dockerfile(&value)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_error_and_an_if_without_else_is_nothing() {
        let values = || context! { known => true };
        assert!(fill_as("a.yaml", "{{ unknown_name }}", values()).is_err());
        assert_eq!(fill_as("a.yaml", "a{{ 'b' if not known }}", values()).ok().as_deref(), Some("a"));
    }
}
