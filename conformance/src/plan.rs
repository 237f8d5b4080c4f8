//! What a run will do, decided before anything is touched.

use std::collections::BTreeMap;

use civic_contract::catalogue::{CATALOGUE, Level};
use civic_contract::manifest::{Canary, Manifest};
use jiff::civil::Date;

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Drills that will be performed and judged, in catalogue order.
    pub roster: Vec<&'static str>,
    /// Drills left out by a declared exemption, with its reason.
    pub exempt: BTreeMap<String, String>,
    /// Drills left out otherwise, with the reason.
    pub not_tested: BTreeMap<String, String>,
    /// Things a reader should know, one sentence each.
    pub notes: Vec<String>,
}

/// A plan that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// `--only` names a drill that does not exist.
    #[error("there is no drill `{id}`")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// `--only` names a drill that this version cannot perform.
    #[error("this version of civic cannot perform the drill `{id}` yet")]
    NotPerformed {
        /// What was asked for.
        id: String,
    },
    /// Nothing is left to do.
    #[error("no drill is selected")]
    Empty,
}

impl Plan {
    /// Makes the plan for a manifest. `only` selects drills by id (empty: all); `today` decides whether an
    /// exemption still holds.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(manifest: &Manifest, only: &[String], today: Date) -> Result<Self, PlanError> {
        only.iter().try_for_each(|id| check_selectable(id))?;
        let mut plan = Self {
            roster: Vec::new(),
            exempt: BTreeMap::new(),
            not_tested: BTreeMap::new(),
            notes: Vec::new(),
        };
        for entry in CATALOGUE {
            let id = entry.id.to_owned();
            if !entry.performed {
                plan.not_tested.insert(id, "this version of civic cannot perform it yet".into());
            } else if !only.is_empty() && !only.contains(&id) {
                plan.not_tested.insert(id, "not selected by --only".into());
            } else if let Some(reason) = plan.exemption(manifest, entry.id, today) {
                plan.exempt.insert(id, reason);
            } else {
                plan.roster.push(entry.id);
            }
        }
        plan.note_canary(&manifest.canary);
        if plan.roster.is_empty() { Err(PlanError::Empty) } else { Ok(plan) }
    }

    /// The reason of an exemption that still holds; one that has ended is noted, and its drill is performed.
    fn exemption(&mut self, manifest: &Manifest, id: &str, today: Date) -> Option<String> {
        let exemption = manifest.exemptions.iter().find(|exemption| exemption.drill == id)?;
        match exemption.until {
            Some(until) if until < today => {
                self.notes
                    .push(format!("The exemption from {id} ended on {until}, so the drill is performed."));
                None
            }
            _ => Some(exemption.reason.clone()),
        }
    }

    fn note_canary(&mut self, canary: &Canary) {
        let kind = match canary {
            Canary::App(_) => return,
            Canary::Page(_) => {
                self.notes.push(format!(
                    "The canary is a page, so no data is at risk and the level ends at {}: right for an app that keeps \
                     nothing, and for no other (docs/manifest.md).",
                    Level::C3
                ));
                return;
            }
            Canary::Database(_) | Canary::Volume { .. } => canary.kind(),
        };
        self.notes.push(format!(
            "The canary is of kind `{kind}`, which does not go through the app: the level ends at {}. Declare canary \
             requests through the app's own route to go higher (docs/manifest.md).",
            Level::C2
        ));
    }
}

/// Ids that `--only` may name.
fn check_selectable(id: &str) -> Result<(), PlanError> {
    match civic_contract::catalogue::find(id) {
        Some(entry) if entry.performed => Ok(()),
        Some(_) => Err(PlanError::NotPerformed { id: id.into() }),
        None => Err(PlanError::Unknown { id: id.into() }),
    }
}
