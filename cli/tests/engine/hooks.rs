//! Hooks that fail, each in its own way, and one that talks too much.

use civic_contract::journal::Event;
use civic_contract::verdict::Outcome;

use crate::place::{Place, demand};

const HOOK: &str = "civic/hooks/pre-backup";
const VOLUME_LOST: [&str; 3] = ["--only", "volume-lost", "--quick"];
/// More than this of the suite's own memory is too much.
const MOST_MEMORY: u64 = 150 * 1024 * 1024;

/// Takes a snapshot with this hook, which must not become eligible.
async fn refused(hook: &str, said: &[&str]) {
    let place = Place::sound().await.write(HOOK, hook);
    let ended = place.certify(&VOLUME_LOST).await;
    ended.demand(1, &["hook civic/hooks/pre-backup in service web"]);
    demand(&place.verdict("volume-lost"), Outcome::Fail, said);
    let restored = place.journal().entries.iter().any(|entry| matches!(entry.event, Event::Restored { .. }));
    assert!(!restored, "what is not eligible is never restored");
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_hook_that_fails_shows_its_exit_code_and_last_words() {
    refused("#!/bin/sh\necho no dump today >&2\nexit 3\n", &["exit code 3: no dump today"]).await;
}

#[tokio::test]
async fn a_hook_that_is_killed_says_so() {
    refused("#!/bin/sh\necho half way\nkill -9 $$\n", &["exit code 137: half way"]).await;
}

#[tokio::test]
async fn a_hook_whose_interpreter_is_missing_says_so() {
    refused("#!/no/such/interpreter\n", &["no such file"]).await;
}

#[tokio::test]
async fn a_post_restore_hook_that_fails_is_named() {
    let place =
        Place::sound().await.write("civic/hooks/post-restore", "#!/bin/sh\necho cannot load >&2\nexit 4\n");
    place
        .certify(&VOLUME_LOST)
        .await
        .demand(1, &["hook civic/hooks/post-restore in service web: exit code 4: cannot load"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_hook_that_prints_a_gigabyte_works_and_takes_no_memory() {
    let place = Place::sound().await;
    std::fs::copy(place.path(HOOK), place.path("civic/hooks/dump")).unwrap();
    let chatty =
        "#!/bin/sh\nset -eu\nhead -c 1000000000 /dev/zero | tr '\\0' x\necho\nexec /civic/hooks/dump\n";
    let place = place.write(HOOK, chatty);
    place.certify(&VOLUME_LOST).await.demand(0, &[]);
    let peak = place.journal().entries.iter().find_map(|entry| match entry.event {
        Event::RunEnded { peak_memory, .. } => peak_memory,
        _ => None,
    });
    assert!(peak.is_none_or(|peak| peak < MOST_MEMORY), "{peak:?} bytes");
    assert!(peak.is_some() || !cfg!(target_os = "linux"));
    place.demand_nothing_left().await;
}
