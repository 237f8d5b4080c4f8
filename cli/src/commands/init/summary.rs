//! What a person reads at the end: what was found, what was written, what to look at, the next command.

use std::path::Path;

use civic_templates::apply::{Action, Class, Plan, Step};
use serde_json::json;

use super::Verb;
use crate::init::scaffold::{Scaffold, ScaffoldError};
use crate::render;

/// Lines for people.
pub fn people(made: &Scaffold, plan: &Plan, is_dry: bool, verb: Verb, path: &Path) {
    println!("Found");
    for line in &made.found_lines {
        println!("  {}", render::plain(line));
    }
    files(plan, is_dry);
    look_at(made, plan);
    let folder = folder(path);
    println!();
    if is_dry {
        println!(
            "Nothing was written. To write it: civic {}{folder}",
            if verb == Verb::Init { "init" } else { "update" }
        );
    } else if plan.conflicts().next().is_some() {
        println!(
            "The files above need a person. When one is as it should be: civic update{folder} --resolved FILE"
        );
    } else {
        println!(
            "Next: civic check{folder}, then civic certify{folder}. To take this back: civic init{folder} --undo"
        );
    }
}

/// The folder as it is typed after a command.
fn folder(path: &Path) -> String {
    let text = path.to_string_lossy();
    match text.as_ref() {
        "." => String::new(),
        text if text.chars().any(char::is_control) => " PATH".into(),
        text if text.starts_with('-') => format!(" {}", shell_words::quote(&format!("./{text}"))),
        text => format!(" {}", shell_words::quote(text)),
    }
}

fn files(plan: &Plan, is_dry: bool) {
    let named = |action: Action| {
        plan.steps().iter().filter(move |step| step.action == action).map(|step| step.path.as_str())
    };
    let lines = [
        (Action::Create, if is_dry { "Would write" } else { "Written" }),
        (Action::Replace, if is_dry { "Would change" } else { "Changed" }),
        (Action::Merge, if is_dry { "Would merge with your changes" } else { "Merged with your changes" }),
        (Action::Remove, if is_dry { "Would remove" } else { "Removed" }),
    ];
    let mut is_any = false;
    for (action, title) in lines {
        let paths: Vec<&str> = named(action).collect();
        if !paths.is_empty() {
            is_any = true;
            println!("\n{title}");
            for path in paths {
                println!("  {}", render::plain(path));
            }
        }
    }
    if !is_any {
        println!("\nNothing to write: every file is as it should be.");
    }
}

fn look_at(made: &Scaffold, plan: &Plan) {
    let foreign =
        plan.steps().iter().filter(|step| step.class == Class::Foreign && step.action == Action::Keep);
    let mut lines: Vec<String> = foreign.map(kept).collect();
    lines.extend(plan.conflicts().map(conflict));
    let deleted = plan.steps().iter().filter(|step| step.class == Class::DeletedByUser);
    lines.extend(deleted.map(|step| {
        format!(
            "{}: you deleted it, so it stays deleted (civic update --restore {} brings it back)",
            step.path, step.path
        )
    }));
    let programs = plan.steps().iter().filter(|step| step.not_executable);
    lines.extend(programs.map(|step| format!("{}: it must be a program: chmod +x {}", step.path, step.path)));
    lines.extend(made.notes.iter().map(|note| {
        if note.place.is_empty() { note.text.clone() } else { format!("{}: {}", note.place, note.text) }
    }));
    lines.extend(made.draft.missing.iter().map(|text| format!("For a higher level: {text}")));
    if lines.is_empty() {
        return;
    }
    println!("\nLook at");
    for line in lines {
        println!("  - {}", render::plain(&line));
    }
}

fn kept(step: &Step) -> String {
    let offer = step
        .offer
        .as_ref()
        .map(|offer| format!(" What civic would write is in {offer}."))
        .unwrap_or_default();
    format!("{}: yours, and kept as it is.{offer}", step.path)
}

fn conflict(step: &Step) -> String {
    let places: Vec<&str> = step.conflicts.iter().map(|conflict| conflict.at.as_str()).collect();
    let offer = step.offer.as_deref().unwrap_or(".civic/offers");
    format!(
        "{}: you and civic both changed {}. Yours stays; both sides are in {offer}",
        step.path,
        places.join(", ")
    )
}

/// What stands in the way, all of it.
pub fn blocked(plan: &Plan, is_json: bool) {
    if is_json {
        println!("{}", json!({ "schema": 1, "written": false, "plan": plan }));
        return;
    }
    eprintln!("error: some files cannot be written, so none was");
    for step in plan.blocked() {
        let why = step.obstacle.as_ref().map(ToString::to_string).unwrap_or_default();
        eprintln!("  {}: {}", render::plain(&step.path), render::plain(&why));
    }
}

/// One document: detection, plan, and what to look at.
pub fn json(made: &Scaffold, plan: &Plan) {
    let notes: Vec<_> =
        made.notes.iter().map(|note| json!({ "text": note.text, "place": note.place })).collect();
    println!(
        "{}",
        json!({
            "schema": 1,
            "plan": plan,
            "detection": made.detection,
            "notes": notes,
            "missing": made.draft.missing,
        })
    );
}

/// A refusal as a document.
pub fn refused(failure: &ScaffoldError) {
    println!(
        "{}",
        json!({ "schema": 1, "written": false, "refused": failure.to_string(), "hints": failure.hints() })
    );
}
