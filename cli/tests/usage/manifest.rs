//! A civic.toml that is wrong: exit code 64 before anything is touched, with line, column, what was expected and
//! what was perhaps meant. Every single message is tested in `civic-contract`; here is how people see them.

use std::fs;

use crate::bench::{Ended, Project, civic, civic_in};

/// Every command that reads a manifest gives the same answer.
#[track_caller]
fn said(project: &Project) -> String {
    let answers: Vec<Ended> = [&["certify"][..], &["certify", "--plan"], &["check"]]
        .iter()
        .map(|command| project.civic(command))
        .collect();
    for answer in &answers {
        assert_eq!(answer.code, 64, "{answer:?}");
        assert_eq!(answer.err, answers[0].err);
        assert_eq!(answer.out, "");
    }
    assert!(!project.path(".civic").exists());
    answers[0].err.clone()
}

fn changed(from: &str, to: &str) -> String {
    said(&Project::sound().change("civic.toml", from, to))
}

fn appended(more: &str) -> String {
    said(&Project::sound().append("civic.toml", more))
}

#[test]
fn a_folder_without_a_manifest_says_how_to_name_another() {
    civic(&["certify"])
        .refused(64, &["there is no civic.toml in .", "civic certify PATH", "docs/quickstart.md"]);
    civic(&["check"]).refused(64, &["there is no civic.toml in .", "civic check PATH"]);
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let project = Project::sound();
    for path in ["app/civic.toml", "nowhere"] {
        civic_in(project.path("..").as_path(), &["certify", path]).refused(64, &["is not a folder"]);
    }
}

#[test]
fn a_manifest_that_is_no_plain_file_is_refused() {
    let project = Project::sound();
    fs::remove_file(project.path("civic.toml")).unwrap();
    fs::create_dir(project.path("civic.toml")).unwrap();
    project.civic(&["certify"]).refused(64, &["cannot read app/civic.toml: it is not a plain file"]);
}

#[test]
fn an_empty_manifest() {
    let project = Project::sound();
    fs::write(project.path("civic.toml"), "").unwrap();
    insta::assert_snapshot!(said(&project));
}

#[test]
fn a_manifest_that_is_not_utf_8() {
    let project = Project::sound();
    fs::write(project.path("civic.toml"), b"schema = 1\n[app]\nname = \"caf\xe9\"\n").unwrap();
    insta::assert_snapshot!(said(&project));
}

#[test]
fn an_unknown_key() {
    insta::assert_snapshot!(changed("grace_period = ", "grace_perid = "));
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(changed("port = 8080", "port = \"8080\""));
}

#[test]
fn port_0_and_port_70000() {
    insta::assert_snapshot!(
        [changed("port = 8080", "port = 0"), changed("port = 8080", "port = 70000")].concat()
    );
}

#[test]
fn services_that_wait_for_each_other() {
    let ring = "depends_on = [\"db\"]\nport = 8080";
    let project = Project::sound()
        .change("civic.toml", "port = 8080", ring)
        .append("civic.toml", "\n[services.db]\nimage = \"postgres:17-trixie\"\ndepends_on = [\"web\"]\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn a_volume_for_an_unknown_service() {
    insta::assert_snapshot!(changed(
        "[volumes.notes]\nservice = \"web\"",
        "[volumes.notes]\nservice = \"wbe\""
    ));
}

#[test]
fn an_exemption_for_an_unknown_drill() {
    insta::assert_snapshot!(appended(
        "\n[[exemptions]]\ndrill = \"hard-kil\"\nreason = \"it is upstream's\"\n"
    ));
}

#[test]
fn an_exemption_without_a_reason() {
    insta::assert_snapshot!(
        [
            appended("\n[[exemptions]]\ndrill = \"hard-kill\"\n"),
            appended("\n[[exemptions]]\ndrill = \"hard-kill\"\nreason = \" \"\n"),
        ]
        .concat()
    );
}

#[test]
fn several_mistakes_are_told_at_once() {
    let project = Project::sound().change("civic.toml", "port = 8080", "port = 0").change(
        "civic.toml",
        "kind = \"durable\"",
        "kind = \"durabel\"",
    );
    insta::assert_snapshot!(said(&project));
}

#[test]
fn what_a_manifest_holds_never_steers_the_terminal() {
    let text = changed("licence = \"MIT\"", "licence = \"MIT\"\n\"\\u001b[2J\" = 1\n# \u{85} \u{9b}2J");
    let steering: String = text.chars().filter(|letter| letter.is_control() && *letter != '\n').collect();
    assert_eq!(steering, "");
}
