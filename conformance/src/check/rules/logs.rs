//! `logs-to-stdout`: a log file in a container is lost with it, and fills the disk until then.

use crate::check::dockerfile::{Command, Instruction, Step};
use crate::check::finding::{Finding, Place, shown};
use crate::check::survey::{Survey, commands};

/// Flags that take a log file.
const FLAGS: &[&str] = &[
    "--log-file",
    "--logfile",
    "--log_file",
    "--error-logfile",
    "--access-logfile",
    "--logpath",
    "--logto",
    "--log-path",
];
/// Variables that do.
const VARIABLES: &[&str] = &["LOG_FILE", "LOGFILE", "LOG_PATH", "LOG_DIR", "ACCESS_LOG", "ERROR_LOG"];

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for built in &survey.built {
        let steps = built.steps();
        let links: Vec<&str> =
            steps.iter().filter_map(|step| run_text(step)).filter(|text| is_link(text)).collect();
        for step in &steps {
            let file = step_file(step).filter(|file| !links.iter().any(|text| text.contains(file)));
            found.extend(file.map(|file| finding(Place::new(&built.path, step.line), &file)));
        }
    }
    for command in commands(survey.manifest) {
        let file = command.words.iter().find_map(|word| in_line(word)).or_else(|| flagged(command.words));
        found.extend(file.map(|file| finding(survey.places.of_key(&command.path), &file)));
    }
    for (name, service) in &survey.manifest.services {
        for (variable, value) in &service.env {
            let file = setting(variable, value);
            found.extend(
                file.map(|file| finding(survey.places.of_key(&["services", name, "env", variable]), &file)),
            );
        }
    }
    found
}

fn finding(place: Place, file: &str) -> Finding {
    let message =
        format!("Logs go to {}: nobody sees them, and they are lost with the container.", shown(file));
    let fix = "Let the app log to standard output; where it must have a file, make it a link to /dev/stdout in the Dockerfile.";
    Finding::advice(place, message, fix)
}

fn run_text(step: &Step) -> Option<&str> {
    if let Instruction::Run(run) = &step.does { Some(&run.text) } else { None }
}

/// `ln -sf /dev/stdout /var/log/…`, as the nginx image does it.
fn is_link(text: &str) -> bool {
    text.contains("ln -s")
        && (text.contains("/dev/std") || text.contains("/proc/1/fd/") || text.contains("/proc/self/fd/"))
}

fn step_file(step: &Step) -> Option<String> {
    match &step.does {
        Instruction::Cmd(Command::Shell(text)) | Instruction::Entrypoint(Command::Shell(text)) => {
            in_line(text)
        }
        Instruction::Cmd(Command::Exec(words)) | Instruction::Entrypoint(Command::Exec(words)) => {
            words.iter().find_map(|word| in_line(word)).or_else(|| flagged(words))
        }
        Instruction::Env(settings) => {
            settings.iter().find_map(|own| setting(&own.name, own.value.as_ref()?.value.as_deref()?))
        }
        _ => None,
    }
}

/// A log file in a line for a shell: behind `>`, `tee` or a flag.
fn in_line(text: &str) -> Option<String> {
    if !text.contains(' ') {
        return None;
    }
    let spaced = text.replace(">>", " > ").replace('>', " > ");
    let words: Vec<String> =
        spaced.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
    let behind = words.windows(2).find_map(|pair| match pair {
        [operator, file] if operator == ">" && is_log(file) => Some(file.clone()),
        _ => None,
    });
    let tee = words.iter().skip_while(|word| *word != "tee").find(|word| is_log(word)).cloned();
    behind.or(tee).or_else(|| flagged(&words))
}

fn flagged(words: &[String]) -> Option<String> {
    let joined = words.iter().filter_map(|word| word.split_once('='));
    let apart = words.windows(2).filter_map(|pair| match pair {
        [flag, file] => Some((flag.as_str(), file.as_str())),
        _ => None,
    });
    let mut flags = joined.chain(apart).filter(|(flag, _)| FLAGS.contains(flag));
    flags.find(|(_, file)| is_file(file)).map(|(_, file)| file.to_owned())
}

fn setting(name: &str, value: &str) -> Option<String> {
    let name = name.to_ascii_uppercase();
    let is_known = VARIABLES.iter().any(|known| name == *known || name.ends_with(&format!("_{known}")));
    (is_known && value.starts_with('/') && is_file(value)).then(|| value.to_owned())
}

fn is_log(file: &str) -> bool {
    is_file(file) && (file.starts_with("/var/log/") || file.ends_with(".log"))
}

fn is_file(file: &str) -> bool {
    !matches!(file, "-" | "" | "stdout" | "stderr")
        && !file.starts_with("/dev/")
        && !file.starts_with("/proc/")
}
