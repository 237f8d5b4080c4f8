//! What the files need to know beside the manifest. One value feeds them all, so that they agree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts that civic.toml does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Name for people; the manifest's name where none is known.
    pub title: String,
    /// Where the source is, an `https://` address.
    pub repository: Option<String>,
    /// What is built, by the name of its service.
    pub builds: BTreeMap<String, Build>,
    /// What keeps data, by the name of the service that runs the hooks.
    pub stores: BTreeMap<String, Vec<Store>>,
    /// Command that fills an empty database, for the runbook; nothing runs it.
    pub seed: Option<String>,
    /// What a person should look at.
    pub notes: Vec<Note>,
    /// Version of the program that renders.
    pub civic_version: String,
}

/// How a service's image is built; the stack's Dockerfile is rendered from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Folder below `buildpacks/`.
    pub stack: String,
    /// Framework, when one was seen.
    pub framework: Option<String>,
    /// Version that the project names, such as `20`; none when it names none.
    pub version: Option<String>,
    /// Base image that is built from, with tag, and digest where the pins have one.
    pub image: String,
    /// Base image that is run from, when another one.
    pub runtime_image: Option<String>,
    /// Package manager, `npm`, `poetry`, …
    pub manager: Option<String>,
    /// Its version, when the project names one or the build installs it.
    pub manager_version: Option<String>,
    /// Manifests and lock files that the installation of dependencies needs, relative to the build's folder.
    pub manifests: Vec<String>,
    /// Whether one of them is a lock file.
    pub is_locked: bool,
    /// Command that builds, as a person types it.
    pub build: Option<String>,
    /// Command that starts it, as a list; no shell unless the list begins with one.
    pub start: Vec<String>,
    /// Folder of files to serve, for a site.
    pub output: Option<String>,
    /// Debian packages that the running app needs.
    pub packages: Vec<String>,
    /// Debian packages that only the build needs.
    pub build_packages: Vec<String>,
    /// Folders that the app writes to, absolute.
    pub writable: Vec<String>,
    /// Files beside the code that are kept in a volume.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Front ends that are built into this image.
    pub assets: Vec<Assets>,
    /// Other files of note that are there, such as `nuget.config`, for templates to ask about.
    pub files: Vec<String>,
    /// What else the stack's template asks about, in words of that stack, such as `dev-dependencies`.
    #[serde(default)]
    pub traits: Vec<String>,
}

/// A link that the image has instead of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where the app looks, absolute.
    pub path: String,
    /// Where the file is, in a volume.
    pub target: String,
}

/// A front end that is built and copied into a server's image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    /// Folder, relative to the build's, `.` for the same.
    pub root: String,
    /// Base image.
    pub image: String,
    /// Package manager.
    pub manager: String,
    /// Manifests and lock files.
    pub manifests: Vec<String>,
    /// Whether one of them is a lock file.
    pub is_locked: bool,
    /// Command that builds it.
    pub build: String,
    /// What it makes, relative to `root`.
    pub output: String,
}

/// Something that keeps data and is saved by hooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Folder below `templates/hooks/`: `postgres`, `mysql`, `sqlite`, `mongodb`, `redis`, `files`.
    pub kind: String,
    /// Files or folders of it in the container, for stores without a server.
    pub paths: Vec<String>,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// One or two sentences.
    pub text: String,
    /// `file:line`, or empty.
    pub place: String,
}
