//! SQLite by each program that can read it, beside an app that has its database open.

use super::server::{Server, Store};

/// Two databases, the first with a name that must be quoted.
const FIRST: &str = r#"/data/it's "all" $(id) \one.db"#;
const FILES: &str = "/data/it's \"all\" $(id) \\one.db\n/data/two.db";
const SQL: &str = "/civic/hooks/sqlite/sql";

fn store(image: (&'static str, &'static str)) -> Store {
    Store {
        kind: "sqlite",
        image,
        uid: 1000,
        env: vec![("CIVIC_SQLITE_FILES", FILES.into()), ("FIRST", FIRST.into()), ("SQL", SQL.into())],
        command: vec!["sleep".into(), "600".into()],
        login: "",
        ready: "test -w /civic/backup",
        fill: r#"set -e; touch "$FIRST" /data/two.db; chmod 640 "$FIRST"
            "$SQL" ask "$FIRST" "PRAGMA journal_mode = wal" >/dev/null
            "$SQL" ask "$FIRST" "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE schema_migrations (at TEXT);
INSERT INTO schema_migrations VALUES ('then');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO person SELECT i, 'Zoë ''' || i FROM n"
            "$SQL" ask /data/two.db "CREATE TABLE two (a);
INSERT INTO two VALUES (x'00ff')""#,
        read: r#"set -e; [ -e "$FIRST" ] || exit 0
            "$SQL" ask "$FIRST" "SELECT COUNT(*) || ' ' || SUM(id) || ' ' || MAX(name) FROM person"
            "$SQL" ask /data/two.db "SELECT hex(a) FROM two""#,
        add: r#""$SQL" ask "$FIRST" "INSERT INTO person (name) VALUES ('new')""#,
        wipe: "rm -f /data/*",
        dump: "sqlite/1",
    }
}

/// All three, to be hidden from each other. Each official image of a language has one of them.
async fn everything() -> Store {
    store(super::image::build("civic-test-sqlite", include_str!("images/sqlite/Dockerfile")).await)
}

async fn start(store: &Store, hidden: &str) -> Server {
    let server = Server::start(store).await;
    prepare(&server, hidden).await;
    server
}

async fn prepare(server: &Server, hidden: &str) {
    let hide =
        format!("install -d -o 1000 -g 1000 /data; for program in {hidden}; do rm /usr/bin/$program; done");
    server.as_root(&hide).await.well();
}

