//! The hooks of `templates/hooks/` against real servers in containers: data in, saved, everything wiped, restored, data
//! out; and all the ways in which that must fail loudly. Without an engine, or without the images that `make setup`
//! provides, these tests fail.
#![allow(clippy::expect_used, clippy::unwrap_used)] // also in what the tests share

mod claims;
mod files;
mod image;
mod mongodb;
mod mysql;
mod postgres;
mod redis;
mod server;
mod sqlite;
mod together;
