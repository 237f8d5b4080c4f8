//! YAML as a value, bounded; lines are looked up in the text afterwards.

use serde_json::Value;

/// Keys, values and brackets of a file, with aliases replaced.
const MOST_EVENTS: usize = 50_000;

/// Reads YAML; `None` when it is none, or too large.
pub(crate) fn value(text: &str) -> Option<Value> {
    let budget = serde_saphyr::budget! { max_events: MOST_EVENTS };
    let options = serde_saphyr::options! { with_snippet: false, budget: budget };
    serde_saphyr::from_str_with_options(text, options).ok()
}

/// Text, number or truth as text.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A command: text as it is, a list as its words.
pub(crate) fn command(value: &Value) -> Option<String> {
    match value {
        Value::Array(words) => {
            let words: Vec<String> = words.iter().filter_map(plain).collect();
            Some(shell_words(&words))
        }
        other => plain(other).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// Words as one would type them; `sh -c "…"` gives what is inside.
pub(crate) fn shell_words(words: &[String]) -> String {
    if let [shell, flag, rest @ ..] = words {
        let is_shell = matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "ash"));
        if is_shell && flag.starts_with('-') && flag.ends_with('c') {
            return rest.join(" ");
        }
    }
    let quote = |word: &String| {
        let is_plain = !word.is_empty() && !word.contains([' ', '"', '\'', ';', '&', '|', '(']);
        if is_plain { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Line of `key:` at or after a line; 0 when there is none.
pub(crate) fn line_of_key(text: &str, from: usize, key: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    text.lines()
        .enumerate()
        .skip(from.saturating_sub(1))
        .find(|(_, line)| is_key(line))
        .map_or(0, |(at, _)| at + 1)
}
