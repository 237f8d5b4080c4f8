//! A full disk below the suite's own output.

use std::process::Stdio;

use tokio::process::Command;

use crate::place::{Ended, Place, ended};

/// Runs `civic` with an output folder of this size, in a mount namespace that ends with it. `None` where this user
/// may make none.
async fn with_room(place: &Place, size: &str, more: &[&str]) -> Option<Ended> {
    std::fs::create_dir_all(place.beside("out")).unwrap();
    let root = Command::new("id").arg("-u").output().await.is_ok_and(|said| said.stdout == b"0\n");
    let mut unshare = vec!["--mount"];
    if !root {
        unshare.extend(["--user", "--map-current-user", "--keep-caps"]);
    }
    let may = Command::new("unshare").args(&unshare).arg("true").stderr(Stdio::null()).status().await;
    if !may.is_ok_and(|status| status.success()) {
        return None;
    }
    let civic = place.command(&place.arguments(&[&["--out", "out"], more].concat()));
    let civic = civic.as_std();
    let script = "mount -t tmpfs -o \"size=$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(unshare).args(["sh", "-c", script, "sh", size]).arg(place.beside("out"));
    command.arg(civic.get_program()).args(civic.get_args()).stdin(Stdio::null());
    command.current_dir(civic.get_current_dir().unwrap()).env("XDG_STATE_HOME", place.beside("state"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Some(ended(command).await)
}

#[tokio::test]
async fn a_journal_that_does_not_fit_ends_the_run_and_cleans_up() {
    let place = Place::sound().await;
    let Some(ended) = with_room(&place, "8k", &["--only", "soft-stop", "--quick"]).await else {
        return eprintln!("not tried: this user may not mount anything");
    };
    ended.demand(3, &["cannot write out/journal.jsonl: No space left on device", "Make room on the disk"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn a_report_that_does_not_fit_is_told_at_the_end() {
    let place = Place::sound().await;
    let Some(ended) = with_room(&place, "40k", &["--only", "soft-stop", "--quick"]).await else {
        return eprintln!("not tried: this user may not mount anything");
    };
    ended.demand(3, &["cannot write out: No space left on device"]);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn an_output_folder_that_cannot_be_made_is_told_before_anything_runs() {
    let place = Place::sound().await;
    std::fs::write(place.beside("file"), "").unwrap();
    place.certify(&["--out", "file/out"]).await.demand(3, &["cannot write the run's folder", "--out DIR"]);
    place.demand_nothing_left().await;
}
