//! What the lexer is in the middle of.

use super::{Command, Word};

/// What is being read: the script itself, or a substitution in it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub command: Command,
    pub word: Option<Word>,
    /// The word so far has quotes, so that it is no keyword and no file descriptor.
    pub is_quoted: bool,
    pub in_double_quotes: bool,
    /// Operator that waits for its word.
    pub redirect: Option<String>,
    /// `(` of subshells and `{` of groups that are open.
    pub groups: usize,
    pub subshells: usize,
    /// Character that ends it; `None` for the script itself.
    pub end: Option<char>,
}

impl Frame {
    /// Reads a keyword where a command could begin; `false` for any other word.
    pub fn keyword(&mut self, word: &str) -> bool {
        match word {
            "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "time" => {
                self.command.line = 0
            }
            "{" => {
                self.groups += 1;
                self.command.line = 0;
            }
            "}" => {
                self.groups = self.groups.saturating_sub(1);
                return false;
            }
            _ => return false,
        }
        true
    }
}

pub(super) fn is_variable(name: &str) -> bool {
    let name = name.strip_suffix('+').unwrap_or(name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
