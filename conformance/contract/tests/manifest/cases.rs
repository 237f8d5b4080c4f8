//! Small changes to a manifest that is right, and what they are answered with.

use std::fmt::Write as _;

use civic_contract::manifest::parse;

/// A manifest with everything in it.
pub(crate) const BASE: &str = include_str!("base.toml");

/// What is wrong, and the change that makes it so: a text that is there once, and what replaces it.
pub(crate) type Case<'a> = (&'a str, &'a str, &'a str);

/// The base with one change.
pub(crate) fn changed(from: &str, to: &str) -> String {
    assert_eq!(BASE.matches(from).count(), 1, "{from:?} must be in the base exactly once");
    BASE.replace(from, to)
}

/// All answers, one case after the other.
pub(crate) fn answers(cases: &[Case<'_>]) -> String {
    let answers =
        cases.iter().map(|(what, from, to)| format!("# {what}\n{}", answer(changed(from, to).as_bytes())));
    answers.collect::<Vec<_>>().join("\n")
}

/// What a file is answered with, and which part of it is pointed at.
pub(crate) fn answer(file: &[u8]) -> String {
    let Err(errors) = parse(file) else { return "accepted\n".into() };
    let mut answer = String::new();
    for error in &errors {
        let pointed = String::from_utf8_lossy(&file[error.span.clone()]).into_owned();
        let pointed =
            if pointed.is_empty() { "(no text)".into() } else { pointed.escape_debug().to_string() };
        writeln!(answer, "{error}\n  at: {pointed}").unwrap();
    }
    answer
}
