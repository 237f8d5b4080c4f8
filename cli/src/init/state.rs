//! Files that the app writes: where they go, so that they outlive its containers.

use civic_buildpacks::detection::{Durability, State};
use civic_templates::draft::Volume;
use civic_templates::facts::{Link, Note};

/// Where generated images keep the app.
pub const APP: &str = "/app";
/// Volume for files that lie beside code.
const DATA: &str = "/data/files";
/// Volume for SQLite databases: hooks save them, so that nothing else may be in it.
const DATABASES: &str = "/data/sqlite";

/// What becomes of an app's files.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// Volumes, none inside another.
    pub volumes: Vec<Volume>,
    /// Files beside code, which are kept in a volume and linked to.
    pub links: Vec<Link>,
    /// SQLite databases, as the container sees them.
    pub databases: Vec<String>,
    /// Folders that may be lost.
    pub scratch: Vec<String>,
    /// What a person should look at.
    pub notes: Vec<Note>,
}

/// Places the files of a component; `root` is its folder, `workdir` where its image has it.
pub fn files(found: &[State], service: &str, root: &str, workdir: &str) -> Files {
    let mut files = Files::default();
    for state in found.iter().filter(|state| matches!(state.kind.as_str(), "files" | "sqlite")) {
        files.place(state, service, root, workdir);
    }
    files.outermost();
    let databases = files.databases.clone();
    for volume in &mut files.volumes {
        volume.by_hooks = databases.iter().any(|file| file.starts_with(&format!("{}/", volume.path)));
    }
    files
}

impl Files {
    fn place(&mut self, state: &State, service: &str, root: &str, workdir: &str) {
        let evidence = state.evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
        let Some(path) = state.path.as_deref().and_then(|path| inside(path, root)) else {
            return self.unplaced(state, evidence);
        };
        if state.durability == Durability::Unknown {
            self.notes.push(Note {
                text: format!(
                    "{}: kept for now. Is it work that must not be lost?",
                    sentence(&state.why, &path)
                ),
                place: evidence.clone(),
            });
        }
        let absolute = if path.starts_with('/') { path.clone() } else { format!("{workdir}/{path}") };
        if state.durability == Durability::Rebuildable {
            self.scratch.push(absolute);
        } else if state.kind == "sqlite" {
            let target = self.file(&absolute, &path, service, &state.why, DATABASES);
            if !self.databases.contains(&target) {
                self.databases.push(target);
            }
        } else if is_file(&path) {
            self.file(&absolute, &path, service, &state.why, DATA);
        } else {
            self.volume(service, &absolute, &state.why);
        }
    }

    /// A volume is a folder; a file beside code is moved into one, and a link stays in its place.
    fn file(&mut self, absolute: &str, path: &str, service: &str, why: &str, kept: &str) -> String {
        let folder = absolute.rsplit_once('/').map_or("", |(folder, _)| folder);
        if path.starts_with('/') && !folder.is_empty() {
            self.volume(service, folder, why);
            return absolute.to_owned();
        }
        let target = format!("{kept}/{}", path.trim_start_matches('/').replace('/', "-"));
        self.volume(service, kept, why);
        let link = Link { path: absolute.to_owned(), target: target.clone() };
        if !self.links.contains(&link) {
            self.links.push(link);
        }
        target
    }

    fn volume(&mut self, service: &str, path: &str, why: &str) {
        if self.volumes.iter().any(|volume| volume.path == path) {
            return;
        }
        let last = path.rsplit('/').next().unwrap_or("data");
        let name = civic_contract::manifest::to_name(last).unwrap_or_else(|| "data".into());
        let is_taken = |name: &str| self.volumes.iter().any(|volume| volume.name == name);
        let name = (1..)
            .map(|number| if number == 1 { name.clone() } else { format!("{name}-{number}") })
            .find(|name| !is_taken(name))
            .unwrap_or(name);
        self.volumes.push(Volume {
            name,
            service: service.into(),
            path: path.into(),
            is_durable: true,
            by_hooks: false,
            why: why.into(),
        });
    }

    fn unplaced(&mut self, state: &State, place: String) {
        let path = state.path.as_deref().map(|path| format!(" ({path})")).unwrap_or_default();
        let text = format!(
            "{}{path}: civic could not see which folder. If it must not be lost, add a [volumes.…] with its path.",
            state.why
        );
        if !self.notes.iter().any(|note| note.text == text) {
            self.notes.push(Note { text, place });
        }
    }

    /// A volume inside another would hide what the other one holds.
    fn outermost(&mut self) {
        let paths: Vec<String> = self.volumes.iter().map(|volume| volume.path.clone()).collect();
        let is_inside =
            |path: &str, other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        self.volumes.retain(|volume| !paths.iter().any(|other| is_inside(&volume.path, other)));
        let kept: Vec<String> = self.volumes.iter().map(|volume| volume.path.clone()).collect();
        self.scratch.retain(|path| !kept.iter().any(|other| path == other || is_inside(path, other)));
        self.scratch.dedup();
    }
}

fn sentence(why: &str, path: &str) -> String {
    let why = why.split(':').next().unwrap_or(why);
    format!("{path}: {why}")
}

fn is_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=8).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A path inside the component, or an absolute one of the container; none when it is neither or odd.
fn inside(path: &str, root: &str) -> Option<String> {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/+@".contains(&byte));
    let is_system = ["/tmp", "/var/tmp", "/dev", "/proc", "/sys", "/etc", "/usr", "/run"]
        .iter()
        .any(|system| path == *system || path.starts_with(&format!("{system}/")));
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("./").unwrap_or(path);
    if !is_plain || is_system || path.is_empty() || path == "." {
        return None;
    }
    if path.split('/').any(|part| part == "..") || path.split('/').skip(1).any(str::is_empty) {
        return None;
    }
    if path.starts_with('/') || root == "." {
        return Some(path.to_owned());
    }
    let own = path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path);
    Some(own.to_owned()).filter(|own| !own.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(kind: &str, path: &str, durability: Durability) -> State {
        let path = (!path.is_empty()).then(|| path.to_owned());
        State {
            kind: kind.into(),
            path,
            durability,
            why: "uploads are written there".into(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn a_folder_is_a_volume_and_a_file_is_a_link_into_one() {
        let found = [
            state("files", "public/uploads", Durability::Durable),
            state("sqlite", "db.sqlite3", Durability::Durable),
            state("files", "public/uploads/thumbs", Durability::Durable),
            state("files", "tmp/cache", Durability::Rebuildable),
        ];
        let files = files(&found, "web", ".", APP);
        let paths: Vec<&str> = files.volumes.iter().map(|volume| volume.path.as_str()).collect();
        assert_eq!(paths, ["/app/public/uploads", "/data/sqlite"]);
        assert_eq!(files.databases, ["/data/sqlite/db.sqlite3"]);
        assert_eq!(files.links[0].path, "/app/db.sqlite3");
        assert_eq!(files.scratch, ["/app/tmp/cache"]);
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_a_note_and_no_volume() {
        for path in ["../shared", "", "/etc/app", "$HOME/data", "a b"] {
            let files = files(&[state("files", path, Durability::Durable)], "web", ".", APP);
            assert!(files.volumes.is_empty() && files.notes.len() == 1, "{path}");
        }
    }

    #[test]
    fn a_components_folder_is_where_its_image_has_it() {
        let files = files(&[state("files", "api/media", Durability::Unknown)], "api", "api", APP);
        assert_eq!(files.volumes[0].path, "/app/media");
        assert_eq!(files.notes.len(), 1);
    }
}
