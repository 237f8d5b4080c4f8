//! Which level a run reached, and what is in the way of the next one.

use std::collections::BTreeMap;

use crate::catalogue::{CATALOGUE, Entry, Level};
use crate::manifest::PAGE;
use crate::verdict::Outcome;

const LEVELS: [Level; 5] = [Level::C1, Level::C2, Level::C3, Level::C4, Level::C5];
/// The highest level for canaries that do not go through the app itself.
const CAP: Level = Level::C2;
/// The highest level for an app that keeps no data. C3 is about the loss of the disks, and it was tried in full:
/// everything but the images was destroyed. The levels above are about backups, of which there are none.
const CAP_WITHOUT_DATA: Level = Level::C3;

/// Outcome by drill id. A drill that is not in it was not run.
pub type Outcomes = BTreeMap<String, Outcome>;

/// Finds the highest level that was reached; `None` when not even C1 was.
///
/// A level is reached when every drill of it that this version performs passed or is exempt, at least one of them
/// passed, and the levels below are reached, too. A level without a performed drill is never reached: nothing was
/// tried. Canaries that do not go through the app cap the level at C2, a page of an app without data caps it at C3.
pub fn reached(outcomes: &Outcomes, canary: &str) -> Option<Level> {
    reached_of(CATALOGUE, outcomes, canary)
}

/// Says why the level is not higher, in one or two plain sentences.
pub fn next_step(outcomes: &Outcomes, canary: &str) -> String {
    let reached = reached(outcomes, canary);
    let next = LEVELS.iter().copied().find(|level| reached.is_none_or(|reached| *level > reached));
    match (next, cap(canary)) {
        (None, _) => "There is no higher level.".into(),
        (Some(next), Some(sentence)) if next > highest(canary) => sentence,
        (Some(next), _) => obstacle(CATALOGUE, next, outcomes),
    }
}

/// Says which cap the kind of canary puts on the level and how to lift it; `None` when there is none.
pub fn cap(canary: &str) -> Option<String> {
    let written = match canary {
        "app" => return None,
        PAGE => {
            return Some(format!(
                "The canary is a page, and no data was at risk, which caps the level at {CAP_WITHOUT_DATA}: the levels \
                 above are about backups, and there is nothing to back up. If people can leave anything in the app, \
                 declare where it is kept as a durable volume, and take another kind of canary."
            ));
        }
        "database" => "in a table of the suite's own, past the app",
        "volume" => "as a file in a volume, past the app",
        _ => "in a way this version of civic does not know",
    };
    Some(format!(
        "The canaries were written {written}, which caps the level at {CAP}. To lift the cap, give the app canary \
         operations of its own: `kind = \"app\"` under `[canary]` in civic.toml."
    ))
}

fn highest(canary: &str) -> Level {
    match canary {
        "app" => Level::C5,
        PAGE => CAP_WITHOUT_DATA,
        _ => CAP,
    }
}

fn reached_of(catalogue: &[Entry], outcomes: &Outcomes, canary: &str) -> Option<Level> {
    let allowed = LEVELS.iter().filter(|level| **level <= highest(canary));
    allowed.take_while(|level| holds(catalogue, **level, outcomes)).last().copied()
}

fn holds(catalogue: &[Entry], level: Level, outcomes: &Outcomes) -> bool {
    let found: Vec<_> = performed(catalogue, level).map(|entry| outcomes.get(entry.id)).collect();
    found.iter().all(|outcome| matches!(outcome, Some(Outcome::Pass | Outcome::Exempt)))
        && found.contains(&Some(&Outcome::Pass))
}

fn performed(catalogue: &[Entry], level: Level) -> impl Iterator<Item = &Entry> {
    catalogue.iter().filter(move |entry| entry.level == level && entry.performed)
}

