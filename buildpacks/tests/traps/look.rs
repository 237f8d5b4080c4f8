//! Looks at a small project of our own, and says in a few lines what was found.

use civic_buildpacks::detection::{Detection, Fact};
use civic_buildpacks::tree::MemoryTree;
use civic_buildpacks::{Options, Rules, detect};

/// Looks at a project of a few files.
pub fn look(files: &[(&str, &str)]) -> Detection {
    let tree = MemoryTree::new(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    let options = Options { today: Some("2026-11-01".into()), ..Options::default() };
    detect(&tree, &Rules::embedded().unwrap(), &options)
}

/// The document without what is only for `--explain`.
pub fn short(found: &Detection) -> String {
    let fact = |fact: &Fact<String>| format!("{} ({})", fact.value, fact.evidence[0].place());
    let mut lines = vec![format!("{:?}: {}", found.kind.value, found.reason)];
    lines.extend(found.incomplete.iter().map(|reason| format!("incomplete: {}", fact(reason))));
    for part in &found.components {
        let framework = part.framework.as_ref().map_or("none", |framework| framework.value.as_str());
        let version = part.version.as_ref().map_or("none".to_owned(), fact);
        let build = part.build.as_ref().map_or("none", |build| build.value.as_str());
        lines.push(format!(
            "component {} {}/{framework} {:?} version {version} build {build}",
            part.root, part.stack, part.role
        ));
    }
    for process in &found.processes {
        lines.push(format!("process {} = {}", process.name, fact(&process.command)));
    }
    lines.extend(found.release.iter().map(|release| format!("release = {}", fact(release))));
    lines.extend(found.seed.iter().map(|seed| format!("seed = {}", fact(seed))));
    lines.extend(found.cron.iter().map(|cron| {
        format!("cron {:?} at {:?} in process: {}", cron.command, cron.schedule, cron.in_process)
    }));
    lines.extend(found.addons.iter().map(|addon| format!("add-on {}", fact(addon))));
    for state in &found.state {
        lines.push(format!(
            "state {} {:?} {:?} ({})",
            state.kind,
            state.path,
            state.durability,
            state.evidence[0].place()
        ));
    }
    lines.push(format!("state verdict {}", found.state_verdict));
    lines.push(format!("health {:?} {:?}", found.health.kind, found.health.path));
    lines.extend(found.port.env.iter().map(|env| format!("port from {}", fact(env))));
    lines.extend(
        found.port.default.iter().map(|port| format!("port {} ({})", port.value, port.evidence[0].place())),
    );
    for env in &found.env {
        lines.push(format!(
            "env {} required: {} secret: {} default: {:?}",
            env.name, env.required, env.secret, env.default
        ));
    }
    lines.extend(found.replicas_max.iter().map(|most| format!("replicas at most {}", most.value)));
    for warning in &found.warnings {
        lines.push(format!("warning {} {}:{} {}", warning.id, warning.file, warning.line, warning.text));
    }
    lines.join("\n")
}

macro_rules! trap {
    ($($name:ident: [$($file:expr),* $(,)?]),* $(,)?) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(short(&look(&[$($file),*])));
        }
    )*};
}
pub(crate) use trap;

/// A server in one file.
pub const SERVER: &str = "const express = require('express');\nconst app = express();\napp.get('/', (req, res) => res.send('Hello'));\napp.listen(process.env.PORT || 4100);\n";
