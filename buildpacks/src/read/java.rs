//! pom.xml and build.gradle, as far as lines can be read.

use super::lines::numbered;
use super::{Manifest, Scope};

/// `https://maven.apache.org/pom.html`: artifacts and properties, element by element.
pub(super) fn pom(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut group = String::new();
    let mut before_scope = 0;
    for (line, content) in numbered(text) {
        let content = content.trim();
        if let Some(value) = element(content, "groupId") {
            value.clone_into(&mut group);
        }
        if let Some(value) = element(content, "artifactId") {
            before_scope = manifest.dependencies.len();
            manifest.depend(format!("{group}:{value}"), "", Scope::Run, line);
        }
        if element(content, "scope") == Some("test") {
            manifest.dependencies.iter_mut().skip(before_scope).for_each(|held| held.scope = Scope::Dev);
        }
        for key in [
            "java.version",
            "maven.compiler.release",
            "maven.compiler.source",
            "maven.compiler.target",
            "release",
            "packaging",
            "finalName",
        ] {
            manifest.fields.extend(
                element(content, key)
                    .filter(|value| !value.contains('$'))
                    .map(|value| (key.to_owned(), super::At { value: value.to_owned(), line })),
            );
        }
        manifest.members.extend(element(content, "module").map(str::to_owned));
    }
    manifest
}

fn element<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(value, _)| value.trim())
}

/// `https://docs.gradle.org/current/userguide/declaring_dependencies.html`.
pub(super) fn gradle(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (line, content) in numbered(text) {
        let content = content.trim();
        if content.starts_with("//") {
            continue;
        }
        let strings: Vec<&str> = content.split(['"', '\'']).skip(1).step_by(2).collect();
        let first = strings.first().copied().unwrap_or_default();
        let word = content.split([' ', '(', '=', '\t']).next().unwrap_or_default();
        if let Some(scope) = configuration(word).filter(|_| !first.is_empty()) {
            let name: Vec<&str> = first.split(':').collect();
            let joined = name.iter().take(2).copied().collect::<Vec<_>>().join(":");
            manifest.depend(joined, name.get(2).copied().unwrap_or_default(), scope, line);
        } else if word == "id" && !first.is_empty() {
            manifest.field("plugin", first, line);
        } else {
            gradle_version(&mut manifest, content, line);
        }
    }
    manifest
}

fn configuration(word: &str) -> Option<Scope> {
    match word {
        "implementation" | "compile" | "api" | "runtimeOnly" | "runtime" | "developmentOnly" => {
            Some(Scope::Run)
        }
        "testImplementation" | "testCompile" | "testRuntimeOnly" | "compileOnly" | "annotationProcessor" => {
            Some(Scope::Dev)
        }
        _ => None,
    }
}

fn gradle_version(manifest: &mut Manifest, content: &str, line: usize) {
    let is_version = ["sourceCompatibility", "targetCompatibility", "languageVersion", "jvmToolchain"]
        .iter()
        .any(|key| content.starts_with(key));
    if is_version {
        let digits = content.trim_start_matches(|c: char| !c.is_ascii_digit());
        let value: String =
            digits.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_')).collect();
        let value = value.replace('_', ".");
        let value = value.strip_prefix("1.").unwrap_or(&value).to_owned();
        if !value.is_empty() {
            manifest.field("java", value, line);
        }
    }
}
