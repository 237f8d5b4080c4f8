//! What a run comes to: a certificate or a reasoned refusal, schema 1.
//!
//! Both state the same facts and differ in their reasons. The bytes are the same for the same journal and verdicts,
//! so a certificate is checked by judging its journal again and comparing. The document is made to become the
//! predicate of a signed in-toto statement whose subjects are its images.

mod facts;
mod level;
mod limits;
mod refuse;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue::Level;
use crate::journal::Journal;
use crate::verdict::Verdict;

pub use facts::{DrillResult, Facts, Tolerance, level_of};
pub use level::{Outcomes, cap, next_step, reached};
pub use limits::limits;
pub use refuse::reasons;

/// Version of the documents that this crate writes.
pub const SCHEMA: u32 = 1;

/// The statement that an app survived every drill of its plan. Only [`Certificate::issue`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    level: Level,
    facts: Facts,
}

/// The statement why a run gets no certificate. Only [`Certificate::issue`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    level: Option<Level>,
    reasons: Vec<String>,
    facts: Facts,
}

/// What a file says about a run. It proves nothing until its journal was judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// It calls itself a certificate, not a refusal.
    pub certified: bool,
    /// Level it says was reached.
    pub level: Option<Level>,
    /// Reasons against a certificate.
    pub reasons: Vec<String>,
    /// Everything else.
    pub facts: Facts,
}

/// A certificate or refusal that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClaimError {
    /// No JSON, or not of this shape.
    #[error("this is neither a certificate nor a refusal of civic: {0}")]
    Shape(String),
    /// Written by a later version of civic.
    #[error("this has schema {0}, and this civic reads up to schema {SCHEMA}: use a newer civic")]
    Newer(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Certificate,
    Refusal,
}

/// The file's shape.
#[derive(Serialize, Deserialize)]
struct Document {
    schema: u32,
    r#type: Kind,
    level: Option<Level>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(flatten)]
    facts: Facts,
}

impl Certificate {
    /// Issues a certificate for a run, or says why not.
    ///
    /// `digest` is the journal's own, as [`digest`] makes it from the text the journal was parsed from.
    ///
    /// # Errors
    /// [`Refusal`] with every reason of [`reasons`].
    pub fn issue(
        journal: &Journal,
        verdicts: &[Verdict],
        digest: impl Into<String>,
    ) -> Result<Self, Refusal> {
        let reasons = reasons(journal, verdicts);
        let level = level_of(journal.start(), verdicts);
        let facts = Facts::gather(journal, verdicts, digest.into());
        match level {
            Some(level) if reasons.is_empty() => Ok(Self { level, facts }),
            level => Err(Refusal { level, reasons, facts }),
        }
    }

    /// The level it certifies.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The facts it states.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The file's text: pretty JSON, the same bytes for the same run.
    pub fn to_json(&self) -> String {
        write(Kind::Certificate, Some(self.level), &[], &self.facts)
    }
}

impl Refusal {
    /// The level up to which all drills passed.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// Why there is no certificate: at least one plain sentence.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// The facts it states.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The file's text: pretty JSON, the same bytes for the same run.
    pub fn to_json(&self) -> String {
        write(Kind::Refusal, self.level, &self.reasons, &self.facts)
    }
}

/// Reads what a certificate's or refusal's file says.
///
/// # Errors
/// [`ClaimError`] when it is neither, or of a later schema.
pub fn read(text: &str) -> Result<Claim, ClaimError> {
    let shape = |error: serde_json::Error| ClaimError::Shape(error.to_string());
    let value: serde_json::Value = serde_json::from_str(text).map_err(shape)?;
    if let Some(newer) = value["schema"].as_u64().filter(|schema| *schema > u64::from(SCHEMA)) {
        return Err(ClaimError::Newer(newer));
    }
    let document: Document = serde_json::from_value(value).map_err(shape)?;
    let Document { r#type, level, reasons, facts, .. } = document;
    Ok(Claim { certified: r#type == Kind::Certificate, level, reasons, facts })
}

/// The digest of a file's bytes: `sha256:` and 64 lower-case digits.
pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn write(kind: Kind, level: Option<Level>, reasons: &[String], facts: &Facts) -> String {
    let (reasons, facts) = (reasons.to_vec(), facts.clone());
    let document = Document { schema: SCHEMA, r#type: kind, level, reasons, facts };
    // Strings, numbers and maps with text keys: there is nothing in it that JSON could refuse.
    serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
}
