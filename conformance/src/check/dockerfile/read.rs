//! From lines to stages, with the variables each line sees.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::{expand, split_words};
use super::lines::{Line, Lines, lines};
use super::{Base, Command, Copy, Dockerfile, Instruction, Problem, Run, Setting, Stage, Step, Word};
use crate::check::finding::shown;

type Variables = BTreeMap<String, Option<String>>;

/// What every builder sets on the machines this suite runs on.
const PLATFORM: [(&str, &str); 8] = [
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
];

/// An image has at most 127 layers, so that a file longer than this is not one for people.
const MOST_INSTRUCTIONS: usize = 2000;

/// Reads a Dockerfile; what it cannot read becomes a problem, and it reads on.
pub(super) fn read(text: &str, args: &BTreeMap<String, String>) -> Dockerfile {
    let Lines { escape, lines, problems } = lines(text);
    let globals = PLATFORM.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into();
    let mut reader = Reader {
        escape,
        args,
        globals,
        scopes: Vec::new(),
        file: Dockerfile { problems, ..Dockerfile::default() },
    };
    for line in lines.iter().take(MOST_INSTRUCTIONS) {
        if let Err(message) = reader.line(line) {
            reader.file.problems.push(Problem { line: line.number, message });
        }
    }
    if let Some(line) = lines.get(MOST_INSTRUCTIONS) {
        let message =
            format!("The file goes on after {MOST_INSTRUCTIONS} instructions, and the rest is not looked at");
        reader.file.problems.push(Problem { line: line.number, message });
    }
    if reader.file.stages.is_empty() && reader.file.problems.is_empty() {
        reader.file.problems.push(Problem { line: 0, message: "The file has no FROM".into() });
    }
    reader.file
}

/// What a stage knows of variables; ENV wins over ARG.
#[derive(Debug, Clone, Default)]
struct Scope {
    env: Variables,
    args: Variables,
}

impl Scope {
    fn get(&self, name: &str) -> Option<String> {
        self.env.get(name).or_else(|| self.args.get(name)).cloned().flatten()
    }
}

struct Reader<'a> {
    escape: char,
    args: &'a BTreeMap<String, String>,
    globals: Variables,
    /// One for each stage.
    scopes: Vec<Scope>,
    file: Dockerfile,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line) -> Result<(), String> {
        match (line.keyword.as_str(), self.file.stages.is_empty()) {
            ("FROM", _) => self.from(line),
            ("ARG", true) => self.global(line),
            (_, true) => Err(format!("{} stands before the first FROM", shown(&line.keyword))),
            _ => {
                let does = self.instruction(line)?;
                let stage = self.file.stages.last_mut().ok_or("there is no FROM yet")?;
                stage.steps.push(Step { line: line.number, does });
                Ok(())
            }
        }
    }

    fn global(&mut self, line: &Line) -> Result<(), String> {
        for (name, default) in pairs(&line.rest, self.escape)? {
            let written = self.args.get(&name).cloned().map(quoted).or(default);
            let value = written.map(|written| self.global_word(written));
            self.globals.insert(name.clone(), value.as_ref().and_then(|word| word.value.clone()));
            self.file.globals.push(Setting { line: line.number, name, value });
        }
        Ok(())
    }

    fn global_word(&self, written: String) -> Word {
        let value = expand(&written, self.escape, &|name| self.globals.get(name).cloned().flatten());
        Word { written, value }
    }

    fn from(&mut self, line: &Line) -> Result<(), String> {
        let (_, rest) = flags(&line.rest);
        let words = split_words(rest, self.escape);
        let (written, name) = match words.as_slice() {
            [image] => (image.clone(), None),
            [image, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
                (image.clone(), Some(name.clone()))
            }
            _ => return Err("FROM takes an image, or an image and `AS` with a name".into()),
        };
        let word = self.global_word(written);
        let base = self.base(word);
        let scope = match base {
            Base::Stage(index) => self.scopes.get(index).cloned().unwrap_or_default(),
            Base::Scratch | Base::Image(_) => Scope::default(),
        };
        self.scopes.push(scope);
        self.file.stages.push(Stage { line: line.number, name, base, steps: Vec::new() });
        Ok(())
    }

    fn base(&self, word: Word) -> Base {
        let named = |name: &str| {
            let same =
                |stage: &Stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
            self.file.stages.iter().rposition(same)
        };
        match word.value.as_deref() {
            Some("scratch") => Base::Scratch,
            Some(name) => named(name).map_or(Base::Image(word), Base::Stage),
            None => Base::Image(word),
        }
    }

    fn instruction(&mut self, line: &Line) -> Result<Instruction, String> {
        let needed = |what: &str| match line.rest.is_empty() {
            true => Err(format!("{} says no {what}", line.keyword)),
            false => Ok(()),
        };
        Ok(match line.keyword.as_str() {
            "ARG" => Instruction::Arg(self.settings(line, false)?),
            "ENV" => needed("variable").and_then(|()| self.settings(line, true)).map(Instruction::Env)?,
            "COPY" | "ADD" => Instruction::Copy(self.copy(line)?),
            "RUN" => Instruction::Run(self.run(line)),
            "CMD" => Instruction::Cmd(command(&line.rest)),
            "ENTRYPOINT" => Instruction::Entrypoint(command(&line.rest)),
            "HEALTHCHECK" => health(&line.rest),
            "USER" => needed("user").map(|()| Instruction::User(self.word(&line.rest)))?,
            "EXPOSE" => needed("port").map(|()| Instruction::Expose(self.list(&line.rest)))?,
            "VOLUME" => needed("path").map(|()| Instruction::Volume(self.list(&line.rest)))?,
            "WORKDIR" => needed("path").map(|()| Instruction::Workdir(self.word(&line.rest)))?,
            "STOPSIGNAL" => needed("signal").map(|()| Instruction::StopSignal(self.word(&line.rest)))?,
            "SHELL" => Instruction::Shell(
                json(&line.rest).ok_or("SHELL takes a list, as in `[\"/bin/sh\", \"-c\"]`")?,
            ),
            "LABEL" | "ONBUILD" | "MAINTAINER" => Instruction::Other,
            other => return Err(format!("{} is no instruction of a Dockerfile", shown(other))),
        })
    }

    fn word(&self, written: &str) -> Word {
        let scope = self.scopes.last();
        let value = expand(written, self.escape, &|name| scope.and_then(|scope| scope.get(name)));
        Word { written: written.into(), value }
    }

    fn list(&self, rest: &str) -> Vec<Word> {
        words_or_json(rest, self.escape).iter().map(|word| self.word(word)).collect()
    }

    fn settings(&mut self, line: &Line, is_env: bool) -> Result<Vec<Setting>, String> {
        // All variables of one line see what was there before the line, so they are kept until its end.
        let mut known = Vec::new();
        let mut settings = Vec::new();
        for (name, default) in pairs(&line.rest, self.escape)? {
            let written =
                if is_env { default } else { self.args.get(&name).cloned().map(quoted).or(default) };
            let value = written.map(|written| self.word(&written));
            known.push((
                name.clone(),
                match &value {
                    Some(word) => word.value.clone(),
                    None => self.globals.get(&name).cloned().flatten(),
                },
            ));
            settings.push(Setting { line: line.number, name, value });
        }
        if let Some(scope) = self.scopes.last_mut() {
            let variables = if is_env { &mut scope.env } else { &mut scope.args };
            variables.extend(known);
        }
        Ok(settings)
    }

    fn copy(&self, line: &Line) -> Result<Copy, String> {
        let (flags, rest) = flags(&line.rest);
        let mut words = self.list(rest);
        let target = words.pop().ok_or_else(|| format!("{} says neither what nor where to", line.keyword))?;
        if words.is_empty() {
            return Err(format!("{} takes what to copy and where to", line.keyword));
        }
        let flag =
            |name: &str| flags.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        Ok(Copy {
            from: flag("from").map(|value| self.word(value)),
            sources: once_each(words.into_iter().filter(|word| !word.written.starts_with("<<"))),
            target,
            parents: flag("parents").is_some_and(|value| value != "false"),
            documents: line.documents.clone(),
        })
    }

    fn run(&self, line: &Line) -> Run {
        let (flags, rest) = flags(&line.rest);
        let mounts = flags.iter().filter(|(name, _)| name.eq_ignore_ascii_case("mount"));
        let froms =
            mounts.flat_map(|(_, value)| value.split(',')).filter_map(|part| part.strip_prefix("from="));
        let text = std::iter::once(rest).chain(line.documents.iter().map(String::as_str));
        Run { text: text.collect::<Vec<_>>().join("\n"), mounts: froms.map(|from| self.word(from)).collect() }
    }
}

