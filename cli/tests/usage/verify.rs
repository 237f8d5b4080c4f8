//! `civic verify` on the files of a real run of `sound`, and on copies that somebody has tampered with. No engine
//! is ever asked: `DOCKER_HOST` leads nowhere.

use std::fs;

use civic_conformance::drills::ROSTER;
use civic_conformance::judge::judge_all;
use civic_contract::certificate::{Certificate, digest};
use civic_contract::journal::{Event, Journal};
use tempfile::TempDir;

use crate::bench::{Ended, civic, civic_in, page, repository};

const FIXTURE: &str = "cli/tests/fixtures/sound";

/// A copy of the recorded run.
struct Run(TempDir);

impl Run {
    fn recorded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["journal.jsonl", "certificate.json"] {
            fs::copy(repository(FIXTURE).join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    fn write(self, file: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.path().join(file), text).unwrap();
        self
    }

    /// Replaces the first occurrence.
    #[track_caller]
    fn tamper(self, file: &str, from: &str, to: &str) -> Self {
        let text = self.read(file);
        assert!(text.contains(from), "{from:?} must be in {file}");
        self.write(file, text.replacen(from, to, 1))
    }

    /// Makes the certificate fit the journal again, as a forger would.
    fn forge_digest(self) -> Self {
        let old = digest(page(&format!("{FIXTURE}/journal.jsonl")).as_bytes());
        let new = digest(self.read("journal.jsonl").as_bytes());
        self.tamper("certificate.json", &old, &new)
    }

    fn verify(&self) -> Ended {
        civic_in(self.0.path(), &["verify", "."])
    }

    fn rejudge(&self) -> Ended {
        civic_in(self.0.path(), &["verify", "--rejudge", "."])
    }
}

#[test]
fn the_recorded_run_verifies_without_an_engine() {
    let said = Run::recorded().verify().succeeded();
    assert!(said.contains("not who wrote it"), "{said}");
}

#[test]
fn judged_again_it_gives_the_same_verdicts() {
    insta::assert_snapshot!(Run::recorded().rejudge().succeeded());
}

#[test]
fn the_journal_may_be_named_itself() {
    let run = Run::recorded();
    civic_in(run.0.path(), &["verify", "journal.jsonl"]).succeeded();
}

#[test]
fn the_latest_run_of_the_project_is_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join(".civic/runs");
    fs::create_dir_all(&runs).unwrap();
    std::os::unix::fs::symlink(repository(FIXTURE).canonicalize().unwrap(), runs.join("latest")).unwrap();
    civic_in(folder.path(), &["verify"]).succeeded();
}

#[test]
fn what_is_not_there_is_wrong_usage() {
    civic(&["verify"]).refused(64, &["cannot read .civic/runs/latest", "civic certify"]);
    civic(&["verify", "nowhere"]).refused(64, &["cannot read nowhere", "name its folder"]);
    let empty = tempfile::tempdir().unwrap();
    civic_in(empty.path(), &["verify", "."]).refused(64, &["journal.jsonl"]);
}

#[test]
fn what_is_no_journal_does_not_verify() {
    for text in
        ["", "\n", "{}\n", "hello\n", "[1]\n", "{\"schema\":1,\"event\":\"drill-ended\",\"at_ms\":0}\n"]
    {
        Run::recorded()
            .write("journal.jsonl", text)
            .verify()
            .refused(5, &["this does not verify", "no journal"]);
    }
}

#[test]
fn a_journal_that_is_no_text_is_refused() {
    let said = Run::recorded().write("journal.jsonl", b"\xff\xfe\x00").verify();
    assert!([5, 64].contains(&said.code), "{said:?}");
    assert!(said.err.contains("journal.jsonl"), "{}", said.err);
}

#[test]
fn a_journal_that_was_cut_off_does_not_belong_to_its_certificate() {
    let text = Run::recorded().read("journal.jsonl");
    let run = Run::recorded().write("journal.jsonl", &text[..text.len() - 20]);
    run.verify().refused(5, &["certificate.json"]);
    run.rejudge().refused(5, &["certificate.json"]);
}

#[test]
fn a_cut_off_journal_is_no_ground_for_a_certificate_even_with_its_own_digest() {
    let text = Run::recorded().read("journal.jsonl");
    let run = Run::recorded().write("journal.jsonl", &text[..text.len() - 20]).forge_digest();
    run.verify().refused(5, &["certificate.json"]);
}

#[test]
fn an_edited_line_in_the_middle_is_named() {
    let text = Run::recorded().read("journal.jsonl");
    let broken: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(index, line)| if index == 4 { line[..9].into() } else { line.into() })
        .collect();
    let run = Run::recorded().write("journal.jsonl", broken.join("\n") + "\n");
    run.verify().refused(5, &["line 5 of the journal is not an event"]);
}

/// The verdict is edited, and the certificate with it.
#[test]
fn an_edited_verdict_does_not_follow_from_the_journal() {
    let run = Run::recorded()
        .tamper(
            "journal.jsonl",
            "\"drill\":\"hard-kill\",\"outcome\":\"pass\"",
            "\"drill\":\"hard-kill\",\"outcome\":\"fail\"",
        )
        .forge_digest();
    run.verify().refused(5, &["certificate.json"]);
    run.rejudge().refused(5, &["hard-kill: judged again it is `✓ pass`"]);
}

