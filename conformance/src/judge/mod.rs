//! Pure judgement over a journal: no engine, no clock, no file.

mod case;
mod ledger;
mod outcome;

pub use case::{Case, Reading};
pub use ledger::{Ledger, Loss, Written};
pub use outcome::{Advice, Bench, judge_all, judge_one};
