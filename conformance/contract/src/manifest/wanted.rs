//! What the schema wants at a place, in the few forms that `civic.toml` uses.

use serde_json::{Map, Value as Json};

use super::node::{Kind as Is, Node};
use super::words::{one_of, quoted};

/// The flat schema of one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'s>(pub(super) &'s Json);

/// Its form.
#[derive(Debug, Clone)]
pub(super) enum Form<'s> {
    /// One of some words.
    Choice(Vec<&'s str>),
    /// Any text.
    Text,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// True or false.
    Flag,
    /// A list of one kind of things.
    List(Wanted<'s>),
    /// A table with names of the author's own.
    Map(Wanted<'s>),
    /// A table with known keys.
    Table(&'s Map<String, Json>),
    /// A table whose keys depend on one of them.
    Tagged(&'s str, Vec<(&'s str, Wanted<'s>)>),
}

impl<'s> Wanted<'s> {
    /// Its form.
    pub(super) fn form(self) -> Form<'s> {
        if let Some(properties) = self.0.get("properties").and_then(Json::as_object) {
            return Form::Table(properties);
        }
        if let Some(choices) = self.0.get("oneOf").and_then(Json::as_array) {
            return choice(choices);
        }
        if let Some(words) = self.0.get("enum").and_then(Json::as_array) {
            return Form::Choice(words.iter().filter_map(Json::as_str).collect());
        }
        match self.0.get("type").and_then(Json::as_str) {
            Some("integer") => Form::Whole,
            Some("number") => Form::Number,
            Some("boolean") => Form::Flag,
            Some("array") => Form::List(self.inner("items")),
            Some("object") => Form::Map(self.inner("additionalProperties")),
            _ => Form::Text,
        }
    }

    fn inner(self, key: &str) -> Wanted<'s> {
        Wanted(self.0.get(key).unwrap_or(&Json::Null))
    }

    /// Keys that a table must have.
    pub(super) fn required(self) -> impl Iterator<Item = &'s str> {
        self.0.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    }

    /// A bound such as `minimum` or `minItems`.
    pub(super) fn bound(self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Json::as_f64)
    }

    /// Whether a TOML date will do, too.
    pub(super) fn is_date(self) -> bool {
        self.0.get("format").is_some_and(|format| format == "date")
    }

    /// Whether a text may be anything at all.
    pub(super) fn is_free_text(self) -> bool {
        matches!(self.form(), Form::Text) && self.0.get("pattern").is_none() && !self.is_date()
    }

    /// What would be right, in words, with an example.
    pub(super) fn describe(self) -> String {
        let example = self.example().map(|example| format!(" such as {example}")).unwrap_or_default();
        match self.form() {
            Form::Choice(words) => one_of(words.iter().copied()).unwrap_or_default(),
            Form::Text if self.is_date() => format!("a date{example}"),
            Form::Text => format!("text in quotes{example}"),
            Form::Whole if self.bound("minimum") == self.bound("maximum") => {
                self.example().unwrap_or_default()
            }
            Form::Whole => format!("a whole number{}", self.range()),
            Form::Number => format!("a number{}", self.range()),
            Form::Flag => "true or false".into(),
            Form::List(item) => match item.form() {
                Form::Table(_) => "a list of tables".into(),
                _ => format!("a list{example}"),
            },
            Form::Map(_) | Form::Table(_) | Form::Tagged(..) => format!("a table{example}"),
        }
    }

    fn range(self) -> String {
        match (self.bound("minimum"), self.bound("maximum")) {
            (Some(low), Some(high)) => format!(" from {low} to {high}"),
            _ => String::new(),
        }
    }

    /// The first example, as TOML.
    pub(super) fn example(self) -> Option<String> {
        Some(toml(self.0.get("examples")?.as_array()?.first()?))
    }

    /// A right value, for numbers and for texts of a fixed form, to which nothing else in a file refers.
    pub(super) fn stand_in(self) -> Option<Is> {
        let example = self.0.get("examples")?.as_array()?.first()?;
        match self.form() {
            Form::Whole | Form::Number => {
                example.as_i64().map(Is::Whole).or_else(|| example.as_f64().map(Is::Number))
            }
            Form::Text if !self.is_free_text() => example.as_str().map(|text| Is::Text(text.into())),
            _ => None,
        }
    }

    /// Whether a value has the form that is wanted, not looking inside it.
    pub(super) fn fits(self, node: &Node) -> bool {
        matches!(
            (self.form(), &node.kind),
            (Form::Choice(_) | Form::Text, Is::Text(_))
                | (Form::Whole, Is::Whole(_))
                | (Form::Number, Is::Whole(_) | Is::Number(_))
                | (Form::Flag, Is::Flag(_))
                | (Form::List(_), Is::List(_))
                | (Form::Map(_) | Form::Table(_) | Form::Tagged(..), Is::Table(_))
        )
    }
}

/// Either words, each with its own description, or tables that are told apart by a fixed word.
fn choice(choices: &[Json]) -> Form<'_> {
    let word = |schema| Json::get(schema, "const").and_then(Json::as_str);
    let words: Vec<&str> = choices.iter().filter_map(word).collect();
    if words.len() == choices.len() {
        return Form::Choice(words);
    }
    let tables = choices.iter().filter_map(|table| {
        let mut properties = table.get("properties")?.as_object()?.iter();
        let (tag, word) = properties.find_map(|(key, schema)| Some((key.as_str(), word(schema)?)))?;
        Some((tag, (word, Wanted(table))))
    });
    let (tags, tables): (Vec<&str>, Vec<_>) = tables.unzip();
    Form::Tagged(tags.first().copied().unwrap_or_default(), tables)
}

/// A JSON value in TOML's spelling.
fn toml(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
