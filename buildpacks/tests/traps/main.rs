//! One small project of our own for each trap, and what detection says about it.
#![allow(clippy::unwrap_used)] // a test that cannot look has failed

mod code;
mod first;
mod look;
mod packaged;
mod rules;
