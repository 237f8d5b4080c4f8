//! `civic init` and `civic update`, through the binary, on small projects that each test makes for itself.

mod files;
mod first;
mod foreign;
mod image;
mod killed;
mod literal;
mod odd;
mod project;
mod refused;
mod secrets;
mod template;
mod update;
