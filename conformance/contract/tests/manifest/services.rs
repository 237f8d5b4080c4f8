//! The app and its services.

use crate::cases::answers;

#[test]
fn app() {
    let told = answers(&[
        ("name with a space", "name = \"courtbot\"", "name = \"Court Bot\""),
        ("name with a shell in it", "name = \"courtbot\"", "name = \"$(reboot)\\n\""),
        ("name that ends with a dash", "name = \"courtbot\"", "name = \"courtbot-\""),
        ("name too long", "name = \"courtbot\"", "name = \"a2345678901234567890123456789012345678901\""),
        ("empty name", "name = \"courtbot\"", "name = \"\""),
        ("empty summary", "summary = \"Texts people the date of their court hearing\"", "summary = \" \""),
        ("summary of two lines", "summary = \"Texts people", "summary = \"Texts\\npeople"),
        ("maintainer out of reach", "\"CourtBot team <courtbot@example.org>\"", "\"CourtBot team\""),
        ("licence with a slash", "licence = \"MIT\"", "licence = \"MIT/X11\""),
        ("licence in words", "licence = \"MIT\"", "licence = \"Apache 2.0\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn names() {
    let told = answers(&[
        ("service with capitals", "[services.db]", "[services.DB]"),
        ("service with a quote", "[services.db]", "[services.'d\"b']"),
        ("service with a line break", "[services.db]", "[services.\"d\\nb\"]"),
        ("service with a shell in it", "[services.db]", "[services.\"$(id)\"]"),
        ("service called localhost", "[services.db]", "[services.localhost]"),
        ("empty service", "[services.db]", "[services.\"\"]"),
        ("volume with an underscore", "[volumes.cache]", "[volumes.my_cache]"),
        ("volume with a dot", "[volumes.cache]", "[volumes.\"../cache\"]"),
        ("job with a space", "[jobs.migrate]", "[jobs.\"mi grate\"]"),
        ("secret with a dash", "TWILIO_ACCOUNT_SID =", "TWILIO-ACCOUNT-SID ="),
        ("secret that is civic's", "TWILIO_ACCOUNT_SID =", "CIVIC_BACKUP_DIR ="),
        ("variable with an equals sign", "env = { TZ =", "env = { \"T=Z\" ="),
        ("variable that is civic's", "env = { TZ =", "env = { CIVIC_BACKUP_DIR ="),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn sources() {
    let told = answers(&[
        ("both", "build = \".\"", "build = \".\"\nimage = \"node:24\""),
        ("neither", "build = \".\"", ""),
        ("out of the project", "build = \".\"", "build = \"../other\""),
        ("out of the project by a detour", "build = \".\"", "build = \"a/../../b\""),
        ("absolute", "build = \".\"", "build = \"/srv/app\""),
        ("home", "build = \".\"", "build = \"~/app\""),
        ("windows", "build = \".\"", "build = '.\\web'"),
        ("drive", "build = \".\"", "build = \"C:/web\""),
        ("address", "build = \".\"", "build = \"https://example.org/app.git\""),
        ("empty", "build = \".\"", "build = \"\""),
        ("dockerfile out of the project", "build = \".\"", "build = \".\"\ndockerfile = \"../Dockerfile\""),
        (
            "dockerfile of an image",
            "image = \"postgres",
            "dockerfile = \"x\"\ntarget = \"y\"\nimage = \"postgres",
        ),
        ("argument's name", "build = \".\"", "build = \".\"\nbuild_args = { \"A B\" = \"1\" }"),
        ("empty target", "build = \".\"", "build = \".\"\ntarget = \"\""),
        ("target", "build = \".\"", "build = \".\"\ntarget = \"run time\""),
        ("image with capitals", "\"postgres:17-trixie\"", "\"Postgres:17-trixie\""),
        ("image with a space", "\"postgres:17-trixie\"", "\"postgres 17\""),
        ("image as an option", "\"postgres:17-trixie\"", "\"--privileged\""),
        ("no program", "command = [\"node\", \"src/web.js\"]", "command = [\"\", \"x\"]"),
        (
            "hook as in the project",
            "command = [\"node\", \"src/web.js\"]",
            "command = [\"./civic/hooks/run\"]",
        ),
        (
            "hook that leads out",
            "command = [\"node\", \"src/web.js\"]",
            "command = [\"sh\", \"/civic/hooks/../../x\"]",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn limits() {
    let told = answers(&[
        ("memory without a unit", "memory = \"256MiB\"", "memory = \"256\""),
        ("memory as docker spells it", "memory = \"256MiB\"", "memory = \"512m\""),
        ("memory as kubernetes spells it", "memory = \"256MiB\"", "memory = \"1.5Gi\""),
        ("memory with another unit", "memory = \"256MiB\"", "memory = \"256 bananas\""),
        ("too little memory", "memory = \"256MiB\"", "memory = \"5MiB\""),
        ("no memory", "memory = \"256MiB\"", "memory = \"0MiB\""),
        ("negative memory", "memory = \"256MiB\"", "memory = \"-1MiB\""),
        ("too much memory", "memory = \"256MiB\"", "memory = \"99TiB\""),
        ("more than can be counted", "memory = \"256MiB\"", "memory = \"99999999999TiB\""),
        ("no grace", "grace_period = \"30s\"", "grace_period = \"0s\""),
        ("too much grace", "grace_period = \"30s\"", "grace_period = \"2h\""),
        ("grace in words", "grace_period = \"30s\"", "grace_period = \"1 minute\""),
        ("mixed grace", "grace_period = \"30s\"", "grace_period = \"1m30s\""),
        ("grace that cannot be guessed", "grace_period = \"30s\"", "grace_period = \"soon\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn scratch() {
    let told = answers(&[
        ("relative", "tmpfs = [\"/tmp\"]", "tmpfs = [\"tmp\"]"),
        ("with options", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/tmp:size=64m\"]"),
        ("everything", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/\"]"),
        ("twice", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/tmp\", \"/run\", \"/tmp\"]"),
        ("with a slash at the end", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/tmp/\"]"),
        ("with dots", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/tmp/../etc\"]"),
        ("civic's own", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/civic/backup\"]"),
        ("the kernel's", "tmpfs = [\"/tmp\"]", "tmpfs = [\"/proc/sys\"]"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn probes() {
    let ready = "{ http = \"/readyz\", timeout = \"3s\" }";
    let told = answers(&[
        ("several checks", ready, "{ http = \"/readyz\", tcp = true }"),
        ("no check", ready, "{ timeout = \"3s\" }"),
        ("a check switched off", ready, "{ tcp = false }"),
        ("status of no request", ready, "{ tcp = true, status = 200 }"),
        ("whole address", ready, "{ http = \"http://localhost:5000/readyz\" }"),
        ("no slash", ready, "{ http = \"readyz\" }"),
        ("space", ready, "{ http = \"/ready z\" }"),
        ("fragment", ready, "{ http = \"/#ready\" }"),
        ("empty command", ready, "{ exec = [] }"),
        ("no time", ready, "{ tcp = true, timeout = \"0ms\" }"),
        ("too much time", ready, "{ tcp = true, timeout = \"1h\" }"),
        (
            "no port",
            "{ exec = [\"pg_isready\", \"-U\", \"courtbot\"] }",
            "{ tcp = true }\ninit = true\n[services.extra]\nimage = \"redis:8\"\nprobes.ready = { tcp = true }\nprobes.live = { http = \"/\" }",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn order() {
    let told = answers(&[
        ("unknown", "depends_on = [\"db\"]", "depends_on = [\"dbb\"]"),
        ("unknown and like nothing", "depends_on = [\"db\"]", "depends_on = [\"redis\"]"),
        ("itself", "depends_on = [\"db\"]", "depends_on = [\"web\"]"),
        ("twice", "depends_on = [\"db\"]", "depends_on = [\"db\", \"db\"]"),
        ("each other", "grace_period = \"30s\"", "grace_period = \"30s\"\ndepends_on = [\"web\"]"),
        (
            "in a ring of three, and a ring of two",
            "grace_period = \"30s\"",
            "depends_on = [\"queue\"]\n[services.queue]\nimage = \"redis:8\"\ndepends_on = [\"web\"]\n[services.a]\nimage = \"a\"\ndepends_on = [\"b\"]\n[services.b]\nimage = \"a\"\ndepends_on = [\"a\", \"db\"]\n[services.rest]\nimage = \"a\"\ngrace_period = \"30s\"",
        ),
    ]);
    insta::assert_snapshot!(told);
}
