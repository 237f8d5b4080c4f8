//! Rendering: what a project gets, and that its strings stay strings.
#![allow(clippy::expect_used, clippy::unwrap_used)] // also in what the tests share

mod project;

use project::project;

#[test]
fn every_project_renders() {
    for name in ["meals", "pages", "chat"] {
        assert!(project(name).files().contains_key("Dockerfile") || name != "meals");
    }
}
