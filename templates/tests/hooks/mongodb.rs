//! MongoDB's hooks against FAKE programs. No server and none of its tools is in a package registry, so that these tests
//! prove only what the scripts themselves do: order, checks, clean-up, where the password goes. That the real programs
//! behave as documented is not tested here.

use super::claims::HOSTILE;
use super::server::{Server, Store};

/// A "server" is a folder. Every program notes its arguments, and refuses another password than the right one.
const FAKES: &str = r#"
mkdir -p /fake /server && chmod 777 /server && cd /fake
cat >mongodump <<'FAKE'
#!/bin/sh
printf '%s\n' mongodump "$@" >>/server/seen
for word; do case $word in --config=*) login=${word#*=} ;; --archive=*) archive=${word#*=} ;; esac; done
[ "$(stat -c %a "$login")" = 600 ] || { echo 'others can read the login' >&2; exit 1; }
cmp -s "$login" /server/login || { echo 'Failed: Authentication failed.' >&2; exit 1; }
[ ! -e /server/down ] || { echo 'Failed: no reachable servers' >&2; exit 1; }
gzip -c </server/data >"$archive"
[ ! -e /server/cuts ] || { head -c -5 "$archive" >/server/cut && cat /server/cut >"$archive"; }
FAKE
cat >mongorestore <<'FAKE'
#!/bin/sh
printf '%s\n' mongorestore "$@" >>/server/seen
for word; do case $word in --config=*) login=${word#*=} ;; --archive=*) archive=${word#*=} ;; esac; done
cmp -s "$login" /server/login || { echo 'Failed: Authentication failed.' >&2; exit 1; }
gunzip -c <"$archive" >/server/data || exit 1
if [ -e /server/loses ]; then echo '1999 document(s) restored successfully. 1 document(s) failed to restore.' >&2
else echo '2000 document(s) restored successfully. 0 document(s) failed to restore.' >&2; fi
FAKE
cat >mongosh <<'FAKE'
#!/bin/sh
printf '%s\n' mongosh "$@" >>/server/seen
[ ! -e /server/down ] || { echo 'MongoServerSelectionError: connect ECONNREFUSED' >&2; exit 1; }
case $CIVIC_QUESTION in
  ping) echo ok ;;
  count) [ ! -s /server/data ]; echo $? ;;
  mark) cat /server/mark 2>/dev/null || echo ;;
  note) printf '%s\n' "$CIVIC_ARGUMENT" >/server/mark ;;
  clear) rm -f /server/data ;;
esac
FAKE
chmod 755 *
"#;

fn store() -> Store {
    Store {
        kind: "mongodb",
        image: ("debian", "trixie-slim"),
        uid: 999,
        env: vec![
            ("MONGO_INITDB_ROOT_USERNAME", "the app".into()),
            ("MONGO_INITDB_ROOT_PASSWORD", HOSTILE.into()),
        ],
        command: vec!["sleep".into(), "600".into()],
        login: "PATH=/fake:$PATH",
        ready: "test -w /civic/backup",
        fill: "seq 2000 >/server/data",
        read: "cat /server/data 2>/dev/null || :",
        add: "echo new >>/server/data",
        wipe: "rm -f /server/data /server/mark",
        dump: "mongodb.archive",
    }
}

async fn server() -> Server {
    let server = Server::start(&store()).await;
    server.as_root(FAKES).await.well();
    let login = format!("cat >/server/login <<'LOGIN'\npassword: '{}'\nLOGIN", HOSTILE.replace('\'', "''"));
    server.as_root(&login).await.well();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn fake_mongodb_comes_back_and_hides_its_password() {
    let server = server().await;
    server.run(store().fill).await.well();
    server.hook("health").await.well();
    let before = server.records().await;
    server.hook("pre-backup").await.well();
    assert_eq!(server.saved().await, "mongodb.archive\nmongodb.archive.sha256\n");
    let words = server.hook("post-restore").await.badly();
    assert!(words.contains("not empty"), "{words}");
    server.run(store().wipe).await.well();
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await, before);
    server.run(store().add).await.well();
    let words = server.hook("post-restore").await.well();
    assert!(words.contains("already restored"), "{words}");
    server.hook("post-backup").await.well();
    assert_eq!(server.saved().await, "");
    let seen = server.run("cat /server/seen").await.well();
    assert!(seen.contains("--username=the app") && !seen.contains(&HOSTILE[..8]), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fake_mongodb_keeps_no_bad_dump() {
    let server = server().await;
    for (break_it, expected) in [
        (":", "an empty snapshot would look like a good one"),
        ("seq 2000 >/server/data; touch /server/cuts", "cannot be read to its end"),
        ("rm /server/cuts; echo password: wrong >/server/login", "Authentication failed"),
        ("touch /server/down", "ECONNREFUSED"),
    ] {
        server.as_root(break_it).await.well();
        let words = server.hook("pre-backup").await.badly();
        assert!(words.contains(expected), "{words}");
        assert_eq!(server.saved().await, "");
    }
    assert_eq!(server.hook("health").await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn fake_mongodb_is_empty_again_after_half_a_restore() {
    let server = server().await;
    server.run(store().fill).await.well();
    server.hook("pre-backup").await.well();
    server.run(&format!("{}; touch /server/loses", store().wipe)).await.well();
    let words = server.hook("post-restore").await.badly();
    assert!(words.contains("1 document(s) failed") && words.contains("empty again"), "{words}");
    assert_eq!(server.records().await, "");
    // A restore that was killed leaves its note and a half.
    server.run("rm /server/loses; seq 5 >/server/data").await.well();
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await.lines().count(), 2000);
    server.run("rm /server/*a* /server/mark; head -c 99 /civic/backup/mongodb.archive >/tmp/cut; cat /tmp/cut >/civic/backup/mongodb.archive")
        .await
        .well();
    server.hook("post-restore").await.badly();
    assert_eq!(server.records().await, "");
}
