//! `civic certify` on a real container engine, with apps and moments that are not kind. A test that finds no engine
//! fails; each one shows that it left nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // a test that cannot go on fails

mod app;
mod canary;
mod disk;
mod hooks;
mod interrupt;
mod lost_engine;
mod names;
mod place;
mod proxy;
mod run;
mod secrets;
mod stacks;