async fn comes_back(store: &Store, hidden: &str) {
    let first = start(store, hidden).await;
    first.run(store.fill).await.well();
    first.hook("health").await.well();
    let before = first.records().await;
    first.hook("pre-backup").await.well();
    let snapshot = first.snapshot().await;
    first.hook("post-backup").await.well();
    assert_eq!(first.saved().await, "");
    drop(first);

    let second = Server::restored(store, &snapshot).await;
    prepare(&second, hidden).await;
    assert_eq!(second.hook("health").await.code, 2);
    second.hook("post-restore").await.well();
    assert_eq!(second.records().await, before);
    assert_eq!(second.run("stat -c %a:%u \"$FIRST\"; ls /data | wc -l").await.well(), "640:1000\n2\n");
    second.run(store.add).await.well();
    let after = second.records().await;
    second.hook("post-restore").await.well();
    assert_eq!(second.records().await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_comes_back_by_whatever_the_image_has() {
    let store = everything().await;
    for hidden in ["", "sqlite3", "sqlite3 python3"] {
        comes_back(&store, hidden).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_comes_back_by_node_alone() {
    comes_back(&store(("node", "24-trixie-slim")), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_takes_no_copy_that_is_cut_off() {
    let store = everything().await;
    let server = start(&store, "").await;
    server.run(store.fill).await.well();
    server.hook("pre-backup").await.well();
    server.run("cp -a /civic/backup/sqlite /tmp/whole; rm /data/*").await.well();
    let sum = r#"sum=$(sha256sum <sqlite/1); sed -i "1s/ [0-9a-f]* / ${sum%% *} /" sqlite/list"#;
    for break_it in [
        "head -c 9000 /tmp/whole/1 >sqlite/1".to_owned(),
        format!("head -c 9000 /tmp/whole/1 >sqlite/1; {sum}"),
        ": >sqlite/1".to_owned(),
        "rm sqlite/1".to_owned(),
        "rm sqlite/list".to_owned(),
        "rm -r sqlite".to_owned(),
    ] {
        let script = format!("cd /civic/backup; rm -rf sqlite; cp -a /tmp/whole sqlite; {break_it}");
        server.run(&script).await.well();
        server.hook("post-restore").await.badly();
        assert_eq!(server.run("ls -A /data").await.well(), "", "{break_it}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_never_written_over() {
    let store = everything().await;
    let server = start(&store, "").await;
    server.run(store.fill).await.well();
    server.hook("pre-backup").await.well();
    server.run(store.add).await.well();
    let before = server.records().await;
    let words = server.hook("post-restore").await.badly();
    assert!(words.contains("not empty") && words.contains("person"), "{words}");
    assert_eq!(server.records().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_without_tables_damaged_or_missing_is_no_backup() {
    let store = everything().await;
    let server = start(&store, "").await;
    for break_it in [
        "rm /data/two.db",
        ": >/data/two.db",
        "echo 'this is no database, however long it may be' >/data/two.db",
        "\"$SQL\" ask /data/two.db 'DROP TABLE two'",
        "dd if=/dev/urandom of=\"$FIRST\" bs=4096 seek=5 count=3 conv=notrunc 2>/dev/null",
    ] {
        server.run(&format!("{}; {break_it}", store.fill)).await.well();
        server.hook("pre-backup").await.badly();
        assert_eq!(server.saved().await, "", "{break_it}");
        server.run(store.wipe).await.well();
    }
}

/// The app of these tests: it has made its tables, noted when, and keeps its database open.
const APP: &str = r#"
import sqlite3, sys, time, os
base = sqlite3.connect(os.environ["FIRST"], isolation_level=None, timeout=30)
base.execute("PRAGMA journal_mode = wal")
base.execute("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT)")
base.execute("CREATE TABLE IF NOT EXISTS schema_migrations (at TEXT)")
base.execute("INSERT INTO schema_migrations VALUES ('now')")
for count in range(100000):
    if sys.argv[1] == "writes":
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO person (name) VALUES ('a')")
        base.execute("INSERT INTO person (name) VALUES ('b')")
        base.execute("COMMIT")
    with open("/tmp/seen.part", "w") as file:
        file.write(str(base.execute("SELECT COUNT(*) FROM person").fetchone()[0]))
    os.rename("/tmp/seen.part", "/tmp/seen")
    time.sleep(0.002)
"#;

fn app(does: &str) -> String {
    format!(
        "cat >/tmp/app.py <<'APP'\n{APP}\nAPP\npython3 /tmp/app.py {does} >/tmp/app.log 2>&1 & echo $! >/tmp/pid\nuntil [ -s /tmp/seen ]; do sleep 0.05; done"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_running_sees_the_restored_rows() {
    let store = everything().await;
    let server = start(&store, "").await;
    server.run(store.fill).await.well();
    let before = server.records().await;
    server.hook("pre-backup").await.well();
    server.run(store.wipe).await.well();
    server.run(&app("reads")).await.well();
    assert_eq!(server.run("cat /tmp/seen").await.well(), "0");
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await, before);
    let seen = "for try in $(seq 100); do [ \"$(cat /tmp/seen)\" = 3000 ] && exit 0; sleep 0.1; done; cat /tmp/app.log; exit 1";
    server.run(seen).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_the_app_writes_is_of_one_moment() {
    let store = everything().await;
    for hidden in ["", "sqlite3", "sqlite3 python3"] {
        let server = start(&store, "").await;
        server.run(store.fill).await.well();
        server.run(&app("writes")).await.well();
        let hide = format!("for program in {hidden}; do mv /usr/bin/$program /usr/bin/hidden-$program; done");
        server.as_root(&hide).await.well();
        server.hook("pre-backup").await.well();
        let pairs =
            "SELECT SUM(name = 'a') || ' ' || SUM(name = 'b') || ' ' || (SUM(name = 'a') > 0) FROM person";
        let pairs = server
            .run(&format!("kill $(cat /tmp/pid); \"$SQL\" ask /civic/backup/sqlite/1 \"{pairs}\""))
            .await
            .well();
        let words: Vec<&str> = pairs.split_whitespace().collect();
        assert!(matches!(words[..], [a, b, "1"] if a == b), "{hidden}: {pairs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_app_starts_a_restored_database_is_put_in_its_place() {
    let store = everything().await;
    let server = start(&store, "").await;
    // The first deploy: nothing was restored.
    server.run("env -u CIVIC_BACKUP_DIR /civic/hooks/sqlite/pre-start").await.well();
    server.run(store.fill).await.well();
    let before = server.records().await;
    server.hook("pre-backup").await.well();
    server.run(store.add).await.well();
    let after = server.records().await;
    // An ordinary deploy, in the middle of a backup.
    server.hook("pre-start").await.well();
    assert_eq!(server.records().await, after);
    server.run("rm /data/*; echo half-way >/civic/backup/.civic-restore").await.well();
    let words = server.hook("pre-start").await.badly();
    assert!(words.contains("half-way"), "{words}");
    server.run("echo complete >/civic/backup/.civic-restore").await.well();
    server.hook("pre-start").await.well();
    assert_eq!(server.records().await, before);
    server.hook("post-restore").await.well();
}
