//! What `civic init` and `civic update` share: a project in, its manifest and the facts of its files out.

mod about;
mod answers;
mod build;
mod command;
mod draft;
mod environment;
mod found;
pub mod guest;
mod health;
pub mod scaffold;
mod servers;
mod state;
pub mod tree;
mod upstream;
