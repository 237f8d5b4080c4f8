//! Words, quotes and variables of a Dockerfile
//! (<https://docs.docker.com/reference/dockerfile/#environment-replacement>).

use std::iter::Peekable;
use std::str::Chars;

/// A value longer than this is no image, path or port. It also stops variables that double themselves.
const LONGEST: usize = 4096;
/// Defaults in defaults, as in `${A:-${B:-c}}`.
const DEEPEST: usize = 8;

/// Splits at spaces outside quotes; quotes and escapes stay.
pub(in crate::check) fn split_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() && quote.is_none() {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            continue;
        }
        word.push(c);
        if c == escape && quote != Some('\'') {
            word.extend(chars.next());
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '"' | '\'') {
            quote = Some(c);
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// Removes quotes and replaces variables. `None` when a variable has no value or the form is one that only a
/// builder knows.
pub(in crate::check) fn expand(
    text: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    Expansion { lookup, escape, depth: 0 }.run(&mut text.chars().peekable(), None)
}

struct Expansion<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    escape: char,
    depth: usize,
}

impl Expansion<'_> {
    /// Replaces up to `end`, which is consumed, or up to the end of the text.
    fn run(&self, chars: &mut Peekable<Chars>, end: Option<char>) -> Option<String> {
        let mut out = String::new();
        let mut quote = None;
        while let Some(c) = chars.next() {
            if out.len() > LONGEST {
                return None;
            }
            match c {
                _ if quote.is_none() && Some(c) == end => return Some(out),
                '\'' if quote == Some('\'') => quote = None,
                _ if quote == Some('\'') => out.push(c),
                '"' if quote == Some('"') => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '$' => out.push_str(&self.variable(chars)?),
                _ if c == self.escape => out.extend(chars.next()),
                _ => out.push(c),
            }
        }
        (end.is_none() && out.len() <= LONGEST).then_some(out)
    }

    fn variable(&self, chars: &mut Peekable<Chars>) -> Option<String> {
        match chars.peek() {
            Some('{') => {
                chars.next();
                let name = name(chars);
                self.braced(&name, chars)
            }
            Some(c) if is_name(*c) => (self.lookup)(&name(chars)),
            _ => Some("$".into()),
        }
    }

    /// The rest of `${NAME…}`: nothing, `:-default`, `-default`, `:+other` or `+other`.
    fn braced(&self, name: &str, chars: &mut Peekable<Chars>) -> Option<String> {
        let value = (self.lookup)(name);
        let mut operator = chars.next()?;
        if operator == '}' {
            return value;
        }
        let counts_empty = operator == ':';
        if counts_empty {
            operator = chars.next()?;
        }
        if self.depth >= DEEPEST {
            return None;
        }
        let inner = Self { depth: self.depth + 1, ..*self };
        let other = inner.run(chars, Some('}'));
        let is_set = value.as_deref().is_some_and(|value| !(counts_empty && value.is_empty()));
        match operator {
            '-' if is_set => value,
            '-' => other,
            '+' if is_set => other,
            '+' => Some(String::new()),
            _ => None,
        }
    }
}

fn name(chars: &mut Peekable<Chars>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| is_name(*c)) {
        name.push(c);
    }
    name
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "A" => Some("1".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn replaces_as_builders_do() {
        let cases = [
            ("a$A-b", Some("a1-b")),
            ("${A}x", Some("1x")),
            ("${B:-${A}y}", Some("1y")),
            ("${EMPTY:-x}${EMPTY-x}", Some("x")),
            ("${A:+set}${B:+set}", Some("set")),
            ("'$A' \"$A\"", Some("$A 1")),
            (r"\$A", Some("$A")),
            ("cost: 5$", Some("cost: 5$")),
            ("$B", None),
            ("${B}", None),
            ("${A#x}", None),
            ("${A:+never closed", None),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text, '\\', &lookup).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn splits_outside_quotes() {
        assert_eq!(split_words(r#"a "b c" 'd e'f g\ h "#, '\\'), ["a", r#""b c""#, "'d e'f", r"g\ h"]);
    }
}
