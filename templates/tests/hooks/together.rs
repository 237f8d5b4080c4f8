//! Several stores of one service as one unit: a database and the files that its rows name.

use super::server::{Server, Store};

async fn store() -> Store {
    let image = super::image::build("civic-test-sqlite", include_str!("images/sqlite/Dockerfile")).await;
    Store {
        kind: "all",
        image,
        uid: 1000,
        env: vec![
            ("CIVIC_STORES", "files sqlite".into()),
            ("CIVIC_SQLITE_FILES", "/data/db/app.sqlite".into()),
            ("CIVIC_FILES_FOLDERS", "/data/uploads".into()),
        ],
        command: vec![
            "sh".into(),
            "-c".into(),
            "install -d -o 1000 /data /data/db /data/uploads; sleep 600".into(),
        ],
        login: "",
        ready: "test -w /data/uploads",
        fill: r#"set -e; touch /data/db/app.sqlite; echo photo >/data/uploads/1
            /civic/hooks/sqlite/sql ask /data/db/app.sqlite "CREATE TABLE photo (file TEXT);
INSERT INTO photo VALUES ('1')""#,
        read: "/civic/hooks/sqlite/sql ask /data/db/app.sqlite 'SELECT file FROM photo'; cat /data/uploads/*",
        add: "",
        wipe: "rm -f /data/db/*",
        dump: "",
    }
}

async fn filled() -> Server {
    let server = Server::start(&store().await).await;
    server.run(server.store.fill).await.well();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_of_one_service_come_back_together() {
    let server = filled().await;
    let before = server.records().await;
    server.hook("health").await.well();
    server.hook("pre-backup").await.well();
    assert_eq!(server.saved().await, "files\nsqlite\n");
    server.run(server.store.wipe).await.well();
    assert_eq!(server.hook("health").await.code, 2);
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await, before);
    server.hook("post-restore").await.well();
    server.hook("post-backup").await.well();
    assert_eq!(server.saved().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_store_fails_nothing_is_kept() {
    for break_it in ["rm -r /data/uploads", "rm /data/db/app.sqlite"] {
        let server = filled().await;
        server.hook("pre-backup").await.well();
        server.run(break_it).await.well();
        let words = server.hook("pre-backup").await.badly();
        assert!(words.contains("failed, so nothing was kept"), "{words}");
        assert_eq!(server.saved().await, "", "{break_it}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_go_first_whatever_the_list_says() {
    let server = filled().await;
    let order = r#"cp -r /civic/hooks /tmp/hooks && cd /tmp/hooks && for store in sqlite files redis postgres; do
        printf '#!/bin/sh\necho %s\n' $store >$store/pre-backup; done
        CIVIC_STORES="files redis sqlite postgres" /tmp/hooks/all/pre-backup"#;
    assert_eq!(server.run(order).await.well(), "postgres\nredis\nsqlite\nfiles\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_names_no_store_is_refused() {
    let server = filled().await;
    for list in ["''", "oracle", "'sqlite ../../tmp'", "'*'"] {
        for hook in ["pre-backup", "post-backup", "post-restore", "health"] {
            let words = server.hook_with(&format!("CIVIC_STORES={list}"), hook).await.badly();
            assert!(words.contains("CIVIC_STORES"), "{words}");
        }
    }
}
