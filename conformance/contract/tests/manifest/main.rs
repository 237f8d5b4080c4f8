//! `civic.toml` as its authors meet it: what is read, and what they are told when it is wrong.

#![allow(clippy::unwrap_used, reason = "all of it is tests")]

mod canary;
mod cases;
mod encoding;
mod model;
mod page;
mod robust;
mod schema;
mod services;
mod shape;
mod state;
