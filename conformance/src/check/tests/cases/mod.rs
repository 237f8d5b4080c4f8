//! Projects for each rule: some that break it, some that come close and do not.

mod hooks;
mod images;
mod manifest;
pub(super) mod platforms;
mod secrets;

use super::Edit;

/// A rule's id, projects that break it, and projects that do not.
pub(super) type Case = (&'static str, &'static [&'static [Edit]], &'static [&'static [Edit]]);

/// How the sound project's civic.toml begins its service.
pub(super) const WEB: &str = "[services.web]\nbuild = \".\"\n";

/// Every case.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [images::CASES, secrets::CASES, hooks::CASES, manifest::CASES, platforms::CASES].into_iter().flatten()
}
