//! What becomes of a file that is right.

use civic_contract::manifest::{Manifest, parse};

use crate::cases::{BASE, changed};

/// As short as a file can be.
const SHORTEST: &str = r#"
schema = 1
app = { name = "a", summary = "A", case = 2, maintainers = ["A <a@example.org>"], licence = "MIT" }
services.web.image = "nginx:1"
volumes.data = { service = "web", path = "/data", kind = "durable" }
canary = { kind = "volume", volume = "data" }
"#;

fn read(file: &str) -> Manifest {
    parse(file.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn everything_arrives() {
    insta::assert_debug_snapshot!(read(BASE));
}

#[test]
fn what_is_left_out_has_its_default() {
    insta::assert_debug_snapshot!(read(SHORTEST));
}

#[test]
fn a_request_and_a_database_have_their_defaults() {
    let short = SHORTEST.replace(
        "canary = { kind = \"volume\", volume = \"data\" }",
        r#"
services.web.port = 80
canary.kind = "app"
canary.records = '(?<id>\d+) (?<nonce>\w+)'
canary.read.http = [{ service = "web", path = "/" }]
canary.write.http = [{ service = "web", path = "/{id}/{nonce}", method = "PUT", body = "x" }]
"#,
    );
    insta::assert_debug_snapshot!(read(&short).canary);
}

#[test]
fn data_is_kept_as_it_is_written() {
    let odd = r#" a'b"c $(reboot) `id` \ ; rm -rf / "#;
    let file = changed(
        "TZ = \"America/Anchorage\" }",
        &format!("ODD = '''{odd}''', LINES = \"1\\n2\\t3\\u202e\" }}"),
    );
    let env = &read(&file).services["web"].env;
    assert_eq!((env["ODD"].as_str(), env["LINES"].as_str()), (odd, "1\n2\t3\u{202e}"));
}

#[test]
fn services_start_after_those_they_need() {
    let more = "[services.a]\nimage = \"a\"\ndepends_on = [\"web\"]\n[services.z]\nimage = \"a\"\n\n[volumes.database]";
    assert_eq!(read(&changed("[volumes.database]", more)).start_order(), ["db", "web", "a", "z"]);
}

#[test]
fn every_named_hook_is_found_once() {
    let probe = "[\"sh\", \"/civic/hooks/health\", \"/civic/hooks/pre-backup\"]";
    let manifest = read(&changed("[\"pg_isready\", \"-U\", \"courtbot\"]", probe));
    let files: Vec<String> = manifest.hook_files().iter().map(|file| file.display().to_string()).collect();
    let expected =
        ["canary-read", "health", "post-restore", "pre-backup"].map(|name| format!("civic/hooks/{name}"));
    assert_eq!(files, expected);
}

#[test]
fn the_lines_of_a_read_by_command_are_records() {
    let canary = &read(&changed(
        "records = '''\"phone\":\"\\+1907(?<id>[0-9]{7})\",\"code\":\"(?<nonce>[A-Z2-7]{12})\"'''",
        "",
    ))
    .canary;
    let civic_contract::manifest::Canary::App(canary) = canary else { panic!("an app canary") };
    let found = canary.records.captures_iter("0000042 ABC\n  7\tdef \r\nno record here\n8\n9 x\n");
    let found: Vec<(String, String)> =
        found.map(|found| (found["id"].into(), found["nonce"].into())).collect();
    let expected =
        [("0000042", "ABC"), ("7", "def"), ("9", "x")].map(|(id, nonce)| (id.to_owned(), nonce.to_owned()));
    assert_eq!(found, expected);
}
