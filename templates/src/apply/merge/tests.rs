use super::*;
use proptest::prelude::*;

fn clean(how: Merge, base: &str, ours: &str, theirs: &str) -> String {
    match merge(how, ".gitignore", Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes()) {
        Merged::Clean(result) => String::from_utf8(result).unwrap(),
        Merged::Conflict { at, .. } => panic!("conflict at {at:?}"),
    }
}

fn conflict(how: Merge, base: &str, ours: &str, theirs: &str) -> (String, Vec<Disagreement>) {
    match merge(how, "x", Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes()) {
        Merged::Clean(result) => panic!("no conflict: {}", String::from_utf8_lossy(&result)),
        Merged::Conflict { offer, at } => (String::from_utf8(offer).unwrap(), at),
    }
}

#[test]
fn both_sides_lines_come_together() {
    let base = "a\nb\nc\nd\ne\n";
    assert_eq!(clean(Merge::Text, base, "a\nB\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n"), "a\nB\nc\nd\nE\nf\n");
}

#[test]
fn a_conflict_names_its_lines_and_shows_both_sides() {
    let (offer, at) = conflict(Merge::Text, "a\nb\nc\n", "a\nours\nc\n", "a\ntheirs\nc\n");
    insta::assert_snapshot!(offer, @r"
    a
    <<<<<<< ours
    ours
    ||||||| original
    b
    =======
    theirs
    >>>>>>> theirs
    c
    ");
    assert_eq!(at, [Disagreement::about("line 2")]);
}

#[test]
fn an_insertion_beside_a_deletion_is_a_conflict() {
    conflict(Merge::Text, "{\n  a\n}\n", "{\n}\n", "{\n  a\n  b\n}\n");
}

#[test]
fn line_ends_mark_and_open_end_stay_as_they_are() {
    let base = "a\nb\nc\nd\n";
    let theirs = "a\nb\nc\nD\n";
    assert_eq!(clean(Merge::Text, base, "A\r\nb\r\nc\r\nd\r\n", theirs), "A\r\nb\r\nc\r\nD\r\n");
    assert_eq!(clean(Merge::Text, base, "\u{feff}A\nb\nc\nd\n", theirs), "\u{feff}A\nb\nc\nD\n");
    assert_eq!(clean(Merge::Text, base, "A\nb\nc\nd", theirs), "A\nb\nc\nD");
    assert_eq!(clean(Merge::Text, base, "a\r\nb\r\nc\r\nd", theirs), "a\r\nb\r\nc\r\nD");
    assert_eq!(
        clean(Merge::Toml, "a = 1\nb = 1\n", "\u{feff}a = 2\r\nb = 1", "a = 1\nb = 3\n"),
        "\u{feff}a = 2\r\nb = 3"
    );
    assert_eq!(clean(Merge::Lines, "a\n", "b\r\na\r\n", "a\nc\n"), "b\r\na\r\nc\r\n");
}

#[test]
fn a_file_with_both_line_ends_keeps_each() {
    let result = clean(Merge::Text, "a\nb\nc\nd\n", "a\r\nb\nc\nd\n", "a\nb\nc\nD\n");
    assert_eq!(result, "a\r\nb\nc\nD\n");
}

#[test]
fn programs_and_pictures_are_never_merged() {
    let (offer, _) = conflict(Merge::Text, "a\0\nb\nc\n", "A\0\nb\nc\n", "a\0\nb\nC\n");
    assert_eq!(offer, "a\0\nb\nC\n");
}

#[test]
fn without_a_base_nothing_is_guessed() {
    let merged = merge(Merge::Text, "x", None, b"a\n", b"a\nb\n");
    assert!(matches!(merged, Merged::Conflict { offer, .. } if offer == b"a\nb\n"));
}

#[test]
fn lines_are_added_once_and_never_removed() {
    let result = clean(Merge::Lines, "a\nold\n", "mine\na\nold\n", "a\nb\nb\nmine\n");
    assert_eq!(result, "mine\na\nold\nb\n");
}

#[test]
fn a_line_that_a_person_took_out_stays_out() {
    assert_eq!(clean(Merge::Lines, "a\nb\n", "b\n", "a\nb\nc\n"), "b\nc\n");
}

#[test]
fn a_persons_exceptions_still_win() {
    assert_eq!(clean(Merge::Lines, "", "*\n!src\n", "dist\n!hooks\n"), "*\ndist\n!hooks\n!src\n");
    let attributes = merge(Merge::Lines, "a/.gitattributes", None, b"*.png -text\n", b"* text=auto\n");
    assert_eq!(attributes, Merged::Clean(b"* text=auto\n*.png -text\n".to_vec()));
}

const OURS: &str = r#"# Our app, ask Ana.
schema = 1

[app]   # the app
name   =   "courtbot"  # never rename
case = 2

# The web process; the port is the router's.
[services.web]
port = 8080 # was 3000
command = ["npm", "start"]

[ours]
x = {a=1,   b = 2} # mine
"#;

const BASE: &str = r#"schema = 1

[app]
name = "courtbot"
case = 2

[services.web]
port = 3000
command = ["npm", "start"]
"#;

#[test]
fn a_persons_comments_order_and_spelling_survive_a_merge() {
    let theirs = r#"schema = 1

[app]
name = "courtbot"
case = 1
level = "C3"

# Who answers the phone.
[contact]
mail = "a@example.org"

[services.web]
port = 3000
command = ["node", "server.js"]

[services.web.health]
path = "/healthz"
"#;
    insta::assert_snapshot!(clean(Merge::Toml, BASE, OURS, theirs));
}

#[test]
fn a_key_that_both_changed_is_listed_with_both_values() {
    let theirs = BASE.replace("3000", "5000").replace("case = 2", "case = 3");
    let (offer, at) = conflict(Merge::Toml, BASE, OURS, &theirs);
    assert_eq!(
        at,
        [Disagreement {
            at: "services.web.port".to_owned(),
            ours: Some("8080".to_owned()),
            theirs: Some("5000".to_owned())
        }]
    );
    assert!(offer.contains("port = 5000 # was 3000") && offer.contains("case = 3"), "{offer}");
    assert!(offer.contains("# Our app, ask Ana."), "{offer}");
}

#[test]
fn a_key_that_one_removed_and_the_other_changed_is_a_conflict() {
    let (_, at) = conflict(Merge::Toml, "a = 1\nb = 1\n", "b = 1\n", "a = 2\nb = 1\n");
    assert_eq!(at, [Disagreement { at: "a".to_owned(), ours: None, theirs: Some("2".to_owned()) }]);
    let (_, at) = conflict(Merge::Toml, "a = 1\nb = 1\n", "a = 2\nb = 1\n", "b = 1\n");
    assert_eq!(at, [Disagreement { at: "a".to_owned(), ours: Some("2".to_owned()), theirs: None }]);
}

#[test]
fn a_table_with_a_persons_comment_does_not_go_silently() {
    let base = "a = 1\n\n[old]\nx = 1\n";
    let (_, at) = conflict(Merge::Toml, base, "a = 1\n\n[old]\n# why\nx = 1\n", "a = 1\n");
    assert_eq!(at.first().map(|at| at.at.as_str()), Some("old"));
    assert_eq!(clean(Merge::Toml, base, "# mine\na = 1\n\n[old]\nx = 1\n", "a = 1\n"), "# mine\na = 1\n");
    conflict(Merge::Toml, "l = [1]\n", "l = [\n  1, # why\n]\n", "l = [1, 2]\n");
}

#[test]
fn what_is_no_toml_is_for_a_person() {
    let (offer, _) = conflict(Merge::Toml, "a = 1\n", "a = \n", "a = 2\n");
    assert_eq!(offer, "a = 2\n");
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof!["[ab]{0,2}", Just("{% x %}".to_owned()), Just("é".to_owned())];
    let end = prop_oneof![4 => Just("\n"), 1 => Just("\r\n")];
    let lines = proptest::collection::vec((line, end), 0..8);
    (lines, any::<bool>(), any::<bool>()).prop_map(|(lines, mark, open)| {
        let text: String = lines.into_iter().map(|(line, end)| line + end).collect();
        let text = if open { text.trim_end_matches(['\r', '\n']).to_owned() } else { text };
        if mark { format!("\u{feff}{text}") } else { text }
    })
}

fn settings() -> impl Strategy<Value = String> {
    let table = || {
        proptest::collection::btree_map(
            "[abc]",
            prop_oneof![Just("1"), Just("2"), Just("'x'"), Just("[1, 2]")],
            0..3,
        )
    };
    (table(), table(), table(), 0..2usize).prop_map(|(top, one, two, twice)| {
        let body = |table: &std::collections::BTreeMap<String, &str>| -> String {
            table.iter().map(|(key, value)| format!("{key} = {value} # {key}\n")).collect()
        };
        let list = "[[t]]\nname = 1\n".repeat(twice);
        format!("{}[s]\n{}[s.z]\n{}{list}", body(&top), body(&one), body(&two))
    })
}

fn ways() -> impl Strategy<Value = Merge> {
    prop_oneof![Just(Merge::Text), Just(Merge::Lines), Just(Merge::Toml)]
}

/// Lines of `side` that are not in `base`, as often as they are there more often.
fn added<'a>(base: &str, side: &'a str) -> Vec<&'a str> {
    let mut spare: Vec<&str> = base.lines().collect();
    let mut fresh =
        |line: &&str| spare.iter().position(|old| old == line).map(|at| spare.remove(at)).is_none();
    side.lines().filter(|line| fresh(line)).collect()
}

