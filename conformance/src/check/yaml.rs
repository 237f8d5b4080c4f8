//! YAML as a tree of which every part knows its line and column.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::finding::Spot;

/// Keys, values and brackets of a file, with aliases replaced.
const MOST_EVENTS: usize = 100_000;
/// Deepest nesting. The reader recurses, and a thread has 2 MiB of stack; schemas of custom resources come to some 30.
const DEEPEST: usize = 40;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub line: u32,
    pub column: u32,
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    /// Text, a number, `true` or `false`, as text.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// YAML that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub line: u32,
    pub column: u32,
}

/// Reads every document of a text; empty ones are left out.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Broken> {
    let budget = serde_saphyr::budget! { max_events: MOST_EVENTS, max_depth: DEEPEST };
    let options = serde_saphyr::options! { with_snippet: false, budget: budget };
    let read: Result<Vec<Node>, _> = serde_saphyr::from_multiple_with_options(text, options);
    read.map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (small(at.line()), small(at.column())));
        Broken { line, column }
    })
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

impl Node {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|(own, _)| own.text() == Some(key));
        found.map(|(_, value)| value)
    }

    /// The value below several keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Keys and values; none where it is no table.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Elements; none where it is no list.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// Elements of the list at a key.
    pub fn list(&self, key: &str) -> &[Node] {
        self.get(key).map(Node::items).unwrap_or_default()
    }

    /// Text, or a number as text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text at a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The words of a list of texts; `None` where it is none.
    pub fn words(&self) -> Option<Vec<String>> {
        match &self.kind {
            Kind::List(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
            _ => None,
        }
    }

    /// Where it stands in a file.
    pub fn spot(&self, file: &str) -> Spot {
        Spot { file: file.into(), line: self.line, column: self.column }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(deserializer)?;
        let (line, column) = (small(spanned.referenced.line()), small(spanned.referenced.column()));
        Ok(Self { line, column, kind: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyKind)
    }
}

struct AnyKind;

impl<'de> Visitor<'de> for AnyKind {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Kind, E> {
        Ok(Kind::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Kind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let read = documents("# first\na: {b: [1, 'x', true, null]}\n---\nkind: Pod\n---\n").unwrap();
        assert_eq!(read.len(), 2);
        let words: Vec<_> = read[0]
            .at(&["a", "b"])
            .unwrap()
            .items()
            .iter()
            .map(|item| (item.line, item.column, item.text()))
            .collect();
        assert_eq!(words, [(2, 9, Some("1")), (2, 12, Some("x")), (2, 17, Some("true")), (2, 23, None)]);
        assert_eq!((read[1].get("kind").unwrap().line, read[1].get("kind").unwrap().column), (4, 7));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        assert_eq!(documents("a: 1\na: 2\n").unwrap_err().line, 2);
        assert_eq!(documents("a:\n\tb: 1\n").unwrap_err().line, 2);
        assert!(documents("kind: {{ .Values.kind }}\nx: [").is_err());
        assert_eq!(documents("").unwrap(), []);
    }

    #[test]
    fn neither_depth_nor_aliases_fill_the_memory() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..30 {
            let before = format!("*a{},", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert!(documents(&bomb).is_err());
        assert!(documents(&"[".repeat(100_000)).is_err());
        assert!(documents(&"a: {".repeat(100_000)).is_err());
        assert!(documents(&"- ".repeat(100_000)).is_err());
        assert!(documents(&"- x\n".repeat(200_000)).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ \\n\\t\\-:\\[\\]{}&*!|>'\"#%@a-c0-9$~?,.]{0,120}") {
            let _ = documents(&text);
        }
    }
}
