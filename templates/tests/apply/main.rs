//! Writing into projects that already have a life: links, other people's files, a disk that fails, a run that dies.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in what the tests share

mod classes;
mod faults;
mod ground;
mod links;
mod properties;
mod readonly;
mod undo;
mod update;
