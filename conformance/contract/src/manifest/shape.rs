//! Compares a file with the schema: keys, types, choices, ranges. Reports everything at once, each at its place.
//!
//! A mistake whose meaning is clear is corrected in the tree after it is reported, so that it hides no other
//! mistake and causes no other report.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use serde_json::{Map, Value as Json};

use super::errors::Report;
use super::node::{Entry, Kind, Node};
use super::readings::{Reading, reading};
use super::schema::FLAT;
use super::wanted::{Form, Wanted};
use super::words::{meant, one_of, plain, quoted, shown};

/// Compares a tree with the schema; `false` when it cannot be read any further.
pub(super) fn check(tree: &mut Node, report: &mut Report) -> bool {
    let mut walk = Walk { report, usable: true, way: Vec::new() };
    walk.inside("", |walk| walk.value(tree, Wanted(&FLAT)));
    walk.usable
}

type Keys = &'static Map<String, Json>;
/// The tables that a fixed word tells apart, by that word.
type Kinds = [(&'static str, Wanted<'static>)];

struct Walk<'r> {
    report: &'r mut Report,
    usable: bool,
    /// From the file as a whole to this place.
    way: Vec<Step>,
}

struct Step {
    name: String,
    /// What the schema knows here, if this is a table.
    keys: Option<Keys>,
    /// Inside a list of that name.
    entry: bool,
}

