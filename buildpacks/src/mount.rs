//! Where a route hangs: what stands before its path.

use crate::component::Choice;
use crate::rules::Buildpack;
use crate::view::Found;

/// Routers that hang from routers.
const MOST_MOUNTS: usize = 4;

/// A path with what stands before it; `false` when a part of it is only known when the app runs.
pub(crate) fn mounted(choice: &Choice, pack: &Buildpack, place: &Found, path: &str) -> (String, bool) {
    let path = format!("/{}", path.trim_start_matches(['/', '^']));
    if place.path.ends_with("routes.rb") {
        return nested(choice, place, &path);
    }
    let mounts: Vec<Found> = pack.mount.iter().flat_map(|rule| choice.view.all(&rule.when)).collect();
    (hang(&mounts, place, path, MOST_MOUNTS), true)
}

fn hang(mounts: &[Found], place: &Found, path: String, steps: usize) -> String {
    let hangs = |mount: &&Found| {
        let of = mount.capture("of").map(letters).unwrap_or_default();
        let is_here = mount.path == place.path;
        if of.is_empty() { is_here } else { !is_here && names(&place.path, &of) }
    };
    let Some(mount) = mounts.iter().find(hangs).filter(|_| steps > 0) else { return path };
    let prefix = mount.capture("prefix").unwrap_or_default().trim_matches('/');
    let is_plain = prefix.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
    let joined = if prefix.is_empty() || !is_plain { path } else { format!("/{prefix}{path}") };
    if mount.path == place.path { joined } else { hang(mounts, mount, joined, steps - 1) }
}

/// Whether the name of a router means the file: `healthRouter`, `./routes/health`, `app.health.urls`.
fn names(path: &str, of: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let is_folder =
        matches!(stem, "index" | "urls" | "router" | "routes" | "__init__" | "views" | "main" | "mod");
    let name = letters(if is_folder { parts.next().unwrap_or(stem) } else { stem });
    let name = name.trim_end_matches("routes").trim_end_matches("router");
    name.len() > 2 && of.contains(name)
}

fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Rails: `namespace` and `scope` around a route, by their indentation.
fn nested(choice: &Choice, place: &Found, path: &str) -> (String, bool) {
    let Some(text) = choice.view.source.text(&place.path) else { return (path.into(), true) };
    let lines: Vec<&str> = text.lines().take(place.line).collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut depth = lines.last().map_or(0, |line| indent(line));
    let (mut whole, mut is_known) = (path.to_owned(), true);
    for line in lines.iter().rev().skip(1).filter(|line| !line.trim().is_empty()) {
        if indent(line) >= depth {
            continue;
        }
        depth = indent(line);
        match prefix(choice, line.trim()) {
            Some(prefix) if prefix.is_empty() => {}
            Some(prefix) => whole = format!("/{}{whole}", prefix.trim_matches('/')),
            None => is_known = false,
        }
    }
    (whole, is_known)
}

/// What a block puts before its routes; `None` when a variable decides and no sample says its value.
fn prefix(choice: &Choice, line: &str) -> Option<String> {
    let is_block = line.starts_with("namespace") || line.starts_with("scope");
    if !is_block {
        return Some(String::new());
    }
    if let Some((_, variable)) = line.split_once("ENV") {
        let name = variable.split(['\'', '"']).nth(1)?;
        return crate::env::sample(&choice.view, name);
    }
    let named = line.split_once("path:").or_else(|| line.split_once(":path =>")).map(|(_, rest)| rest);
    let is_module = named.is_none() && (line.contains("module:") || line.contains(":module"));
    if is_module && !line.contains(['\'', '"']) {
        return Some(String::new());
    }
    let text = named.unwrap_or_else(|| line.split_once([' ', '(']).map_or("", |(_, rest)| rest));
    let word = text.trim_start_matches([' ', '(', ':', '\'', '"', '/']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '/' | '.'));
    Some(word.get(..end.unwrap_or(word.len())).unwrap_or_default().to_owned())
}
