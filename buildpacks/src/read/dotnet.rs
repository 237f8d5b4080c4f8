//! *.csproj and packages.config (`https://learn.microsoft.com/dotnet/core/project-sdk/overview`).

use super::lines::numbered;
use super::{Manifest, Scope};

/// Reads packages, frameworks and the SDK.
pub(super) fn project(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (line, content) in numbered(text).flat_map(|(line, content)| elements(line, content)) {
        if content.starts_with("<Project ") {
            manifest.fields.extend(attribute(content, "Sdk").map(|value| field("sdk", value, line)));
        }
        if content.starts_with("<PackageReference") || content.starts_with("<FrameworkReference") {
            let version = attribute(content, "Version").unwrap_or_default();
            if let Some(name) = attribute(content, "Include") {
                manifest.depend(name, version, Scope::Run, line);
            }
        }
        for key in [
            "TargetFramework",
            "TargetFrameworks",
            "TargetFrameworkVersion",
            "OutputType",
            "AssemblyName",
            "IsPackable",
        ] {
            let value = content.strip_prefix(&format!("<{key}>")).and_then(|rest| rest.split_once('<'));
            manifest.fields.extend(value.map(|(value, _)| field(key, value, line)));
        }
    }
    manifest
}

/// Elements of a line: whoever writes by hand may put several on one.
fn elements(line: usize, content: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = content.match_indices('<').map(|(at, _)| at).filter(|at| !content[*at..].starts_with("</"));
    starts.map(move |at| (line, &content[at..]))
}

fn field(key: &str, value: &str, line: usize) -> (String, super::At<String>) {
    (key.to_owned(), super::At { value: value.to_owned(), line })
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split('>').next()?.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