impl Walk<'_> {
    fn inside(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        self.way.push(Step { name: name.into(), keys: None, entry: false });
        work(self);
        self.way.pop();
    }

    fn value(&mut self, node: &mut Node, wanted: Wanted<'static>) {
        if let (Kind::Date(date), true) = (&node.kind, wanted.is_date()) {
            node.kind = Kind::Text(date.clone());
        }
        if !wanted.fits(node) && !self.wrong_type(node, wanted) {
            self.usable = false;
            return;
        }
        match wanted.form() {
            Form::Choice(words) => self.choice(node, &words),
            Form::Text => self.text(node),
            Form::Whole | Form::Number => self.range(node, wanted),
            Form::Flag => {}
            Form::List(item) => self.list(node, wanted, item),
            Form::Map(value) => self.map(node, wanted, value),
            Form::Table(keys) => self.table(node, wanted, keys, &[]),
            Form::Tagged(tag, tables) => self.tagged(node, tag, &tables),
        }
    }

    /// Reports a wrong type; `true` when the meaning was clear and the tree is corrected.
    fn wrong_type(&mut self, node: &mut Node, wanted: Wanted<'static>) -> bool {
        let message = format!("{} is {}", self.subject(), node.describe());
        let header = self.path(self.way.len());
        let error = self.report.add(&node.span, message);
        match (wanted.form(), &node.kind) {
            (Form::List(item), Kind::Table(_)) if item.fits(node) => {
                error.expected(format!("a list: [[{header}]] with doubled brackets"))
            }
            (Form::Map(_) | Form::Table(_) | Form::Tagged(..), Kind::List(_)) => {
                error.expected(format!("one table: [{header}] with single brackets"))
            }
            _ => error.expected(wanted.describe()),
        };
        match reading(node, wanted) {
            Some(Reading::Value(kind, spelt)) => {
                error.suggest(Some(spelt));
                node.kind = kind;
            }
            Some(Reading::OnlyEntry) => {
                let kind = mem::replace(&mut node.kind, Kind::Flag(false));
                node.kind = Kind::List(vec![Node { span: node.span.clone(), kind }]);
            }
            Some(Reading::Unwrapped) => {
                if let Kind::List(items) = &mut node.kind
                    && let Some(only) = items.pop()
                {
                    *node = only;
                }
            }
            // So that one wrong number does not keep the rest of the file from being read.
            None => wanted.stand_in().into_iter().for_each(|kind| node.kind = kind),
        }
        wanted.fits(node)
    }

    fn choice(&mut self, node: &mut Node, words: &[&'static str]) {
        let Kind::Text(word) = &node.kind else { return };
        if words.contains(&word.as_str()) {
            return;
        }
        let near = meant(word, words.iter().copied());
        let message = format!("{} cannot be {}", self.subject(), shown(word));
        let error = self.report.add(&node.span, message).suggest(near.map(quoted));
        error.expected = one_of(words.iter().copied());
        match near {
            Some(near) => node.kind = Kind::Text(near.into()),
            None => self.usable = false,
        }
    }

    /// No program's argument, variable or request can carry a NUL.
    fn text(&mut self, node: &Node) {
        if matches!(&node.kind, Kind::Text(text) if text.contains('\0')) {
            let message = format!("{} contains the character NUL", self.subject());
            self.report.add(&node.span, message).expected("text without it");
        }
    }

    /// A number out of range is replaced by the nearest one that is right.
    fn range(&mut self, node: &mut Node, wanted: Wanted<'static>) {
        let (number, spelt) = match node.kind {
            Kind::Whole(number) => (number as f64, number.to_string()),
            Kind::Number(number) => (number, number.to_string()),
            _ => return,
        };
        let low = wanted.bound("minimum").unwrap_or(f64::MIN);
        let high = wanted.bound("maximum").unwrap_or(f64::MAX);
        if !(low..=high).contains(&number) {
            let message = format!("{} is {spelt}", self.subject());
            self.report.add(&node.span, message).expected(wanted.describe());
            let right = if number > high { high } else { low };
            node.kind = match node.kind {
                Kind::Whole(_) => Kind::Whole(right as i64),
                _ => Kind::Number(right),
            };
        }
    }

    fn list(&mut self, node: &mut Node, wanted: Wanted<'static>, item: Wanted<'static>) {
        let Kind::List(items) = &mut node.kind else { return };
        self.in_entries(true);
        items.iter_mut().for_each(|inner| self.value(inner, item));
        self.in_entries(false);
        let (count, subject) = (items.len(), self.subject());
        if (count as f64) < wanted.bound("minItems").unwrap_or(0.0) {
            self.report.add(&node.span, format!("{subject} is empty")).expected(wanted.describe());
        }
        if let Some(most) = wanted.bound("maxItems").filter(|most| count as f64 > *most) {
            let first_too_many = node.item(most as usize);
            let message = format!("{subject} has {count} entries");
            self.report.add(&first_too_many.span, message).expected(format!("at most {most}"));
        }
    }

    fn in_entries(&mut self, entry: bool) {
        if let Some(step) = self.way.last_mut() {
            step.entry = entry;
        }
    }

    fn map(&mut self, node: &mut Node, wanted: Wanted<'static>, value: Wanted<'static>) {
        let Kind::Table(entries) = &mut node.kind else { return };
        for (name, entry) in entries.iter_mut() {
            self.inside(name, |walk| walk.value(&mut entry.node, value));
        }
        if (entries.len() as f64) < wanted.bound("minProperties").unwrap_or(0.0) {
            let message = format!("{} is empty", self.subject());
            self.report.add(&node.span, message).expected(wanted.describe());
        }
    }

    /// `kinds` has the tables of other kinds at this place, for a better message.
    fn table(&mut self, node: &mut Node, wanted: Wanted<'static>, keys: Keys, kinds: &Kinds) {
        let Kind::Table(entries) = &mut node.kind else { return };
        if let Some(step) = self.way.last_mut() {
            step.keys = Some(keys);
        }
        let (known, unknown) = mem::take(entries).into_iter().partition(|(key, _)| keys.contains_key(key));
        *entries = known;
        self.unknown(entries, unknown, keys, kinds);
        self.missing(entries, &node.span, wanted, keys);
        for (key, entry) in entries.iter_mut() {
            if let Some(schema) = keys.get(key) {
                self.inside(key, |walk| walk.value(&mut entry.node, Wanted(schema)));
            }
        }
    }

    /// Reports unknown keys; one that was probably meant as another, which is not there, counts as that one.
    fn unknown(
        &mut self,
        known: &mut BTreeMap<String, Entry>,
        unknown: BTreeMap<String, Entry>,
        keys: Keys,
        kinds: &Kinds,
    ) {
        for (key, entry) in unknown {
            if self.misplaced(&key, &entry, keys, kinds) {
                continue;
            }
            let near = meant(&key, keys.keys().map(String::as_str));
            let message = format!("there is no key {} {}", shown(&key), self.place());
            let error = self.report.add(&entry.key, message).suggest(near.map(|near| format!("`{near}`")));
            error.expected = one_of(keys.keys().map(String::as_str));
            if let Some(near) = near.filter(|near| !known.contains_key(*near)) {
                known.insert(near.into(), entry);
            }
        }
    }

    /// Reports a key that another table has: one of another kind, or one around this.
    fn misplaced(&mut self, key: &str, entry: &Entry, keys: Keys, kinds: &Kinds) -> bool {
        let has = |wanted: &Wanted| wanted.0.get("properties").is_some_and(|keys| keys.get(key).is_some());
        if let Some((kind, _)) = kinds.iter().find(|(_, wanted)| has(wanted)) {
            let name = self.way.last().map_or("table", |step| &step.name);
            let message = format!("{} belongs to a {name} of kind `{kind}`", shown(key));
            self.report.add(&entry.key, message).expected = one_of(keys.keys().map(String::as_str));
            self.usable = false;
            return true;
        }
        let outer = &self.way[..self.way.len().saturating_sub(1)];
        let Some(at) = outer.iter().rposition(|step| step.keys.is_some_and(|keys| keys.contains_key(key)))
        else {
            return false;
        };
        let (here, there) = (self.path(self.way.len()), self.path(at + 1));
        let schema = Wanted(outer[at].keys.and_then(|keys| keys.get(key)).unwrap_or(&Json::Null));
        let (message, expected) = match (at, header(key, schema)) {
            (0, Some(header)) => {
                (format!("{} is no key of `{here}`", shown(key)), format!("a table of its own: {header}"))
            }
            (0, None) => {
                (format!("{} is no key of `{here}`", shown(key)), "it above the first [table]".into())
            }
            _ => (
                format!("{} belongs to `{there}`, and here is `{here}`", shown(key)),
                format!("it above the line [{here}]"),
            ),
        };
        self.report.add(&entry.key, message).expected(expected);
        self.usable = false;
        true
    }

    fn missing(
        &mut self,
        entries: &BTreeMap<String, Entry>,
        span: &Range<usize>,
        wanted: Wanted<'static>,
        keys: Keys,
    ) {
        let top = self.way.len() == 1;
        for key in wanted.required().filter(|key| !entries.contains_key(*key)) {
            self.usable = false;
            let schema = Wanted(keys.get(key).unwrap_or(&Json::Null));
            let expected = match (header(key, schema).filter(|_| top), schema.form()) {
                (Some(header), _) => format!("a table {header}"),
                (None, Form::Choice(words)) if words.len() < 10 => either(key, &words),
                _ => {
                    schema.example().map_or_else(|| schema.describe(), |example| format!("{key} = {example}"))
                }
            };
            let message = format!("{} is missing {}", shown(key), self.place());
            self.report.add(span, message).expected(expected);
        }
    }

    fn tagged(&mut self, node: &mut Node, tag: &'static str, tables: &Kinds) {
        let words: Vec<&str> = tables.iter().map(|(word, _)| *word).collect();
        let place = self.place();
        let Kind::Table(entries) = &mut node.kind else { return };
        let Some(entry) = entries.get_mut(tag) else {
            self.report
                .add(&node.span, format!("{} is missing {place}", shown(tag)))
                .expected(either(tag, &words));
            self.usable = false;
            return;
        };
        self.inside(tag, |walk| match &entry.node.kind {
            Kind::Text(_) => walk.choice(&mut entry.node, &words),
            _ => {
                let message = format!("{} is {}", walk.subject(), entry.node.describe());
                walk.report.add(&entry.node.span, message).expected = one_of(words.iter().copied());
                walk.usable = false;
            }
        });
        let chosen =
            tables.iter().find(|(word, _)| matches!(&entry.node.kind, Kind::Text(text) if text == word));
        if let Some((_, table)) = chosen
            && let Form::Table(keys) = table.form()
        {
            self.table(node, *table, keys, tables);
        }
    }

    /// The name of the place that many steps away from the file as a whole: `services.web.port`.
    fn path(&self, steps: usize) -> String {
        let names: Vec<String> = self.way[1..steps].iter().map(|step| plain(&step.name)).collect();
        names.join(".")
    }

    /// Where a key of this table is.
    fn place(&self) -> String {
        match self.way.len() {
            1 => "at the top of the file".into(),
            steps => format!("in `{}`", self.path(steps)),
        }
    }

    /// The value at this place, by its last name.
    fn subject(&self) -> String {
        self.way.last().map_or(String::new(), |step| {
            let entry = if step.entry { "an entry of " } else { "" };
            format!("{entry}{}", shown(&step.name))
        })
    }
}

/// How the header of a table at the top of the file looks.
fn header(key: &str, schema: Wanted<'_>) -> Option<String> {
    match schema.form() {
        Form::Map(_) => Some(format!("[{key}.<name>]")),
        Form::Table(_) | Form::Tagged(..) => Some(format!("[{key}]")),
        Form::List(_) => Some(format!("[[{key}]]")),
        _ => None,
    }
}

/// `kind = "a" or kind = "b"`.
fn either(key: &str, words: &[&str]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("{key} = {}", quoted(word))).collect();
    all.join(" or ")
}
