//! The rules, one file for each or for a close family.

mod compose_agrees;
mod credentials;
mod dockerfile_readable;
mod dockerignore;
mod exec_form;
mod habitat_agrees;
mod hooks_honest;
mod hooks_runnable;
mod image_pinned;
mod kubernetes_agrees;
mod licence;
mod limits;
mod logs;
mod ports;
mod probes;
mod secret_in_image;
mod secret_in_manifest;
mod state;
mod stopping;
mod user;

use super::finding::Finding;
use super::survey::Survey;

/// A rule: what it is called, what it asks for, and how it looks.
pub struct Rule {
    /// Kebab-case, never renamed.
    pub id: &'static str,
    /// What it asks for, one sentence.
    pub about: &'static str,
    pub(super) find: fn(&Survey) -> Vec<Finding>,
}

const fn rule(id: &'static str, about: &'static str, find: fn(&Survey) -> Vec<Finding>) -> Rule {
    Rule { id, about, find }
}

/// Every rule.
pub const RULES: &[Rule] = &[
    rule(
        "dockerfile-missing",
        "Every service that is built has its Dockerfile.",
        dockerfile_readable::missing,
    ),
    rule(
        "dockerfile-readable",
        "A Dockerfile is text that every builder reads alike.",
        dockerfile_readable::readable,
    ),
    rule("image-pinned", "Every image is named by version, better by digest.", image_pinned::find),
    rule("user-not-root", "A built image runs as a user with a number that is not 0.", user::find),
    rule("exec-form", "The program itself is process 1, so that SIGTERM reaches it.", exec_form::find),
    rule(
        "secret-in-image",
        "No secret is in a layer, in the history or in the environment of an image.",
        secret_in_image::find,
    ),
    rule("secret-in-manifest", "No secret is written out in civic.toml.", secret_in_manifest::find),
    rule("dockerignore-missing", "A build context has a .dockerignore.", dockerignore::missing),
    rule(
        "dockerignore-misses",
        "What an image does not need is not sent to its build.",
        dockerignore::misses,
    ),
    rule("hooks-runnable", "The system can start every hook.", hooks_runnable::find),
    rule("hooks-honest", "A hook fails when a step of it fails.", hooks_honest::find),
    rule("credentials-in-argv", "No credential is an argument: everybody may read those.", credentials::find),
    rule("state-declared", "What must survive is in a volume that civic.toml declares.", state::declared),
    rule("volume-anonymous", "Every volume has a name by which it is found again.", state::anonymous),
    rule(
        "limits-declared",
        "A service says how much memory, processor and processes it may take.",
        limits::find,
    ),
    rule("probe-declared", "A service with a port says how to ask whether it is ready.", probes::find),
    rule("grace-period", "A service has time to end.", stopping::grace),
    rule("stop-signal", "A service is asked to end by a signal that it can hear.", stopping::signal),
    rule("port-agrees", "EXPOSE and civic.toml name the same port.", ports::find),
    rule("compose-agrees", "The Compose file describes the same app as civic.toml.", compose_agrees::find),
    rule(
        "kubernetes-agrees",
        "The Kubernetes files describe the same app as civic.toml.",
        kubernetes_agrees::find,
    ),
    rule("habitat-agrees", "The Habitat package runs the same app as civic.toml.", habitat_agrees::find),
    rule("logs-to-stdout", "Logs go to standard output, where every platform reads them.", logs::find),
    rule("licence-file", "The licence that civic.toml names is in the project.", licence::find),
];
