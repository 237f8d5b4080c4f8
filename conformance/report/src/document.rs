//! The whole run as one JSON document, for programs (`--format json`).

use civic_contract::catalogue::Level;
use civic_contract::certificate::{Certificate, Facts, Refusal};
use civic_contract::journal::{Event, Journal, StaticFinding};
use civic_contract::verdict::Verdict;
use serde::Serialize;

use crate::ruling::Ruling;
use crate::shares::{Shares, shares};

/// Version of the document that this crate writes.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    r#type: &'static str,
    certified: bool,
    level: Option<Level>,
    /// The verdict in one plain sentence.
    sentence: String,
    reasons: &'a [String],
    facts: &'a Facts,
    verdicts: &'a [Verdict],
    checks: Vec<&'a StaticFinding>,
    warnings: Vec<&'a str>,
    time: Time,
}

/// Milliseconds, but for the two ratios.
#[derive(Serialize)]
struct Time {
    critical_path_ms: u64,
    app_ms: u64,
    suite_ms: u64,
    build_ms: u64,
    /// The app's share of the critical path, 0 to 1.
    app_share: Option<f64>,
    roster_ms: Option<u64>,
    first_boot_ms: Option<u64>,
    /// The roster's time in first cold boots.
    roster_in_boots: Option<f64>,
}

/// Writes the document as pretty JSON. It is the same for the same journal, verdicts and ruling.
pub fn json(journal: &Journal, verdicts: &[Verdict], ruling: &Result<Certificate, Refusal>) -> String {
    let (facts, level, reasons) = match ruling {
        Ok(certificate) => (certificate.facts(), Some(certificate.level()), &[][..]),
        Err(refusal) => (refusal.facts(), refusal.level(), refusal.reasons()),
    };
    let document = Document {
        schema: SCHEMA,
        r#type: "run",
        certified: ruling.is_ok(),
        level,
        sentence: Ruling::of(journal, verdicts).sentence(),
        reasons,
        facts,
        verdicts,
        checks: checks(journal).collect(),
        warnings: warnings(journal).collect(),
        time: Time::of(&shares(journal)),
    };
    // Strings, finite numbers and maps with text keys: there is nothing in it that JSON could refuse.
    serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
}

impl Time {
    fn of(shares: &Shares) -> Self {
        let rounded = |ratio: f64| (ratio * 1000.0).round() / 1000.0;
        Self {
            critical_path_ms: shares.total_ms,
            app_ms: shares.own_ms,
            suite_ms: shares.suite_ms,
            build_ms: shares.build_ms,
            app_share: shares.own_share().map(rounded),
            roster_ms: shares.roster_ms,
            first_boot_ms: shares.first_boot_ms,
            roster_in_boots: shares.in_boots().map(rounded),
        }
    }
}

/// What the static checks found.
pub(crate) fn checks(journal: &Journal) -> impl Iterator<Item = &StaticFinding> {
    journal.entries.iter().filter_map(|entry| match &entry.event {
        Event::Checked(finding) => Some(finding),
        _ => None,
    })
}

/// What a reader should know that is nobody's fault.
pub(crate) fn warnings(journal: &Journal) -> impl Iterator<Item = &str> {
    journal.entries.iter().filter_map(|entry| match &entry.event {
        Event::Warned { message } => Some(message.as_str()),
        _ => None,
    })
}
