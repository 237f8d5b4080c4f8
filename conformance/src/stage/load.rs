//! Canary writes under load: several writers until they are stopped, bounded in number.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use civic_contract::journal::{Event, SpanName};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::canary::{Canaries, Mint, Write};
use crate::recorder::Pen;

/// Pause after a write that failed: the app is most likely down.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);
/// How long answers that are on their way may take once the app is down.
const LAST_ANSWERS: Duration = Duration::from_millis(150);
/// Most writes of one writer.
const MOST_WRITES: usize = 500;

/// Writers at work. They end when this is dropped.
pub struct Load {
    writers: JoinSet<()>,
    acknowledged: watch::Receiver<usize>,
    in_flight: Arc<Mutex<BTreeSet<u32>>>,
    orders: watch::Sender<Order>,
    pen: Pen,
    from_ms: u64,
}

/// What the writers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Write,
    /// No new write.
    Stop,
    /// Whatever is still under way has no certain outcome.
    Cut,
}

impl Load {
    pub(super) fn start(
        canaries: &Canaries,
        mint: &Arc<Mutex<Mint>>,
        pen: &Pen,
        writers: usize,
        pause: Duration,
    ) -> Self {
        let (orders, told) = watch::channel(Order::Write);
        let (count, acknowledged) = watch::channel(0);
        let in_flight = Arc::new(Mutex::new(BTreeSet::new()));
        let mut set = JoinSet::new();
        for _ in 0..writers {
            let (canaries, mint, pen) = (canaries.clone(), mint.clone(), pen.clone());
            let (mut told, count, in_flight) = (told.clone(), count.clone(), in_flight.clone());
            set.spawn(async move {
                for _ in 0..MOST_WRITES {
                    if *told.borrow() >= Order::Stop {
                        break;
                    }
                    let Some(record) = lock(&mint).canary() else { break };
                    lock(&in_flight).insert(record.0);
                    let outcome = write_until_cut(&canaries, &pen, &record, &mut told).await;
                    lock(&in_flight).remove(&record.0);
                    if outcome == Write::Acknowledged {
                        count.send_modify(|count| *count += 1);
                        tokio::time::sleep(pause).await;
                    } else {
                        tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                    }
                }
            });
        }
        Self { writers: set, acknowledged, in_flight, orders, pen: pen.clone(), from_ms: pen.now_ms() }
    }

    /// Waits until this many more writes are acknowledged, or the limit is over.
    pub async fn wait_for(&mut self, more: usize, limit: Duration) -> bool {
        let goal = *self.acknowledged.borrow_and_update() + more;
        let wait = self.acknowledged.wait_for(|count| *count >= goal);
        matches!(tokio::time::timeout(limit, wait).await, Ok(Ok(_)))
    }

    /// Waits until a write is under way; returns its number.
    pub async fn wait_for_write(&self, limit: Duration) -> Option<u32> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            // The newest: it is least likely to be done by the time the fault arrives.
            if let Some(id) = lock(&self.in_flight).last() {
                return Some(*id);
            }
            if tokio::time::Instant::now() >= deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Stops the writers once the app is down. Answers that are on their way still count; a write that stays
    /// without one has an unknown outcome, as for a client of the app.
    pub async fn stop(mut self) {
        self.orders.send_replace(Order::Stop);
        let all = async { while self.writers.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_ANSWERS, all).await.is_err() {
            self.orders.send_replace(Order::Cut);
            while self.writers.join_next().await.is_some() {}
        }
        self.pen.span(SpanName::Canary, self.from_ms);
    }
}

async fn write_until_cut(
    canaries: &Canaries,
    pen: &Pen,
    record: &(u32, String),
    told: &mut watch::Receiver<Order>,
) -> Write {
    let (id, nonce) = record.clone();
    pen.note(Event::Invoked { id, nonce });
    let outcome = tokio::select! {
        outcome = canaries.write(record) => outcome,
        _ = told.wait_for(|order| *order == Order::Cut) => Write::Unknown("the app went down before it answered".into()),
    };
    note_outcome(pen, id, &outcome);
    outcome
}

/// Mints and writes one canary; `None` when the mint is used up.
pub(super) async fn write_one(canaries: &Canaries, mint: &Mutex<Mint>, pen: &Pen) -> Option<Write> {
    let (id, nonce) = lock(mint).canary()?;
    pen.note(Event::Invoked { id, nonce: nonce.clone() });
    let outcome = canaries.write(&(id, nonce)).await;
    note_outcome(pen, id, &outcome);
    Some(outcome)
}

fn note_outcome(pen: &Pen, id: u32, outcome: &Write) {
    pen.note(match outcome.clone() {
        Write::Acknowledged => Event::Acknowledged { id },
        Write::Failed(reason) => Event::WriteFailed { id, reason },
        Write::Unknown(reason) => Event::WriteUnknown { id, reason },
    });
}

/// A writer that panicked while it held the lock leaves nothing half done here.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
