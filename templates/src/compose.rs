//! What `compose.yaml` and `.env` need: there a `$` begins a variable.

use civic_contract::manifest::{Manifest, Secret};
use minijinja::Error;
use minijinja::value::Value;
use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};

use crate::escape;

/// Compose reads every string of the file for variables; a doubled `$` is one dollar.
pub(crate) fn value(value: &Value) -> Result<String, Error> {
    spaced(value).map(|text| text.replace('$', "$$"))
}

/// JSON with a space behind each comma and colon, as people write lists.
pub(crate) fn spaced(value: &Value) -> Result<String, Error> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Spaced);
    value.serialize(&mut serializer).map_err(|error| escape::refuse(error.to_string()))?;
    Ok(escape::unusual(&String::from_utf8_lossy(&out)))
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        self.begin_array_value(out, first)
    }

    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

/// A key of a mapping: bare where YAML cannot read it as anything but a string.
pub(crate) fn key(text: &str) -> Result<String, Error> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    let is_word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_bare = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(is_plain)
        && !is_word.contains(&text.to_ascii_lowercase().as_str());
    if is_bare { Ok(text.to_owned()) } else { value(&Value::from(text)) }
}

/// A value in `.env`. Between double quotes, Compose reads escapes and variables, so both are escaped.
pub(crate) fn dotenv(text: &str) -> String {
    if escape::is_word(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '"' | '\\' | '$' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// Value of a secret in `compose.yaml`: what is made by `civic/make-env` comes from `.env`, templates are filled by
/// Compose, so that a changed password is changed in one place.
pub(crate) fn secret(manifest: &Manifest, name: &str) -> String {
    const WITHOUT: &str = "run civic/make-env first";
    match manifest.secrets.get(name) {
        Some(Secret::Template(template)) => pieces(template)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.replace('$', "$$"),
                Piece::Secret(name) => secret(manifest, name),
            })
            .collect(),
        Some(Secret::Value(_)) => format!("${{{name}?{WITHOUT}}}"),
        _ => format!("${{{name}:?{WITHOUT}}}"),
    }
}

/// A part of a secret's template.
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Secret(&'a str),
}

/// Takes a template apart; a doubled brace is one brace. The manifest has checked that every other belongs to a name.
pub(crate) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(found) = rest.find(['{', '}']) {
        let (text, tail) = rest.split_at(found);
        pieces.push(Piece::Text(text));
        let end = if tail.starts_with("{{") || tail.starts_with("}}") { None } else { tail.find('}') };
        rest = if let Some(end) = end {
            pieces.push(Piece::Secret(&tail[1..end]));
            &tail[end + 1..]
        } else {
            pieces.push(Piece::Text(&tail[..1]));
            tail.get(2..).unwrap_or_default()
        };
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_is_doubled_and_lists_have_spaces() {
        let text = value(&Value::from_serialize(["$HOME", "a\"b"])).unwrap();
        assert_eq!(text, r#"["$$HOME", "a\"b"]"#);
    }

    #[test]
    fn keys_that_yaml_would_read_as_something_else_are_quoted() {
        for (text, written) in [
            ("PORT", "PORT"),
            ("discovery.type", "discovery.type"),
            ("NO", "\"NO\""),
            ("1A", "\"1A\""),
            ("A$", "\"A$$\""),
        ] {
            assert_eq!(key(text).unwrap(), written);
        }
    }

    #[test]
    fn dotenv_values_are_quoted_only_where_they_must_be() {
        assert_eq!(dotenv("redis://queue:6379/0"), "redis://queue:6379/0");
        assert_eq!(dotenv("it's $5\n\\ \"x\""), r#""it's \$5\n\\ \"x\"""#);
    }

    #[test]
    fn a_template_falls_into_text_and_names() {
        let texts = |template| {
            pieces(template)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => (*text).to_owned(),
                    Piece::Secret(name) => format!("<{name}>"),
                })
                .collect::<String>()
        };
        assert_eq!(texts("a:{B}@{{c}}{D}"), "a:<B>@{c}<D>");
        assert_eq!(texts("{{{A}}}"), "{<A>}");
        assert_eq!(texts(""), "");
    }
}
