//! The figures of docs/design/figures.md, measured in one run and printed as ratios beside their targets.
//!
//! `make bench` runs all of them; `cargo bench -p civic -- quick commands` runs those named. Nothing here fails:
//! machines differ, and a clock is no test.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::expect_used)] // starts civic as a user would

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use civic_conformance::self_test::{SOUND, lay_out};

const CIVIC: &str = env!("CARGO_BIN_EXE_civic");

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let sections: [(&str, fn()); 5] = [
        ("commands", commands),
        ("binary", binary),
        ("courtbot", courtbot),
        ("sound", sound),
        ("sigkill", sigkill),
    ];
    println!("{:44} {:>12} {:>12}", "figure", "measured", "target");
    for (name, measure) in sections {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            measure();
        }
    }
}

fn row(figure: &str, measured: String, target: &str) {
    println!("{figure:44} {measured:>12} {target:>12}");
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/courtbot")
}

/// The median of eleven runs, and of as many of `true`, which is what starting any program costs here.
fn commands() {
    let floor = median(|| Command::new("true"));
    let path = example();
    for (name, arguments, target) in [
        ("civic --version", vec!["--version"], "< 10 ms"),
        ("civic check", vec!["check"], "< 50 ms"),
        ("civic certify --plan", vec!["certify", "--plan"], "< 50 ms"),
    ] {
        let taken = median(|| {
            let mut command = Command::new(CIVIC);
            command.args(&arguments);
            if arguments.len() > 1 || arguments[0] == "check" {
                command.arg(&path);
            }
            command
        });
        let ratio = taken.as_secs_f64() / floor.as_secs_f64();
        row(name, format!("{:.1} ms", taken.as_secs_f64() * 1000.0), target);
        row("  in starts of `true`", format!("{ratio:.1} x"), "");
    }
}

fn median(command: impl Fn() -> Command) -> Duration {
    let mut taken: Vec<Duration> = (0..11)
        .map(|_| {
            let started = Instant::now();
            let _ = command().stdout(Stdio::null()).stderr(Stdio::null()).status();
            started.elapsed()
        })
        .collect();
    taken.sort();
    taken[5]
}

fn binary() {
    let bytes = std::fs::metadata(CIVIC).map_or(0, |meta| meta.len());
    row("release binary", format!("{:.1} MiB", bytes as f64 / 1048576.0), "< 40 MiB");
}

/// One whole run: its outcome word per drill, and the JSON document.
fn certify(project: &Path, out: &Path) -> Option<serde_json::Value> {
    let run = Command::new(CIVIC)
        .args(["certify", "--quiet", "--format", "json", "--out"])
        .arg(out)
        .arg(project)
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    serde_json::from_slice(&run.stdout).ok()
}

fn verdicts(document: &serde_json::Value) -> Vec<String> {
    let verdicts = document["verdicts"].as_array().cloned().unwrap_or_default();
    verdicts.iter().map(|verdict| format!("{} {}", verdict["drill"], verdict["outcome"])).collect()
}

fn peak_memory(out: &Path) -> u64 {
    let text = std::fs::read_to_string(out.join("journal.jsonl")).unwrap_or_default();
    let last = text.lines().last().and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    last.and_then(|line| line["peak_memory"].as_u64()).unwrap_or(0)
}

fn courtbot() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut all = Vec::new();
    for run in 0..3 {
        let out = folder.path().join(run.to_string());
        let Some(document) = certify(&example(), &out) else {
            row("CourtBot", "no result".into(), "");
            return;
        };
        let time = &document["time"];
        row("CourtBot: the app's share of the critical path", percent(&time["app_share"]), ">= 70 %");
        row("  whole roster in cold boots", times(&time["roster_in_boots"]), "<= 12 x");
        row("  peak memory", format!("{:.0} MiB", peak_memory(&out) as f64 / 1048576.0), "< 150 MiB");
        all.push(verdicts(&document));
    }
    let same = all.iter().all(|run| *run == all[0]);
    row("  three runs, the same verdicts", same.to_string(), "true");
}

fn percent(value: &serde_json::Value) -> String {
    value.as_f64().map_or("?".into(), |share| format!("{:.0} %", share * 100.0))
}

fn times(value: &serde_json::Value) -> String {
    value.as_f64().map_or("?".into(), |ratio| format!("{ratio:.1} x"))
}

fn sound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(SOUND, folder.path()).expect("the specimen");
    let mut false_failures = 0;
    for run in 0..20 {
        let document = certify(folder.path(), &folder.path().join(format!("out-{run}")));
        if document.is_none_or(|document| document["certified"] != true) {
            false_failures += 1;
        }
    }
    row("sound: false failures in 20 runs", false_failures.to_string(), "0");
}

/// Kills civic itself at 20 moments of a run, spread by a fixed sequence; counts what is left after the next start.
fn sigkill() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(SOUND, folder.path()).expect("the specimen");
    let mut left = 0;
    for run in 0..20u64 {
        let mut child = Command::new(CIVIC)
            .args(["certify", "--quiet", "--skip-build"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("civic starts");
        std::thread::sleep(Duration::from_millis(200 + run * 7919 % 11_000));
        let _ = child.kill();
        let _ = child.wait();
        let _ = Command::new(CIVIC).arg("clean").stdout(Stdio::null()).status();
        left += labelled();
    }
    row("SIGKILL at 20 moments: things left", left.to_string(), "0");
}

/// Containers, networks and volumes with the label of a run.
fn labelled() -> usize {
    let count = |arguments: &[&str]| {
        let found =
            Command::new("docker").args(arguments).args(["-q", "--filter", "label=org.civic.run"]).output();
        found.map_or(0, |found| String::from_utf8_lossy(&found.stdout).lines().count())
    };
    count(&["ps", "-a"]) + count(&["network", "ls"]) + count(&["volume", "ls"])
}
