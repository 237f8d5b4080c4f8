//! Keys, types, choices and ranges.

use crate::cases::{BASE, answer, answers};

#[test]
fn unknown_keys() {
    let told = answers(&[
        ("misspelt", "port = 5000", "prot = 5000"),
        ("another tool's word", "env = { TZ", "environment = { TZ"),
        ("american", "licence =", "license ="),
        ("with a dash", "depends_on", "depends-on"),
        ("like nothing", "depends_on = [\"db\"]", "replicas = 3"),
        ("a table", "[tolerance]", "[tolerances]"),
        ("a table like nothing", "[tolerance]", "[monitoring]"),
        ("deep inside", "status = 200 }", "statsu = 200 }"),
        ("in a list of tables", "expect =", "expects ="),
        ("of another kind of canary", "kind = \"app\"", "kind = \"app\"\nvolume = \"uploads\""),
        ("in the wrong table", "[services.db]", "init = true\n[services.db]"),
        ("of the top of the file", "depends_on = [\"db\"]", "volumes = [\"/data\"]"),
        ("that steers a terminal", "[tolerance]", "[tolerance.\"\\u001b[2J\\u202e\"]"),
        ("twice with one meaning", "port = 5000", "prt = 5000\nport = 5000"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn several_at_once_in_the_order_of_the_file() {
    let file = BASE
        .replace("case = 1", "case = 7")
        .replace("port = 5000", "prot = 5000")
        .replace("grace_period = \"30s\"", "grace_periode = 30")
        .replace("kind = \"durable\"\nbackup", "kind = \"durabel\"\nbackup")
        .replace("boot = \"2m\"", "boot = \"2 min\"");
    insta::assert_snapshot!(answer(file.as_bytes()));
}

#[test]
fn wrong_types() {
    let told = answers(&[
        ("number in quotes", "port = 5000", "port = \"5000\""),
        ("compose's ports", "port = 5000", "ports = [\"5000:5000\"]"),
        ("number with a fraction", "port = 5000", "port = 50.5"),
        ("text that is no number", "port = 5000", "port = \"http\""),
        ("command line", "command = [\"node\", \"src/web.js\"]", "command = \"node src/web.js\""),
        ("shell line", "command = [\"node\", \"src/web.js\"]", "command = \"node 'a b' | cat\""),
        ("number as environment", "TZ = \"America/Anchorage\"", "PORT = 5000"),
        ("flag as environment", "TZ = \"America/Anchorage\"", "DEBUG = true"),
        ("entry of a list", "\"src/web.js\"", "5"),
        ("bytes", "memory = \"256MiB\"", "memory = 268435456"),
        ("seconds", "timeout = \"15m\"", "timeout = 900"),
        ("flag in quotes", "depends_on = [\"db\"]", "init = \"yes\""),
        (
            "one person",
            "[\"CourtBot team <courtbot@example.org>\"]",
            "\"CourtBot team <courtbot@example.org>\"",
        ),
        ("secret as text", "{ value = \"console\" }", "\"console\""),
        ("single brackets", "[[hooks.pre_backup]]", "[hooks.pre_backup]"),
        ("doubled brackets", "[tolerance]", "[[tolerance]]"),
        ("table for a text", "timeout = \"15m\"", "timeout = { minutes = 15 }"),
        ("probe as a path", "{ http = \"/readyz\", timeout = \"3s\" }", "\"/readyz\""),
        ("canary as text", "kind = \"app\"", "kind = 1"),
        ("status alone", "expect = \"reminder\"", "status = 200"),
        ("NUL", "America/Anchorage\" }", "a\\u0000b\" }"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_date_may_be_toml_or_text() {
    assert_eq!(answers(&[("bare", "\"2027-06-30\"", "2027-06-30")]), "# bare\naccepted\n");
}

#[test]
fn choices() {
    let told = answers(&[
        ("volume", "kind = \"rebuildable\"", "kind = \"rebuildible\""),
        ("backup", "backup = \"hooks\"", "backup = \"hook\""),
        ("secret", "generate = \"base64\"", "generate = \"Base64\""),
        ("job", "kind = \"cron\"", "kind = \"daily\""),
        ("canary", "kind = \"app\"", "kind = \"apps\""),
        ("canary like nothing", "kind = \"app\"", "kind = \"http\""),
        ("method", "method = \"POST\"", "method = \"post\""),
        ("method like nothing", "method = \"POST\"", "method = \"SUBSCRIBE\""),
        ("drill", "drill = \"soft-stop\"", "drill = \"soft-stopp\""),
        ("drill with underscore", "drill = \"soft-stop\"", "drill = \"volume_lost\""),
        ("drill like nothing", "drill = \"soft-stop\"", "drill = \"everything\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn ranges() {
    let told = answers(&[
        ("case 5", "case = 1", "case = 5"),
        ("case -1", "case = 1", "case = -1"),
        ("port 0", "port = 5000", "port = 0"),
        ("port 70000", "port = 5000", "port = 70000"),
        ("port far away", "port = 5000", "port = -9223372036854775808"),
        ("cpu 0", "cpu = 0.5", "cpu = 0"),
        ("cpu negative", "cpu = 0.5", "cpu = -0.5"),
        ("cpu infinite", "cpu = 0.5", "cpu = inf"),
        ("cpu not a number", "cpu = 0.5", "cpu = nan"),
        ("pids 0", "pids = 64", "pids = 0"),
        ("bytes too few", "bytes = 24", "bytes = 7"),
        ("bytes too many", "bytes = 24", "bytes = 257"),
        ("probe's status", "status = 200 }", "status = 99 }"),
        ("request's status", "expect = \"reminder\"", "status = [200, 600]"),
        ("no status", "expect = \"reminder\"", "status = []"),
        ("nobody", "maintainers = [\"CourtBot team <courtbot@example.org>\"]", "maintainers = []"),
        ("no command", "command = [\"npm\", \"run\", \"migrate\"]", "command = []"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn missing_keys() {
    let told = answers(&[
        ("name and case", "name = \"courtbot\"", ""),
        ("maintainers", "maintainers = [\"CourtBot team <courtbot@example.org>\"]", ""),
        ("volume's kind", "kind = \"rebuildable\"", ""),
        ("job's command", "command = [\"npm\", \"run\", \"migrate\"]", ""),
        ("canary's kind", "kind = \"app\"", ""),
        ("hook's service", "[[hooks.pre_backup]]\nservice = \"db\"", "[[hooks.pre_backup]]"),
        ("reason", "reason = \"upstream ignores SIGTERM\"", ""),
    ]);
    insta::assert_snapshot!(told);
    insta::assert_snapshot!("only_a_version", answer(b"schema = 1\n"));
    insta::assert_snapshot!(
        "no_services",
        answer(b"schema = 1\nservices = {}\napp = {}\ncanary = { kind = \"app\" }")
    );
}
