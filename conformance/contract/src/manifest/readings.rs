//! What a value of the wrong type was probably meant to be.

use super::node::{Kind, Node};
use super::wanted::{Form, Wanted};
use super::words::quoted;

/// A value that can be read as another.
pub(super) enum Reading {
    /// As this value, spelt so.
    Value(Kind, String),
    /// As the only entry of a list.
    OnlyEntry,
    /// As its own only entry.
    Unwrapped,
}

/// How a value can be read as what is wanted; `None` where a guess might be wrong.
pub(super) fn reading(node: &Node, wanted: Wanted<'_>) -> Option<Reading> {
    match (wanted.form(), &node.kind) {
        (Form::Whole | Form::Number, Kind::Text(text)) => {
            let number: i64 = text.trim().parse().ok()?;
            Some(Reading::Value(Kind::Whole(number), number.to_string()))
        }
        (Form::Whole, Kind::Number(number)) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(Reading::Value(Kind::Whole(*number as i64), number.to_string()))
        }
        (Form::Flag, Kind::Text(text)) => {
            let flag = flag(text)?;
            Some(Reading::Value(Kind::Flag(flag), flag.to_string()))
        }
        (Form::Text, _) if wanted.is_free_text() => {
            let text = scalar(node)?;
            Some(Reading::Value(Kind::Text(text.clone()), quoted(&text)))
        }
        (Form::List(item), Kind::Table(_)) if item.fits(node) => Some(Reading::OnlyEntry),
        (Form::List(item), Kind::Text(text)) if item.fits(node) => words(node, text),
        (Form::List(item), _) if item.fits(node) => {
            let spelt = format!("[{}]", scalar(node)?);
            Some(Reading::Value(Kind::List(vec![copy(node)?]), spelt))
        }
        (Form::Map(_) | Form::Table(_), Kind::List(items)) if items.len() == 1 => Some(Reading::Unwrapped),
        _ => None,
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) | Kind::Date(text) => Some(text.clone()),
        Kind::Whole(number) => Some(number.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::Flag(flag) => Some(flag.to_string()),
        Kind::List(_) | Kind::Table(_) => None,
    }
}

fn copy(node: &Node) -> Option<Node> {
    let kind = match node.kind {
        Kind::Whole(number) => Kind::Whole(number),
        Kind::Number(number) => Kind::Number(number),
        Kind::Flag(flag) => Kind::Flag(flag),
        _ => return None,
    };
    Some(Node { span: node.span.clone(), kind })
}

/// A command line in its parts. One that only a shell can take apart is left to its author.
fn words(node: &Node, text: &str) -> Option<Reading> {
    let plain = |character: char| character.is_ascii_alphanumeric() || " -_./:=@,+%".contains(character);
    // The name of a person has spaces, too.
    let parts: Vec<&str> = if text.contains('<') { vec![text] } else { text.split_whitespace().collect() };
    if parts.is_empty() || parts.len() > 20 || !(text.contains('<') || text.chars().all(plain)) {
        return None;
    }
    let spelt = format!("[{}]", parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(", "));
    let entry = |part: &&str| Node { span: node.span.clone(), kind: Kind::Text((*part).to_owned()) };
    Some(Reading::Value(Kind::List(parts.iter().map(entry).collect()), spelt))
}
