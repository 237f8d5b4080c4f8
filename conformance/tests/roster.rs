//! One drill is one file, one page, one specimen and one line in the catalogue: the four lists are the same.
#![allow(clippy::unwrap_used)] // a test that panics has failed, which is the point

use std::collections::BTreeSet;
use std::path::Path;

use civic_conformance::drills::ROSTER;
use civic_conformance::self_test::{SOUND, specimens};
use civic_contract::catalogue::CATALOGUE;

fn performed() -> BTreeSet<String> {
    CATALOGUE.iter().filter(|entry| entry.performed).map(|entry| entry.id.to_owned()).collect()
}

fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| Some(name.strip_suffix(ending)?.to_owned())).collect()
}

#[test]
fn every_performed_drill_is_in_the_roster() {
    let roster: BTreeSet<String> = ROSTER.iter().map(|drill| drill.id().to_owned()).collect();
    assert_eq!(roster, performed());
}

#[test]
fn every_performed_drill_has_a_file_of_its_own() {
    let mut sources: BTreeSet<String> =
        files("src/drills", ".rs").iter().map(|name| name.replace('_', "-")).collect();
    sources.remove("mod");
    assert_eq!(sources, performed());
}

#[test]
fn every_performed_drill_has_a_page() {
    let mut pages = files("../docs/drills", ".md");
    pages.remove("README");
    assert_eq!(pages, performed());
}

#[test]
fn every_performed_drill_has_a_specimen() {
    let mut ids: BTreeSet<String> = specimens().into_iter().collect();
    assert!(ids.remove(SOUND));
    assert_eq!(ids, performed());
}
