//! The command line itself: help, versions, wrong usage, completions, and pipes that close early.

use std::process::Stdio;

use civic_contract::exit::Exit;

use crate::bench::{civic, command, ended};

pub const COMMANDS: [&str; 11] = [
    "init",
    "update",
    "certify",
    "check",
    "detect",
    "explain",
    "verify",
    "clean",
    "doctor",
    "completions",
    "man",
];

#[test]
fn help_and_version_are_answers() {
    assert_eq!(civic(&["--version"]).succeeded(), format!("civic {}\n", env!("CARGO_PKG_VERSION")));
    for arguments in [&["--help"][..], &["-h"], &["help"], &["certify", "--help"], &["help", "certify"]] {
        let said = civic(arguments);
        assert_eq!(said.err, "");
        assert!(said.succeeded().contains("Usage: civic"));
    }
}

#[test]
fn help_lists_every_exit_code() {
    let help = civic(&["--help"]).succeeded();
    for exit in Exit::ALL {
        let line = format!("{:>3}  {}", exit.code(), exit.meaning());
        assert!(help.contains(&line), "{line:?} is not in: {help}");
    }
}

#[test]
fn wrong_usage_returns_64_and_prints_nothing_on_standard_output() {
    for arguments in [
        &[][..],
        &["certfy"],
        &["certify", "--onyl", "hard-kill"],
        &["certify", "a", "b"],
        &["certify", "--seed", "-1"],
        &["certify", "--seed", "x"],
        &["certify", "--jobs", "0"],
        &["certify", "--jobs", "65"],
        &["certify", "--format", "xml"],
        &["certify", "--only"],
        &["certify", "--self-test", "--quick"],
        &["certify", "--self-test", "--only", "hard-kill"],
        &["verify", "a", "b"],
        &["completions"],
        &["completions", "csh"],
        &["clean", "now"],
    ] {
        let said = civic(arguments);
        assert_eq!((said.code, said.out.as_str()), (64, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains("Usage: civic") || said.err.contains("--help"), "{}", said.err);
    }
}

#[test]
fn a_mistyped_command_or_option_is_answered_with_the_one_that_was_meant() {
    civic(&["certfy"]).refused(64, &["'certify'"]);
    civic(&["certify", "--onyl", "x"]).refused(64, &["'--only'"]);
    civic(&["certify", "--format", "jsn"]).refused(64, &["'json'"]);
}

#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let said = ended(command(folder.path()).args(["explain".as_ref(), odd]));
    assert_eq!(said.code, 64, "{}", said.err);
}

#[test]
fn completions_know_every_command_and_option() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = civic(&["completions", shell]).succeeded();
        for word in COMMANDS.into_iter().chain(["skip-build", "rejudge"]) {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn bash_can_read_its_completions() {
    let script = civic(&["completions", "bash"]).succeeded();
    let read = assert_cmd::Command::new("bash").arg("-n").write_stdin(script).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

#[test]
fn the_manual_page_is_one() {
    let page = civic(&["man"]).succeeded();
    for part in [".TH civic 1", ".SH NAME", ".SH SYNOPSIS", "certify", "Exit codes"] {
        assert!(page.contains(part), "{part:?} is not in: {page}");
    }
}

/// `civic explain | head -1`: whoever closes the pipe has read enough.
#[test]
fn a_pipe_that_closes_early_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["explain"][..], &["completions", "zsh"], &["man"], &["--help"], &["explain", "hard-kill"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        #[allow(clippy::disallowed_methods)] // assert_cmd does not lend out a command's standard output
        let mut civic = std::process::Command::new(assert_cmd::cargo::cargo_bin!("civic"));
        let said =
            civic.args(arguments).current_dir(folder.path()).stdout(writer).stderr(Stdio::piped()).output();
        let said = said.unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stderr), "", "{arguments:?}");
        assert_eq!(said.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn an_error_that_nobody_reads_keeps_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    #[allow(clippy::disallowed_methods)] // as above
    let mut civic = std::process::Command::new(assert_cmd::cargo::cargo_bin!("civic"));
    let status = civic.arg("check").current_dir(folder.path()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(64));
}
