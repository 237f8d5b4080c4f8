//! `civic explain`: the drills' pages, inside the binary.

use civic_contract::catalogue::{self, CATALOGUE};
use civic_contract::exit::Exit;
use include_dir::{Dir, include_dir};

use crate::{render, say};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../docs/drills");

/// Prints a drill's page, or the list of drills.
pub fn run(id: Option<&str>) -> Exit {
    let Some(id) = id else {
        list();
        return Exit::Done;
    };
    match (catalogue::find(id), page(id)) {
        (Some(_), Some(page)) => println!("{page}"),
        (Some(entry), None) => {
            println!(
                "{} ({}): {}.\n\nThis version of civic cannot perform it yet.",
                entry.id, entry.level, entry.title
            );
        }
        (None, _) => return say::plan(&civic_conformance::plan::PlanError::Unknown { id: id.into() }),
    }
    Exit::Done
}

/// The text of a drill's page.
pub fn page(id: &str) -> Option<&'static str> {
    PAGES.get_file(format!("{id}.md"))?.contents_utf8()
}

fn list() {
    let rows = CATALOGUE.iter().map(|entry| {
        let status = if entry.performed { "" } else { "not yet performed by this version" };
        vec![
            entry.id.to_owned(),
            format!("{} {}", entry.level, entry.level.motto()),
            entry.title.into(),
            status.into(),
        ]
    });
    println!("{}", render::table(&["drill", "level", "what is done", ""], rows.collect()));
    println!("`civic explain ID` tells more about one.");
}
