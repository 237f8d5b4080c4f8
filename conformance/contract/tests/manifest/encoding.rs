//! Files that are no TOML, or of another version.

use crate::cases::{BASE, answer};

fn answers(files: &[(&str, &[u8])]) -> String {
    files.iter().map(|(what, file)| format!("# {what}\n{}\n", answer(file))).collect()
}

#[test]
fn bytes() {
    let large = format!("{BASE}# {}", "x".repeat(1024 * 1024));
    let wide =
        [&[0xff, 0xfe][..], &"schema = 1".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()]
            .concat();
    let told = answers(&[
        ("empty", b""),
        ("only comments", b"\n# nothing yet\n"),
        ("latin 1", b"schema = 1\n[app]\nname = \"\xc3\xa4\"\nsummary = \"caf\xe9\"\n"),
        ("utf-16", &wide),
        ("binary", b"\x7fELF\x02\x01\x01\x00\x00\x90"),
        ("too large", large.as_bytes()),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn syntax() {
    let told = answers(&[
        ("no quotes", b"schema = 1\n[app]\nname = courtbot\n"),
        ("a duration without quotes", b"schema = 1\ngrace_period = 10s\n"),
        ("a text that does not end", b"schema = 1\n[app]\nname = \"courtbot\nsummary = \"x\"\n"),
        ("a table that does not end", b"schema = 1\n[app\nname = 1\n"),
        ("a list that does not end", b"schema = 1\nx = [1, 2\n"),
        ("no value", b"schema = 1\nname =\n"),
        ("no equals sign", b"schema = 1\nname: courtbot\n"),
        ("a key twice", b"schema = 1\n[app]\nname = \"a\"\nname = \"b\"\n"),
        ("a table twice", b"schema = 1\n[app]\nname = \"a\"\n[app]\ncase = 1\n"),
        (
            "a backslash",
            br#"schema = 1
records = "\d+"
"#,
        ),
        ("too deep", format!("schema = 1\n{}x = 1", "a.".repeat(200)).as_bytes()),
        ("deeper lists", format!("schema = 1\nx = {}", "[".repeat(200)).as_bytes()),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn versions() {
    let of = |version: &str| BASE.replace("schema = 1", version);
    let told = answers(&[
        ("none", of("").as_bytes()),
        ("a later one", format!("{}\n[new]\nkey = 1\n", of("schema = 2")).as_bytes()),
        ("none that ever was", of("schema = 0").as_bytes()),
        ("negative", of("schema = -1").as_bytes()),
        ("text", of("schema = \"1\"").as_bytes()),
        ("below a table", of("[schema]").as_bytes()),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_mistake() {
    let file = format!("\u{feff}{}", BASE.replace('\n', "\r\n"));
    assert_eq!(answer(file.as_bytes()), "accepted\n");
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let file = "\u{feff}schema = 1\r\n\"ärger\" = { ü = 1, ß = ?";
    let error = civic_contract::manifest::parse(file.as_bytes()).unwrap_err().into_vec().remove(0);
    assert_eq!((error.line, error.column), (2, 25));
}
