//! Redis as a queue: lists, a stream with its readers, a function, keys with an end, several databases.

use super::claims::{self, HOSTILE};
use super::server::{Server, Store};

fn store() -> Store {
    let command =
        ["redis-server", "--appendonly", "yes", "--repl-diskless-sync-delay", "0", "--requirepass", HOSTILE];
    Store {
        kind: "redis",
        image: ("redis", "8-trixie"),
        uid: 999,
        env: vec![("REDISCLI_AUTH", HOSTILE.into())],
        command: command.map(Into::into).into(),
        login: "",
        ready: "/civic/hooks/redis/health",
        fill: r#"set -e
            for n in $(seq 300); do printf 'RPUSH jobs "job %s \\x00\\xff\\r\\n \\"quoted\\" \\$(id)"\n' "$n"; done | redis-cli >/dev/null
            redis-cli SET lock held EX 100000; redis-cli SET cache gone PX 1
            redis-cli ZADD later 1.5 a 2 b; redis-cli HSET one name Ana town 'Łódź'
            redis-cli XADD events 1-1 kind new; redis-cli XGROUP CREATE events readers 0
            redis-cli XREADGROUP GROUP readers one COUNT 1 STREAMS events '>'
            redis-cli -n 7 SADD seen x
            redis-cli FUNCTION LOAD '#!lua name=own
                redis.register_function("twice", function(keys, args) return args[1] * 2 end)'"#,
        read: r#"set -e
            [ "$(redis-cli EXISTS jobs)" = 1 ] || exit 0
            redis-cli --no-raw LRANGE jobs 0 -1; redis-cli ZRANGE later 0 -1 WITHSCORES; redis-cli HGETALL one
            redis-cli XRANGE events - +; redis-cli XPENDING events readers; redis-cli -n 7 SMEMBERS seen
            [ "$(redis-cli TTL lock)" -gt 90000 ]; redis-cli EXISTS cache; redis-cli FCALL twice 0 21"#,
        add: "redis-cli RPUSH jobs new",
        wipe: "redis-cli FLUSHALL; redis-cli FUNCTION FLUSH",
        dump: "redis.rdb",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_comes_back_from_its_copy_alone() {
    claims::comes_back(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_takes_no_copy_that_is_cut_off() {
    claims::refuses_a_cut_dump(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_never_written_over() {
    claims::never_writes_over_data(&store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_says_what_is_wrong() {
    claims::says_what_is_wrong(&store(), "REDISCLI_AUTH=wrong", "REDIS_PORT=1", "WRONGPASS").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_hides_its_password() {
    claims::keeps_secrets_out_of_arguments(&store(), "redis-cli redis-check-rdb redis-server").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_queue_is_saved_unless_that_is_wrong() {
    let server = Server::start(&store()).await;
    server.hook("pre-backup").await.well();
    server.hook("post-restore").await.well();
    let words = server.hook_with("CIVIC_REDIS_MAY_BE_EMPTY=no", "pre-backup").await;
    // The restore has noted itself, and that is all there is.
    assert_eq!(words.code, 1, "{words:?}");
    assert_eq!(server.saved().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_removes_the_half_that_a_killed_restore_has_left() {
    let server = Server::start(&store()).await;
    server.run(store().fill).await.well();
    let before = server.records().await;
    server.hook("pre-backup").await.well();
    server.run(store().wipe).await.well();
    server.run("redis-cli RPUSH jobs 'job 1'; redis-cli SET civic:restored 'half 0'").await.well();
    server.hook("post-restore").await.well();
    assert_eq!(server.records().await, before);
}
