//! Prints what went wrong and what to do next: one sentence, then hints, on standard error.

use std::path::Path;

use civic_conformance::certify::CertifyError;
use civic_conformance::engine::{BuildFailure, EngineError};
use civic_conformance::plan::PlanError;
use civic_conformance::project::ProjectError;
use civic_contract::catalogue::CATALOGUE;
use civic_contract::exit::Exit;

use crate::render;

/// A message with what to do about it. Both may quote what an app, a file or an engine says.
pub fn error(message: &str, hints: &[String]) {
    eprintln!("error: {}", render::plain(message));
    for hint in hints {
        eprintln!("  hint: {}", render::plain(hint));
    }
}

/// Says why a project cannot be used.
pub fn project(failure: &ProjectError) -> Exit {
    match failure {
        ProjectError::Invalid { text, errors } => render::manifest_errors(text, errors),
        ProjectError::NoManifest(folder) => error(
            &failure.to_string(),
            &[
                format!(
                    "Is {} the project's folder? If not, name it: civic check PATH, civic certify PATH",
                    folder.display()
                ),
                "docs/quickstart.md shows a first civic.toml.".into(),
            ],
        ),
        ProjectError::Hook { fix, .. } => error(&failure.to_string(), std::slice::from_ref(fix)),
        ProjectError::NoFolder(_) | ProjectError::Unreadable { .. } => error(&failure.to_string(), &[]),
    }
    Exit::Usage
}

/// Says why no plan can be made.
pub fn plan(failure: &PlanError) -> Exit {
    let performed = || CATALOGUE.iter().filter(|entry| entry.performed).map(|entry| entry.id);
    let list = || format!("Drills: {}.", performed().collect::<Vec<_>>().join(", "));
    let hints = match failure {
        PlanError::Unknown { id } => {
            let nearest = performed().max_by(|a, b| {
                strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id))
            });
            let close = nearest.filter(|near| strsim::jaro_winkler(near, id) > 0.75);
            close.map(|near| format!("Did you mean `{near}`?")).into_iter().chain([list()]).collect()
        }
        PlanError::NotPerformed { .. } => vec![list()],
        PlanError::Empty => vec![
            "Every drill is exempt or left out: take an exemption out of civic.toml, or name a drill in --only.".into(),
            list(),
        ],
    };
    error(&failure.to_string(), &hints);
    Exit::Usage
}

/// Says what is wrong with the engine, and the command that mends it.
pub fn engine(failure: &EngineError) -> Exit {
    match failure {
        EngineError::Unreachable { tried } => {
            let mut hints: Vec<String> = tried.iter().map(|(at, said)| format!("{at}: {said}")).collect();
            hints.extend(start_hints());
            if std::env::var_os("DOCKER_HOST").is_some_and(|host| !host.is_empty()) {
                hints.push(
                    "Unset DOCKER_HOST, and civic looks for an engine of this machine by itself.".into(),
                );
            }
            error("no container engine answers, and civic needs one", &hints);
        }
        EngineError::TooOld { .. } => error(&failure.to_string(), &["Install Docker 20.10 or later.".into()]),
        EngineError::Call { intention, reason, .. } => {
            let mut hints = vec!["`civic doctor` looks at the engine.".to_owned()];
            if intention.starts_with("pull") {
                hints.insert(0, "Is the registry reachable, and the image's name right? Where there is no registry, `make setup` in civic's repository makes stand-ins.".into());
            }
            if reason.contains("address pool") {
                hints.insert(
                    0,
                    "The engine has no free network left: `docker network prune` removes unused ones.".into(),
                );
            }
            error(&failure.to_string(), &hints);
        }
    }
    Exit::Infrastructure
}

/// How an engine is started or installed here.
pub fn start_hints() -> Vec<String> {
    let has = |program: &str| which::which(program).is_ok();
    let systemd_runs = has("systemctl") && Path::new("/run/systemd/system").is_dir(); // as sd_booted(3) asks
    if systemd_runs && has("dockerd") {
        return vec!["Start Docker: sudo systemctl start docker".into()];
    }
    if has("dockerd") {
        return vec!["Start Docker: sudo dockerd &".into()];
    }
    if has("podman") {
        return vec!["Start Podman's socket: systemctl --user start podman.socket   (or: podman system service --time 0 &)".into()];
    }
    vec!["Install one: sudo apt-get install docker.io   (Debian, Ubuntu), or Docker Desktop on a Mac or Windows.".into()]
}

/// Says why a run came to no end.
pub fn certify(failure: &CertifyError) -> Exit {
    match failure {
        CertifyError::Build(BuildFailure::Step { lines, .. }) => {
            for line in lines {
                eprintln!("  | {}", render::plain(line));
            }
            error(
                &render::plain(&failure.to_string()),
                &["`docker build` in the project shows the whole build.".into()],
            );
            Exit::AppFailed
        }
        CertifyError::Build(BuildFailure::Context(_)) => {
            error(&failure.to_string(), &[]);
            Exit::AppFailed
        }
        CertifyError::Build(BuildFailure::Engine(failure)) | CertifyError::Engine(failure) => engine(failure),
        CertifyError::Journal(_) => {
            error(&failure.to_string(), &["Nothing may write into a run's folder but civic.".into()]);
            Exit::Infrastructure
        }
    }
}
