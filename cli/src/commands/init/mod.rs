//! `civic init` and `civic update`.

mod questions;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use civic_contract::exit::Exit;
use civic_templates::apply::{ApplyError, Choices, Plan, Project, Recovery, Rendering, Since};

use crate::args::{Init, Update};
use crate::init::scaffold::{Answers, Scaffold, ScaffoldError, scaffold};
use crate::init::tree::regular;
use crate::{render, say};

/// Gives a project its packaging, or takes the last change back.
pub fn run(args: &Init) -> Exit {
    if let Some(Err(how)) = args.maintainer.as_deref().map(questions::is_person) {
        say::error("--maintainer cannot be who answers for the project", &[how.to_owned()]);
        return Exit::Usage;
    }
    if args.undo {
        return undo(&args.path, args.keep);
    }
    let project = match open(&args.path, args.dry_run) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let mut answers = match recorded(&args.path) {
        Ok(answers) => answers,
        Err(exit) => return exit,
    };
    answers.take(args);
    let asks = !(args.yes || args.json || args.dry_run) && questions::has_a_person();
    let work = Work {
        path: &args.path,
        dry_run: args.dry_run,
        json: args.json,
        explain: Verb::Init,
        choices: Choices::default(),
    };
    work.finish(project, answers, asks.then_some(questions::ask))
}

/// Brings a project's packaging up to this version of civic and to what the project is by now.
pub fn update(args: &Update) -> Exit {
    let project = match open(&args.path, args.dry_run) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    if !args.path.join(".civic/lock.toml").is_file() {
        say::error(
            "there is no .civic/lock.toml: civic has written nothing here that it could update",
            &["Begin with: civic init".into()],
        );
        return Exit::Usage;
    }
    let answers = match recorded(&args.path) {
        Ok(answers) => answers,
        Err(exit) => return exit,
    };
    let choices = Choices {
        resolved: args.resolved.iter().cloned().collect(),
        restore: args.restore.iter().cloned().collect(),
    };
    let work =
        Work { path: &args.path, dry_run: args.dry_run, json: args.json, explain: Verb::Update, choices };
    work.finish(project, answers, None)
}

/// What the summary is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `civic init`.
    Init,
    /// `civic update`.
    Update,
}

struct Work<'a> {
    path: &'a Path,
    dry_run: bool,
    json: bool,
    explain: Verb,
    choices: Choices,
}

/// Completes the answers by asking a person.
type Ask = fn(&Scaffold, &mut Answers) -> Result<(), Exit>;

impl Work<'_> {
    fn finish(&self, mut project: Project, mut answers: Answers, ask: Option<Ask>) -> Exit {
        let mut made = match scaffold(self.path, &answers) {
            Ok(made) => made,
            Err(failure) => return refuse(&failure, self.json),
        };
        if let Some(ask) = ask {
            if let Err(exit) = ask(&made, &mut answers) {
                return exit;
            }
            made = match scaffold(self.path, &answers) {
                Ok(made) => made,
                Err(failure) => return refuse(&failure, self.json),
            };
        }
        let rendering = Rendering {
            civic: env!("CARGO_PKG_VERSION").into(),
            answers: answers.record(),
            facts: made.recorded.clone(),
            files: made.files.clone(),
        };
        let plan = match project.plan(&rendering, &self.choices) {
            Ok(plan) => plan,
            Err(failure @ ApplyError::Interrupted) => {
                return wrong(
                    &failure.to_string(),
                    &["Without --dry-run, civic init and civic update do that first.".into()],
                );
            }
            Err(failure) => return wrong(&failure.to_string(), &[]),
        };
        if let Some(path) = self.unknown(&plan) {
            let known: Vec<&str> = plan.steps().iter().map(|step| step.path.as_str()).collect();
            say::error(
                &format!("civic writes no file {path:?}"),
                &[format!("Its files are: {}", known.join(", "))],
            );
            return Exit::Usage;
        }
        if plan.blocked().next().is_some() {
            summary::blocked(&plan, self.json);
            return Exit::NeedsPerson;
        }
        if !self.dry_run
            && let Err(failure) = project.execute(&plan)
        {
            return wrong(&failure.to_string(), &[]);
        }
        self.tell(&made, &plan);
        if plan.needs_person() { Exit::NeedsPerson } else { Exit::Done }
    }

    /// A file that a person named and that is none of civic's.
    fn unknown(&self, plan: &Plan) -> Option<&String> {
        let named = self.choices.resolved.iter().chain(&self.choices.restore);
        named.into_iter().find(|path| plan.steps().iter().all(|step| &step.path != *path))
    }

    fn tell(&self, made: &Scaffold, plan: &Plan) {
        if self.json {
            summary::json(made, plan);
        } else {
            summary::people(made, plan, self.dry_run, self.explain, self.path);
        }
    }
}

/// Opens a project, and ends what a killed run left; with `only_looks` that stays, and planning says so.
fn open(path: &Path, only_looks: bool) -> Result<Project, Exit> {
    let mut project = Project::open(path).map_err(|failure| match &failure {
        ApplyError::Project { .. } => {
            wrong(&failure.to_string(), &["Name the project's folder: civic init PATH".into()]);
            Exit::Usage
        }
        _ => wrong(&failure.to_string(), &[]),
    })?;
    if only_looks {
        return Ok(project);
    }
    match project.recover() {
        Ok(None) => {}
        Ok(Some(Recovery::Finished)) => eprintln!("An interrupted run was finished first."),
        Ok(Some(Recovery::Forgotten)) => {
            eprintln!("An interrupted run had changed nothing; what it had prepared was removed.")
        }
        Ok(Some(Recovery::TakenBack(_))) => eprintln!("An interrupted run was taken back first."),
        Err(failure) => return Err(wrong(&failure.to_string(), &[])),
    }
    Ok(project)
}

/// Answers of the last time; none when this is the first.
fn recorded(path: &Path) -> Result<Answers, Exit> {
    let Some(bytes) = regular(path, ".civic/lock.toml") else {
        return Ok(Answers::default());
    };
    match civic_contract::lock::Lock::parse(&String::from_utf8_lossy(&bytes)) {
        Ok(lock) => Ok(Answers::from_record(&lock.answers)),
        Err(failure) => Err(wrong(&format!(".civic/lock.toml: {failure}"), &[])),
    }
}

fn undo(path: &Path, keep: bool) -> Exit {
    let mut project = match open(path, false) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    match project.undo(if keep { Since::Keep } else { Since::Refuse }) {
        Ok(undone) => {
            let counts = BTreeMap::from([
                ("restored", &undone.restored),
                ("removed", &undone.removed),
                ("left as they are", &undone.kept),
            ]);
            for (what, paths) in counts.iter().filter(|(_, paths)| !paths.is_empty()) {
                println!("{what}: {}", render::plain(&paths.join(", ")));
            }
            println!("Done: the project is as it was before.");
            Exit::Done
        }
        Err(failure) => wrong(
            &failure.to_string(),
            &["To leave files that were changed since as they are: civic init --undo --keep".into()],
        ),
    }
}

/// A project that is not packaged, with the reason; nothing was written.
fn refuse(failure: &ScaffoldError, is_json: bool) -> Exit {
    if is_json {
        summary::refused(failure);
    } else {
        say::error(&failure.to_string(), &failure.hints());
    }
    failure.exit()
}

fn wrong(message: &str, hints: &[String]) -> Exit {
    say::error(message, hints);
    Exit::NeedsPerson
}
