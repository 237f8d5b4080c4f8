//! PostgreSQL, with a database, a role and a password that must be quoted.

use super::claims::{self, HOSTILE};
use super::server::{Server, Store};

fn store() -> Store {
    Store {
        kind: "postgres",
        image: ("postgres", "17-trixie"),
        uid: 999,
        env: vec![
            ("POSTGRES_USER", "the app".into()),
            ("POSTGRES_DB", "it's \"all\"".into()),
            ("POSTGRES_PASSWORD", HOSTILE.into()),
        ],
        command: Vec::new(),
        // The image asks nobody for a password who comes by the socket or by 127.0.0.1.
        login: "PGHOST=$(hostname -i)",
        ready: "PGHOST=127.0.0.1 /civic/hooks/postgres/health",
        fill: r#"psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
            CREATE TABLE person (id serial PRIMARY KEY, name text NOT NULL, photo bytea);
            INSERT INTO person (name, photo) SELECT 'Zoë ' || n || E'\n\\ ''"', sha256(n::text::bytea) FROM generate_series(1, 2000) n;
            CREATE VIEW names AS SELECT name FROM person;
            CREATE FUNCTION greet(text) RETURNS text LANGUAGE sql AS $$ SELECT 'hello ' || $1 $$;
SQL"#,
        read: r#"export PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB
            [ "$(psql -qAtc "SELECT to_regclass('person') IS NULL")" = t ] ||
            psql -qAt -v ON_ERROR_STOP=1 -c "SELECT COUNT(*), md5(string_agg(person::text, ',' ORDER BY id)), greet('x') FROM person" \
              -c "SELECT COUNT(*) FROM names""#,
        add: r#"psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
            -c "INSERT INTO person (name) VALUES ('new')""#,
        wipe: r#"psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c '
            SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public' \
            -c "DO \$\$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); END \$\$""#,
        dump: "database.dump",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_comes_back_from_its_dump_alone() {
    claims::comes_back(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_takes_no_dump_that_is_cut_off() {
    claims::refuses_a_cut_dump(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_never_written_over() {
    claims::never_writes_over_data(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_without_tables_is_no_backup() {
    claims::refuses_to_save_nothing(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_says_what_is_wrong() {
    let wrong = "PGPASSWORD=wrong";
    claims::says_what_is_wrong(
        &store(),
        wrong,
        "PGHOST=127.0.0.1 PGPORT=1",
        "password authentication failed",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_hides_its_password() {
    claims::keeps_secrets_out_of_arguments(&store(), "pg_dump pg_restore psql pg_isready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_postgres_services_share_a_backup_folder() {
    let server = Server::start(&store()).await;
    server.run(store().fill).await.well();
    server.hook("pre-backup").await.well();
    server.hook_with("CIVIC_BACKUP_PREFIX=forum-", "pre-backup").await.well();
    server.hook("post-backup").await.well();
    assert_eq!(server.saved().await, "forum-database.dump\nforum-database.dump.sha256\n");
}
