//! `credentials-in-argv`: whoever may list processes reads their arguments, and logs repeat them. No message
//! repeats them once more.

use crate::check::dockerfile::{Command as Start, Instruction};
use crate::check::finding::{Finding, Place, shown};
use crate::check::secret_words::{has_password_in_url, has_secret_shape, is_secret};
use crate::check::shell::{Command, Script, Word};
use crate::check::survey::{Built, Survey, commands};

/// Options that take a secret.
const OPTIONS: &[&str] = &[
    "--password",
    "--passwd",
    "--pass",
    "--requirepass",
    "--masterauth",
    "--token",
    "--api-key",
    "--secret",
    "--secret-key",
];
const MYSQL: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "mariadb-import",
];
const POSTGRES: &[&str] = &["psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup"];
/// Programs with a short option that takes one as the next word, or joined to it.
const SHORT: &[(&str, &[&str])] = &[
    ("-p", &["mongosh", "mongodump", "mongorestore"]),
    ("-a", &["redis-cli", "valkey-cli"]),
    ("-w", &["ldapsearch", "ldapadd", "ldapmodify"]),
];

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for hook in &survey.hooks {
        let commands = hook.script.iter().flat_map(|script| &script.commands);
        found.extend(commands.filter_map(|command| of(command, Place::new(&hook.path, command.line))));
    }
    for command in commands(survey.manifest) {
        let place = survey.places.of_key(&command.path);
        found.extend(of_list(command.words, &place));
    }
    found.extend(survey.built.iter().flat_map(of_dockerfile));
    found
}

fn of_dockerfile(built: &Built) -> Vec<Finding> {
    let mut found = Vec::new();
    for step in built.steps() {
        let place = Place::new(&built.path, step.line);
        match &step.does {
            Instruction::Cmd(start) | Instruction::Entrypoint(start) | Instruction::Health(start) => {
                match start {
                    Start::Exec(words) => found.extend(of_list(words, &place)),
                    Start::Shell(text) => found.extend(of_script(&Script::read(text), &place)),
                }
            }
            // What a build is handed is gone with it; what is written there is not.
            Instruction::Run(run) => {
                found.extend(of_script(&Script::read(&run.text), &place).filter(|own| own.error))
            }
            _ => {}
        }
    }
    found
}

/// A command without a shell, or `sh -c` with a script.
fn of_list(words: &[String], place: &Place) -> Option<Finding> {
    if let Some(script) = Script::of_argument(words) {
        return of_script(&script, place);
    }
    let words = words.iter().map(|text| Word { text: text.clone(), expands: false });
    of(&Command { words: words.collect(), ..Command::default() }, place.clone())
}

fn of_script(script: &Script, place: &Place) -> Option<Finding> {
    script.commands.iter().find_map(|command| of(command, place.clone()))
}

fn of(command: &Command, place: Place) -> Option<Finding> {
    if is_written_out(command) {
        let message = "A password or key is written out here: it is known to everybody who has the project.";
        let fix = "Declare it under [secrets] of civic.toml, list it in the service's `secrets`, and change it wherever it is in use.";
        return Some(Finding::error(place, message, fix));
    }
    let word = argument(command)?;
    let program = shown(command.name());
    if !word.expands {
        let message = format!(
            "A password or key is an argument of {program}: it is known to everybody who has the project."
        );
        return Some(Finding::error(place, message, fix(command.name())));
    }
    let message = format!(
        "A password or key becomes an argument of {program}, and everybody on the machine may list arguments."
    );
    Some(Finding::advice(place, message, fix(command.name())))
}

fn fix(program: &str) -> String {
    let way = match program {
        name if MYSQL.contains(&name) => "in the variable `MYSQL_PWD`",
        name if POSTGRES.contains(&name) => "in the variable `PGPASSWORD`",
        "redis-cli" | "valkey-cli" => "in the variable `REDISCLI_AUTH`",
        "curl" => "in a file for `--config` or `--netrc-file`",
        _ => "in an environment variable or a file",
    };
    format!("Hand it over {way}; declare the value under [secrets] of civic.toml.")
}

/// Assignments and `export`s of literal secrets, and anything that has the shape of one.
fn is_written_out(command: &Command) -> bool {
    let exports = matches!(command.name(), "export" | "readonly" | "declare" | "local");
    let exported = command.arguments().iter().filter(|word| exports && !word.expands);
    let mut exported = exported.filter_map(|word| word.text.split_once('='));
    exported.any(|(name, value)| is_secret(name, value))
        || command.assignments.iter().any(|(name, value)| !value.expands && is_secret(name, &value.text))
        || command.words.iter().any(|word| !word.expands && has_secret_shape(&word.text))
}

/// The argument that carries a credential.
fn argument(command: &Command) -> Option<&Word> {
    let arguments = command.arguments();
    let program = command.name();
    arguments.iter().enumerate().find_map(|(index, word)| {
        let next = arguments.get(index + 1).filter(|next| !next.text.starts_with('-'));
        joined(program, word).or_else(|| next.filter(|next| takes_next(program, &word.text, &next.text)))
    })
}

/// A word that holds a credential itself: `--password=…`, MySQL's `-p…`, `scheme://user:…@host`.
fn joined<'a>(program: &str, word: &'a Word) -> Option<&'a Word> {
    let text = word.text.as_str();
    let by_option =
        text.split_once('=').is_some_and(|(option, value)| OPTIONS.contains(&option) && is_value(value));
    let by_letter = MYSQL.contains(&program) && text.len() > 2 && text.starts_with("-p");
    let short =
        short(program).and_then(|short| text.strip_prefix(short)).is_some_and(|value| !value.is_empty());
    // A variable as the password is one all the same.
    let by_url = text.contains("://") && has_password_in_url(&text.replace(['$', '{', '}'], "x"));
    (by_option || by_letter || by_url || (short && !text.starts_with("--"))).then_some(word)
}

fn is_value(text: &str) -> bool {
    !text.is_empty() && !text.starts_with("file:") && !text.starts_with('/')
}

/// Whether an option takes the next word as a credential.
fn takes_next(program: &str, option: &str, next: &str) -> bool {
    // These ask for it instead.
    let asks = MYSQL.contains(&program) || POSTGRES.contains(&program);
    let is_user = program == "curl" && matches!(option, "-u" | "--user") && next.contains(':');
    (OPTIONS.contains(&option) && !asks && is_value(next)) || short(program) == Some(option) || is_user
}

fn short(program: &str) -> Option<&'static str> {
    SHORT.iter().find(|(_, programs)| programs.contains(&program)).map(|(option, _)| *option)
}
