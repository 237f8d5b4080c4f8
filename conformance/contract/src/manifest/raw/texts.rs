//! Texts that have a form of their own.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::super::{names, units};
use crate::catalogue::CATALOGUE;

/// A length of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = units::PERIOD_PATTERN, "examples" = ["10s", "5m"]))]
pub(crate) struct PeriodText(pub(crate) String);

impl PeriodText {
    pub(super) fn two_seconds() -> Self {
        Self("2s".into())
    }

    pub(super) fn ten_seconds() -> Self {
        Self("10s".into())
    }

    pub(super) fn five_minutes() -> Self {
        Self("5m".into())
    }
}

/// An amount of memory: a whole number and `KiB`, `MiB`, `GiB` (steps of 1024) or `KB`, `MB`, `GB` (steps of 1000).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = units::SIZE_PATTERN, "examples" = ["256MiB", "1GiB"]))]
pub(crate) struct SizeText(pub(crate) String);

/// A person or team that can be reached: `Name <contact>`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = names::PERSON_PATTERN, "examples" = ["Ann Lee <ann@example.org>"]))]
pub(crate) struct Person(pub(crate) String);

/// Name of a drill. Which ones there are is in the catalogue.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DrillId(pub(crate) String);

impl JsonSchema for DrillId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DrillId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ids: Vec<&str> = CATALOGUE.iter().map(|entry| entry.id).collect();
        json_schema!({ "type": "string", "enum": ids })
    }
}
