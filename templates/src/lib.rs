//! Scaffolding: facts in, files out. The template files lie in `files/` and `hooks/`, as themselves; a stack's
//! Dockerfile lies with its stack in `buildpacks/<id>/templates/`.

mod context;
mod escape;
pub mod facts;
pub mod file;
mod render;

pub use facts::Facts;
pub use file::{File, Merge, Mode, Part};
pub use render::{RenderError, Stack, Stacks, render};
