//! `civic explain`: every drill has its page inside the program.

use civic_contract::catalogue::CATALOGUE;

use crate::bench::{civic, page};

#[test]
fn every_performed_drill_is_explained_by_its_page() {
    for drill in CATALOGUE.iter().filter(|drill| drill.performed) {
        let said = civic(&["explain", drill.id]).succeeded();
        assert_eq!(said.trim(), page(&format!("docs/drills/{}.md", drill.id)).trim());
    }
}

#[test]
fn every_other_drill_says_that_it_is_not_performed_yet() {
    for drill in CATALOGUE.iter().filter(|drill| !drill.performed) {
        let said = civic(&["explain", drill.id]).succeeded();
        assert!(said.contains(drill.title) && said.contains("cannot perform it yet"), "{said}");
    }
}

#[test]
fn without_a_name_all_are_listed() {
    insta::assert_snapshot!(civic(&["explain"]).succeeded());
}

#[test]
fn an_unknown_name_is_answered_with_the_one_that_was_meant() {
    civic(&["explain", "volume-los"])
        .refused(64, &["there is no drill `volume-los`", "Did you mean `volume-lost`?"]);
    civic(&["explain", "README"]).refused(64, &["there is no drill `README`"]);
    civic(&["explain", "../exit-codes"]).refused(64, &["there is no drill"]);
}
