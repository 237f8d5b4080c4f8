//! Pages that repeat what the program knows are compared with it.

use std::collections::BTreeSet;
use std::path::Path;

use civic_contract::catalogue::{self, CATALOGUE, Entry};
use civic_contract::exit::Exit;
use civic_contract::journal;

use crate::arguments::COMMANDS;
use crate::bench::{civic, page, repository};

/// The command reference as it must be.
fn reference() -> String {
    let mut text = String::from(
        "# The command line\n\nWhat `civic help` says, all in one place. This page is written by a test: \
         `UPDATE=1 cargo test -p civic --test usage`.\n",
    );
    for command in std::iter::once("").chain(COMMANDS) {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = civic(&arguments).succeeded();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let title = format!("civic {command}");
        text.push_str(&format!("\n## {}\n\n```text\n{}\n```\n", title.trim(), lines.join("\n")));
    }
    text
}

#[test]
fn the_command_reference_is_what_help_says() {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(repository("docs/cli.md"), reference()).unwrap();
    }
    assert_eq!(page("docs/cli.md"), reference(), "UPDATE=1 cargo test -p civic --test usage");
}

#[test]
fn the_command_reference_leaves_no_command_out() {
    let help = civic(&["--help"]).succeeded();
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names =
        listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
    assert_eq!(names.collect::<Vec<_>>(), [&COMMANDS[..], &["help"]].concat());
}

/// The cells of every table row of a page whose first cell `wanted` accepts.
fn rows(page: &str, wanted: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cells| wanted(&cells[0]))
        .collect()
}

#[test]
fn the_page_on_exit_codes_lists_them_all() {
    let listed = rows(&page("docs/exit-codes.md"), |cell| cell.parse::<u8>().is_ok());
    let known = Exit::ALL.map(|exit| vec![exit.code().to_string(), exit.meaning().to_owned()]);
    assert_eq!(listed, known);
}

#[test]
fn the_index_of_drills_is_the_catalogue() {
    let name = |cell: &str| cell.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
    let listed = rows(&page("docs/drills/README.md"), |cell| catalogue::find(&name(cell)).is_some());
    let (performed, planned): (Vec<&Entry>, Vec<&Entry>) =
        CATALOGUE.iter().partition(|drill| drill.performed);
    let row = |name: String, drill: &Entry| vec![name, drill.level.to_string(), drill.title.to_owned()];
    let linked = performed.iter().map(|drill| row(format!("[{0}]({0}.md)", drill.id), drill));
    let wanted: Vec<Vec<String>> =
        linked.chain(planned.iter().map(|drill| row(drill.id.into(), drill))).collect();
    let listed: Vec<Vec<String>> = listed.into_iter().map(|cells| cells[..3].to_vec()).collect();
    assert_eq!(listed, wanted);
}

/// Serde names every event when it meets one that it does not know.
fn known_events() -> BTreeSet<String> {
    let error = serde_json::from_str::<journal::Entry>(r#"{"at_ms":0,"event":"?"}"#).unwrap_err().to_string();
    let list = error.split("expected one of").nth(1).unwrap();
    list.split('`').skip(1).step_by(2).map(Into::into).collect()
}

fn code(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(Into::into).collect()
}

#[test]
fn the_page_on_the_journal_lists_every_event() {
    let page = page("docs/journal.md");
    let events = page.split("## Events").nth(1).unwrap();
    let listed: BTreeSet<String> =
        rows(events, |cell| cell.starts_with('`')).iter().flat_map(|row| code(&row[0])).collect();
    assert_eq!(listed, known_events());
}

/// Fields of real events are on the page; a recorded journal has most of them.
#[test]
fn the_page_on_the_journal_lists_every_field_of_a_real_one() {
    let page = page("docs/journal.md");
    let rows = rows(page.split("## Events").nth(1).unwrap(), |cell| cell.starts_with('`'));
    for line in self::page("cli/tests/fixtures/sound/journal.jsonl").lines() {
        let entry: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let event = entry["event"].as_str().unwrap();
        let row = rows.iter().find(|row| row[0] == format!("`{event}`")).unwrap();
        for field in
            entry.keys().filter(|key| !["at_ms", "drill", "sandbox", "event"].contains(&key.as_str()))
        {
            assert!(code(&row[1]).contains(field), "docs/journal.md does not list `{field}` of `{event}`");
        }
    }
}

/// Pages for people; those of `docs/design/` also speak of what is not there yet.
const PAGES: [&str; 11] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/quickstart.md",
    "docs/init.md",
    "docs/adding-a-stack.md",
    "docs/templates.md",
    "docs/exit-codes.md",
    "docs/journal.md",
    "docs/reading-a-report.md",
    "docs/adding-a-drill.md",
    "examples/courtbot/README.md",
];

/// Every piece of code on a page, in a block or within a line.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            pieces.push(line.trim().trim_start_matches("$ ").to_owned());
        } else {
            pieces.extend(line.split('`').skip(1).step_by(2).map(ToOwned::to_owned));
        }
    }
    pieces
}

fn drill_pages() -> Vec<String> {
    CATALOGUE
        .iter()
        .filter(|drill| drill.performed)
        .map(|drill| format!("docs/drills/{}.md", drill.id))
        .collect()
}

/// A command line up to what belongs to the shell, with values in place of `<id>` and `DIR`.
fn arguments(piece: &str) -> Option<Vec<String>> {
    let mut words = piece.split_whitespace();
    let program = words.next()?;
    if Path::new(program).file_name()? != "civic" {
        return None;
    }
    let words = words.take_while(|word| !["#", "|", "||", "&&", "…", ">", "&"].contains(word));
    let fill = |word: &str| match word.trim_matches(['<', '>']) {
        "n" | "N" => "1".to_owned(),
        "id" | "ID" | "drill" => "hard-kill".to_owned(),
        other => other.trim_end_matches([';', ')']).to_owned(),
    };
    Some(words.map(fill).collect())
}

#[test]
fn every_command_on_our_pages_exists() {
    let mut tried = 0;
    for name in PAGES.into_iter().map(Into::into).chain(drill_pages()) {
        for words in pieces(&page(&name)).iter().filter_map(|piece| arguments(piece)) {
            let all: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
            let said = civic(&all);
            assert_eq!(said.code, 0, "{name} has `civic {}`: {}", words.join(" "), said.err);
            let only = words.iter().skip_while(|word| *word != "--only").nth(1);
            for drill in only.into_iter().flat_map(|only| only.split(',')) {
                let known = catalogue::find(drill).is_some_and(|entry| entry.performed);
                assert!(known, "{name} has `--only {drill}`");
            }
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} commands were found: does this test still find them?");
}

#[test]
fn every_make_target_on_our_pages_exists() {
    let makefile = page("Makefile");
    for name in PAGES {
        for piece in pieces(&page(name)) {
            let Some(target) = piece.strip_prefix("make ").and_then(|rest| rest.split_whitespace().next())
            else {
                continue;
            };
            assert!(makefile.contains(&format!("\n{target}:")), "{name} has `{piece}`");
        }
    }
}

#[test]
fn every_link_between_our_pages_leads_somewhere() {
    let pages = PAGES.into_iter().map(Into::into).chain(drill_pages());
    for name in pages.chain([
        "docs/README.md".to_owned(),
        "docs/drills/README.md".to_owned(),
        "docs/cli.md".to_owned(),
    ]) {
        let text = page(&name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = link.split('#').next().unwrap_or_default();
            let path = repository(&name).parent().unwrap().join(target);
            assert!(path.exists(), "{name} links to {link}");
        }
    }
}
