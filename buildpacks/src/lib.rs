//! Detection: a source tree in, what the project is and needs out. Nothing is written, run or sent.
//!
//! The rules are data: one folder per stack with a `buildpack.toml`. What is found is one document, [`Detection`],
//! in which every fact has its evidence. docs/detection.md describes both.

mod arrange;
mod component;
mod cron;
mod detect;
pub mod detection;
mod env;
mod glob;
mod health;
mod judge;
mod keep;
pub mod kit;
mod lexicon;
mod mount;
mod packaging;
pub mod pins;
mod port;
mod process;
mod read;
mod rules;
mod said;
mod schedule;
mod search;
mod source;
pub mod tree;
mod version;
mod view;
mod warnings;

pub use detect::{Options, detect};
pub use detection::Detection;
pub use rules::{Rules, RulesError};
