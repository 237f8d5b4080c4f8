//! `exec-form`: a shell that is process 1 keeps SIGTERM for itself. Debian's `sh` stays in front of even a single
//! command (seen with dash 0.5.12).

use civic_contract::manifest::Source;

use crate::check::dockerfile::{Command, Instruction, Step, split_words};
use crate::check::finding::{Finding, Place};
use crate::check::secret_words::{has_secret_shape, is_secret_name};
use crate::check::shell::Script;
use crate::check::survey::{Built, Survey};

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let mut found: Vec<Finding> = survey.built.iter().flat_map(of_dockerfile).collect();
    for (name, service) in &survey.manifest.services {
        let Some(words) = service.command.as_deref() else { continue };
        let built = survey.built.iter().find(|built| built.name == name);
        let image = match (&service.source, built) {
            (Source::Image(image), _) => image.as_str(),
            (Source::Build(_), built) => built.map(base_image).unwrap_or_default(),
        };
        let place = survey.places.of_key(&["services", name, "command"]);
        found.extend(Site { place, what: "`command`", steps_aside: is_busybox(image) }.of_words(words));
    }
    found
}

fn base_image<'a>(built: &'a Built) -> &'a str {
    let image = built.dockerfile.root_image(built.build.target.as_deref());
    image.and_then(|word| word.value.as_deref()).unwrap_or_default()
}

/// The `sh` of these images steps aside for a single command (seen with busybox 1.37).
fn is_busybox(image: &str) -> bool {
    image.contains("alpine") || image.contains("busybox")
}

/// What the image starts: ENTRYPOINT and CMD with their lines.
#[derive(Default)]
struct Start<'a> {
    entrypoint: Option<(u32, &'a Command)>,
    cmd: Option<(u32, &'a Command)>,
    /// SHELL, where it is given.
    shell: Option<&'a str>,
}

impl<'a> Start<'a> {
    fn of(built: &'a Built) -> Self {
        let mut start = Self::default();
        for stage in built.dockerfile.shipped(built.build.target.as_deref()) {
            let mut has_cmd = false;
            for Step { line, does } in &stage.steps {
                match does {
                    Instruction::Cmd(command) => {
                        has_cmd = true;
                        start.cmd = Some((*line, command));
                    }
                    Instruction::Entrypoint(command) => {
                        // A new ENTRYPOINT forgets the CMD of the image below.
                        start.cmd = start.cmd.filter(|_| has_cmd);
                        start.entrypoint = Some((*line, command));
                    }
                    Instruction::Shell(words) => start.shell = words.first().map(String::as_str),
                    _ => {}
                }
            }
        }
        start
    }
}

fn of_dockerfile(built: &Built) -> Vec<Finding> {
    let start = Start::of(built);
    let is_bash = start.shell.is_some_and(|shell| shell.ends_with("bash"));
    let steps_aside = is_bash || (start.shell.is_none() && is_busybox(base_image(built)));
    let site = |line, what| Site { place: Place::new(&built.path, line), what, steps_aside };
    let mut found = Vec::new();
    if let Some((line, command)) = start.entrypoint {
        found.extend(site(line, "ENTRYPOINT").of_command(command));
        if matches!(command, Command::Shell(_)) {
            found.extend(built.service.command.as_ref().map(|_| deaf(site(line, "ENTRYPOINT").place)));
            // CMD is not looked at by such an entrypoint either.
            return found;
        }
    }
    let cmd = start.cmd.filter(|_| built.service.command.is_none());
    found.extend(cmd.and_then(|(line, command)| site(line, "CMD").of_command(command)));
    found
}

fn deaf(place: Place) -> Finding {
    let message = "ENTRYPOINT is a line for a shell, so that the `command` of civic.toml is never looked at.";
    Finding::error(place, message, "Write ENTRYPOINT as a list: `ENTRYPOINT [\"program\", \"argument\"]`.")
}

/// Something that starts the app.
struct Site {
    place: Place,
    what: &'static str,
    /// The image's shell lets a single command take its place.
    steps_aside: bool,
}

impl Site {
    fn of_command(&self, command: &Command) -> Option<Finding> {
        match command {
            Command::Exec(words) => self.of_words(words),
            Command::Shell(text) => self.of_line(text),
        }
    }

    /// A line for a shell.
    fn of_line(&self, text: &str) -> Option<Finding> {
        let what = self.what;
        if text.starts_with('[') {
            let message =
                format!("{what} looks like a list but is none, so that a shell is started with it.");
            let fix = "A list needs double quotes: `[\"program\", \"argument\"]`.";
            return Some(Finding::error(self.place.clone(), message, fix));
        }
        let fix = match as_list(text) {
            Some(list) => format!("Write it as a list: `{what} {list}`."),
            None => format!(
                "Write it as a list, `{what} [\"program\", \"argument\"]`, or put it into a script that ends with `exec`."
            ),
        };
        self.in_front(&Script::read(text), self.steps_aside, fix)
    }

    /// A list whose program may be a shell or a package manager in front of the app.
    fn of_words(&self, words: &[String]) -> Option<Finding> {
        let program = words.first()?.rsplit('/').next()?;
        if let Some(script) = Script::of_argument(words) {
            let fix = "Put `exec` before the last command, or start the program without a shell.".to_owned();
            return self.in_front(&script, self.steps_aside || program == "bash", fix);
        }
        let message = format!(
            "{} starts the app through {program}, which stands between the app and SIGTERM.",
            self.what
        );
        let fix = "Start the program itself, as in `[\"node\", \"server.js\"]`: `scripts` of package.json says which it is.";
        matches!(program, "npm" | "npx" | "yarn" | "pnpm")
            .then(|| Finding::advice(self.place.clone(), message, fix))
    }

    /// A shell that stays in front of the app.
    fn in_front(&self, script: &Script, steps_aside: bool, fix: String) -> Option<Finding> {
        let last = script.commands.last()?;
        if last.words.first().is_some_and(|word| word.text == "exec") {
            return None;
        }
        if steps_aside && script.commands.len() == 1 {
            let message =
                format!("{} is for a shell, and only some shells let the app take their place.", self.what);
            return Some(Finding::advice(self.place.clone(), message, fix));
        }
        let message = format!(
            "{} is for a shell: the shell is process 1, and SIGTERM never reaches the app.",
            self.what
        );
        Some(Finding::error(self.place.clone(), message, fix))
    }
}

/// The list to write instead, where nothing needs a shell and nothing is secret.
fn as_list(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=@,".contains(c);
    let words = split_words(text, '\\');
    let is_private = has_secret_shape(text)
        || words.iter().any(|word| is_secret_name(word.split('=').next().unwrap_or_default()));
    let is_setting = words.first().is_some_and(|word| word.contains('='));
    if is_private || is_setting || text.len() > 120 || !text.chars().all(is_plain) {
        return None;
    }
    serde_json::to_string(&words).ok().map(|list| list.replace("\",\"", "\", \""))
}
