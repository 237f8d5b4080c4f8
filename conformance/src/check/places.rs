//! Where things stand in civic.toml.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::finding::{Place, Spot};
use crate::project::MANIFEST;

/// A `civic.toml` whose keys can be pointed at.
#[derive(Debug, Default)]
pub(super) struct Places {
    document: Option<Document<String>>,
}

impl Places {
    /// Keeps a manifest; one that cannot be read again has no lines.
    pub fn of(text: &str) -> Self {
        Self { document: Document::parse(text.to_owned()).ok() }
    }

    /// The line of a key, or of the innermost table around it that the file has. Elements of lists are numbers.
    pub fn of_key(&self, path: &[&str]) -> Place {
        self.spot(path).place()
    }

    /// As [`Places::of_key`], with its column.
    pub fn spot(&self, path: &[&str]) -> Spot {
        let (line, column) = self.position(path).unwrap_or_default();
        Spot { file: MANIFEST.into(), line, column }
    }

    /// Line and column, both from 1.
    fn position(&self, path: &[&str]) -> Option<(u32, u32)> {
        let document = self.document.as_ref()?;
        let mut span = None;
        let mut table: Option<&dyn TableLike> = Some(document.as_table());
        let mut list: Option<&Item> = None;
        for part in path {
            let item = match (table, list) {
                (Some(inside), _) => {
                    let Some((key, item)) = inside.get_key_value(part) else { break };
                    span = key.span().or_else(|| item.span()).or(span);
                    item
                }
                (None, Some(inside)) => {
                    let Some(element) = element(inside, part) else { break };
                    span = element.span.or(span);
                    table = element.table;
                    list = None;
                    continue;
                }
                (None, None) => break,
            };
            table = item.as_table_like();
            list = Some(item).filter(|_| table.is_none());
        }
        let before = document.raw().get(..span?.start)?;
        let last = before.rsplit('\n').next().unwrap_or_default();
        let from_one = |count: usize| u32::try_from(count).ok()?.checked_add(1);
        Some((from_one(before.matches('\n').count())?, from_one(last.chars().count())?))
    }
}

struct Element<'a> {
    span: Option<Range<usize>>,
    table: Option<&'a dyn TableLike>,
}

fn element<'a>(list: &'a Item, index: &str) -> Option<Element<'a>> {
    let index: usize = index.parse().ok()?;
    if let Some(tables) = list.as_array_of_tables() {
        let table = tables.get(index)?;
        return Some(Element { span: table.span(), table: Some(table) });
    }
    let value = list.as_array()?.get(index)?;
    Some(Element {
        span: value.span(),
        table: value.as_inline_table().map(|table| table as &dyn TableLike).filter(|_| is_table(value)),
    })
}

fn is_table(value: &Value) -> bool {
    matches!(value, Value::InlineTable(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_however_they_are_written() {
        let places = Places::of(
            "schema = 1\n[services.web]\nimage = 'a'\nenv = { A = '1',\n  B = '2' }\nprobes.ready = { tcp = true }\n\n\
             [[hooks.pre_backup]]\nservice = 'web'\n[[hooks.pre_backup]]\nimage = 'b'\n",
        );
        let line = |path: &[&str]| places.of_key(path).line;
        assert_eq!(line(&["services", "web"]), 2);
        assert_eq!(line(&["services", "web", "image"]), 3);
        assert_eq!(line(&["services", "web", "env", "B"]), 5);
        assert_eq!(line(&["services", "web", "probes", "ready", "tcp"]), 6);
        assert_eq!(line(&["services", "web", "resources", "memory"]), 2);
        assert_eq!(line(&["hooks", "pre_backup", "1", "image"]), 11);
        assert_eq!(line(&["hooks", "pre_backup", "0", "image"]), 8);
        assert_eq!(line(&["licence"]), 0);
    }
}
