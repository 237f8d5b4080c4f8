//! From bytes to a tree: size, encoding, TOML's own rules, and the version of the format.

use super::errors::{ManifestError, ManifestErrors, Report, position};
use super::node::{Kind, Node};
use super::words::{plain, quoted};

/// Version of the format that this crate reads.
pub const SCHEMA: u32 = 1;
/// Largest file that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Checks size and encoding.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ManifestErrors> {
    if bytes.len() > LARGEST {
        let message = format!("the file has {} bytes, which is more than 1 MiB", bytes.len());
        return Err(whole_file(message, "a civic.toml of a few pages: keep data in files of its own"));
    }
    std::str::from_utf8(bytes).map_err(|error| no_text(bytes, error.valid_up_to()))
}

/// Reads TOML; what the tree holds may still be anything.
pub(super) fn tree(text: &str) -> Result<Node, ManifestErrors> {
    let document = toml_edit::Document::parse(text).map_err(|error| no_toml(text, &error))?;
    if document.as_table().is_empty() {
        return Err(whole_file(
            "the file is empty".into(),
            "`schema = 1` first, then what docs/quickstart.md shows",
        ));
    }
    let tree = Node::document(document.as_table());
    version(&tree, text)?;
    Ok(tree)
}

fn whole_file(message: String, expected: &str) -> ManifestErrors {
    let expected = Some(expected.to_owned());
    ManifestErrors::one(ManifestError { span: 0..0, line: 1, column: 1, message, expected, suggestion: None })
}

fn no_text(bytes: &[u8], at: usize) -> ManifestErrors {
    let (line, column) = position(bytes, at);
    let message = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16 text, not UTF-8".to_owned(),
        _ => format!("the byte 0x{:02X} is no UTF-8 text", bytes[at]),
    };
    ManifestErrors::one(ManifestError {
        span: at..at + 1,
        line,
        column,
        message,
        expected: Some("UTF-8; an editor offers it under \"save with encoding\"".into()),
        suggestion: None,
    })
}

/// The parser's own words are good; what they leave out is what to write instead.
fn no_toml(text: &str, error: &toml_edit::TomlError) -> ManifestErrors {
    let span = error.span().unwrap_or(0..0);
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, Some(expected.to_owned())),
        None => (error.message(), None),
    };
    let found = text.get(span.clone()).unwrap_or_default();
    let mut report = Report::default();
    let entry = match message {
        "string values must be quoted" if found.is_empty() => report
            .add(&span, "there is no value after `=`")
            .expected("text in double quotes, a number, true, false, a list"),
        "invalid basic string" => report
            .add(&span, "a text in double quotes does not end")
            .expected("a double quote on the same line"),
        "unclosed table" => report.add(&span, "the name of a table does not end"),
        "unclosed array" => report.add(&span, "a list does not end"),
        "key with no value" => {
            report.add(&span, "a name without a value").expected("`=` and a value after the name")
        }
        "duplicate key" => {
            let message = format!("`{}` is there twice", plain(found));
            report.add(&span, message).expected("each key and each [table] once; only [[lists]] repeat")
        }
        "string values must be quoted" => {
            let suggestion = Some(found).filter(|found| !found.contains('"')).map(quoted);
            let message = format!("the text `{}` has no quotes", plain(found));
            report.add(&span, message).expected("text in double quotes").suggest(suggestion)
        }
        "recursion limit" | "cannot recurse further; max recursion depth met" => {
            report.add(&span, "tables or keys are nested too deeply")
        }
        "missing escaped value" => report
            .add(&span, "a backslash in double quotes must be followed by one of b e f n r t \\ \" x u U")
            .expected("a doubled backslash, or single quotes, which take it as it is"),
        _ => report.add(&span, message.to_owned()),
    };
    if entry.expected.is_none() {
        entry.expected = expected;
    }
    report.into_errors(text)
}

/// A file of another version is judged by nothing else: its keys may mean something else.
fn version(tree: &Node, text: &str) -> Result<(), ManifestErrors> {
    let mut report = Report::default();
    let at = tree.at("schema");
    match at.kind {
        Kind::Whole(number) if number > i64::from(SCHEMA) => report
            .add(&at.span, format!("this file is of schema {number}, and this civic reads schema {SCHEMA}"))
            .expected("a newer civic: update it, or ask whoever wrote this file for the version they use"),
        Kind::Whole(number) if number < i64::from(SCHEMA) => report
            .add(&at.span, format!("there is no schema {number}"))
            .expected(format!("`schema = {SCHEMA}`")),
        // Missing, or of the wrong type: reported together with everything else.
        _ => return Ok(()),
    };
    Err(report.into_errors(text))
}
