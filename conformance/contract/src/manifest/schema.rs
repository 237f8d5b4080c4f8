//! The JSON Schema of `civic.toml`, from the types that read it.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value as Json;

use super::raw;

/// The JSON Schema of `civic.toml` for editors and other tools, draft 7, which most of them understand.
pub fn json_schema() -> Json {
    SchemaSettings::draft07()
        .with_transform(TomlOnly)
        .into_generator()
        .into_root_schema_for::<raw::Manifest>()
        .into()
}

/// The same schema without references, for the walk through a file.
pub(super) static FLAT: LazyLock<Json> = LazyLock::new(|| {
    let mut settings = SchemaSettings::draft07().with_transform(TomlOnly);
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<raw::Manifest>().into()
});

/// Takes out what TOML cannot say (null) and what only Rust knows (`uint16`).
#[derive(Debug, Clone)]
struct TomlOnly;

impl Transform for TomlOnly {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Json::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".into(), only);
            }
        }
        if let Some(Json::Array(mut choices)) = schema.remove("anyOf") {
            choices.retain(|choice| choice.get("type") != Some(&Json::from("null")));
            match choices.as_slice() {
                [Json::Object(only)] => adopt(schema, only),
                _ => drop(schema.insert("anyOf".into(), choices.into())),
            }
        }
        if schema.get("format").is_some_and(|format| format != "date") {
            schema.remove("format");
        }
        transform_subschemas(self, schema);
    }
}

/// The one remaining choice becomes the schema; what the field itself says goes first.
fn adopt(schema: &mut Schema, only: &serde_json::Map<String, Json>) {
    for (key, value) in only {
        if schema.get(key).is_none() {
            schema.insert(key.clone(), value.clone());
        }
    }
    // Beside a reference, draft 7 ignores everything.
    if let Some(reference) = schema.remove("$ref") {
        if schema.as_object().is_some_and(|rest| rest.is_empty()) {
            schema.insert("$ref".into(), reference);
        } else {
            schema.insert("allOf".into(), serde_json::json!([{ "$ref": reference }]));
        }
    }
}