proptest! {
    #[test]
    fn nothing_new_changes_nothing(how in ways(), base in text(), ours in text()) {
        prop_assert_eq!(clean(how, &base, &ours, &base), ours);
    }

    #[test]
    fn an_untouched_file_becomes_the_rendering(how in ways(), base in text(), theirs in text()) {
        prop_assert_eq!(clean(how, &base, &base, &theirs), theirs);
    }

    #[test]
    fn no_added_line_is_lost(base in text(), ours in text(), theirs in text()) {
        let (base, ours, theirs) = (base.replace('\u{feff}', ""), ours.replace('\u{feff}', ""), theirs.replace('\u{feff}', ""));
        let merged = match merge(Merge::Text, "x", Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes()) {
            Merged::Clean(result) => result,
            Merged::Conflict { offer, .. } => offer,
        };
        let merged = String::from_utf8(merged).unwrap();
        for line in added(&base, &ours) {
            prop_assert!(merged.lines().any(|there| there == line), "{line:?} is not in {merged:?}");
        }
    }

    #[test]
    fn the_set_of_lines_grows(base in text(), ours in text(), theirs in text()) {
        let result = clean(Merge::Lines, &base, &ours, &theirs);
        let bare = |text: &str| text.replace(['\u{feff}', '\r'], "").trim_end_matches('\n').to_owned();
        if bare(&base) != bare(&ours) {
            let mut rest = result.trim_start_matches('\u{feff}').lines();
            for line in ours.trim_start_matches('\u{feff}').lines() {
                prop_assert!(rest.any(|there| there == line), "{line:?} of {ours:?} in {result:?}");
            }
        }
    }

    #[test]
    fn toml_takes_what_one_side_changed(base in settings(), ours in settings(), theirs in settings()) {
        match merge(Merge::Toml, "x", Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes()) {
            Merged::Conflict { at, .. } => prop_assert!(!at.is_empty()),
            Merged::Clean(result) => {
                let read = |text: &str| text.parse::<toml_edit::DocumentMut>().unwrap();
                let result = read(std::str::from_utf8(&result).unwrap());
                let (base, ours, theirs) = (read(&base), read(&ours), read(&theirs));
                for key in ["a", "b", "c", "t"] {
                    let text = |side: &toml_edit::DocumentMut| side.get(key).map(|item| match item.as_value() {
                        Some(value) => { let mut value = value.clone(); value.decor_mut().clear(); value.to_string() }
                        None => item.to_string(),
                    });
                    let wanted = if text(&base) == text(&ours) { text(&theirs) } else { text(&ours) };
                    prop_assert_eq!(text(&result), wanted);
                }
            }
        }
    }
}
