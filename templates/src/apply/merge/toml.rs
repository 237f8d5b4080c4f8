//! TOML key by key. What a person wrote keeps its place, its spelling and its comments.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value};

use super::{Disagreement, Merged, Three};

pub(super) fn merge(three: Three<'_>) -> Merged {
    let [base, ours, theirs] = [three.base, three.ours, three.theirs].map(read);
    let (Some(base), Some(mut merged), Some(theirs)) = (base, ours, theirs) else {
        let at = vec![Disagreement::about("the whole file, which is no valid TOML in one of its versions")];
        return Merged::Conflict { offer: three.theirs.to_vec(), at };
    };
    let mut at = Vec::new();
    tables(base.as_table(), merged.as_table_mut(), theirs.as_table(), "", &mut at);
    let offer = merged.to_string();
    let again: Option<DocumentMut> = offer.parse().ok();
    if again.map(|again| plain_table(again.as_table())) != Some(plain_table(merged.as_table())) {
        let at = vec![Disagreement::about("the whole file, whose tables are laid out in another way")];
        return Merged::Conflict { offer: three.theirs.to_vec(), at };
    }
    let offer = offer.into_bytes();
    if at.is_empty() { Merged::Clean(offer) } else { Merged::Conflict { offer, at } }
}

/// A document that is written back just as it was read; another could lose something of a person's.
fn read(text: &[u8]) -> Option<DocumentMut> {
    let text = std::str::from_utf8(text).ok()?;
    let document: DocumentMut = text.parse().ok()?;
    (document.to_string() == text).then_some(document)
}

fn tables(
    base: &dyn TableLike,
    ours: &mut dyn TableLike,
    theirs: &dyn TableLike,
    above: &str,
    at: &mut Vec<Disagreement>,
) {
    let keys: BTreeSet<&str> = base.iter().map(|(key, _)| key).collect();
    let fresh = theirs.iter().map(|(key, _)| key).filter(|key| !keys.contains(key));
    for key in keys.iter().copied().chain(fresh) {
        let (was, is, new) = (plain(base.get(key)), plain(ours.get(key)), plain(theirs.get(key)));
        if was == new || is == new {
            continue;
        }
        let path = if above.is_empty() { quoted(key) } else { format!("{above}.{}", quoted(key)) };
        if descend(base.get(key), ours.get_mut(key), theirs.get(key), &path, at) {
            continue;
        }
        if is != was || loses_a_comment(base, ours, theirs, key) {
            at.push(Disagreement {
                at: path,
                ours: spelled(ours.get(key)),
                theirs: spelled(theirs.get(key)),
            });
        }
        take(ours, theirs, key);
    }
}

/// Whether the question is one for the keys of two tables; then it is put to them.
fn descend(
    was: Option<&Item>,
    is: Option<&mut Item>,
    new: Option<&Item>,
    path: &str,
    at: &mut Vec<Disagreement>,
) -> bool {
    let (Some(is), Some(new)) = (is.and_then(Item::as_table_like_mut), new.and_then(Item::as_table_like))
    else {
        return false;
    };
    let nothing = InlineTable::new();
    let was: &dyn TableLike = was.and_then(Item::as_table_like).unwrap_or(&nothing);
    tables(was, is, new, path, at);
    true
}

/// Whether a person's comment stands inside a value that goes; what stands beside a scalar stays.
fn loses_a_comment(base: &dyn TableLike, ours: &dyn TableLike, theirs: &dyn TableLike, key: &str) -> bool {
    let scalar = |item: Option<&Item>| item.and_then(Item::as_value).is_some_and(|value| !value.is_array());
    let stays = scalar(ours.get(key)) && scalar(theirs.get(key));
    !stays && looks(base, key) != looks(ours, key)
}

/// How a key is written, with its comments and without its empty lines.
fn looks(table: &dyn TableLike, key: &str) -> Vec<String> {
    let mut alone = DocumentMut::new();
    if let (Some(name), Some(item)) = (table.key(key), table.get(key)) {
        alone.entry_format(name).or_insert(item.clone());
    }
    let text = alone.to_string();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Takes over one key; what stood around a value stays around it.
fn take(ours: &mut dyn TableLike, theirs: &dyn TableLike, key: &str) {
    let (Some(new), Some(name)) = (theirs.get(key), theirs.key(key)) else {
        ours.remove(key);
        return;
    };
    let mut new = new.clone();
    float(&mut new);
    match (ours.get_mut(key), new) {
        (Some(Item::Value(was)), Item::Value(mut new)) => {
            *new.decor_mut() = was.decor().clone();
            *was = new;
        }
        (Some(was), new) => *was = new,
        (None, new) => {
            ours.entry_format(name).or_insert(new);
        }
    }
}

/// A table's place in the rendering says nothing about its place in a person's file: it goes after its siblings.
fn float(item: &mut Item) {
    match item {
        Item::Table(table) => {
            table.set_position(None);
            table.iter_mut().for_each(|(_, inside)| float(inside));
        }
        Item::ArrayOfTables(array) => {
            for table in array.iter_mut() {
                table.set_position(None);
                table.iter_mut().for_each(|(_, inside)| float(inside));
            }
        }
        Item::None | Item::Value(_) => {}
    }
}

/// What is said, however it is spelled.
#[derive(Debug, PartialEq, Eq)]
enum Plain {
    Scalar(&'static str, String),
    List(Vec<Plain>),
    Table(BTreeMap<String, Plain>),
}

fn plain(item: Option<&Item>) -> Option<Plain> {
    match item? {
        Item::None => None,
        Item::Value(value) => Some(plain_value(value)),
        Item::Table(table) => Some(plain_table(table)),
        Item::ArrayOfTables(array) => {
            Some(Plain::List(array.iter().map(|table| plain_table(table)).collect()))
        }
    }
}

fn plain_table(table: &dyn TableLike) -> Plain {
    Plain::Table(table.iter().filter_map(|(key, item)| Some((key.to_owned(), plain(Some(item))?))).collect())
}

fn plain_value(value: &Value) -> Plain {
    match value {
        Value::String(text) => Plain::Scalar("string", text.value().clone()),
        Value::Integer(number) => Plain::Scalar("integer", number.value().to_string()),
        Value::Float(number) => Plain::Scalar("float", number.value().to_bits().to_string()),
        Value::Boolean(yes) => Plain::Scalar("boolean", yes.value().to_string()),
        Value::Datetime(date) => Plain::Scalar("date", date.value().to_string()),
        Value::Array(array) => Plain::List(array.iter().map(plain_value).collect()),
        Value::InlineTable(table) => plain_table(table),
    }
}

/// A value without what stands around it.
fn spelled(item: Option<&Item>) -> Option<String> {
    let mut item = item?.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    Some(item.to_string().trim().to_owned())
}

fn quoted(key: &str) -> String {
    toml_edit::Key::new(key).display_repr().into_owned()
}