/// What is named twice is copied once, and matching patterns is the slow part of following files.
fn once_each(words: impl Iterator<Item = Word>) -> Vec<Word> {
    let mut seen = BTreeSet::new();
    words.filter(|word| seen.insert(word.written.clone())).collect()
}

/// A value that civic.toml gives is taken as it is.
fn quoted(value: String) -> String {
    format!("'{}'", value.replace('\'', ""))
}

/// `NAME=value` pairs, or the old form `NAME the rest of the line`.
fn pairs(rest: &str, escape: char) -> Result<Vec<(String, Option<String>)>, String> {
    let words = split_words(rest, escape);
    let old_form = words.len() > 1 && words.first().is_some_and(|word| !word.contains('='));
    if let (true, Some((name, value))) = (old_form, rest.trim().split_once(char::is_whitespace)) {
        return Ok(vec![(name.into(), Some(value.trim().into()))]);
    }
    words
        .iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err("A variable has no name".into()),
            Some((name, value)) => Ok((name.to_owned(), Some(value.to_owned()))),
            None => Ok((word.clone(), None)),
        })
        .collect()
}

/// `--name=value` before everything else.
fn flags(rest: &str) -> (Vec<(String, String)>, &str) {
    let mut flags = Vec::new();
    let mut rest = rest.trim_start();
    while let Some(flag) = rest.strip_prefix("--") {
        let end = flag.find(char::is_whitespace).unwrap_or(flag.len());
        let (flag, after) = flag.split_at(end);
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push((name.to_owned(), value.trim_matches('"').to_owned()));
        rest = after.trim_start();
    }
    (flags, rest)
}

fn json(rest: &str) -> Option<Vec<String>> {
    serde_json::from_str(rest.trim()).ok()
}

fn words_or_json(rest: &str, escape: char) -> Vec<String> {
    json(rest).unwrap_or_else(|| split_words(rest, escape))
}

fn command(rest: &str) -> Command {
    json(rest).map_or_else(|| Command::Shell(rest.trim().into()), Command::Exec)
}

fn health(rest: &str) -> Instruction {
    let (_, rest) = flags(rest);
    match rest.split_once(char::is_whitespace) {
        Some((keyword, command_line)) if keyword.eq_ignore_ascii_case("cmd") => {
            Instruction::Health(command(command_line))
        }
        _ => Instruction::Other,
    }
}
