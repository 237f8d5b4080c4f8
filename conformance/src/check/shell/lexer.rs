//! From characters to simple commands, in one pass and without recursion.

use super::frame::{Frame, is_variable};
use super::{Command, Join, Word};

/// Groups and substitutions inside of each other; a script with more is not read on.
const DEEPEST: usize = 64;

/// Splits a script into simple commands.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut lexer =
        Lexer { chars: text.chars().collect(), line: 1, frames: vec![Frame::default()], ..Lexer::default() };
    while let Some(c) = lexer.peek(0) {
        if lexer.depth() > DEEPEST {
            break;
        }
        lexer.step(c);
    }
    while lexer.frames.len() > 1 {
        lexer.close();
    }
    lexer.end_command(Join::End);
    lexer.commands
}

#[derive(Debug, Default)]
struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: u32,
    frames: Vec<Frame>,
    commands: Vec<Command>,
    /// Here-documents whose bodies begin on the next line: name, and whether tabs are stripped.
    documents: Vec<(String, bool)>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn depth(&self) -> usize {
        self.frames.iter().map(|frame| frame.groups + frame.subshells + 1).sum()
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some('\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn step(&mut self, c: char) {
        if self.frame().in_double_quotes {
            return self.quoted(c);
        }
        match c {
            '\\' if self.peek(1) == Some('\n') => self.skip(2),
            '\\' => self.escaped(),
            '\'' => self.single_quotes(),
            '"' => self.open_quotes(),
            '$' => self.dollar(),
            '`' => self.backtick(),
            '#' if self.frame().word.is_none() => self.comment(),
            '\n' => self.end_line(),
            c if c.is_whitespace() => {
                self.end_word();
                self.skip(1);
            }
            ';' => self.separator(1, Join::End),
            '&' if self.starts_with("&&") => self.separator(2, Join::And),
            '&' if self.starts_with("&>") => self.redirect(),
            '&' => self.separator(1, Join::Background),
            '|' if self.starts_with("||") => self.separator(2, Join::Or),
            '|' => self.separator(if self.starts_with("|&") { 2 } else { 1 }, Join::Pipe),
            '(' => self.open_bracket(),
            ')' => self.close_bracket(),
            '<' | '>' if self.peek(1) == Some('(') => self.open(2, ')'),
            '<' | '>' => self.redirect(),
            c => self.push(c),
        }
    }

    fn quoted(&mut self, c: char) {
        match c {
            '"' => {
                self.frame().in_double_quotes = false;
                self.skip(1);
            }
            '\\' => self.escaped(),
            '$' => self.dollar(),
            '`' => self.backtick(),
            c => self.push(c),
        }
    }

    fn push(&mut self, c: char) {
        self.word().text.push(c);
        self.skip(1);
    }

    fn word(&mut self) -> &mut Word {
        let line = self.line;
        let frame = self.frame();
        if frame.command.line == 0 {
            frame.command.line = line;
        }
        frame.word.get_or_insert_default()
    }

    fn escaped(&mut self) {
        self.skip(1);
        if let Some(c) = self.peek(0) {
            self.frame().is_quoted = true;
            self.push(c);
        }
    }

    fn open_quotes(&mut self) {
        self.word();
        self.frame().in_double_quotes = true;
        self.frame().is_quoted = true;
        self.skip(1);
    }

    fn single_quotes(&mut self) {
        self.word();
        self.frame().is_quoted = true;
        self.skip(1);
        while let Some(c) = self.peek(0).filter(|c| *c != '\'') {
            self.push(c);
        }
        self.skip(1);
    }

    fn dollar(&mut self) {
        match (self.peek(1), self.peek(2)) {
            (Some('('), Some('(')) => self.braced('(', ')'),
            (Some('('), _) => self.open(2, ')'),
            (Some('{'), _) => self.braced('{', '}'),
            (Some(c), _) if c.is_ascii_alphanumeric() || "_@*#?$!-".contains(c) => {
                self.word().expands = true;
                self.push('$');
            }
            _ => self.push('$'),
        }
    }

    /// `${…}` and `$((…))` are kept as they are.
    fn braced(&mut self, open: char, close: char) {
        self.word().expands = true;
        self.push('$');
        let mut depth = 0_usize;
        while let Some(c) = self.peek(0) {
            self.push(c);
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn backtick(&mut self) {
        if self.frame().end == Some('`') {
            self.skip(1);
            self.close();
        } else {
            self.open(1, '`');
        }
    }

    fn comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    /// A substitution begins: its commands are read in a frame of their own.
    fn open(&mut self, length: usize, end: char) {
        self.word().expands = true;
        self.skip(length);
        self.frames.push(Frame { end: Some(end), ..Frame::default() });
    }

    fn close(&mut self) {
        self.end_command(Join::End);
        self.frames.pop();
        self.word().text.push_str("$(…)");
    }

    fn open_bracket(&mut self) {
        let is_list = self.frame().word.as_ref().is_some_and(|word| word.text.ends_with('='));
        let is_function = self.frame().word.is_some() && self.starts_with("()");
        if is_list {
            self.word().expands = true;
            while self.peek(0).is_some_and(|c| c != ')') {
                self.skip(1);
            }
            self.skip(1);
        } else if is_function {
            self.frame().word = None;
            self.frame().command = Command::default();
            self.skip(2);
        } else {
            self.end_word();
            self.frame().subshells += 1;
            self.skip(1);
        }
    }

    fn close_bracket(&mut self) {
        self.skip(1);
        if self.frame().subshells > 0 {
            self.end_command(Join::End);
            self.frame().subshells -= 1;
            // What follows, such as `|| true`, is about the subshell.
            self.word().text.push(')');
            self.end_word();
        } else if self.frame().end == Some(')') {
            self.close();
        } else {
            self.drop_pattern();
        }
    }

    /// What was read was the pattern of a `case`, and its `|` no pipe.
    fn drop_pattern(&mut self) {
        self.frame().word = None;
        self.frame().command = Command::default();
        let line = self.line;
        while self.commands.last().is_some_and(|last| last.joined == Join::Pipe && last.line == line) {
            self.commands.pop();
        }
    }

    fn redirect(&mut self) {
        let descriptor = self.descriptor();
        let operators = ["<<-", "<<<", "<<", "<&", "<>", "<", "&>>", "&>", ">>", ">&", ">|", ">"];
        let operator = operators.into_iter().find(|operator| self.starts_with(operator)).unwrap_or(">");
        self.skip(operator.len());
        self.frame().redirect = Some(format!("{descriptor}{operator}"));
    }

    /// Digits directly before the operator are a file descriptor.
    fn descriptor(&mut self) -> String {
        let frame = self.frame();
        let is_number = |word: &Word| !word.text.is_empty() && word.text.chars().all(|c| c.is_ascii_digit());
        if !frame.is_quoted && frame.word.as_ref().is_some_and(is_number) {
            return frame.word.take().map(|word| word.text).unwrap_or_default();
        }
        self.end_word();
        String::new()
    }

    fn separator(&mut self, length: usize, join: Join) {
        self.skip(length);
        self.end_command(join);
    }

    fn end_line(&mut self) {
        self.end_word();
        // `a &&` and `a |` go on with the next line: the command has ended with its operator already.
        self.end_command(Join::End);
        self.skip(1);
        for (name, strips_tabs) in std::mem::take(&mut self.documents) {
            self.skip_document(&name, strips_tabs);
        }
    }

    fn skip_document(&mut self, name: &str, strips_tabs: bool) {
        while self.at < self.chars.len() {
            let rest = self.chars.get(self.at..).unwrap_or_default();
            let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            let line: String = rest.iter().take(length).collect();
            self.skip(length + 1);
            if (if strips_tabs { line.trim_start_matches('\t') } else { &line }) == name {
                return;
            }
        }
    }

    fn end_word(&mut self) {
        let frame = self.frame();
        let is_quoted = std::mem::take(&mut frame.is_quoted);
        let Some(word) = frame.word.take() else { return };
        if let Some(operator) = frame.redirect.take() {
            if operator.ends_with("<<") || operator.ends_with("<<-") {
                self.documents.push((word.text, operator.ends_with('-')));
            } else {
                frame.command.redirects.push((operator, word));
            }
            return;
        }
        if frame.command.words.is_empty() && !is_quoted && frame.keyword(&word.text) {
            return;
        }
        match word.text.split_once('=') {
            Some((name, value)) if frame.command.words.is_empty() && is_variable(name) => {
                let value = Word { text: value.to_owned(), expands: word.expands };
                frame.command.assignments.push((name.to_owned(), value));
            }
            _ => frame.command.words.push(word),
        }
    }

    fn end_command(&mut self, join: Join) {
        self.end_word();
        let depth = self.depth().saturating_sub(1);
        let frame = self.frame();
        frame.redirect = None;
        let mut command = std::mem::take(&mut frame.command);
        if command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty() {
            return;
        }
        command.joined = join;
        command.depth = depth;
        self.commands.push(command);
    }
}
