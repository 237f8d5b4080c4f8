//! Folders with plain files, with GNU's tools and with BusyBox's.

use super::server::{Server, Store};

const FOLDER: &str = "/data/the \"files\" $(id)";

fn store() -> Store {
    Store {
        kind: "files",
        image: ("debian", "trixie-slim"),
        uid: 0,
        env: vec![("CIVIC_FILES_FOLDERS", format!("{FOLDER}\n/data/none")), ("FOLDER", FOLDER.into())],
        command: vec!["sleep".into(), "600".into()],
        login: "",
        ready: "test -w /civic/backup",
        fill: r#"set -e; umask 022; mkdir -p "$FOLDER/sub folder" /data/none; cd "$FOLDER"
            echo one >one; chmod 640 one; chown 1234:5678 one; printf 'a\0b' >"sub folder/it's \"two\" \$(id)"; : >empty
            echo odd >'back\slash'; echo odd >'line
break'; ln -s nowhere link
            find . -exec touch -h -d '2026-01-02 03:04:05' {} +"#,
        read: r#"[ ! -d "$FOLDER" ] || (cd "$FOLDER" && find . -type f -exec cat {} +)"#,
        add: "echo new >\"$FOLDER/new\"",
        wipe: "rm -rf /data",
        dump: "files/1",
    }
}

/// Saves the files as a snapshot does, with owners, modes and times.
const SNAPSHOT: &str = "tar -C /data -cf /tmp/data.tar .";
const RESTORE: &str = "rm -rf /data && mkdir /data && tar -C /data -xpf /tmp/data.tar";

async fn saved() -> Server {
    let server = Server::start(&store()).await;
    server.run(store().fill).await.well();
    server.hook("pre-backup").await.well();
    server.run(SNAPSHOT).await.well();
    server.run(RESTORE).await.well();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_came_back_whole_are_content() {
    let server = saved().await;
    server.hook("health").await.well();
    server.hook("post-restore").await.well();
    server.hook("post-restore").await.well();
    // The app is at work already.
    server
        .run(&format!("sleep 1.1; {}; echo two >>\"$FOLDER/one\"; rm \"$FOLDER/empty\"", store().add))
        .await
        .well();
    server.hook("post-restore").await.well();
    server.hook("post-backup").await.well();
    assert_eq!(server.saved().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_did_not_come_back_whole_are_named() {
    let server = saved().await;
    for (break_it, expected) in [
        ("rm one", "missing: ./one"),
        ("rm 'sub folder'/*; rmdir 'sub folder'", "missing: ./sub folder/it's \"two\" $(id)"),
        ("rm link", "missing: ./link"),
        ("head -c -1 one >cut; cat cut >one; rm cut", "damaged: ./one"),
        ("echo ONE >one", "damaged: ./one"),
        ("echo x >empty", "damaged: ./empty"),
        ("cd /; rm -r \"$FOLDER\"", "it was not restored"),
    ] {
        // What a snapshot lost has the times of the snapshot.
        let script =
            format!("cd \"$FOLDER\"; {break_it}; find . -exec touch -h -d '2026-01-02 03:04:05' {{}} + || :");
        server.run(&script).await.well();
        let words = server.hook("post-restore").await.badly();
        assert!(words.contains(expected), "{break_it}: {words}");
        server.run(RESTORE).await.well();
    }
    server.hook("post-restore").await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_and_modes_are_put_back() {
    let server = saved().await;
    server.run("chown -R 0:0 /data; chmod 777 \"$FOLDER/one\" \"$FOLDER\"").await.well();
    server.hook("post-restore").await.well();
    let owners = "stat -c '%a %u %g' \"$FOLDER/one\"; stat -c %a \"$FOLDER\"";
    assert_eq!(server.run(owners).await.well(), "640 1234 5678\n755\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_missing_or_must_not_be_empty_is_no_backup() {
    let server = saved().await;
    server.hook("pre-backup").await.well();
    let words = server.hook_with("CIVIC_FILES_MAY_BE_EMPTY=no", "pre-backup").await.badly();
    assert!(words.contains("/data/none holds no file"), "{words}");
    assert_eq!(server.saved().await, "");
    server.run("rmdir /data/none").await.well();
    let words = server.hook("pre-backup").await.badly();
    assert!(words.contains("there is no folder /data/none"), "{words}");
    assert_eq!(server.saved().await, "");
    server.hook("post-restore").await.badly();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_read_in_full_is_no_backup() {
    let server = saved().await;
    server.run("chmod 777 /data").await.well();
    server.hook("post-backup").await.well();
    let stranger = "setpriv --reuid 4321 --regid 4321 --clear-groups /civic/hooks/files/pre-backup";
    server.run(stranger).await.badly();
    assert_eq!(server.saved().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn big_trees_are_compared_by_size_alone() {
    let server = saved().await;
    server.hook_with("CIVIC_FILES_SUMS=no", "pre-backup").await.well();
    server.run("cd \"$FOLDER\"; echo ONE >one; touch -d '2026-01-02 03:04:05' one").await.well();
    server.hook_with("CIVIC_FILES_SUMS=no", "post-restore").await.well();
    server.run("cd \"$FOLDER\"; echo x >one; touch -d '2026-01-02 03:04:05' one").await.well();
    let words = server.hook_with("CIVIC_FILES_SUMS=no", "post-restore").await.badly();
    assert!(words.contains("damaged: ./one"), "{words}");
}
