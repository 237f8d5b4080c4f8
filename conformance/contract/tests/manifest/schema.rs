//! The JSON Schema that editors read.

use std::path::PathBuf;

use civic_contract::manifest::json_schema;
use serde_json::Value;

fn checked_in() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/civic.schema.json"))
}

#[test]
fn the_file_in_docs_is_the_one_the_types_give() {
    let made = format!("{:#}\n", json_schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(checked_in(), &made).unwrap();
    }
    let there = std::fs::read_to_string(checked_in()).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == made,
        "docs/civic.schema.json is not what the types of the manifest give.\n\
         Make it again with: UPDATE_SCHEMA=1 cargo test -p civic-contract --test manifest"
    );
}

/// Calls `visit` with every schema inside a schema, and its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for group in ["properties", "definitions"] {
        let inner = schema.get(group).and_then(Value::as_object).into_iter().flatten();
        inner.for_each(|(name, inner)| walk(inner, &format!("{path}/{name}"), visit));
    }
    for one in ["items", "additionalProperties"] {
        schema.get(one).into_iter().for_each(|inner| walk(inner, path, visit));
    }
    for many in ["oneOf", "allOf"] {
        let inner = schema.get(many).and_then(Value::as_array).into_iter().flatten();
        inner.for_each(|inner| walk(inner, path, visit));
    }
}

#[test]
fn every_key_is_explained() {
    walk(&json_schema(), "", &mut |path, schema| {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, property) in properties.filter(|(_, property)| property.get("const").is_none()) {
            assert!(property.get("description").is_some() || property.get("$ref").is_some(), "{path}/{name}");
        }
    });
}

#[test]
fn no_table_takes_unknown_keys_and_nothing_may_be_null() {
    walk(&json_schema(), "", &mut |path, schema| {
        if schema.get("properties").is_some() {
            assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{path}");
        }
    });
    assert!(!json_schema().to_string().contains("null"));
}

#[test]
fn examples_and_defaults_fit_their_patterns() {
    walk(&json_schema(), "", &mut |path, schema| {
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        let pattern = regex::Regex::new(pattern).unwrap();
        let examples = schema.get("examples").and_then(Value::as_array).into_iter().flatten();
        for text in examples.chain(schema.get("default")).filter_map(Value::as_str) {
            assert!(pattern.is_match(text), "{path}: {text}");
        }
    });
}
