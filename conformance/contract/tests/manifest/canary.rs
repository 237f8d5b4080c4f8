//! Canaries of all kinds.

use crate::cases::{BASE, answer, answers};

/// The base with another canary.
fn with(canary: &str) -> String {
    let start = BASE.find("[canary]").unwrap();
    let end = BASE.find("[[hooks.pre_backup]]").unwrap();
    format!("{}{canary}\n\n{}", &BASE[..start], &BASE[end..])
}

fn canaries(cases: &[(&str, &str)]) -> String {
    cases.iter().map(|(what, canary)| format!("# {what}\n{}\n", answer(with(canary).as_bytes()))).collect()
}

const READ: &str = "read = { exec = { service = \"web\", command = [\"read\"] } }";
const WRITE: &str = "write = { exec = { service = \"web\", command = [\"write\", \"{id}\", \"{nonce}\"] } }";

#[test]
fn operations() {
    let both = format!(
        "[canary]\nkind = \"app\"\n{READ}\nwrite = {{ http = [], exec = {{ service = \"web\", command = [\"x\"] }} }}"
    );
    let none = format!("[canary]\nkind = \"app\"\n{READ}\nwrite = {{}}");
    let missing = format!("[canary]\nkind = \"app\"\n{READ}");
    let no_records = format!(
        "[canary]\nkind = \"app\"\n{WRITE}\n[[canary.read.http]]\nservice = \"web\"\npath = \"/all\""
    );
    let single = format!(
        "[canary]\nkind = \"app\"\n{READ}\n[canary.write.http]\nservice = \"web\"\npath = \"/{{id}}/{{nonce}}\""
    );
    let many = format!(
        "[canary]\nkind = \"app\"\n{READ}\n{}",
        "[[canary.write.http]]\nservice = \"web\"\npath = \"/{id}/{nonce}\"\n".repeat(33)
    );
    let records = format!("[canary]\nkind = \"app\"\nrecords = 'x'\n{READ}\n{WRITE}\nnonsense = \"x\"");
    let told = canaries(&[
        ("both", &both),
        ("neither", &none),
        ("no write", &missing),
        ("no records for requests", &no_records),
        ("single brackets", &single),
        ("too many requests", &many),
        ("groups and a stray key", &records),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn requests() {
    let post = "method = \"POST\"";
    let form = "form = { From = \"+1907{id}\", Body = \"C{nonce}\" }";
    let told = answers(&[
        ("unknown service", "service = \"web\"\npath = \"/sms\"", "service = \"site\"\npath = \"/sms\""),
        ("service without a port", "port = 5000", ""),
        ("path", "path = \"/sms\"\n", "path = \"sms\"\n"),
        ("form and body", form, "form = { a = \"{id}{nonce}\" }\nbody = \"x\""),
        ("form with GET", post, ""),
        ("header's name", "X-Key =", "\"X Key\" ="),
        ("civic's own header", "X-Key =", "Host ="),
        ("header twice", "headers = { X-Key", "headers = { x-key = \"1\", X-Key"),
        ("header's line break", "\"{secret:COOKIE_SECRET}\"", "\"a\\r\\nSet-Cookie: b\""),
        ("status twice", "expect = \"reminder\"", "status = [200, 200]"),
        ("pattern", "expect = \"reminder\"", "expect = \"(reminder\""),
        ("pattern that looks around", "expect = \"reminder\"", "expect = '(?=x)'"),
        ("pattern too large", "expect = \"reminder\"", "expect = '\\w{1000}{1000}'"),
        ("extract without a group", "token = 'name=\"token\" value=\"([^\"]+)\"'", "token = 'x'"),
        ("extract's name", "extract = { token =", "extract = { id = '(x)', token ="),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn placeholders() {
    let form = "form = { From = \"+1907{id}\", Body = \"C{nonce}\" }";
    let told = answers(&[
        ("misspelt", "Body = \"C{nonce}\"", "Body = \"C{nounce}{nonce}\""),
        ("like nothing", "Body = \"C{nonce}\"", "Body = \"C{phone}{nonce}\""),
        ("never extracted", "?token={token}", "?token={tokn}"),
        ("extracted too late", "path = \"/sms\"\n", "path = \"/sms/{token}\"\n"),
        ("undeclared secret", "{secret:COOKIE_SECRET}", "{secret:COOKIE_SECRETS}"),
        ("JSON", form, "body = '{\"a\": {\"id\": \"{id}\", \"code\": \"{nonce}\"}}'"),
        ("empty", "Body = \"C{nonce}\"", "Body = \"{}{nonce}\""),
        ("no nonce", "Body = \"C{nonce}\"", "Body = \"C\""),
        ("neither", form, "form = { From = \"1\" }"),
        ("doubled", "Body = \"C{nonce}\"", "Body = \"C{{nonce}}\""),
        ("record in a read", "[\"/civic/hooks/canary-read\"]", "[\"/civic/hooks/canary-read\", \"{id}\"]"),
        (
            "write's values in a read",
            "[\"/civic/hooks/canary-read\"]",
            "[\"/civic/hooks/canary-read\", \"{token}\"]",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn records() {
    let records = r#"records = '''"phone":"\+1907(?<id>[0-9]{7})","code":"(?<nonce>[A-Z2-7]{12})"'''"#;
    let told = answers(&[
        ("no groups", records, "records = 'x'"),
        ("no nonce", records, "records = '(?<id>x)'"),
        ("no pattern", records, "records = '(?<id>x'"),
        ("empty", records, "records = ''"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_read_by_command_needs_no_pattern() {
    let canary = format!("[canary]\nkind = \"app\"\n{READ}\n{WRITE}");
    assert_eq!(answer(with(&canary).as_bytes()), "accepted\n");
}

#[test]
fn json_with_doubled_braces() {
    let body = "method = \"POST\"\npath = \"/x\"\nbody = '{{\"id\":\"{id}\",\"code\":\"{nonce}\"}}'";
    let canary =
        format!("[canary]\nkind = \"app\"\n{READ}\n[[canary.write.http]]\nservice = \"web\"\n{body}");
    assert_eq!(answer(with(&canary).as_bytes()), "accepted\n");
}

#[test]
fn databases() {
    let canary = |rest: &str| format!("[canary]\nkind = \"database\"\n{rest}");
    let good = "service = \"db\"\nengine = \"postgres\"\nuser = \"courtbot\"\ndatabase = \"courtbot\"\n";
    assert_eq!(answer(with(&canary(good)).as_bytes()), "accepted\n");
    let told = canaries(&[
        ("unknown service", &canary(&good.replace("\"db\"", "\"database\""))),
        ("another engine", &canary(&good.replace("postgres\"", "postgresql\""))),
        ("engine like nothing", &canary(&good.replace("postgres\"", "oracle\""))),
        ("no user at all", &canary(&good.replace("user = \"courtbot\"\n", ""))),
        (
            "sqlite beside no volume",
            &canary("service = \"web\"\nengine = \"sqlite\"\ndatabase = \"/data/app.sqlite\"\n"),
        ),
        (
            "sqlite with a user",
            &canary("service = \"web\"\nengine = \"sqlite\"\ndatabase = \"../app.sqlite\"\nuser = \"x\"\n"),
        ),
        ("no user", &canary(&good.replace("user = \"courtbot\"", "user = \"\""))),
        ("option as a user", &canary(&good.replace("user = \"courtbot\"", "user = \"--host=x\""))),
        (
            "connection as a database",
            &canary(&good.replace("database = \"courtbot\"", "database = \"host=x\"")),
        ),
        ("undeclared password", &canary(&format!("{good}password = \"MYSQL_PASSWORD\""))),
        ("key of an app canary", &canary(&format!("{good}timeout = \"5s\""))),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn volumes() {
    let canary = |volume: &str| format!("[canary]\nkind = \"volume\"\nvolume = \"{volume}\"");
    assert_eq!(answer(with(&canary("uploads")).as_bytes()), "accepted\n");
    let told = canaries(&[
        ("unknown", &canary("upload")),
        ("a cache", &canary("cache")),
        ("key of a database canary", &format!("{}\nservice = \"web\"", canary("uploads"))),
        ("with a write", &format!("{}\n{WRITE}", canary("uploads"))),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn pages() {
    let good =
        "[canary]\nkind = \"page\"\nservice = \"web\"\npath = \"/fees\"\nexpect = '<h1>Court fees</h1>'\n";
    let cache = "[volumes.cache]";
    let (before, after) = (BASE.find("[volumes.database]").unwrap(), BASE.find(cache).unwrap());
    // Without data there is nothing for hooks to save either.
    let stateless = |canary: &str| {
        let file = with(canary);
        let hooks = file.find("[[hooks.pre_backup]]").unwrap();
        let end = file[hooks..].find("[tolerance]").unwrap() + hooks;
        format!("{}{}{}", &file[..before], &file[after..hooks], &file[end..])
    };
    assert_eq!(answer(stateless(good).as_bytes()), "accepted\n");
    assert_eq!(answer(stateless(&format!("{good}status = 401")).as_bytes()), "accepted\n");
    let told = |cases: &[(&str, String)]| -> String {
        cases
            .iter()
            .map(|(what, canary)| format!("# {what}\n{}\n", answer(stateless(canary).as_bytes())))
            .collect()
    };
    let expect = |pattern: &str| good.replace("'<h1>Court fees</h1>'", pattern);
    let mut answers = told(&[
        ("unknown service", good.replace("\"web\"", "\"site\"")),
        ("path", good.replace("/fees", "fees")),
        ("no regular expression", expect("'(fees'")),
        ("nothing expected", good.replace("expect =", "expected =")),
        ("an empty expectation", expect("''")),
        ("anything at all", expect("'.*'")),
        ("any page", expect("'(?i)<html'")),
        ("an error page", expect("'Not Found|fees'")),
        ("a welcome page", expect("'It works'")),
        ("a status that is none", format!("{good}status = 20")),
        ("a list of statuses", format!("{good}status = [200]")),
        ("key of an app canary", format!("{good}method = \"POST\"")),
    ]);
    answers += &format!("# an app that keeps data\n{}", answer(with(good).as_bytes()));
    insta::assert_snapshot!(answers);
}
