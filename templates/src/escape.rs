//! Values in the files' own languages. A template never quotes by itself: what it prints is escaped for the kind
//! of file it is in, so that a project's strings stay strings.

use std::fmt::Write as _;

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Error, ErrorKind, Output, State};

use crate::compose;

/// How values are written in a file of that name; `None` when nobody has thought about that kind of file.
pub(crate) fn by_name(name: &str) -> AutoEscape {
    let file = name.rsplit('/').next().unwrap_or(name);
    let ending = file.rsplit_once('.').map_or(file, |(_, ending)| ending);
    AutoEscape::Custom(match (file, ending) {
        ("compose.yaml", _) => "compose",
        (_, "yaml" | "yml" | "json") => "json",
        (_, "toml") => "toml",
        (_, "md") => "markdown",
        (_, "sh")
        | (
            "run" | "init" | "post-stop" | "health-check" | "health" | "start" | "environment" | "make-env"
            | "backup" | "restore",
            _,
        ) => "shell",
        ("Dockerfile", _) => "dockerfile",
        _ => "word",
    })
}

/// Writes a value as the file's language spells it.
pub(crate) fn format(out: &mut Output, state: &State, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Ok(()); // an `if` without `else`; the engine has refused unknown names before
    }
    let text = if value.is_safe() {
        value.to_string()
    } else {
        match state.auto_escape() {
            AutoEscape::Custom("json" | "toml") => json(value)?,
            AutoEscape::Custom("compose") => compose::value(value)?,
            AutoEscape::Custom("shell") => shell(&plain(value)?),
            AutoEscape::Custom("dockerfile") => dockerfile(&plain(value)?)?,
            AutoEscape::Custom("markdown") => markdown(&plain(value)?),
            _ => word(&plain(value)?)?,
        }
    };
    out.write_str(&text).map_err(|_| Error::new(ErrorKind::WriteFailure, "memory is full"))
}

fn plain(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        kind => Err(refuse(format!("{kind} is no text"))),
    }
}

pub(crate) fn refuse(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.into())
}

/// JSON, which is YAML's flow style too; strings, numbers, booleans and lists of them are also TOML's.
pub(crate) fn json(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value).map(|text| unusual(&text)).map_err(|error| refuse(error.to_string()))
}

/// JSON leaves these characters as they are, YAML 1.2 and TOML do not.
pub(crate) fn unusual(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}') {
            let _ = write!(out, "\\u{:04x}", character as u32);
        } else {
            out.push(character);
        }
    }
    out
}

/// A word of a shell's command line.
pub(crate) fn shell(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A value of `ENV`, `LABEL` or `ARG`.
pub(crate) fn dockerfile(text: &str) -> Result<String, Error> {
    if text.contains(['\n', '\r']) {
        return Err(refuse("a Dockerfile cannot hold a value of several lines"));
    }
    if is_word(text) {
        return Ok(text.to_owned());
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    Ok(out)
}

/// Text in a paragraph: nothing in it is markup.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// Text between backticks, on one line.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text in a comment that begins with `# `: never a second line that is none.
pub(crate) fn comment(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// Text that means the same in every language; anything else is refused.
pub(crate) fn word(text: &str) -> Result<String, Error> {
    if is_word(text) {
        Ok(text.to_owned())
    } else {
        Err(refuse(format!("{text:?} cannot be written here: only letters, digits and ./:@%+=,_- may be")))
    }
}

/// A key of a TOML table.
pub(crate) fn key(text: &str) -> Result<String, Error> {
    let is_bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare && !text.is_empty() { Ok(text.to_owned()) } else { json(&Value::from(text)) }
}

pub(crate) fn is_word(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "./:@%+=,_-".contains(character);
    !text.is_empty() && text.chars().all(is_plain)
}

/// A command that a person typed, behind `RUN`: as it is when only a shell's plain words are in it, else as a list,
/// so that Docker reads nothing into it.
pub(crate) fn run(text: &str) -> Result<String, Error> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " ./:@%+=,_-&".contains(character);
    let is_line = text.chars().all(is_plain) && text.starts_with(|first: char| first.is_ascii_alphanumeric());
    if is_line && !text.replace("&&", "").contains('&') {
        return Ok(text.to_owned());
    }
    json(&Value::from_serialize(["/bin/sh", "-ec", text]))
}
