//! Every rule on a project that breaks it and on one that does not.

mod cases;
mod files;

use std::fmt::Write as _;
use std::path::Path;

use civic_contract::journal::StaticFinding;
use tempfile::TempDir;

use super::{RULES, check};
use crate::project::Project;

/// A project of which no rule says anything.
const SOUND: [(&str, &str); 7] = [
    ("civic.toml", include_str!("sound/civic.toml")),
    ("Dockerfile", include_str!("sound/Dockerfile")),
    (".dockerignore", "*\n!src\n"),
    ("LICENSE", "MIT License\n"),
    ("src/server.js", ""),
    ("civic/hooks/pre-backup", include_str!("sound/pre-backup")),
    ("civic/hooks/post-restore", include_str!("sound/post-restore")),
];

/// A change to the sound project.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Write(&'static str, &'static str),
    Bytes(&'static str, &'static [u8]),
    Replace(&'static str, &'static str, &'static str),
    Remove(&'static str),
    Folder(&'static str),
}
use Edit::{Bytes, Folder, Remove, Replace, Write};

fn project(edits: &[Edit]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in SOUND {
        put(folder.path(), file, text.as_bytes());
    }
    for edit in edits {
        match *edit {
            Write(file, text) => put(folder.path(), file, text.as_bytes()),
            Bytes(file, bytes) => put(folder.path(), file, bytes),
            Remove(file) => std::fs::remove_file(folder.path().join(file)).unwrap(),
            Folder(file) => std::fs::create_dir_all(folder.path().join(file)).unwrap(),
            Replace(file, from, to) => {
                let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
                assert!(text.contains(from), "{file} has no {from:?}");
                put(folder.path(), file, text.replacen(from, to, 1).as_bytes());
            }
        }
    }
    folder
}

fn put(folder: &Path, file: &str, bytes: &[u8]) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    #[cfg(unix)]
    if file.starts_with("civic/hooks/") {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn findings(edits: &[Edit]) -> Vec<StaticFinding> {
    let folder = project(edits);
    match Project::load(folder.path()) {
        Ok(project) => check(&project),
        Err(crate::project::ProjectError::Invalid { errors, .. }) => panic!("{errors:#?}"),
        Err(error) => panic!("{error}"),
    }
}

fn rendered(findings: &[StaticFinding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let StaticFinding { check, error, message, fix, file, line } = finding;
        let kind = if *error { "error" } else { "advice" };
        writeln!(text, "{file}:{line}: {kind}[{check}] {message}\n    {fix}").unwrap();
    }
    text
}

#[test]
fn nothing_is_said_about_a_sound_project() {
    assert_eq!(rendered(&findings(&[])), "");
}

#[test]
fn every_rule_speaks_up_when_it_is_broken_and_only_then() {
    for rule in RULES {
        let (_, broken, kept) = cases::all().find(|(id, _, _)| *id == rule.id).expect(rule.id);
        let mut text = String::new();
        for edits in *broken {
            let found = findings(edits);
            assert!(
                found.iter().any(|finding| finding.check == rule.id),
                "{}: {edits:#?}\n{}",
                rule.id,
                rendered(&found)
            );
            let own: Vec<StaticFinding> =
                found.into_iter().filter(|finding| finding.check == rule.id).collect();
            writeln!(text, "{}", rendered(&own).trim_end()).unwrap();
        }
        insta::assert_snapshot!(rule.id.replace('-', "_"), text);
        for edits in *kept {
            let found: Vec<StaticFinding> =
                findings(edits).into_iter().filter(|finding| finding.check == rule.id).collect();
            assert!(found.is_empty(), "{}: {edits:#?}\n{}", rule.id, rendered(&found));
        }
    }
}

#[test]
fn rules_have_ids_of_their_own_and_say_what_they_ask_for() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        assert!(rule.about.ends_with('.'), "{}", rule.about);
    }
    assert_eq!(cases::all().count(), RULES.len(), "a case for a rule that is not there");
}
