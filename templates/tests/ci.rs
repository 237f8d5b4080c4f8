//! The workflow that certifies a project at each change.
#![allow(clippy::expect_used)] // a test that panics has failed, which is the point

#[allow(dead_code)] // other tests need other parts of it
mod project;
mod tools;

use project::project;
use tools::{run, written};

const WORKFLOW: &str = ".github/workflows/civic.yml";

#[test]
fn the_workflow_is_as_people_would_write_it() {
    insta::assert_snapshot!("meals-workflow", project("meals").text(WORKFLOW));
}

#[test]
fn the_workflow_matches_the_schema_of_github() {
    for name in ["meals", "pages", "chat"] {
        let folder = written(&project(name).files());
        let root = folder.path().join("project");
        run(&root, "check-jsonschema", &["--builtin-schema", "vendor.github-workflows", WORKFLOW]);
    }
}

#[test]
fn no_word_of_the_project_but_its_name_is_in_the_workflow() {
    let mut meals = project("meals");
    let before = meals.text(WORKFLOW);
    meals.manifest.app.summary = "${{ github.token }}".into();
    meals.facts.title = "$(id)\n  - run: id".into();
    meals.facts.repository = Some("https://example.org/${{ x }}".into());
    assert_eq!(meals.text(WORKFLOW), before);
}
