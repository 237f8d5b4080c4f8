//! `civic init --image`: a publisher's image, nothing is built.

use super::project::App;
use civic_contract::manifest::Source;

#[test]
fn an_image_that_civic_knows_gets_its_database_and_its_folders() {
    let app = App::of(&[("README.md", "# Chat\n\nWhere the brigade talks.\n")]);
    app.init(&["--image", "mattermost/mattermost-team-edition:10.11"]);
    let manifest = app.manifest();
    assert_eq!(manifest.services["web"].port, Some(8065));
    assert_eq!(
        manifest.services["web"].source,
        Source::Image("mattermost/mattermost-team-edition:10.11".into())
    );
    assert!(manifest.services.contains_key("db"));
    assert!(manifest.volumes.values().any(|volume| volume.path == "/mattermost/data"));
    assert!(!app.path("Dockerfile").exists() && app.path("compose.yaml").exists());
    assert_eq!(app.errors(), Vec::<serde_json::Value>::new());
    let before = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), before);
}

#[test]
fn an_image_that_nobody_knows_says_what_a_person_has_to_add() {
    let app = App::of(&[]);
    let said = app.init(&["--image", "registry.example.org/brigade/meals@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]);
    assert!(said.contains("civic does not know this image"), "{said}");
    assert!(!said.contains("may be another image tomorrow"), "{said}");
    assert_eq!(app.errors(), Vec::<serde_json::Value>::new());
    assert_eq!(app.manifest().app.name, "meals");
}

#[test]
fn what_is_no_image_is_refused() {
    for image in ["", " ", "a b", "$(touch x)", "a\nb", "-v", "A/B", "a:b:c\"", "{{x}}"] {
        let app = App::of(&[]);
        app.refuses(&["init", "--yes", &format!("--image={image}")], 64, &["image"]);
    }
}
