//! How texts of a file are shown in messages, and what was probably meant by a misspelt one.

/// Longest text of the file that is shown in full, in characters.
const LONGEST: usize = 60;
/// Longest list of what would be right.
const MOST: usize = 25;
/// A longer list is no help, and comparing with it takes time.
pub(super) const CANDIDATES: usize = 300;

/// What people write who know another tool's words.
const ALIASES: &[(&str, &str)] = &[
    ("args", "build_args"),
    ("cmd", "command"),
    ("cpus", "cpu"),
    ("dir", "build"),
    ("entrypoint", "command"),
    ("environment", "env"),
    ("expose", "port"),
    ("grace", "grace_period"),
    ("healthcheck", "probes"),
    ("license", "licence"),
    ("liveness", "live"),
    ("mem", "memory"),
    ("mem_limit", "memory"),
    ("mount", "path"),
    ("pids_limit", "pids"),
    ("ports", "port"),
    ("readiness", "ready"),
    ("regex", "records"),
    ("rpo", "data_loss"),
    ("rto", "downtime"),
    ("stop_grace_period", "grace_period"),
    ("tz", "timezone"),
    ("url", "path"),
];

/// A text of the file between back quotes, safe to print: short, and without characters that steer a terminal.
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", plain(text))
}

/// As [`shown`], without the quotes.
pub(super) fn plain(text: &str) -> String {
    cut(text, LONGEST)
}

/// As [`plain`], of another length.
pub(super) fn cut(text: &str, longest: usize) -> String {
    let rest = text.char_indices().nth(longest);
    let (shown, more) = rest.map_or((text, ""), |(at, _)| (&text[..at], "…"));
    visible(shown) + more
}

/// A text in which every character can be seen, spelt as an escape where it could not.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if invisible(character) {
            visible.extend(character.escape_default());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Control characters, and those that turn the direction of text or take no room.
pub(super) fn invisible(character: char) -> bool {
    let format =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    character.is_control() || format || character == '\u{feff}'
}

/// The candidate that was probably meant.
pub(super) fn meant<'a>(written: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_lowercase().replace('-', "_");
    let alias = ALIASES.iter().find(|(foreign, _)| *foreign == lower);
    let by_alias = alias.and_then(|(_, ours)| candidates.clone().find(|candidate| candidate == ours));
    by_alias.or_else(|| nearest(&lower, candidates))
}

/// The most similar candidate, unless more than a third of it differs.
fn nearest<'a>(lower: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .take(CANDIDATES)
        .map(|candidate| {
            let other = candidate.to_lowercase().replace('-', "_");
            (strsim::damerau_levenshtein(lower, &other), candidate)
        })
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count().max(lower.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "one of `a`, `b`": what could stand there.
pub(super) fn one_of<'a>(candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut all: Vec<String> = candidates.take(MOST + 1).map(shown).collect();
    if all.len() > MOST {
        all[MOST] = "…".into();
    }
    match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(format!("one of {}", all.join(", "))),
    }
}

/// A text as TOML spells it, for suggestions that can be copied.
pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
