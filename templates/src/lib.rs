//! Scaffolding: facts in, files out. The template files lie in `files/` and `hooks/`, as themselves; a stack's
//! Dockerfile lies with its stack in `buildpacks/<id>/templates/`.

pub mod apply;
mod compose;
mod context;
pub mod draft;
mod escape;
pub mod facts;
pub mod file;
pub mod guest;
mod kubernetes;
mod render;
mod yaml;

pub use facts::Facts;
pub use file::{File, Merge, Mode, Part};
pub use render::{RenderError, Stack, Stacks, render};
