//! Canaries as files in a durable volume, written by the agent: nothing of the app is proven but its volume.

use super::{OWN_LIMIT, Record, Write, parse_lines};
use crate::access::Access;
use crate::engine::Exec;
use crate::stage::VOLUMES;

const FOLDER: &str = ".civic-canary";

pub(super) async fn write(access: &Access, volume: &str, record: &Record) -> Write {
    // Fixed script; names and values are arguments. `sync FILE` makes it durable before it is acknowledged.
    let script = r#"set -e; mkdir -p "$1"; cat > "$1/.$2"; sync "$1/.$2"; mv "$1/.$2" "$1/$2"; sync "$1""#;
    let (id, nonce) = record;
    let exec = Exec::new(["sh", "-c", script, "sh", &folder(volume), &id.to_string()]);
    match access.agent(&exec.stdin(nonce.as_bytes()), OWN_LIMIT).await {
        Ok(output) if output.succeeded() => Write::Acknowledged,
        Ok(output) => Write::Unknown(output.complaint()),
        Err(error) => Write::Unknown(error.to_string()),
    }
}

pub(super) async fn read(access: &Access, volume: &str) -> Result<Vec<Record>, String> {
    let script = r#"cd "$1" 2>/dev/null || exit 0; for file in *; do
        [ -f "$file" ] && printf '%s %s\n' "$file" "$(cat "$file")"; done; exit 0"#;
    let exec = Exec::new(["sh", "-c", script, "sh", &folder(volume)]);
    let output = access.agent(&exec, OWN_LIMIT).await.map_err(|error| error.to_string())?;
    if output.succeeded() { parse_lines(&output.text()) } else { Err(output.complaint()) }
}

fn folder(volume: &str) -> String {
    format!("{VOLUMES}/{volume}/{FOLDER}")
}
