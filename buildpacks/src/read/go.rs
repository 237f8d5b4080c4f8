//! go.mod (`https://go.dev/ref/mod#go-mod-file`).

use super::lines::numbered;
use super::{Manifest, Scope};

/// Reads modules, the language version and Heroku's comment beside it.
pub(super) fn go_mod(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (line, content) in numbered(text) {
        let content = content.trim();
        let mut words = content.strip_prefix("require ").unwrap_or(content).split_whitespace();
        match (words.next(), words.next()) {
            (Some("module"), Some(name)) => manifest.field("module", name, line),
            (Some("go"), Some(version)) => manifest.field("go", version, line),
            (Some("toolchain"), Some(version)) => manifest.field("toolchain", version, line),
            (Some("//"), Some("+heroku")) => {
                let version = words.nth(1).filter(|_| content.contains("goVersion"));
                manifest.fields.extend(version.map(|version| {
                    ("heroku".into(), super::At { value: version.trim_start_matches("go").into(), line })
                }));
            }
            (Some(name), Some(version)) if name.contains('.') && version.starts_with('v') => {
                let scope = if content.contains("// indirect") { Scope::Indirect } else { Scope::Run };
                manifest.depend(name, version, scope, line);
            }
            _ => {}
        }
    }
    manifest
}