/// A lost canary is covered up: the evidence says fail, and the recorded verdict and certificate say pass.
#[test]
fn evidence_against_a_recorded_pass_is_found_by_judging_again() {
    let run = Run::recorded();
    let text = run.read("journal.jsonl");
    let reading = text.lines().find(|line| line.contains("\"after\":\"after a soft stop\"")).unwrap();
    let lost = reading.replacen("\"records\":[[10001", "\"records\":[[9910001", 1);
    assert_ne!(reading, lost);
    let run = run.tamper("journal.jsonl", reading, &lost).forge_digest();
    run.rejudge().refused(5, &["soft-stop: judged again it is `✗ fail`"]);
}

#[test]
fn a_drill_that_was_struck_from_the_journal_is_missed() {
    let run = Run::recorded();
    let text = run.read("journal.jsonl");
    let judged =
        text.lines().find(|line| line.contains("\"judged\"") && line.contains("volume-lost")).unwrap();
    let run = run.tamper("journal.jsonl", &format!("{judged}\n"), "").forge_digest();
    run.verify().refused(5, &["certificate.json"]);
    run.rejudge().refused(5, &["volume-lost"]);
}

#[test]
fn an_edited_certificate_states_what_is_not_in_the_journal() {
    for (from, to) in [
        ("\"level\": \"C3\"", "\"level\": \"C4\""),
        ("\"app\": \"notebook\"", "\"app\": \"another\""),
        ("\"type\": \"certificate\"", "\"type\": \"refusal\""),
        ("\"seed\": ", "\"seed\": 1"),
    ] {
        let run = Run::recorded().tamper("certificate.json", from, to);
        run.verify().refused(5, &["this does not verify", "certificate.json"]);
        run.rejudge().refused(5, &["certificate.json"]);
    }
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    for text in ["", "{}", "[]", "hello"] {
        Run::recorded().write("certificate.json", text).verify().refused(5, &["certificate.json"]);
    }
}

#[test]
fn a_journal_alone_says_that_its_certificate_is_missing() {
    let run = Run::recorded();
    fs::remove_file(run.0.path().join("certificate.json")).unwrap();
    run.verify().refused(5, &["there is no certificate.json or refusal.json"]);
}

#[test]
fn files_of_a_newer_civic_ask_for_a_newer_civic() {
    let run = Run::recorded().tamper("journal.jsonl", "\"schema\":1", "\"schema\":2");
    run.verify().refused(5, &["schema 2", "use a newer civic"]);
    let run = Run::recorded().tamper("certificate.json", "\"schema\": 1", "\"schema\": 2");
    run.verify().refused(5, &["certificate.json", "schema 2", "use a newer civic"]);
}

#[test]
fn a_killed_run_is_called_that() {
    let run = Run::recorded();
    let text = run.read("journal.jsonl");
    let run = run.write("journal.jsonl", &text[..text.len() / 2]);
    fs::remove_file(run.0.path().join("certificate.json")).unwrap();
    run.verify().refused(5, &["the run was cut off before its end"]);
}

/// A run that a person ended has a journal, and nothing was claimed about it.
#[test]
fn an_interrupted_run_is_called_that() {
    let run = Run::recorded().tamper("journal.jsonl", "\"interrupted\":false", "\"interrupted\":true");
    fs::remove_file(run.0.path().join("certificate.json")).unwrap();
    run.verify().refused(5, &["interrupted"]);
}

#[test]
fn what_a_journal_holds_never_steers_the_terminal() {
    let run = Run::recorded();
    let text = run.read("journal.jsonl");
    let judged = text.lines().find(|line| line.contains("\"judged\"") && line.contains("hard-kill")).unwrap();
    let text = text.replace("\"drill\":\"hard-kill\"", "\"drill\":\"\\u001b[2J\"").replace(judged, "");
    let said =
        run.write("journal.jsonl", text.replace("\"hard-kill\"", "\"\\u001b[2Jx\"")).forge_digest().rejudge();
    assert_eq!(said.code, 5);
    assert!(!format!("{}{}", said.out, said.err).contains('\u{1b}'), "{said:?}");
}

/// Writes the fixture anew from a journal that was put in its place, after a change of the format or of a judge.
#[test]
#[ignore = "rewrites the recorded run: cargo test -p civic --test usage -- --ignored renew"]
fn renew_the_recorded_run() {
    let text = page(&format!("{FIXTURE}/journal.jsonl"));
    let journal = Journal::parse(&text).unwrap();
    let verdicts = judge_all(&journal, ROSTER);
    let lines = journal.entries.iter().cloned().map(|mut entry| {
        if let Event::Judged { verdict } = &mut entry.event {
            *verdict = verdicts.iter().find(|again| again.drill == verdict.drill).unwrap().clone();
        }
        serde_json::to_string(&entry).unwrap() + "\n"
    });
    let text: String = lines.collect();
    let certificate = Certificate::issue(&journal, &verdicts, digest(text.as_bytes())).unwrap();
    let folder = repository(FIXTURE);
    fs::write(folder.join("journal.jsonl"), text).unwrap();
    fs::write(folder.join("certificate.json"), certificate.to_json()).unwrap();
}
