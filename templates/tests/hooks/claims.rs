//! What must hold for each store that is a server.

use super::server::{Server, Store};

/// A password with everything that breaks careless quoting; no line break, which no variable of these images can hold.
pub const HOSTILE: &str = r#"p w"'\`id`$(id)${HOME}#;&|<>*?!%~=:@/é"#;

/// Records come back from the snapshot alone, and a second restore harms nothing.
pub async fn comes_back(store: &Store) {
    let first = Server::start(store).await;
    first.run(store.fill).await.well();
    let before = first.records().await;
    assert!(!before.trim().is_empty());
    first.hook("pre-backup").await.well();
    let snapshot = first.snapshot().await;
    first.hook("post-backup").await.well();
    assert_eq!(first.saved().await, "", "personal data was left behind");
    drop(first);

    let second = Server::restored(store, &snapshot).await;
    assert_eq!(second.records().await, "");
    second.hook("post-restore").await.well();
    assert_eq!(second.records().await, before);
    second.run(store.add).await.well();
    let after = second.records().await;
    assert_ne!(after, before);
    second.hook("post-restore").await.well();
    assert_eq!(second.records().await, after);
    // What the restore has noted must not be in the way of the next backup and its restore.
    second.hook("pre-backup").await.well();
    second.run(store.wipe).await.well();
    second.hook("post-restore").await.well();
    assert_eq!(second.records().await, after);
}

/// A dump that is cut off, anywhere, is not loaded; nor is one that nobody finished.
pub async fn refuses_a_cut_dump(store: &Store) {
    let server = Server::start(store).await;
    server.run(store.fill).await.well();
    server.hook("pre-backup").await.well();
    server.run(store.wipe).await.well();
    let dump = format!("/civic/backup/{}", store.dump);
    server.run(&format!("cp -a {dump} /tmp/whole && cp -a {dump}.sha256 /tmp/sum")).await.well();
    for (what, break_it) in [
        ("a byte is missing", "head -c -1 /tmp/whole >DUMP"),
        ("half is missing", "head -c $(($(wc -c </tmp/whole) / 2)) /tmp/whole >DUMP"),
        (
            "half is missing and the sum fits",
            "head -c $(($(wc -c </tmp/whole) / 2)) /tmp/whole >DUMP; sha256sum <DUMP | cut -c 1-64 >DUMP.sha256",
        ),
        ("it is empty", ": >DUMP"),
        ("the sum is missing", "cp /tmp/whole DUMP; rm DUMP.sha256"),
        ("it is missing", "rm DUMP"),
    ] {
        server.run(&format!("cp /tmp/sum {dump}.sha256; {}", break_it.replace("DUMP", &dump))).await.well();
        let words = server.hook("post-restore").await.badly();
        assert!(words.contains("post-restore: "), "{what}: {words}");
        assert_eq!(server.records().await, "", "{what}");
    }
    server.run(&format!("cp /tmp/whole {dump}; cp /tmp/sum {dump}.sha256")).await.well();
    server.hook("post-restore").await.well();
    assert_ne!(server.records().await, "");
}

/// A server with data in it is not written over.
pub async fn never_writes_over_data(store: &Store) {
    let server = Server::start(store).await;
    server.run(store.fill).await.well();
    server.hook("pre-backup").await.well();
    server.run(store.add).await.well();
    let before = server.records().await;
    let words = server.hook("post-restore").await.badly();
    assert!(words.contains("not empty") && words.contains("Nothing was changed"), "{words}");
    assert_eq!(server.records().await, before);
}

/// An empty database is no backup.
pub async fn refuses_to_save_nothing(store: &Store) {
    let server = Server::start(store).await;
    let words = server.hook("pre-backup").await.badly();
    assert!(words.contains("an empty snapshot would look like a good one"), "{words}");
    assert_eq!(server.saved().await, "");
}

/// Who cannot log in is told so, and an earlier dump does not stay as if it were today's.
pub async fn says_what_is_wrong(store: &Store, wrong_password: &str, gone: &str, refused: &str) {
    let server = Server::start(store).await;
    server.run(store.fill).await.well();
    server.hook("health").await.well();
    for (env, expected) in [(wrong_password, Some(refused)), (gone, None)] {
        server.hook("pre-backup").await.well();
        let words = server.hook_with(env, "pre-backup").await.badly();
        assert!(expected.is_none_or(|expected| words.contains(expected)), "{words}");
        assert!(!words.contains(HOSTILE), "{words}");
        assert_eq!(server.saved().await, "");
        assert_eq!(server.hook_with(env, "health").await.code, 2);
    }
    server.hook("pre-backup").await.well();
    server.hook_with(wrong_password, "post-restore").await.badly();
    server.hook_with(gone, "post-restore").await.badly();
}

/// No program is given the password as an argument, which everybody on the machine can read.
pub async fn keeps_secrets_out_of_arguments(store: &Store, programs: &str) {
    let server = Server::start(store).await;
    // Each program's name leads to a watcher first, which notes the arguments and starts the program.
    let watch = format!(
        r#"mkdir /watch && printf '%s\n' '#!/bin/sh' 'printf "%s\n" "${{0##*/}}" "$@" >>/tmp/seen' \
          'PATH=${{PATH#/watch:}} exec "${{0##*/}}" "$@"' >/watch/watcher && chmod 755 /watch/watcher && cd /watch &&
          for program in {programs}; do ln -s watcher "$program"; done"#
    );
    server.as_root(&watch).await.well();
    server.run(store.fill).await.well();
    for hook in ["pre-backup", "WIPE", "post-restore", "health"] {
        match hook {
            "WIPE" => drop(server.run(store.wipe).await.well()),
            hook => drop(server.hook_with("PATH=/watch:$PATH", hook).await.well()),
        }
    }
    let seen = server.run("cat /tmp/seen").await.well();
    for program in programs.split(' ') {
        assert!(seen.lines().any(|line| line == program), "{program} was not watched: {seen}");
    }
    let secret = &HOSTILE[..8];
    assert!(!seen.contains(secret), "{seen}");
}
