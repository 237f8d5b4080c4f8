//! Tools of backups and restores that are content with too little unless they are told not to be.

use std::collections::BTreeSet;

use crate::check::finding::{Finding, Place, shown};
use crate::check::shell::{Command, Join};
use crate::check::survey::Use;

use super::Site;

pub(super) fn find(site: &Site, uses: &BTreeSet<Use>) -> Vec<Finding> {
    let commands = &site.script.commands;
    let stops = commands.iter().any(mentions_stop);
    let mut is_fed = false;
    let mut found = Vec::new();
    for command in commands {
        let place = || site.place(command.line);
        let psql = Some(command).filter(|own| !stops && runs_script(own, is_fed)).map(|_| careless(place()));
        let copied = Some(command)
            .filter(|own| uses.contains(&Use::PreBackup) && copies_database(own))
            .map(|_| torn(place()));
        let others = [
            forced(command, place()),
            mixed(command, place()),
            fetched(command, place()),
            silenced(command, place()),
        ];
        found.extend([psql, copied, traced(command, place())].into_iter().chain(others).flatten());
        is_fed = command.joined == Join::Pipe;
    }
    found
}

/// `ON_ERROR_STOP`, wherever it is set.
fn mentions_stop(command: &Command) -> bool {
    let says = |text: &str| text.contains("ON_ERROR_STOP");
    command.words.iter().any(|word| says(&word.text))
        || command.assignments.iter().any(|(name, value)| says(name) || says(&value.text))
}

fn careless(place: Place) -> Finding {
    let message = "psql goes on after an error of SQL and ends as if all were well.";
    Finding::error(place, message, "Add `-v ON_ERROR_STOP=1`, and `--single-transaction` for all or nothing.")
}

/// Whether psql reads more than the one command of `-c`, after which it ends with its error.
fn runs_script(command: &Command, is_fed: bool) -> bool {
    if command.name() != "psql" {
        return false;
    }
    let starts = |short: &str, long: &str| {
        command.arguments().iter().any(|word| word.text.starts_with(short) || word.text.starts_with(long))
    };
    let has_input = command.redirects.iter().any(|(operator, _)| operator == "<");
    starts("-f", "--file") || ((has_input || is_fed) && !starts("-c", "--command"))
}

fn forced(command: &Command, place: Place) -> Option<Finding> {
    let is_known = matches!(command.name(), "mysqldump" | "mariadb-dump" | "mysql" | "mariadb");
    let message = format!(
        "{} is told to go on after errors, so that a part of the data looks like all of it.",
        shown(command.name())
    );
    (is_known && (command.has("--force") || command.has("-f")))
        .then(|| Finding::error(place, message, "Take `--force` away."))
}

fn mixed(command: &Command, place: Place) -> Option<Finding> {
    let safe = ["--single-transaction", "--lock-all-tables", "-x", "--no-data", "-d"];
    // Options in variables and files may well say it.
    let says_elsewhere = |text: &str| text.starts_with('$') || text.starts_with("--defaults");
    let is_safe = command
        .arguments()
        .iter()
        .any(|word| safe.contains(&word.text.as_str()) || says_elsewhere(&word.text));
    let message = "The dump is not of one moment: tables are read one after the other while the app writes.";
    (matches!(command.name(), "mysqldump" | "mariadb-dump") && !is_safe)
        .then(|| Finding::advice(place, message, "Add `--single-transaction`."))
}

fn copies_database(command: &Command) -> bool {
    let is_database = |file: &str| [".sqlite", ".sqlite3", ".db"].iter().any(|end| file.ends_with(end));
    matches!(command.name(), "cp" | "rsync" | "install")
        && command.arguments().iter().any(|word| is_database(&word.text))
}

fn torn(place: Place) -> Finding {
    let message = "A database file is copied while the app may be writing to it: the copy may be torn.";
    Finding::advice(
        place,
        message,
        "For SQLite, use `sqlite3 app.db \".backup '$CIVIC_BACKUP_DIR/app.db'\"` instead.",
    )
}

fn fetched(command: &Command, place: Place) -> Option<Finding> {
    let words = command.arguments().iter().map(|word| word.text.as_str());
    let verb = words.into_iter().find(|word| !word.starts_with('-')).unwrap_or_default();
    let fetches = match command.name() {
        "apt-get" | "apt" | "yum" | "dnf" | "microdnf" | "pip" | "pip3" | "gem" => verb == "install",
        "apk" => verb == "add",
        "npm" | "pnpm" | "yarn" => matches!(verb, "install" | "i" | "ci" | "add"),
        name => name == "npx",
    };
    let message = format!(
        "{} fetches software while the hook runs: on the day it is needed, it may not be there.",
        shown(command.name())
    );
    fetches.then(|| {
        Finding::advice(place, message, "Put it into the image, or give the hook an `image` of its own.")
    })
}

fn silenced(command: &Command, place: Place) -> Option<Finding> {
    let name = command.name();
    // pg_isready says nothing that its exit code does not.
    let is_dump = name.starts_with("pg_") && name != "pg_isready" || name.ends_with("dump");
    let is_known = is_dump || matches!(name, "psql" | "mysql" | "mariadb" | "tar");
    let is_silent = command.redirects.iter().any(|(operator, target)| {
        matches!(operator.as_str(), "2>" | "2>>" | "&>" | "&>>") && target.text == "/dev/null"
    });
    let message = format!("What {} says when it fails is thrown away.", shown(name));
    (is_known && is_silent).then(|| {
        Finding::advice(place, message, "Take `2>/dev/null` away: what a hook prints is in the report.")
    })
}

fn traced(command: &Command, place: Place) -> Option<Finding> {
    let message = "`set -x` prints every command with its values, secrets too, into logs and reports.";
    command.sets('-', "xtrace", Some('x')).then(|| Finding::advice(place, message, "Take it out."))
}
