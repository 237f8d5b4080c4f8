//! Shell scripts as far as the rules look at them: simple commands and how they are joined.
//!
//! No grammar of the whole language. `brush-parser` has one, but recurses with the script's nesting, and a hook
//! that somebody else wrote must not be able to overflow the stack; `yash-syntax` is under the GPL. Grammar:
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>.

mod frame;
mod lexer;
#[cfg(test)]
mod tests;

/// A script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// Simple commands in the order in which they stand; those of `$(…)` before the command around them.
    pub commands: Vec<Command>,
}

/// A simple command, or one of the words `fi`, `done`, `esac`, `}` and `)` that end a compound one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// From 1.
    pub line: u32,
    /// `NAME=value` before the command.
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
    /// Operator with its file descriptor, and where to.
    pub redirects: Vec<(String, Word)>,
    /// How the next command hangs on this one.
    pub joined: Join,
    /// Groups, subshells and substitutions around it.
    pub depth: usize,
}

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// What is written, variables as they stand.
    pub text: String,
    /// Something in it is replaced when the script runs.
    pub expands: bool,
}

/// What stands between two commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Join {
    /// End of line, `;`, or the end of a group.
    #[default]
    End,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|`.
    Pipe,
    /// `&`.
    Background,
}

/// Words that run the command behind them.
const WRAPPERS: &[&str] =
    &["command", "exec", "sudo", "nice", "time", "env", "nohup", "gosu", "su-exec", "builtin"];

impl Script {
    /// Reads a script; what follows something unreadable is taken for words.
    pub fn read(text: &str) -> Self {
        Self { commands: lexer::commands(text) }
    }

    /// The script of `sh -c "…"`.
    pub fn of_argument(words: &[String]) -> Option<Self> {
        let program = words.first()?.rsplit('/').next()?;
        let at = words.iter().position(|word| word.starts_with('-') && word.ends_with('c'))?;
        let is_shell = matches!(program, "sh" | "bash" | "ash" | "dash");
        words.get(at + 1).filter(|_| is_shell).map(|text| Self::read(text))
    }

    /// Whether `set` ever turns an option on: its long name, and its letter if it has one.
    pub fn sets(&self, name: &str, letter: Option<char>) -> bool {
        self.commands.iter().any(|command| command.sets('-', name, letter))
    }

    /// Pairs of commands that stand one after the other.
    pub fn pairs(&self) -> impl Iterator<Item = (&Command, &Command)> {
        self.commands.iter().zip(self.commands.iter().skip(1))
    }

    /// The commands a simple reader would count: no ends of compound commands, no settings.
    pub fn working(&self) -> impl Iterator<Item = &Command> {
        let idle = [
            "fi", "done", "esac", "}", ")", "set", "for", "case", "function", "trap", "umask", "export",
            "readonly", "local",
        ];
        self.commands
            .iter()
            .filter(move |command| !command.name().is_empty() && !idle.contains(&command.name()))
    }
}

impl Command {
    /// What is run, without the folder it is in; empty for a mere assignment.
    pub fn name(&self) -> &str {
        let word = self
            .words
            .iter()
            .map(|word| word.text.as_str())
            .find(|word| !WRAPPERS.contains(word) && !word.contains('='));
        word.map_or("", |word| word.rsplit('/').next().unwrap_or(word))
    }

    /// The words behind its name.
    pub fn arguments(&self) -> &[Word] {
        let at = self.words.iter().position(|word| word.text.rsplit('/').next() == Some(self.name()));
        at.and_then(|at| self.words.get(at + 1..)).unwrap_or_default()
    }

    /// Whether it has this word.
    pub fn has(&self, argument: &str) -> bool {
        self.arguments().iter().any(|word| word.text == argument)
    }

    /// Whether it is a `set` that turns an option on (`-`) or off (`+`).
    pub fn sets(&self, sign: char, name: &str, letter: Option<char>) -> bool {
        if self.name() != "set" {
            return false;
        }
        let arguments: Vec<&str> = self.arguments().iter().map(|word| word.text.as_str()).collect();
        let by_letter = |flags: &str| letter.is_some_and(|letter| flags.contains(letter));
        let short = arguments.iter().filter_map(|word| word.strip_prefix(sign)).any(by_letter);
        let named = |pair: &[&str]| matches!(pair, [flags, option] if *option == name && flags.starts_with(sign) && flags.ends_with('o'));
        short || arguments.windows(2).any(named)
    }
}

/// The program that a script's first line names, and the flags it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// Without its folder: `bash`.
    pub name: String,
    pub flags: Vec<String>,
}

impl Interpreter {
    /// Reads the `#!` line, if there is one.
    pub fn of(text: &str) -> Option<Self> {
        let line = text.strip_prefix("#!")?.lines().next()?.trim();
        let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let mut name = words.next()?;
        while matches!(name, "env" | "busybox" | "-S") {
            name = words.next()?;
        }
        Some(Self { name: name.into(), flags: words.map(str::to_owned).collect() })
    }

    /// Whether it reads shell scripts.
    pub fn is_shell(&self) -> bool {
        matches!(self.name.as_str(), "sh" | "bash" | "dash" | "ash" | "ksh" | "mksh" | "zsh")
    }

    /// Whether its flags turn an option on.
    pub fn sets(&self, name: &str, letter: Option<char>) -> bool {
        let short =
            |flag: &String| flag.starts_with('-') && letter.is_some_and(|letter| flag.contains(letter));
        self.flags.iter().any(|flag| short(flag) || flag == name)
    }
}
