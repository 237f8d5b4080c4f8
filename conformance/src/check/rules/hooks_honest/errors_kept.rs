//! Errors that a script swallows: `|| true`, no `set -e`, pipes.

use crate::check::finding::{Finding, shown};
use crate::check::shell::{Command, Interpreter, Join, Script};
use crate::check::survey::{HookFile, Use};

use super::Site;

/// Commands that may well fail without anything being wrong.
const HARMLESS: &[&str] = &[
    "rm", "rmdir", "unlink", "kill", "killall", "pkill", "pgrep", "pidof", "wait", "umount", "mkdir", "grep",
    "egrep", "diff", "cmp", "comm", "test", "[", "[[", "read", "expr", "let", "true", ":", "false", "trap",
    "chown", "chmod", "sleep", "which", "type", "sync", "unset", "shift",
];
/// Commands that make data, and whose failure leaves less of it.
const DUMPERS: &[&str] = &[
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "pg_restore",
    "mysqldump",
    "mariadb-dump",
    "mariadb-backup",
    "xtrabackup",
    "mongodump",
    "mongoexport",
    "sqlite3",
    "redis-cli",
    "valkey-cli",
    "tar",
    "cpio",
    "influx",
    "couchbackup",
    "rails",
    "rake",
    "php",
    "python",
    "python3",
    "node",
    "ruby",
    "drush",
    "wp",
    "restic",
    "borg",
    "rclone",
    "mc",
    "aws",
    "curl",
    "wget",
    "docker",
    "kubectl",
    "slapcat",
];
/// Commands that pass data on, and whose failure cuts it short.
const PASSERS: &[&str] = &[
    "cat", "zcat", "gzip", "gunzip", "pigz", "zstd", "zstdcat", "unzstd", "xz", "xzcat", "unxz", "bzip2",
    "bzcat", "bunzip2", "lz4", "unzip", "openssl", "gpg", "age", "dd", "pv", "psql", "mysql", "mariadb",
];
/// Commands behind a pipe that only look at what comes.
const LOOKERS: &[&str] = &[
    "grep", "egrep", "fgrep", "head", "tail", "wc", "awk", "sed", "cut", "sort", "uniq", "tr", "jq", "xargs",
    "read", "while", "cat", "logger",
];

/// `|| true` and its kin, and `set +e`.
pub(super) fn swallowed(site: &Site) -> Vec<Finding> {
    let commands = &site.script.commands;
    let reads_status = commands.iter().any(|command| {
        let values = command.assignments.iter().map(|(_, word)| word);
        command.words.iter().chain(values).any(|word| word.text.contains("$?"))
    });
    let mut found = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        if command.joined == Join::Or && !is_harmless(command) {
            let rest = commands.get(index + 1..).unwrap_or_default();
            found.extend(says_all_is_well(command, rest).then(|| excused(site, command)));
        }
        if command.sets('+', "errexit", Some('e')) && !reads_status {
            let message = "`set +e` lets the hook go on after an error and end as if nothing had happened.";
            found.push(Finding::error(
                site.place(command.line),
                message,
                "Take it out, and handle the one command that may fail.",
            ));
        }
        if command.joined == Join::Background && DUMPERS.contains(&command.name()) && !has_wait(site.script) {
            let message = format!(
                "{} runs in the background and nobody waits for it, so that its failure is not noticed.",
                shown(command.name())
            );
            found.push(Finding::error(site.place(command.line), message, "Take the `&` away."));
        }
    }
    found
}

fn is_harmless(command: &Command) -> bool {
    HARMLESS.contains(&command.name())
}

fn has_wait(script: &Script) -> bool {
    script.commands.iter().any(|command| command.name() == "wait")
}

fn excused(site: &Site, command: &Command) -> Finding {
    let what = match command.name() {
        "" | "fi" | "done" | "esac" | "}" | ")" => "What fails here".to_owned(),
        name => format!("When {} fails, that", shown(name)),
    };
    let message = format!("{what} is excused, and the script ends as if all were well.");
    let fix = "Take away what stands behind `||`, or end it with `exit 1`, so that whoever started this hears of it.";
    Finding::error(site.place(command.line), message, fix)
}

/// Whether what stands behind `||` always ends well.
fn says_all_is_well(command: &Command, rest: &[Command]) -> bool {
    let Some(first) = rest.first() else { return false };
    if first.depth <= command.depth {
        return is_fine(first) && first.joined != Join::And;
    }
    let group: Vec<&Command> = rest.iter().take_while(|inner| inner.depth > command.depth).collect();
    group.iter().all(|inner| is_fine(inner) && inner.joined != Join::And)
}

fn is_fine(command: &Command) -> bool {
    let arguments = command.arguments();
    match command.name() {
        "true" | ":" | "echo" | "printf" | "logger" => true,
        "exit" | "return" => matches!(arguments, [word] if word.text == "0"),
        _ => false,
    }
}

/// A script that goes on after an error.
pub(super) fn unchecked(site: &Site, hook: &HookFile) -> Option<Finding> {
    let flagged = hook.interpreter.as_ref().is_some_and(|interpreter| interpreter.sets("errexit", Some('e')));
    if flagged || hook.uses.is_empty() || site.script.sets("errexit", Some('e')) {
        return None;
    }
    let by_hand = site.script.commands.iter().any(|command| {
        matches!(command.joined, Join::Or | Join::And) || matches!(command.name(), "exit" | "return")
    });
    let steps = site.script.working().filter(|command| !is_talk(command)).count();
    // One step speaks for the whole script, as long as nothing comes after it.
    let ends_with_step = site.script.working().last().is_some_and(|command| !is_talk(command));
    if steps == 0 || (steps == 1 && ends_with_step) {
        return None;
    }
    let message =
        "The hook goes on after a step that failed, and ends as if all were well when only its last step is.";
    let fix = "Write `set -eu` below the first line.";
    let matters = hook.uses.iter().any(|of| matches!(of, Use::PreBackup | Use::PostRestore));
    let make = if matters && !by_hand { Finding::error } else { Finding::advice };
    Some(make(site.place(1), message.to_owned(), fix.to_owned()))
}

fn is_talk(command: &Command) -> bool {
    matches!(command.name(), "echo" | "printf" | "cd" | "date" | "mkdir" | "rm")
}

/// Pipes whose left side may fail unheard.
pub(super) fn pipes(site: &Site, interpreter: Option<&Interpreter>) -> Vec<Finding> {
    let flagged = interpreter.is_some_and(|interpreter| interpreter.sets("pipefail", None));
    if flagged || site.script.sets("pipefail", None) {
        return Vec::new();
    }
    let piped =
        site.script.pairs().filter(|(left, right)| left.joined == Join::Pipe && loses_data(left, right));
    piped
        .map(|(left, right)| {
            let message = format!(
                "When {} fails, nobody notices: a pipe ends as its last command does, and {} is content with what it got.",
                shown(left.name()),
                shown(right.name())
            );
            let fix = "Write to a file first and read that, or begin with `#!/usr/bin/env bash` and `set -euo pipefail`.";
            Finding::error(site.place(left.line), message, fix)
        })
        .collect()
}

fn loses_data(left: &Command, right: &Command) -> bool {
    let (left, right) = (left.name(), right.name());
    let is_dump = left.starts_with("pg_") || left.ends_with("dump");
    is_dump || ((DUMPERS.contains(&left) || PASSERS.contains(&left)) && !LOOKERS.contains(&right))
}
