//! Writes the journal as things happen, one flushed line each, with secrets masked.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use civic_contract::journal::{Entry, Event, Journal, ReadError, SpanName};
use tokio::sync::{broadcast, watch};

/// Secrets shorter than this are not masked: they would blot out ordinary words.
const SHORTEST_MASKED: usize = 6;
/// Shorter pieces of a random secret are kept: they may be there by chance, and they tell little.
const PIECE: usize = 10;
/// How many entries a slow listener may lag behind before it misses some.
const LAG: usize = 4096;

/// The journal of a running run. Cheap to clone.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    path: PathBuf,
    started: Instant,
    sink: Mutex<Sink>,
    listeners: broadcast::Sender<Entry>,
    failure: watch::Sender<Option<String>>,
}

struct Sink {
    file: File,
    masks: Vec<(String, String)>,
    /// Every [`PIECE`] bytes in a row of a random secret, and what is written instead.
    pieces: Vec<(HashSet<Vec<u8>>, String)>,
}

impl Sink {
    fn masked(&self, line: String) -> String {
        let line = self.masks.iter().fold(line, |line, (value, name)| line.replace(value, name));
        self.pieces.iter().fold(line, |line, (pieces, name)| without_pieces(line, pieces, name))
    }
}

/// A journal that could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("cannot read the journal: {0}")]
    Io(#[from] io::Error),
    /// Its content.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Recorder {
    /// Begins a journal in a new file.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self(Arc::new(Inner {
            path: path.into(),
            started: Instant::now(),
            sink: Mutex::new(Sink { file, masks: Vec::new(), pieces: Vec::new() }),
            listeners: broadcast::channel(LAG).0,
            failure: watch::channel(None).0,
        })))
    }

    /// Never lets this value into the journal; its name is written instead.
    pub fn mask(&self, name: &str, value: &str) {
        if value.len() >= SHORTEST_MASKED {
            // Compared with text that is JSON already, so the mask is escaped in the same way.
            let escaped = serde_json::Value::from(value).to_string();
            self.sink().masks.push((escaped[1..escaped.len() - 1].to_owned(), format!("[secret {name}]")));
        }
    }

    /// As [`Recorder::mask`], for a value of nothing but random ASCII: a piece of it is masked, too, because text
    /// that is cut to a length may end in the middle of it.
    pub fn mask_random(&self, name: &str, value: &str) {
        self.mask(name, value);
        let pieces = value.as_bytes().windows(PIECE).map(<[u8]>::to_vec).collect();
        self.sink().pieces.push((pieces, format!("[part of secret {name}]")));
    }

    /// Milliseconds since the run started.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Every entry from now on.
    pub fn listen(&self) -> broadcast::Receiver<Entry> {
        self.0.listeners.subscribe()
    }

    /// Resolves when the journal can no longer be written (disk full); the run must end then.
    pub async fn failed(&self) -> String {
        let mut failure = self.0.failure.subscribe();
        loop {
            if let Some(reason) = failure.borrow_and_update().clone() {
                return reason;
            }
            if failure.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// A pen for one drill and sandbox.
    pub fn pen(&self, drill: Option<&str>, sandbox: Option<&str>) -> Pen {
        Pen { recorder: self.clone(), drill: drill.map(Into::into), sandbox: sandbox.map(Into::into) }
    }

    /// The journal as it is in the file.
    ///
    /// # Errors
    /// When the file cannot be read or was changed by somebody else.
    pub fn journal(&self) -> Result<Journal, JournalError> {
        Ok(Journal::parse(&std::fs::read_to_string(&self.0.path)?)?)
    }

    fn write(&self, entry: Entry) {
        let mut sink = self.sink();
        let entry = Entry { at_ms: self.now_ms(), ..entry }; // under the lock, so that lines are in order
        let written = serde_json::to_string(&entry).map_err(io::Error::other).and_then(|line| {
            let masked = sink.masked(line);
            sink.file.write_all(format!("{masked}\n").as_bytes())?;
            Ok(serde_json::from_str::<Entry>(&masked)?) // listeners print: they see no more than the file holds
        });
        drop(sink);
        match written {
            Ok(entry) => drop(self.0.listeners.send(entry)), // nobody may be listening
            Err(error) => drop(self.0.failure.send_replace(Some(error.to_string()))),
        }
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.0.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces every longest row of pieces by `name`.
fn without_pieces(line: String, pieces: &HashSet<Vec<u8>>, name: &str) -> String {
    let bytes = line.as_bytes();
    let is_piece = |at: usize| bytes.get(at..at + PIECE).is_some_and(|piece| pieces.contains(piece));
    let (mut kept, mut at, mut masked) = (0, 0, String::new());
    while at < bytes.len() {
        if !is_piece(at) {
            at += 1;
            continue;
        }
        masked.push_str(&line[kept..at]); // pieces are ASCII, so both ends are ends of letters
        masked.push_str(name);
        while is_piece(at + 1) {
            at += 1;
        }
        at += PIECE;
        kept = at;
    }
    masked.push_str(&line[kept..]);
    masked
}

/// Writes into the journal on behalf of one drill and sandbox. Cheap to clone.
#[derive(Clone)]
pub struct Pen {
    recorder: Recorder,
    drill: Option<Arc<str>>,
    sandbox: Option<Arc<str>>,
}

impl Pen {
    /// Notes that something happened.
    pub fn note(&self, event: Event) {
        let drill = self.drill.as_deref().map(Into::into);
        let sandbox = self.sandbox.as_deref().map(Into::into);
        self.recorder.write(Entry { at_ms: 0, drill, sandbox, event });
    }

    /// Milliseconds since the run started.
    pub fn now_ms(&self) -> u64 {
        self.recorder.now_ms()
    }

    /// Notes what filled the time since `from_ms`.
    pub fn span(&self, name: SpanName, from_ms: u64) {
        self.note(Event::Span { name, from_ms, to_ms: self.now_ms() });
    }

    /// Runs a future and notes the time it took.
    pub async fn timed<T>(&self, name: SpanName, work: impl Future<Output = T>) -> T {
        let from = self.now_ms();
        let done = work.await;
        self.span(name, from);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use civic_contract::journal::RunStarted;

    fn recorder() -> (tempfile::TempDir, Recorder) {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::create(&folder.path().join("journal.jsonl")).unwrap();
        let start = RunStarted { schema: 1, ..RunStarted::default() };
        recorder.pen(None, None).note(Event::RunStarted(start));
        (folder, recorder)
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let (_folder, recorder) = recorder();
        let pen = recorder.pen(Some("hard-kill"), Some("hard-kill"));
        pen.note(Event::Acknowledged { id: 7 });
        let journal = recorder.journal().unwrap();
        assert_eq!(journal.entries[1].drill.as_deref(), Some("hard-kill"));
        assert_eq!(journal.entries[1].event, Event::Acknowledged { id: 7 });
    }

    #[test]
    fn secrets_are_masked_also_when_json_escapes_them() {
        let (_folder, recorder) = recorder();
        recorder.mask("TOKEN", "pa\"ss\\word");
        recorder.pen(None, None).note(Event::Warned { message: "it said pa\"ss\\word, twice".into() });
        let journal = recorder.journal().unwrap();
        let Event::Warned { message } = &journal.entries[1].event else { panic!() };
        assert_eq!(message, "it said [secret TOKEN], twice");
    }

    #[test]
    fn a_piece_of_a_random_secret_is_masked_wherever_a_text_was_cut() {
        let (_folder, recorder) = recorder();
        let secret = "0123456789abcdef0123456789ABCDEF";
        recorder.mask_random("TOKEN", secret);
        let message = format!("é{} {secret} {}é {}", &secret[..15], &secret[20..], &secret[..9]);
        recorder.pen(None, None).note(Event::Warned { message });
        let journal = recorder.journal().unwrap();
        let Event::Warned { message } = &journal.entries[1].event else { panic!() };
        assert_eq!(message, "é[part of secret TOKEN] [secret TOKEN] [part of secret TOKEN]é 012345678");
    }

    #[test]
    fn listeners_see_no_more_than_the_file_holds() {
        let (_folder, recorder) = recorder();
        let mut entries = recorder.listen();
        recorder.mask("TOKEN", "pa$$word");
        recorder.pen(None, None).note(Event::Warned { message: "it said pa$$word".into() });
        assert_eq!(
            entries.try_recv().unwrap().event,
            Event::Warned { message: "it said [secret TOKEN]".into() }
        );
    }

    #[test]
    fn a_second_run_never_writes_into_the_same_journal() {
        let (folder, _recorder) = recorder();
        assert!(Recorder::create(&folder.path().join("journal.jsonl")).is_err());
    }
}
