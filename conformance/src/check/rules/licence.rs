//! `licence-file`: without the text, nobody may take the project over.

use std::path::Path;

use crate::check::finding::{Finding, shown};
use crate::check::survey::Survey;

const NAMES: &[&str] = &["license", "licence", "copying", "unlicense", "unlicence", "licenses", "licences"];

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let licence = &survey.manifest.app.licence;
    let is_there = survey.folder.names(Path::new("")).iter().any(|name| {
        let stem = name.split(['.', '-', '_', '/']).next().unwrap_or_default();
        NAMES.iter().any(|known| stem.eq_ignore_ascii_case(known))
    });
    if licence.is_empty() || is_there {
        return Vec::new();
    }
    let message = format!("The licence is {}, but its text is not in the project.", shown(licence));
    let fix = "Add the text as LICENSE beside civic.toml: https://spdx.org/licenses/ has them all.";
    vec![Finding::advice(survey.places.of_key(&["app", "licence"]), message, fix)]
}
