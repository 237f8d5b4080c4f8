//! A `civic.toml` as a tree in which every value knows where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value as Json;
use toml_edit::{Item, TableLike, Value};

/// A value of the file.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it stands; a table has the place of its header or braces.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Whole(i64),
    Number(f64),
    Flag(bool),
    /// TOML's own dates and times, as written.
    Date(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Entry>),
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where the key stands.
    pub(super) key: Range<usize>,
    pub(super) node: Node,
}

impl Node {
    /// The tree of a whole document. Its depth is bounded by the parser.
    pub(super) fn document(root: &toml_edit::Table) -> Self {
        table(root, 0..0)
    }

    /// The value of a key, or this node itself where the file leaves it out: the best place to point at.
    pub(super) fn at(&self, key: &str) -> &Node {
        self.entry(key).map_or(self, |entry| &entry.node)
    }

    /// An element of a list, or this node itself.
    pub(super) fn item(&self, index: usize) -> &Node {
        match &self.kind {
            Kind::List(items) => items.get(index).unwrap_or(self),
            _ => self,
        }
    }

    /// Where a key stands, or this node itself.
    pub(super) fn key(&self, key: &str) -> &Range<usize> {
        self.entry(key).map_or(&self.span, |entry| &entry.key)
    }

    /// Whether the file has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Table(entries) => entries.get(key),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(super) fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "text",
            Kind::Whole(_) => "a whole number",
            Kind::Number(_) => "a number with a fraction",
            Kind::Flag(true) => "true without quotes",
            Kind::Flag(false) => "false without quotes",
            Kind::Date(_) => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// The values without their places.
    pub(super) fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Text(text) | Kind::Date(text) => Json::from(text.as_str()),
            Kind::Whole(number) => Json::from(*number),
            Kind::Number(number) => Json::from(*number),
            Kind::Flag(flag) => Json::from(*flag),
            Kind::List(items) => items.iter().map(Node::to_json).collect(),
            Kind::Table(entries) => {
                Json::Object(entries.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect())
            }
        }
    }
}

fn table(table: &dyn TableLike, span: Range<usize>) -> Node {
    let entries = table.iter().filter_map(|(name, value)| {
        let key = table.key(name).and_then(toml_edit::Key::span).unwrap_or_else(|| span.clone());
        Some((name.to_owned(), Entry { node: item(value, &key)?, key }))
    });
    Node { kind: Kind::Table(entries.collect()), span }
}

fn item(item: &Item, key: &Range<usize>) -> Option<Node> {
    let span = item.span().unwrap_or_else(|| key.clone());
    match item {
        Item::None => None,
        Item::Value(inner) => Some(value(inner, &span)),
        Item::Table(inner) => Some(table(inner, span)),
        Item::ArrayOfTables(inner) => {
            let items =
                inner.iter().map(|element| table(element, element.span().unwrap_or_else(|| span.clone())));
            Some(Node { kind: Kind::List(items.collect()), span })
        }
    }
}

fn value(value: &Value, outer: &Range<usize>) -> Node {
    let span = value.span().unwrap_or_else(|| outer.clone());
    let kind = match value {
        Value::String(text) => Kind::Text(text.value().clone()),
        Value::Integer(number) => Kind::Whole(*number.value()),
        Value::Float(number) => Kind::Number(*number.value()),
        Value::Boolean(flag) => Kind::Flag(*flag.value()),
        Value::Datetime(date) => Kind::Date(date.value().to_string()),
        Value::Array(items) => Kind::List(items.iter().map(|item| self::value(item, &span)).collect()),
        Value::InlineTable(inner) => return table(inner, span),
    };
    Node { span, kind }
}
