//! Gemfile, *.gemspec, mix.exs and R's DESCRIPTION: programs or lists that are read line by line.

use super::lines::{numbered, without_comment};
use super::{Manifest, Scope};

/// `https://bundler.io/man/gemfile.5.html`.
pub(super) fn gemfile(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut blocks: Vec<Scope> = Vec::new();
    for (line, content) in numbered(text) {
        let content = without_comment(content);
        let scope = blocks.last().copied().unwrap_or(Scope::Run);
        if content.ends_with(" do") || content.starts_with("if ") {
            blocks.push(group(content, scope));
        } else if content == "end" {
            blocks.pop();
        } else if let Some(rest) = content.strip_prefix("gem ").or_else(|| content.strip_prefix("gem(")) {
            let strings = quoted(rest);
            let scope = if rest.contains("group") { group(rest, scope) } else { scope };
            let name = strings.first().copied().unwrap_or_default();
            manifest.depend(name, version(&strings), scope, line);
        } else if let Some(rest) = content.strip_prefix("ruby ").or_else(|| content.strip_prefix("ruby(")) {
            manifest.field("ruby", quoted(rest).first().copied().unwrap_or_default(), line);
        }
    }
    manifest.fields.retain(|(_, value)| !value.value.is_empty());
    manifest
}

/// `https://guides.rubygems.org/specification-reference/`.
pub(super) fn gemspec(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    manifest.field("gemspec", "", 1);
    for (line, content) in numbered(text) {
        let content = without_comment(content);
        let Some((_, rest)) = content.split_once(".add_") else { continue };
        let scope = if rest.starts_with("development") { Scope::Dev } else { Scope::Run };
        let strings = quoted(rest);
        if let Some(name) = strings.first() {
            manifest.depend(*name, version(&strings), scope, line);
        }
    }
    manifest
}

/// `https://hexdocs.pm/mix/Mix.Tasks.Deps.html`.
pub(super) fn mix(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (line, content) in numbered(text) {
        let content = without_comment(content);
        for rest in content.split("{:").skip(1).filter(|_| is_list(content)) {
            let name = rest.split([',', '}']).next().unwrap_or_default().trim();
            let is_dev = rest.contains("only:") && !rest.contains(":prod");
            let scope = if is_dev { Scope::Dev } else { Scope::Run };
            manifest.depend(name, version(&[&[""], quoted(rest).as_slice()].concat()), scope, line);
        }
        for key in ["app: :", "elixir: ", "mod: ", "apps_path: "] {
            let parts = content.split([',', '[']).map(str::trim);
            if let Some(rest) = parts.filter_map(|part| part.strip_prefix(key)).next() {
                let value = rest.trim_end_matches([',', ']']).trim_matches('"');
                manifest.field(key.trim_end_matches([' ', ':']), value, line);
            }
        }
        if content.starts_with("releases:") {
            manifest.field("releases", "", line);
        }
    }
    manifest
}

/// Whether a line begins a list of dependencies or goes on with one.
fn is_list(content: &str) -> bool {
    content.starts_with("{:") || content.starts_with("[{:") || content.contains("[{:")
}

/// `https://r-pkgs.org/description.html`, and the package names of renv.lock.
pub(super) fn description(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut is_inside = false;
    for (line, content) in numbered(text) {
        if let Some(name) = content.trim().strip_prefix("\"Package\": \"") {
            manifest.depend(name.trim_end_matches([',', '"']), "", Scope::Run, line);
            continue;
        }
        if let Some((key, value)) = content.split_once(':').filter(|_| !content.starts_with([' ', '\t', '{']))
        {
            is_inside = matches!(key, "Imports" | "Depends");
            if matches!(key, "Package" | "Type") {
                manifest.field(key, value.trim(), line);
            }
        }
        if is_inside {
            for name in content.trim_start_matches("Imports:").trim_start_matches("Depends:").split(',') {
                let name = name.split('(').next().unwrap_or_default().trim();
                let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
                is_name.then(|| manifest.depend(name, "", Scope::Run, line));
            }
        }
    }
    manifest
}

fn group(content: &str, outer: Scope) -> Scope {
    let mentions = |word: &str| content.contains(word);
    let is_dev = mentions(":development") || mentions(":test") || mentions(":ci") || mentions("development:");
    if is_dev && !mentions(":production") { Scope::Dev } else { outer }
}

fn quoted(text: &str) -> Vec<&str> {
    text.split(['"', '\'']).skip(1).step_by(2).collect()
}

fn version(strings: &[&str]) -> String {
    let is_version = |text: &&&str| text.contains(|c: char| c.is_ascii_digit()) && !text.contains(['/', ':']);
    strings.get(1).filter(is_version).map(|text| (*text).to_owned()).unwrap_or_default()
}
