//! Images of the tests' own, for stores that have no server.

use std::fs::File;

use testcontainers::GenericBuildableImage;
use testcontainers::core::BuildImageOptions;
use testcontainers::runners::AsyncBuilder;

/// Builds an image once; later runs find it.
///
/// # Panics
/// When it cannot be built.
pub async fn build(name: &'static str, dockerfile: &str) -> (&'static str, &'static str) {
    // The test runner has a process for each test, and they begin together.
    let lock = File::create(format!("{}/{name}.lock", env!("CARGO_TARGET_TMPDIR"))).expect("a lock file");
    lock.lock().expect("a lock");
    let _image = GenericBuildableImage::new(name, "latest")
        .with_dockerfile_string(dockerfile)
        .build_image_with(BuildImageOptions::new().with_skip_if_exists(true))
        .await
        .expect("an engine that builds images: make setup");
    (name, "latest")
}
