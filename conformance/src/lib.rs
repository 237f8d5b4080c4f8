//! The survivability suite: what `civic certify` does to an app on a real container engine, and how it judges.
//!
//! Arrows point one way: a [`plan::Plan`] becomes [`drills`] on [`stage::Stage`]s, which only record into the
//! journal; [`judge`] reads nothing but the journal.

mod access;
pub mod baseline;
mod canary;
pub mod certify;
pub mod check;
mod dockerignore;
pub mod drills;
pub mod engine;
mod http;
pub mod judge;
pub mod lab;
pub mod plan;
pub mod project;
pub mod recorder;
pub mod run_lock;
mod secrets;
pub mod self_test;
mod snapshot;
pub mod stage;
mod template;
