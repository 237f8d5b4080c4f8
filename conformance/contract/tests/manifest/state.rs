//! Volumes, secrets, jobs, hooks, promises.

use crate::cases::answers;

#[test]
fn volumes() {
    let told = answers(&[
        (
            "unknown service",
            "service = \"web\"\npath = \"/data/cache\"",
            "service = \"wbe\"\npath = \"/data/cache\"",
        ),
        ("relative", "path = \"/data/cache\"", "path = \"data/cache\""),
        ("everything", "path = \"/data/cache\"", "path = \"/\""),
        ("not tidy", "path = \"/data/cache\"", "path = \"/data/./cache//\""),
        ("leads out", "path = \"/data/cache\"", "path = \"/data/../etc\""),
        ("with an option", "path = \"/data/cache\"", "path = \"/data/cache:ro\""),
        ("civic's own", "path = \"/data/cache\"", "path = \"/civic\""),
        ("same place", "path = \"/data/cache\"", "path = \"/data/uploads\""),
        ("inside another", "path = \"/data/cache\"", "path = \"/data/uploads/cache\""),
        ("around another", "path = \"/data/cache\"", "path = \"/data\""),
        ("scratch space", "path = \"/data/cache\"", "path = \"/tmp\""),
        ("backup of a cache", "kind = \"rebuildable\"", "kind = \"rebuildable\"\nbackup = \"files\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn the_same_path_in_another_service_is_another_place() {
    let other =
        ("db", "service = \"web\"\npath = \"/data/cache\"", "service = \"db\"\npath = \"/data/uploads\"");
    assert_eq!(answers(&[other]), "# db\naccepted\n");
}

#[test]
fn state_that_no_hook_saves_or_loads() {
    let pre = "[[hooks.pre_backup]]\nservice = \"db\"\nrun = \"civic/hooks/pre-backup\"\n";
    let post =
        "[[hooks.post_restore]]\nservice = \"db\"\nrun = \"civic/hooks/post-restore\"\ntimeout = \"30m\"\n";
    let both = format!("{pre}\n{post}");
    let told = answers(&[("not saved", pre, ""), ("not loaded", post, ""), ("neither", &both, "")]);
    insta::assert_snapshot!(told);
}

#[test]
fn secrets() {
    let url = "{ template = \"postgres://courtbot:{POSTGRES_PASSWORD}@db:5432/courtbot\" }";
    let told = answers(&[
        ("several values", "{ value = \"console\" }", "{ value = \"console\", generate = \"hex\" }"),
        ("no value", "{ value = \"console\" }", "{ bytes = 16 }"),
        ("bytes of a fixed value", "{ value = \"console\" }", "{ value = \"console\", bytes = 16 }"),
        ("undeclared in a service", "\"COOKIE_SECRET\", ", "\"COOKIE_SECRETS\", "),
        ("twice in a service", "\"COOKIE_SECRET\", ", "\"COOKIE_SECRET\", \"COOKIE_SECRET\", "),
        ("also in env", "env = { TZ =", "env = { COOKIE_SECRET = \"x\", TZ ="),
        ("undeclared in a template", url, "{ template = \"postgres://{POSTGRES_PASWORD}\" }"),
        ("single brace in a template", url, "{ template = '{\"password\": \"{POSTGRES_PASSWORD}\"}' }"),
        ("made from itself", url, "{ template = \"{DATABASE_URL}\" }"),
        (
            "made from each other",
            "{ value = \"console\" }",
            "{ template = \"{A}\" }\nA = { template = \"{B}\" }\nB = { template = \"x{TWILIO_ACCOUNT_SID}{COOKIE_SECRET}\" }",
        ),
        ("undeclared in escrow", "secrets = [\"PHONE_ENCRYPTION_KEY\"]", "secrets = [\"PHONE_KEY\"]"),
        ("escrow without holders", "holders = [\"Brigade leads <leads@example.org>\"]", ""),
        ("holder out of reach", "\"Brigade leads <leads@example.org>\"", "\"leads@example.org\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn more_secrets_than_anybody_needs() {
    let many: String = (0..100).map(|number| format!("S{number} = {{ value = \"x\" }}\n")).collect();
    let told = answers(&[("a hundred more", "[secrets]\n", &format!("[secrets]\n{many}"))]);
    assert!(told.contains("expected: at most 100"), "{told}");
}

#[test]
fn jobs() {
    let schedule = "schedule = \"0 17 * * *\"";
    let told = answers(&[
        (
            "unknown service",
            "service = \"web\"\ncommand = [\"npm\"",
            "service = \"worker\"\ncommand = [\"npm\"",
        ),
        ("no program", "command = [\"npm\", \"run\", \"migrate\"]", "command = [\" \"]"),
        (
            "release with a schedule",
            "kind = \"release\"",
            "kind = \"release\"\nschedule = \"0 0 * * *\"\ntimezone = \"UTC\"",
        ),
        ("cron without a schedule", schedule, ""),
        ("six fields", schedule, "schedule = \"0 0 17 * * *\""),
        ("impossible hour", schedule, "schedule = \"0 25 * * *\""),
        ("short form", schedule, "schedule = \"@daily\""),
        ("time zone", "timezone = \"America/Anchorage\"", "timezone = \"Anchorage time\""),
        ("time zone as a path", "timezone = \"America/Anchorage\"", "timezone = \"../../etc/passwd\""),
        ("too long", "timeout = \"15m\"", "timeout = \"2d\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn hooks() {
    let run = "run = \"civic/hooks/pre-backup\"";
    let told = answers(&[
        (
            "unknown service",
            "service = \"db\"\nrun = \"civic/hooks/pre-backup\"",
            "service = \"database\"\nrun = \"civic/hooks/pre-backup\"",
        ),
        ("name only", run, "run = \"pre-backup\""),
        ("as in the container", run, "run = \"/civic/hooks/pre-backup\""),
        ("elsewhere", run, "run = \"scripts/dump.sh\""),
        ("leads out", run, "run = \"civic/hooks/../../dump\""),
        ("the folder", run, "run = \"civic/hooks/\""),
        ("with arguments over two lines", run, "run = \"civic/hooks/a\\nb\""),
        ("image", run, "run = \"civic/hooks/pre-backup\"\nimage = \"Post gres\""),
        ("no time", "timeout = \"30m\"", "timeout = \"0s\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn promises() {
    let told = answers(&[
        ("no outage at all", "downtime = \"8h\"", "downtime = \"0h\""),
        ("endless boot", "boot = \"2m\"", "boot = \"3d\""),
        ("week", "downtime = \"8h\"", "downtime = \"1w\""),
        ("empty reason", "reason = \"upstream ignores SIGTERM\"", "reason = \"\""),
        ("no day", "until = \"2027-06-30\"", "until = \"2027-06-31\""),
        ("day in another order", "until = \"2027-06-30\"", "until = \"30.06.2027\""),
        ("a time", "until = \"2027-06-30\"", "until = 2027-06-30T10:00:00"),
        (
            "twice",
            "[[exemptions]]",
            "[[exemptions]]\ndrill = \"soft-stop\"\nreason = \"it does not stop\"\n[[exemptions]]",
        ),
    ]);
    insta::assert_snapshot!(told);
}
