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
mod health;
mod judge;
mod keep;
mod packaging;
mod port;
mod process;
mod read;
mod rules;
mod source;
pub mod tree;
mod version;
mod view;

pub use detect::{Options, detect};
pub use detection::Detection;
pub use rules::{Rules, RulesError};
