//! `.dockerignore` as Docker reads it: patterns are anchored at the context's root, a later line wins, `!` keeps
//! (<https://docs.docker.com/build/concepts/context/#dockerignore-files>).

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// A `.dockerignore`.
#[derive(Debug, Clone, Default)]
pub(crate) struct DockerIgnore {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    matcher: GlobMatcher,
    keep: bool,
}

/// A line of `.dockerignore` that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(".dockerignore line {line}: {reason}")]
pub struct BadPattern {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl DockerIgnore {
    /// Reads the file's text; an empty text ignores nothing.
    ///
    /// # Errors
    /// [`BadPattern`].
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut rules = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let keep = line.starts_with('!');
            let pattern = line.trim_start_matches('!').trim().trim_start_matches("./").trim_matches('/');
            if pattern.is_empty() || pattern == "." {
                continue;
            }
            let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
            let glob = glob.map_err(|error| BadPattern { line: index + 1, reason: error.to_string() })?;
            rules.push(Rule { matcher: glob.compile_matcher(), keep });
        }
        Ok(Self { rules })
    }

    /// The last rule that matches the path or one of its parents decides.
    pub(crate) fn ignores(&self, path: &Path) -> bool {
        let matches = |rule: &&Rule| {
            path.ancestors().any(|part| !part.as_os_str().is_empty() && rule.matcher.is_match(part))
        };
        self.rules.iter().rev().find(matches).is_some_and(|rule| !rule.keep)
    }

    /// Whether a later line may keep something of a folder that an earlier one ignores.
    pub(crate) fn keeps_any(&self) -> bool {
        self.rules.iter().any(|rule| rule.keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(text: &str, path: &str) -> bool {
        DockerIgnore::parse(text).unwrap().ignores(Path::new(path))
    }

    #[test]
    fn patterns_are_anchored_and_later_lines_win() {
        assert!(ignored("*.md", "a.md") && !ignored("*.md", "docs/a.md") && ignored("**/*.md", "docs/a.md"));
        assert!(ignored("/docs/", "docs/a.md"));
        assert!(!ignored("docs\n!docs/a.md", "docs/a.md") && ignored("docs\n!docs/a.md", "docs/b.md"));
        assert!(ignored("!a\na", "a"));
        assert!(!ignored("# a\n\n.\n", "a"));
    }

    #[test]
    fn names_the_line_that_is_no_pattern() {
        assert_eq!(DockerIgnore::parse("a\n[z").unwrap_err().line, 2);
    }
}
