//! The page that explains the file to people.

use std::collections::BTreeSet;

use civic_contract::manifest::{json_schema, parse};
use serde_json::Value;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/manifest.md"));

/// The TOML blocks of the page.
fn blocks() -> Vec<String> {
    let blocks = PAGE.split("```toml\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_example_is_right() {
    let whole: Vec<String> = blocks().into_iter().filter(|block| block.contains("schema = 1")).collect();
    assert!(!whole.is_empty());
    for file in whole {
        parse(file.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n\n{file}"));
    }
}

/// Parts of the page stand for what they are inside the example.
#[test]
fn the_parts_are_toml_and_their_keys_are_known() {
    let example = blocks().into_iter().find(|block| block.contains("schema = 1")).unwrap();
    for part in blocks().into_iter().filter(|block| !block.contains("schema = 1")) {
        // A part may define a table anew; where it does, the example's own goes.
        let file = merged(&example, &part);
        if let Err(errors) = parse(file.as_bytes()) {
            panic!("{errors}\n\n{part}");
        }
    }
}

/// The example with the top-level tables of a part instead of its own.
fn merged(example: &str, part: &str) -> String {
    let mut file: toml_edit::DocumentMut = example.parse().unwrap();
    let part: toml_edit::DocumentMut = part.parse().unwrap();
    for (name, item) in part.iter() {
        match (file.get_mut(name).and_then(|own| own.as_table_mut()), item.as_table()) {
            (Some(own), Some(new)) if name != "canary" => new.iter().for_each(|(key, value)| {
                own.insert(key, value.clone());
            }),
            _ => {
                file.insert(name, item.clone());
            }
        }
    }
    file.to_string()
}

/// Every key and every fixed word of the schema.
fn words(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(entries) => {
            for (name, inner) in entries {
                match (name.as_str(), inner) {
                    ("properties", Value::Object(keys)) => {
                        words.extend(keys.keys().cloned());
                        keys.values().for_each(|inner| self::words(inner, words));
                    }
                    ("const", Value::String(word)) => drop(words.insert(word.clone())),
                    ("examples" | "default" | "description" | "required", _) => {}
                    _ => self::words(inner, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| self::words(inner, words)),
        _ => {}
    }
}

#[test]
fn every_key_and_choice_is_on_the_page() {
    let mut all = BTreeSet::new();
    words(&json_schema(), &mut all);
    assert!(all.contains("depends_on") && all.contains("rebuildable"), "{all:?}");
    // In the running text or a table, not only in an example.
    let prose: String = PAGE.split("```").step_by(2).collect();
    let missing: Vec<&String> = all
        .iter()
        .filter(|word| !prose.contains(&format!("`{word}`")) && !prose.contains(&format!("`\"{word}\"`")))
        .collect();
    assert!(missing.is_empty(), "docs/manifest.md does not explain: {missing:?}");
}

#[test]
fn defaults_on_the_page_are_those_of_the_types() {
    let schema = json_schema();
    let tolerance = &schema["definitions"]["Tolerance"]["properties"];
    for key in ["downtime", "data_loss", "boot"] {
        let default = tolerance[key]["default"].as_str().unwrap();
        assert!(PAGE.contains(&format!("| `{key}` | `\"{default}\"` |")), "{key} = {default}");
    }
}
