//! What YAML and Kubernetes ask for beyond JSON's way of writing values.

use minijinja::{Error, ErrorKind, Value};

/// Words that a YAML reader, of whatever version, takes for something other than text.
const NOT_TEXT: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// A text without quotes where it is one for every YAML reader, else as JSON has it.
pub(crate) fn plain(text: &str) -> Result<String, Error> {
    let is_inner = |character: char| character.is_ascii_alphanumeric() || "_-./:@".contains(character);
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_word = NOT_TEXT.iter().any(|word| text.eq_ignore_ascii_case(word));
    if begins && text.chars().all(is_inner) && !text.ends_with(':') && !is_word {
        Ok(text.to_owned())
    } else {
        crate::escape::json(&Value::from(text))
    }
}

/// Text of which Kubernetes expands nothing: it reads `$(NAME)` in arguments and values, and `$$` as one dollar sign.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        out.push(character);
        if character == '$' && matches!(rest.peek(), Some('$' | '(')) {
            out.push('$');
        }
    }
    out
}

/// As [`literal`], of a text or of each text in a list.
pub(crate) fn literals(value: &Value) -> Result<String, Error> {
    let fixed = if let Some(text) = value.as_str() {
        Value::from(literal(text))
    } else {
        value
            .try_iter()?
            .map(|item| item.as_str().map_or_else(|| item.clone(), |text| literal(text).into()))
            .collect()
    };
    crate::escape::json(&fixed)
}

/// Text that is a line by itself, such as one of `NAME=value`.
pub(crate) fn line(text: &str) -> Result<String, Error> {
    if text.contains(char::is_control) {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("{text:?} does not fit on one line")));
    }
    Ok(text.to_owned())
}

/// Rendered lines so many spaces further in, without empty ones; nothing for nothing.
pub(crate) fn nest(block: &Value, spaces: usize) -> Result<String, Error> {
    if !block.is_safe() {
        return Err(Error::new(ErrorKind::InvalidOperation, "only rendered lines can be nested"));
    }
    let text = block.to_string();
    Ok(text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .fold(String::new(), |out, line| format!("{out}{:spaces$}{line}\n", "")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Kubernetes' own reading, as its API reference describes it; no variable is defined.
    fn expanded(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            assert!(character != '$' || rest.peek() != Some(&'('), "a reference is left in {text}");
            if character == '$' && rest.peek() == Some(&'$') {
                rest.next();
            }
            out.push(character);
        }
        out
    }

    proptest! {
        #[test]
        fn kubernetes_reads_what_was_meant(text in "[$()A-Z]{0,12}|\\PC{0,20}") {
            prop_assert_eq!(expanded(&literal(&text)), text);
        }

        #[test]
        fn a_plain_text_reads_as_the_same_text(text in "[a-zA-Z/:@.~-]{0,6}|\\PC{0,12}") {
            let yaml = plain(&text).unwrap_or_default();
            let read: String = serde_saphyr::from_str(&yaml).expect("YAML");
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn words_that_are_no_text_are_quoted() {
        for word in ["no", "On", "null", "12", "1e3", "~", "", "a: b", "a:", "- a", "#"] {
            assert!(plain(word).is_ok_and(|yaml| yaml.starts_with('"')), "{word}");
        }
        assert_eq!(plain("postgres:17-trixie").ok().as_deref(), Some("postgres:17-trixie"));
    }

    #[test]
    fn only_what_was_rendered_is_nested() {
        assert!(nest(&Value::from("a: 1"), 2).is_err());
        let block = Value::from_safe_string("a:\n  b: 1\n".into());
        assert_eq!(nest(&block, 2).ok().as_deref(), Some("  a:\n    b: 1\n"));
        assert_eq!(nest(&Value::from_safe_string("\n".into()), 2).ok().as_deref(), Some(""));
    }
}
