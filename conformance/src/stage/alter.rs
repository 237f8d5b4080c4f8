//! Alters one canary in the bytes of a copy of the data, to see whether the app's read notices.

use civic_contract::journal::SpanName;

use super::observe::holds;
use super::{Stage, VOLUMES};
use crate::canary::Record;
use crate::engine::{EngineError, Exec};

/// Files larger than this are left alone.
const LARGEST: usize = 64 * 1024 * 1024;
/// How many canaries are tried until one is found in plain bytes.
const TRIES: usize = 3;

/// A canary that was altered, and the files as they were.
pub struct Altered {
    /// The canary as it was.
    pub record: Record,
    /// Path in the agent, and a tar archive with the file as it was.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Stage {
    /// Replaces the nonce of one canary wherever its bytes lie in the volumes; `None` when none lies there in
    /// plain bytes (encrypted or compressed data).
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn alter_one_canary(&self) -> Result<Option<Altered>, EngineError> {
        let from = self.pen.now_ms();
        let mut altered = None;
        for record in self.known_canaries().into_iter().take(TRIES) {
            let files = self.replace_everywhere(&record.1, &other_nonce(&record.1)).await?;
            if !files.is_empty() {
                altered = Some(Altered { record, files });
                break;
            }
        }
        self.pen.span(SpanName::Harm, from);
        Ok(altered)
    }

    /// Puts the files back as they were.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn mend(&self, altered: Altered) -> Result<(), EngineError> {
        for (path, original) in altered.files {
            self.lab.engine.upload(&self.access.agent_id(), parent(&path), original).await?;
        }
        Ok(())
    }

    async fn replace_everywhere(&self, old: &str, new: &str) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        // `grep` exits 1 when it finds nothing.
        let script = "grep -rlF -- \"$1\" \"$0\" || true";
        let found =
            self.agent_must("search the volumes", &Exec::new(["sh", "-c", script, VOLUMES, old])).await?;
        let agent = self.access.agent_id();
        let mut files = Vec::new();
        for path in found.lines() {
            let Some(original) = self.lab.engine.download(&agent, path, LARGEST).await? else { continue };
            let replaced = replace(&original, old.as_bytes(), new.as_bytes());
            self.lab.engine.upload(&agent, parent(path), replaced).await?;
            files.push((path.to_owned(), original));
        }
        Ok(files)
    }

    /// Every acknowledged canary that this sandbox's data holds, by the journal.
    pub(super) fn known_canaries(&self) -> Vec<Record> {
        let Ok(journal) = self.lab.recorder.journal() else { return Vec::new() };
        let entries: Vec<_> = journal.entries.iter().collect();
        let ledger = crate::judge::Ledger::of(&entries, &self.name, u64::MAX);
        let known = ledger.iter().filter(|(_, written)| written.acknowledged_ms.is_some());
        known.map(|(id, written)| (id, written.nonce.clone())).collect()
    }
}

/// Another nonce of the same length and alphabet: every letter moves on by one.
fn other_nonce(nonce: &str) -> String {
    let next = |letter: char| match letter {
        'Z' => 'A',
        '7' => '2',
        other => char::from_u32(other as u32 + 1).unwrap_or('A'),
    };
    nonce.chars().map(next).collect()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(folder, _)| folder)
}

/// Same length, so that the archive's headers stay right.
fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    let mut at = 0;
    while at + old.len() <= replaced.len() {
        if &replaced[at..at + old.len()] == old {
            replaced[at..at + old.len()].copy_from_slice(new);
            at += old.len();
        } else {
            at += 1;
        }
    }
    debug_assert!(!holds(&replaced, old));
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_and_nothing_else() {
        assert_eq!(replace(b"..ABC..ABCABC.", b"ABC", b"BCD"), b"..BCD..BCDBCD.");
    }

    #[test]
    fn another_nonce_keeps_length_and_alphabet() {
        assert_eq!(other_nonce("AZ27"), "BA32");
    }
}
