//! The port that the web process listens on.

use crate::component::Choice;
use crate::detection::{Confidence, Fact, Port};
use crate::packaging::{Packaging, written};
use crate::process::dockerfiles;
use crate::rules::Rules;

/// Finds the variable and the default: code first, then Dockerfile and framework.
pub(crate) fn port(rules: &Rules, choice: Option<&Choice>, packaging: &Packaging) -> Port {
    let mut port = Port { env: None, default: None };
    let Some(choice) = choice else { return port };
    for pack in rules.shared().chain([choice.pack]) {
        for rule in &pack.port {
            for place in choice.view.all(&rule.when) {
                let evidence = pack.evidence("port", &rule.id, &place, Confidence::Medium);
                let env = place
                    .capture("env")
                    .map(str::to_owned)
                    .or_else(|| Some(rule.env.clone()).filter(|env| !env.is_empty()));
                let default = place.capture("default").and_then(|text| text.parse().ok()).or(rule.default);
                if env.as_deref().is_some_and(is_of_server) {
                    continue;
                }
                port.env = port.env.or_else(|| env.map(|env| Fact::new(env, evidence.clone())));
                port.default = port.default.or_else(|| default.map(|default| Fact::new(default, evidence)));
            }
        }
    }
    port.default = port.default.or_else(|| exposed(choice, packaging)).or_else(|| of_framework(choice));
    port
}

fn exposed(choice: &Choice, packaging: &Packaging) -> Option<Fact<u16>> {
    dockerfiles(&choice.view, packaging).into_iter().find_map(|(path, file)| {
        let exposed = file.last()?.expose.first()?;
        let port = exposed.value.split('/').next()?.parse().ok()?;
        Some(Fact::new(port, written(path, exposed.line, "dockerfile")))
    })
}

fn of_framework(choice: &Choice) -> Option<Fact<u16>> {
    let (framework, evidence) = choice.framework.as_ref()?;
    Some(Fact::new(
        framework.port?,
        crate::detection::Evidence { confidence: Confidence::Low, ..evidence.clone() },
    ))
}

/// Whether a variable names the port of something else.
fn is_of_server(env: &str) -> bool {
    let words = [
        "DB", "SQL", "POSTGRES", "PG", "REDIS", "MONGO", "SMTP", "MAIL", "ELASTIC", "PROXY", "DATABASE",
        "MEMCACHE",
    ];
    words.iter().any(|word| env.to_uppercase().contains(word))
}