fn obstacle(catalogue: &[Entry], level: Level, outcomes: &Outcomes) -> String {
    let name = format!("{level} ({})", level.motto());
    if performed(catalogue, level).next().is_none() {
        return format!("{name} was not tested: this version of civic performs none of its drills yet.");
    }
    let short: Vec<String> = performed(catalogue, level)
        .filter_map(|entry| match outcomes.get(entry.id) {
            Some(Outcome::Pass | Outcome::Exempt) => None,
            Some(outcome) => Some(format!("{} ({})", entry.id, outcome.word())),
            None => Some(format!("{} (not run)", entry.id)),
        })
        .collect();
    match short.is_empty() {
        true => format!("{name} needs at least one drill that passes; all of its drills are exempt."),
        false => format!("{name} needs every drill of its own to pass. In the way: {}.", short.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn drill(id: &'static str, level: Level, performed: bool) -> Entry {
        Entry { id, level, title: "", performed }
    }

    /// A catalogue in which every level up to C4 has a drill, and C2 has two.
    const SMALL: &[Entry] = &[
        drill("one", Level::C1, true),
        drill("later", Level::C1, false),
        drill("two-a", Level::C2, true),
        drill("two-b", Level::C2, true),
        drill("three", Level::C3, true),
        drill("four", Level::C4, true),
        drill("five", Level::C5, false),
    ];

    fn outcomes(given: &[(&str, Outcome)]) -> Outcomes {
        given.iter().map(|(id, outcome)| ((*id).to_owned(), *outcome)).collect()
    }

    /// All of SMALL pass, but for `changed`.
    fn level(changed: &[(&str, Outcome)]) -> Option<Level> {
        let ids = ["one", "two-a", "two-b", "three", "four"];
        let mut all = outcomes(&ids.map(|id| (id, Outcome::Pass)));
        all.extend(outcomes(changed));
        reached_of(SMALL, &all, "app")
    }

    fn all_performed() -> Outcomes {
        let performed = CATALOGUE.iter().filter(|entry| entry.performed);
        performed.map(|entry| (entry.id.to_owned(), Outcome::Pass)).collect()
    }

    #[test]
    fn all_pass_reaches_the_last_level_with_a_performed_drill() {
        assert_eq!(level(&[]), Some(Level::C4));
    }

    #[test]
    fn a_level_falls_with_each_of_its_drills() {
        for (id, expected) in [
            ("one", None),
            ("two-a", Some(Level::C1)),
            ("two-b", Some(Level::C1)),
            ("three", Some(Level::C2)),
            ("four", Some(Level::C3)),
        ] {
            assert_eq!(level(&[(id, Outcome::Fail)]), expected, "{id}");
        }
    }

    #[test]
    fn nothing_but_a_pass_or_an_exemption_carries_a_level() {
        for outcome in [Outcome::Fail, Outcome::Unsound, Outcome::InfraError, Outcome::Inconclusive] {
            assert_eq!(level(&[("two-a", outcome)]), Some(Level::C1), "{outcome:?}");
        }
        assert_eq!(level(&[("two-a", Outcome::Exempt)]), Some(Level::C4));
    }

    #[test]
    fn a_lower_level_that_is_missing_is_missing_above_too() {
        assert_eq!(level(&[("one", Outcome::Fail), ("two-a", Outcome::Pass)]), None);
    }

    #[test]
    fn exemptions_alone_reach_no_level() {
        assert_eq!(level(&[("three", Outcome::Exempt)]), Some(Level::C2));
        assert_eq!(level(&[("two-a", Outcome::Exempt), ("two-b", Outcome::Exempt)]), Some(Level::C1));
    }

    #[test]
    fn a_drill_that_was_not_run_is_no_pass() {
        let all = outcomes(&[("one", Outcome::Pass), ("two-a", Outcome::Pass)]);
        assert_eq!(reached_of(SMALL, &all, "app"), Some(Level::C1));
        assert_eq!(reached_of(SMALL, &Outcomes::new(), "app"), None);
    }

    #[test]
    fn an_empty_catalogue_reaches_nothing() {
        assert_eq!(reached_of(&[], &Outcomes::new(), "app"), None);
    }

    #[test]
    fn outcomes_of_unknown_or_unperformed_drills_change_nothing() {
        let strangers = [("later", Outcome::Fail), ("five", Outcome::Pass), ("made-up", Outcome::Fail)];
        assert_eq!(level(&strangers), Some(Level::C4));
    }

    #[test]
    fn canaries_past_the_app_cap_the_level() {
        for canary in ["database", "volume", "", "something-newer"] {
            assert_eq!(reached(&all_performed(), canary), Some(Level::C2), "{canary}");
        }
        assert_eq!(reached(&all_performed(), "app"), Some(Level::C3));
        assert_eq!(reached(&Outcomes::new(), "database"), None, "a cap is no floor");
    }

    #[test]
    fn a_page_caps_the_level_where_backups_begin() {
        let all: Outcomes = SMALL.iter().map(|entry| (entry.id.to_owned(), Outcome::Pass)).collect();
        assert_eq!(reached_of(SMALL, &all, "app"), Some(Level::C4));
        assert_eq!(reached_of(SMALL, &all, PAGE), Some(Level::C3));
        assert_eq!(reached(&Outcomes::new(), PAGE), None, "a cap is no floor");
    }

    #[test]
    fn the_next_step_is_told() {
        let mut failed = all_performed();
        failed.insert("volume-lost".into(), Outcome::Fail);
        let mut exempt = all_performed();
        exempt.insert("volume-lost".into(), Outcome::Exempt);
        let told = [
            next_step(&Outcomes::new(), "app"),
            next_step(&failed, "app"),
            next_step(&exempt, "app"),
            next_step(&all_performed(), "app"),
            next_step(&all_performed(), "database"),
            next_step(&all_performed(), "volume"),
            next_step(&all_performed(), "page"),
            next_step(&Outcomes::new(), "volume"),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }
}
