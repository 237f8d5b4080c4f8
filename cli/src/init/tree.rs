//! A project without what civic wrote into it: detection must not learn from its own output.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use civic_buildpacks::tree::{DiskTree, LeftOut, SourceTree};
use civic_contract::lock::{Lock, Role};

/// A manifest or lock that is longer is none that anybody wrote.
const MOST: u64 = 4 << 20;

/// The bytes of a regular file: who waits for a pipe waits for ever, and a link may lead anywhere. Whatever stands there
/// instead is an obstacle of the plan.
pub fn regular(root: &Path, path: &str) -> Option<Vec<u8>> {
    let path = root.join(path);
    let meta = fs::symlink_metadata(&path).ok()?;
    if !meta.is_file() || meta.len() > MOST {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A tree of which some files are not shown, and some without civic's lines.
pub struct Without {
    inner: DiskTree,
    paths: Vec<String>,
    lists: BTreeMap<String, String>,
}

impl Without {
    /// Hides what the lock lists. Lists such as .gitignore may have been there before: of them only civic's lines.
    pub fn new(inner: DiskTree, root: &Path, lock: Option<&Lock>) -> Self {
        let entries = || lock.iter().flat_map(|lock| &lock.files);
        let own = entries().filter(|entry| entry.role != Role::Lines);
        let hidden: BTreeSet<&str> = own.map(|entry| entry.path.as_str()).collect();
        let paths = inner.paths().iter().filter(|path| !hidden.contains(path.as_str())).cloned().collect();
        let lists = entries().filter(|entry| entry.role == Role::Lines).filter_map(|entry| {
            let base = regular(root, &format!(".civic/base/{}", entry.path))?;
            Some((entry.path.to_string(), String::from_utf8(base).ok()?))
        });
        Self { inner, paths, lists: lists.collect() }
    }
}

impl SourceTree for Without {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str, most: usize) -> Option<Vec<u8>> {
        if !self.has(path) {
            return None;
        }
        let bytes = self.inner.read(path, most)?;
        let Some(base) = self.lists.get(path) else { return Some(bytes) };
        Some(
            String::from_utf8(bytes)
                .map_or_else(|error| error.into_bytes(), |text| project_lines(&text, base).into_bytes()),
        )
    }

    fn left_out(&self) -> &[LeftOut] {
        self.inner.left_out()
    }
}

/// A list as it was before civic put its lines in, in one piece: the number of a line is part of what was found.
fn project_lines(text: &str, base: &str) -> String {
    let own: Vec<&str> = base.lines().collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_own = |line: &&str| own.contains(&line.trim_end_matches(['\r', '\n']));
    let is_first = |line: &&str| own.first() == Some(&line.trim_end_matches(['\r', '\n']));
    let Some(start) = lines.iter().position(is_first) else { return text.to_owned() };
    let length = lines.iter().skip(start).take_while(|line| is_own(line)).count();
    lines.iter().take(start).chain(lines.iter().skip(start + length)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_without_the_lines_that_civic_added() {
        let base = "# Written by civic\n.env\n.env.part\n";
        assert_eq!(project_lines("a\n.env\n# Written by civic\n.env.part\n!b\n", base), "a\n.env\n!b\n");
        assert_eq!(project_lines("a\r\n# Written by civic\r\n.env\r\nb", base), "a\r\nb");
        assert_eq!(project_lines("a\n.env\n", base), "a\n.env\n");
        assert_eq!(project_lines(base, base), "");
    }
}
