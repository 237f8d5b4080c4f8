//! What a judge says about one drill.

use serde::{Deserialize, Serialize};

/// How a drill ended; the order is from best to worst, so that `max` is "worst wins".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing acknowledged was lost.
    Pass,
    /// Not run, by a declared and reasoned exemption.
    Exempt,
    /// Nothing can be said: the fault did not take effect, nothing was acknowledged, something is missing.
    Inconclusive,
    /// The engine or another part of the laboratory failed.
    InfraError,
    /// A hook or probe of the app failed its negative control, so that nothing it says counts.
    Unsound,
    /// The app's fault.
    Fail,
}

impl Outcome {
    /// The word used in every report.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Exempt => "exempt",
            Outcome::Inconclusive => "inconclusive",
            Outcome::InfraError => "infra-error",
            Outcome::Unsound => "unsound",
            Outcome::Fail => "fail",
        }
    }
}

/// A judge's whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Drill id.
    pub drill: String,
    /// The answer.
    pub outcome: Outcome,
    /// One plain sentence.
    pub headline: String,
    /// What spoke against the app, or why nothing can be said; empty for a pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was measured on the way.
    #[serde(default)]
    pub measured: Measured,
}

/// One thing that went wrong, told so that its reader can mend it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Command a reader can paste.
    pub done: String,
    /// What should have happened.
    pub expected: String,
    /// What happened instead.
    pub seen: String,
    /// At most three canary ids as examples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canaries: Vec<String>,
    /// How the deadline came about, where one was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The app's last words: service and line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<String>,
    /// The likely cause in plain words.
    pub cause: String,
    /// What to change.
    pub fix: String,
    /// Command that runs this drill again with the same seed.
    pub rerun: String,
}

/// Numbers of a drill; milliseconds where it says `_ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Data loss: fault minus acknowledgement of the newest survivor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_ms: Option<u64>,
    /// Outage: fault until ready again, the longest of the drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_ms: Option<u64>,
    /// Slowest boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_ms: Option<u64>,
    /// Canaries acknowledged.
    #[serde(default)]
    pub acknowledged: u64,
    /// Acknowledged canaries that had to come back and did not.
    #[serde(default)]
    pub lost: u64,
    /// Acknowledged canaries younger than the snapshot that did not come back, as allowed.
    #[serde(default)]
    pub forgone: u64,
    /// Canaries whose write had no certain outcome.
    #[serde(default)]
    pub unknown: u64,
}
