//! Warnings about the project as a whole.

use crate::detection::{Match, Warning};
use crate::glob::name;
use crate::packaging::{Packaging, is_packaging};
use crate::process::warning;
use crate::read::is_manifest;
use crate::source::Source;
use crate::view::View;

/// Two servers in one folder: the runner-up is named, with how to switch.
pub(crate) fn ties(matches: &[Match]) -> Vec<Warning> {
    let chosen = matches.iter().filter(|fit| fit.chosen && fit.class == "web");
    let tie = |chosen: &Match| {
        let second =
            matches.iter().find(|fit| !fit.chosen && fit.root == chosen.root && fit.class == "web")?;
        let (first, other) = (&chosen.stack, &second.stack);
        let text = format!(
            "both {first} and {other} fit this folder; {first} was taken. `--stack {other}` takes the other."
        );
        Some(warning("stack-tie", &text, &second.evidence.first()?.file, 0))
    };
    chosen.filter_map(tie).collect()
}

/// Files that could not be read, also where nothing else is known; each is named once.
pub(crate) fn broken(source: &Source, packaging: &Packaging) -> Vec<Warning> {
    let faults = source.faults();
    let is_known = |path: &str| is_manifest(name(path)) || is_packaging(name(path));
    let of_file = faults.iter().map(|(path, fault)| {
        let id = if is_known(path) { "broken-manifest" } else { "left-out" };
        warning(id, fault.text(), path, 0)
    });
    let view = View::new(source, "", &[]);
    let manifests = view.manifests.iter().filter_map(|held| Some((held.path.clone(), held.broken.clone()?)));
    let said = manifests.chain(packaging.broken(source));
    let of_content = said
        .filter(|(path, _)| !faults.contains_key(path))
        .map(|(path, reason)| warning("broken-manifest", &format!("could not be used: {reason}."), &path, 0));
    of_file.chain(of_content).collect()
}
