//! What `civic` says and returns where no container engine is needed, and that its pages say the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // a test that cannot go on fails

mod agree;
mod arguments;
mod bench;
mod check;
mod courtbot;
mod detect;
mod explain;
mod hooks;
#[allow(clippy::disallowed_methods)] // git, mkfifo, setpriv and shells: what init meets on real machines
mod init;
mod manifest;
mod no_engine;
mod pages;
mod plan;
mod verify;
