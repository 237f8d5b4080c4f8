//! A brigade's own template: fetched or copied, rendered in a process with an empty environment, looked at.
#![allow(clippy::disallowed_methods)] // git, and this program once more: both by name, with arguments that no shell reads

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use civic_contract::exit::Exit;
use civic_contract::manifest::{Manifest, Source};
use civic_templates::guest::{GuestError, Request, collect, copy, generate, hooks};
use civic_templates::{Facts, File};

use crate::render;

/// Why a template is not used.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing is there.
    #[error("there is no template at {0}: name a folder, or an address that git can fetch")]
    Missing(String),
    /// git could not fetch it.
    #[error("git could not fetch the template {address}: {said}")]
    Fetch {
        /// As it was given.
        address: String,
        /// Last lines of git.
        said: String,
    },
    /// It cannot be used.
    #[error("{0}")]
    Guest(#[from] GuestError),
    /// A folder or a process of ours.
    #[error("cannot render the template: {0}")]
    Work(#[from] std::io::Error),
    /// What the rendering process said.
    #[error("cannot render the template: {0}")]
    Rendering(String),
}

/// The template's files.
///
/// # Errors
///
/// When it cannot be fetched, is refused, or did not render as a whole.
pub fn render(
    template: &str,
    manifest: &Manifest,
    facts: &Facts,
    allow_hooks: bool,
) -> Result<Vec<File>, Failure> {
    let work = tempfile::tempdir()?;
    let source = fetched(template, work.path())?;
    let told = hooks(&source);
    if !allow_hooks && !told.is_empty() {
        eprintln!(
            "The template has programs of its own, which were not run: {}. To run them: --allow-template-hooks",
            render::plain(&told.join(", "))
        );
    }
    let request = Request {
        template: work.path().join("template"),
        staging: work.path().join("staging"),
        name: manifest.app.name.clone(),
        values: values(manifest, facts),
        allow_hooks,
    };
    std::fs::create_dir_all(&request.template)?;
    std::fs::create_dir_all(&request.staging)?;
    copy(&source, &request.template, allow_hooks)?;
    spawn(&request, work.path())?;
    Ok(collect(&request)?)
}

/// A folder as it is, an address by git, into a folder of ours.
fn fetched(template: &str, work: &Path) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(template);
    if path.is_dir() {
        return Ok(path);
    }
    let is_address = template.contains("://") || template.starts_with("git@");
    if !is_address || template.starts_with('-') || template.starts_with("ext::") {
        return Err(Failure::Missing(template.into()));
    }
    let target = work.join("fetched");
    let output = Command::new("git")
        .args(["clone", "--quiet", "--depth", "1", "--", template])
        .arg(&target)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:git:file")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(target);
    }
    let said =
        String::from_utf8_lossy(&output.stderr).trim().lines().rev().take(3).collect::<Vec<_>>().join("; ");
    Err(Failure::Fetch { address: template.into(), said })
}

/// Every name that a template may use; docs/templates.md lists them.
fn values(manifest: &Manifest, facts: &Facts) -> BTreeMap<String, String> {
    let web = manifest.services.get("web").or_else(|| manifest.services.values().next());
    let build = facts.builds.get("web").or_else(|| facts.builds.values().next());
    let image = web.and_then(|web| match &web.source {
        Source::Image(image) => Some(image.clone()),
        Source::Build(_) => None,
    });
    let health = web.and_then(|web| match web.probes.ready.as_ref().map(|probe| &probe.check) {
        Some(civic_contract::manifest::Check::Http { path, .. }) => Some(path.clone()),
        _ => None,
    });
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let pairs = [
        ("app_name", manifest.app.name.clone()),
        ("app_title", facts.title.clone()),
        ("app_summary", manifest.app.summary.clone()),
        ("app_licence", manifest.app.licence.clone()),
        ("maintainers", manifest.app.maintainers.join(", ")),
        ("repository", text(facts.repository.as_ref())),
        ("stack", text(build.map(|build| &build.stack))),
        ("framework", text(build.and_then(|build| build.framework.as_ref()))),
        ("version", text(build.and_then(|build| build.version.as_ref()))),
        ("base_image", text(build.map(|build| &build.image))),
        ("image", image.unwrap_or_default()),
        ("port", web.and_then(|web| web.port).map(|port| port.to_string()).unwrap_or_default()),
        ("health_path", health.unwrap_or_default()),
        ("services", manifest.services.keys().cloned().collect::<Vec<_>>().join(" ")),
        ("civic_version", facts.civic_version.clone()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.replace(['\n', '\r'], " "))).collect()
}

/// This program once more, with nothing of a person's environment.
fn spawn(request: &Request, work: &Path) -> Result<(), Failure> {
    let home = work.join("home");
    std::fs::create_dir_all(&home)?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("render-template")
        .env_clear()
        .env("USER", "civic")
        .env("HOME", &home)
        .env("CARGO_HOME", &home)
        .env("TMPDIR", work)
        .current_dir(work)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let document = serde_json::to_vec(request).map_err(std::io::Error::other)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&document)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(Failure::Rendering(last.to_owned()))
}

/// The other process: reads a request, renders, and says on standard error why it could not.
pub fn child() -> Exit {
    let mut document = Vec::new();
    let request = std::io::stdin()
        .read_to_end(&mut document)
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_slice::<Request>(&document).map_err(|error| error.to_string()));
    match request.and_then(|request| generate(&request).map_err(|error| error.to_string())) {
        Ok(()) => Exit::Done,
        Err(reason) => {
            eprintln!("{reason}");
            Exit::Infrastructure
        }
    }
}
