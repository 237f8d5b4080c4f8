//! MariaDB, with a database, a user and passwords that must be quoted. A quotation mark in the database's name is more
//! than mariadb-dump itself can take (11.8 says `Unknown database`).

use super::claims::{self, HOSTILE};
use super::server::{Server, Store};

fn store() -> Store {
    Store {
        kind: "mysql",
        image: ("mariadb", "11.8"),
        uid: 999,
        env: vec![
            ("MARIADB_ROOT_PASSWORD", HOSTILE.into()),
            ("MARIADB_DATABASE", "the app_db-1".into()),
            ("MARIADB_USER", "the app".into()),
            ("MARIADB_PASSWORD", format!("{HOSTILE}2")),
        ],
        command: Vec::new(),
        login: "",
        ready: "MYSQL_HOST=127.0.0.1 /civic/hooks/mysql/health",
        fill: r#"MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -uroot -- "$MARIADB_DATABASE" <<'SQL'
            CREATE TABLE town (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100));
            INSERT INTO town (name) VALUES ('Łódź'), ('it''s \\ "here"');
            CREATE TABLE person (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(200), photo BLOB, town INT REFERENCES town (id));
            INSERT INTO person (name, photo, town) SELECT CONCAT('Zoë ', seq, '\n\r\t\0'), UNHEX(SHA2(seq, 256)), 1 FROM seq_1_to_2000;
            CREATE TABLE counted (n INT);
            CREATE TRIGGER counts AFTER INSERT ON person FOR EACH ROW INSERT INTO counted VALUES (1);
            CREATE VIEW names AS SELECT name FROM person;
            CREATE PROCEDURE greet() SELECT 'hello';
            CREATE EVENT tidy ON SCHEDULE EVERY 1 YEAR DO DELETE FROM counted WHERE n < 0;
SQL"#,
        read: r#"sql() { MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -uroot -N -e "$1" -- "$MARIADB_DATABASE"; }
            [ "$(sql "SHOW TABLES LIKE 'person'")" = '' ] || sql "SET SESSION group_concat_max_len = 100000000;
              SELECT COUNT(*), MD5(GROUP_CONCAT(name, HEX(photo), town ORDER BY id)) FROM person; SELECT * FROM town;
              SELECT COUNT(*) FROM names; CALL greet(); SELECT SUM(n) FROM counted;
              SELECT event_name FROM information_schema.events; SELECT trigger_name FROM information_schema.triggers
                WHERE trigger_schema = DATABASE()""#,
        add: r#"MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -uroot -e "INSERT INTO person (name) VALUES ('new')" -- "$MARIADB_DATABASE""#,
        wipe: "MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -uroot -e 'DROP DATABASE `the app_db-1`; CREATE DATABASE `the app_db-1`'",
        dump: "mysql.dump",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_comes_back_from_its_dump_alone() {
    claims::comes_back(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_takes_no_dump_that_is_cut_off() {
    claims::refuses_a_cut_dump(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_is_never_written_over() {
    claims::never_writes_over_data(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_without_tables_is_no_backup() {
    claims::refuses_to_save_nothing(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_says_what_is_wrong() {
    let gone = "MYSQL_HOST=127.0.0.1 MYSQL_TCP_PORT=1";
    claims::says_what_is_wrong(&store(), "MYSQL_PWD=wrong", gone, "Access denied").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_hides_its_password() {
    claims::keeps_secrets_out_of_arguments(&store(), "mariadb mariadb-dump").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_removes_the_half_that_a_killed_restore_has_left() {
    let server = Server::start(&store()).await;
    server.run(store().fill).await.well();
    let before = server.records().await;
    server.hook("pre-backup").await.well();
    server.run(store().wipe).await.well();
    server.hook("post-restore").await.well();
    let halve = r#"MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -uroot -e "UPDATE civic_restored SET state = 'half';
        DROP TABLE counted; DELETE FROM person WHERE id > 100" -- "$MARIADB_DATABASE""#;
    server.run(halve).await.well();
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_own_user_saves_and_restores_over_the_network() {
    let server = Server::start(&store()).await;
    // A trigger and a routine belong to whoever made them, so the app makes its own here.
    let fill = r#"MYSQL_PWD=$MARIADB_PASSWORD mariadb -h127.0.0.1 -u"$MARIADB_USER" -e "CREATE TABLE person (name VARCHAR(9));
        INSERT INTO person VALUES ('Ana'); CREATE TRIGGER t BEFORE INSERT ON person FOR EACH ROW SET NEW.name = 'x'" \
        -- "$MARIADB_DATABASE""#;
    let read = r#"MYSQL_PWD=$MARIADB_PASSWORD mariadb -h127.0.0.1 -N -u"$MARIADB_USER" -e "SELECT * FROM person" \
        -- "$MARIADB_DATABASE""#;
    let env = "MARIADB_ROOT_PASSWORD= MYSQL_HOST=127.0.0.1";
    server.run(fill).await.well();
    server.hook_with(env, "pre-backup").await.well();
    server.run(store().wipe).await.well();
    server.hook_with(env, "post-restore").await.well();
    assert_eq!(server.run(read).await.well(), "Ana\n");
}
