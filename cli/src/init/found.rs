//! What was found, in lines for people and as facts for the lock.

use std::collections::BTreeMap;

use civic_buildpacks::Detection;
use civic_buildpacks::detection::{Durability, Role};
use civic_contract::lock::Fact;

use super::scaffold::Web;

/// What was found, a line each.
pub fn found_lines(found: &Detection) -> Vec<String> {
    let mut lines = Vec::new();
    let place = |evidence: &[civic_buildpacks::detection::Evidence]| {
        evidence.first().map(|evidence| format!("  ({})", evidence.place())).unwrap_or_default()
    };
    for part in &found.components {
        let framework =
            part.framework.as_ref().map(|framework| format!(", {}", framework.value)).unwrap_or_default();
        let version = part.version.as_ref().map(|version| format!(" {}", version.value)).unwrap_or_default();
        let role = match part.role {
            Role::Web => "answers requests",
            Role::Worker => "works in the background",
            Role::Static => "a site of files",
            Role::Assets => "a front end, built into the server's image",
            Role::Library => "code for other parts",
        };
        lines.push(format!(
            "{:<10} {}{version}{framework}: {role}{}",
            part.root,
            part.language.value,
            place(&part.language.evidence)
        ));
    }
    for process in &found.processes {
        lines.push(format!(
            "{:<10} {}{}",
            process.name,
            process.command.value,
            place(&process.command.evidence)
        ));
    }
    for addon in &found.addons {
        lines.push(format!("{:<10} {}{}", "server", addon.value, place(&addon.evidence)));
    }
    lines.extend(state_lines(found));
    let path = found.health.path.as_deref().unwrap_or("TCP");
    lines.push(format!("{:<10} {path}: {}", "health", found.health.why));
    lines
}

/// What keeps data, a line each.
pub fn state_lines(found: &Detection) -> Vec<String> {
    let line = |state: &civic_buildpacks::detection::State| {
        let path = state.path.as_ref().map(|path| format!(" in {path}")).unwrap_or_default();
        let place =
            state.evidence.first().map(|evidence| format!("  ({})", evidence.place())).unwrap_or_default();
        format!("{:<10} {}{path}: {}{place}", "keeps", state.kind, state.why)
    };
    if found.state.is_empty() {
        return vec![format!("{:<10} nothing was found that the app keeps", "keeps")];
    }
    found.state.iter().map(line).collect()
}

/// Whether only a person can say what keeps data.
pub fn is_state_unsure(found: &Detection) -> bool {
    found.state_verdict == "unknown"
        || found.state.iter().any(|state| {
            state.durability == Durability::Unknown
                || state.path.is_none() && matches!(state.kind.as_str(), "files" | "sqlite")
        })
}

/// Command of the web process; none for a site of files.
pub fn web(found: &Detection) -> Option<Web> {
    let primary = found.primary.as_deref()?;
    let process =
        found.processes.iter().find(|process| process.name == "web" && process.component == primary)?;
    let is_site = found.components.iter().any(|part| part.root == primary && part.role == Role::Static);
    (!is_site).then(|| Web {
        command: process.command.value.clone(),
        place: process.command.evidence.first().map(|evidence| evidence.place()).unwrap_or_default(),
    })
}

/// What the files were made from, for whoever asks later.
pub fn recorded(found: &Detection) -> Vec<Fact> {
    let mut facts = BTreeMap::new();
    let mut add = |name: String, value: String, evidence: &[civic_buildpacks::detection::Evidence]| {
        let source = evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
        facts.entry(name).or_insert((value, source));
    };
    for part in &found.components {
        add(format!("{}: language", part.root), part.language.value.clone(), &part.language.evidence);
        let named = [
            ("framework", &part.framework),
            ("version", &part.version),
            ("package manager", &part.package_manager),
            ("build", &part.build),
        ];
        for (name, fact) in named.into_iter().filter_map(|(name, fact)| Some((name, fact.as_ref()?))) {
            add(format!("{}: {name}", part.root), fact.value.clone(), &fact.evidence);
        }
    }
    for process in &found.processes {
        add(
            format!("{}: {}", process.component, process.name),
            process.command.value.clone(),
            &process.command.evidence,
        );
    }
    for addon in &found.addons {
        add(format!("server: {}", addon.value), "yes".into(), &addon.evidence);
    }
    for state in &found.state {
        let path = state.path.clone().unwrap_or_default();
        let durability = format!("{:?}", state.durability).to_lowercase();
        add(format!("state: {} {path}", state.kind).trim().to_owned(), durability, &state.evidence);
    }
    if let Some(port) = &found.port.default {
        add("port".into(), port.value.to_string(), &port.evidence);
    }
    if let Some(path) = &found.health.path {
        add("health".into(), path.clone(), &found.health.evidence);
    }
    facts.into_iter().map(|(name, (value, source))| Fact { name, value, source }).collect()
}
