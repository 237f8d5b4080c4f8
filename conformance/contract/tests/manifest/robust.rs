//! Files that nobody wrote on purpose.

use std::path::Component;

use civic_contract::manifest::parse;
use proptest::prelude::*;

use crate::cases::BASE;

/// Values of every type, at and beyond every edge.
const ODD: &[&str] = &[
    "0",
    "-1",
    "9223372036854775807",
    "1.5",
    "nan",
    "-inf",
    "true",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\u202e\\u001b[2J\\n\"",
    "'{'",
    "\"{id}{nonce}{secret:x}{y}\"",
    "\"../..\"",
    "\"/civic/hooks/../x\"",
    "2027-06-30",
    "10:00:00",
    "[]",
    "[[1]]",
    "[\"a\", 1, {}]",
    "[\"db\", \"db\", \"web\"]",
    "{}",
    "{ kind = \"app\" }",
    "{ a.b.c = [{ d = 1 }] }",
];

/// What holds for every file whatsoever.
fn survive(file: &[u8]) {
    match parse(file) {
        Ok(manifest) => {
            assert_eq!(manifest.start_order().len(), manifest.services.len());
            for hook in manifest.hook_files() {
                assert!(hook.starts_with("civic/hooks"), "{}", hook.display());
                assert!(
                    hook.components().all(|part| matches!(part, Component::Normal(_))),
                    "{}",
                    hook.display()
                );
            }
        }
        Err(errors) => {
            let shown = errors.to_string();
            assert!((1..=100).contains(&errors.iter().count()), "{shown}");
            assert!(errors.iter().is_sorted_by_key(|error| error.span.start), "{shown}");
            assert!(!shown.contains("mistake in civic"), "{shown}");
            let steers =
                |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert!(!shown.contains(steers), "{}", shown.escape_debug());
            for error in &errors {
                assert!(error.line >= 1 && error.column >= 1, "{error}");
                assert!(file.get(error.span.clone()).is_some(), "{error}");
                if let Ok(text) = std::str::from_utf8(file) {
                    assert!(text.get(error.span.clone()).is_some(), "{error}");
                }
                assert!(!error.message.contains('\n') && !error.message.is_empty(), "{error}");
            }
        }
    }
}

#[test]
fn every_value_may_be_any_other() {
    for (index, line) in BASE.lines().enumerate() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        for odd in ODD {
            let lines = BASE.lines().enumerate();
            let changed: Vec<String> = lines
                .map(|(other, line)| if other == index { format!("{key} = {odd}") } else { line.to_owned() })
                .collect();
            survive(changed.join("\n").as_bytes());
        }
    }
}

#[test]
fn every_line_may_be_missing_or_there_twice() {
    let lines: Vec<&str> = BASE.lines().collect();
    for index in 0..lines.len() {
        survive([&lines[..index], &lines[index + 1..]].concat().join("\n").as_bytes());
        survive([&lines[..=index], &lines[index..]].concat().join("\n").as_bytes());
    }
}

#[test]
fn a_file_may_be_cut_off_anywhere() {
    (0..BASE.len()).step_by(7).for_each(|end| survive(&BASE.as_bytes()[..end]));
}

#[test]
fn large_files_are_survived() {
    let keys: String = (0..20_000).map(|number| format!("k{number} = 1\n")).collect();
    survive(format!("{BASE}{keys}").as_bytes());
    let chain: String = (0..2000)
        .map(|number| {
            format!("[services.s{number}]\nimage = \"a\"\ndepends_on = [\"s{}\"]\n", (number + 1) % 2000)
        })
        .collect();
    survive(format!("{BASE}\n{chain}").as_bytes());
    let strangers = chain.replace("= [\"s", "= [\"stranger-");
    survive(format!("{BASE}\n{strangers}").as_bytes());
    survive(BASE.replace("/data/cache", &"/a".repeat(200_000)).as_bytes());
    survive(BASE.replace("Texts people", &"ä".repeat(200_000)).as_bytes());
}

#[test]
fn more_patterns_than_anybody_needs_are_refused() {
    let extract: String = (0..1000).map(|number| format!("e{number} = '(\\w{{60}})'\n")).collect();
    let file = BASE.replace("expect = \"reminder\"", &format!("[canary.write.http.extract]\n{extract}"));
    assert!(parse(file.as_bytes()).unwrap_err().to_string().contains("too many regular expressions"));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(file in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(&file);
    }

    #[test]
    fn any_text_is_survived(file in "(schema = 1\n)?(\\[{1,2}[a-z.]{1,8}\\]{1,2}\n|[a-z.]{1,6} ?= ?[\"'\\[{0-9a-z}\\],]{0,8}\n|\\PC{0,9}){0,20}") {
        survive(file.as_bytes());
    }

    #[test]
    fn any_change_is_survived(changes in prop::collection::vec((0..BASE.len(), 0..12_usize, any::<Vec<u8>>()), 1..4)) {
        let mut file = BASE.as_bytes().to_vec();
        for (at, length, new) in changes {
            let at = at.min(file.len());
            let end = (at + length).min(file.len());
            file.splice(at..end, new.into_iter().take(8));
        }
        survive(&file);
    }

    #[test]
    fn any_readable_change_is_survived(changes in prop::collection::vec((0..BASE.len(), 0..12_usize, "[a-z\"'{}\\[\\]=.,\n 0-9\\\\]{0,6}"), 1..6)) {
        let mut file = BASE.to_owned();
        for (at, length, new) in changes {
            let at = at.min(file.len());
            let end = (at + length).min(file.len());
            file.replace_range(at..end, &new);
        }
        survive(file.as_bytes());
    }
}
