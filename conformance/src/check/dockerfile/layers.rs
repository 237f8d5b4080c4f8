//! Where a file of the build context ends up in an image.

use std::collections::BTreeSet;

use globset::GlobBuilder;

use super::{Base, Copy, Dockerfile, Instruction, Stage};

/// A file in a stage, and the line that put it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) struct Landing {
    /// Absolute path in the image.
    pub path: String,
    /// Line of the COPY or ADD that took it from the context.
    pub line: u32,
}

/// Landings followed through stages; more would only repeat them.
const MOST: usize = 64;

impl Dockerfile {
    /// Where a file of the context, named relative to it, is in a stage.
    pub fn landings(&self, stage: usize, file: &str) -> BTreeSet<Landing> {
        // A stage sees only earlier stages, so one pass in order knows all of them.
        let mut known: Vec<BTreeSet<Landing>> = Vec::new();
        for stage in self.stages.iter().take(stage + 1) {
            let landed = self.landings_of(stage, file, &known);
            known.push(landed);
        }
        known.pop().unwrap_or_default()
    }

    fn landings_of(&self, stage: &Stage, file: &str, known: &[BTreeSet<Landing>]) -> BTreeSet<Landing> {
        let mut landed = match stage.base {
            Base::Stage(index) => known.get(index).cloned().unwrap_or_default(),
            Base::Scratch | Base::Image(_) => BTreeSet::new(),
        };
        let mut folder = self.folder_at_start(stage);
        for step in &stage.steps {
            match &step.does {
                Instruction::Workdir(word) => {
                    folder = joined(&folder, word.value.as_deref().unwrap_or_default())
                }
                Instruction::Copy(copy) => landed.extend(self.copied(copy, step.line, &folder, file, known)),
                _ => {}
            }
            while landed.len() > MOST {
                landed.pop_last();
            }
        }
        landed
    }

    /// WORKDIR as the stages below left it.
    fn folder_at_start(&self, stage: &Stage) -> String {
        let Base::Stage(index) = stage.base else { return "/".into() };
        let steps = self.line_of_descent(index).into_iter().flat_map(|stage| &stage.steps);
        steps.fold("/".into(), |folder: String, step| match &step.does {
            Instruction::Workdir(word) => joined(&folder, word.value.as_deref().unwrap_or_default()),
            _ => folder,
        })
    }

    fn copied(
        &self,
        copy: &Copy,
        line: u32,
        folder: &str,
        file: &str,
        known: &[BTreeSet<Landing>],
    ) -> Vec<Landing> {
        let Some(target) = copy.target.value.as_deref() else { return Vec::new() };
        let target = Target::new(folder, target, copy.sources.len());
        let sources = copy.sources.iter().filter_map(|source| source.value.as_deref());
        let Some(from) = &copy.from else {
            let paths = sources.filter_map(|source| target.of(source, &normal(file), copy.parents));
            return paths.map(|path| Landing { path, line }).collect();
        };
        let earlier =
            from.value.as_deref().and_then(|name| self.stage(name)).and_then(|index| known.get(index));
        let earlier: Vec<&Landing> = earlier.into_iter().flatten().collect();
        let pairs = sources.flat_map(|source| earlier.iter().map(move |landing| (source, *landing)));
        pairs
            .filter_map(|(source, landing)| {
                let path = target.of(source, &normal(&landing.path), copy.parents)?;
                Some(Landing { path, line: landing.line })
            })
            .collect()
    }
}

struct Target {
    path: String,
    is_folder: bool,
}

impl Target {
    fn new(folder: &str, written: &str, sources: usize) -> Self {
        let path = joined(folder, written);
        let looks_like_one = written.ends_with('/') || matches!(written.rsplit('/').next(), Some("." | ".."));
        // The working folder is there already, whatever it is called here.
        let is_folder = looks_like_one || sources > 1 || path == "/" || path == joined("/", folder);
        Self { path, is_folder }
    }

    /// Where a file is after copying a source that is it, matches it or holds it.
    fn of(&self, source: &str, file: &str, parents: bool) -> Option<String> {
        let source = normal(source);
        if parents {
            return covers(&source, file).then(|| joined(&self.path, file));
        }
        if source.is_empty() {
            return Some(joined(&self.path, file));
        }
        if let Some(below) = file.strip_prefix(&source).and_then(|rest| rest.strip_prefix('/')) {
            return Some(joined(&self.path, below));
        }
        // The deepest folder that the pattern matches is copied with what is in it.
        let matched = ancestors(file).find(|part| matches(&source, part))?;
        let below = file.get(matched.len() + 1..);
        match (below, self.is_folder) {
            (Some(below), _) => Some(joined(&self.path, below)),
            (None, true) => Some(joined(&self.path, file.rsplit('/').next().unwrap_or(file))),
            (None, false) => Some(self.path.clone()),
        }
    }
}

fn covers(source: &str, file: &str) -> bool {
    source.is_empty() || ancestors(file).any(|part| matches(source, part))
}

/// A path and its folders, the path first.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}

fn matches(pattern: &str, path: &str) -> bool {
    if !pattern.contains(['*', '?', '[']) {
        return pattern == path;
    }
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

/// A path without `.`, `..`, double or outer slashes.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// An absolute path, or one below a folder.
fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        format!("/{}", normal(path))
    } else {
        format!("/{}", normal(&format!("{folder}/{path}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landings(text: &str, file: &str) -> Vec<String> {
        let dockerfile = Dockerfile::read(text, &std::collections::BTreeMap::new());
        let last = dockerfile.stages.len() - 1;
        dockerfile
            .landings(last, file)
            .into_iter()
            .map(|landing| format!("{}:{}", landing.line, landing.path))
            .collect()
    }

    #[test]
    fn follows_a_file_through_folders_patterns_and_stages() {
        let cases: [(&str, &str, &[&str]); 11] = [
            ("FROM a:1\nWORKDIR /app\nCOPY . .\n", ".env", &["3:/app/.env"]),
            ("FROM a:1\nWORKDIR /app\nCOPY .env .\n", ".env", &["3:/app/.env"]),
            ("FROM a:1\nCOPY .env* /etc/app/\n", ".env.local", &["2:/etc/app/.env.local"]),
            ("FROM a:1\nCOPY src /app\n", ".env", &[]),
            ("FROM a:1\nCOPY src /app\n", "src/a/.env", &["2:/app/a/.env"]),
            ("FROM a:1\nCOPY .env /config\n", ".env", &["2:/config"]),
            ("FROM a:1 AS b\nCOPY . /app\nFROM c:1\nCOPY --from=b /app/dist /srv\n", ".env", &[]),
            ("FROM a:1 AS b\nCOPY . /app\nFROM c:1\nCOPY --from=b /app /srv\n", ".env", &["2:/srv/.env"]),
            (
                "FROM a:1 AS b\nCOPY . /app\nFROM c:1\nCOPY --from=0 /app/.env /srv/\n",
                ".env",
                &["2:/srv/.env"],
            ),
            ("FROM a:1 AS b\nWORKDIR /x\nFROM b\nCOPY . y\n", ".env", &["4:/x/y/.env"]),
            ("FROM a:1\nCOPY --parents ./a/b/*.env /x/\n", "a/b/p.env", &["2:/x/a/b/p.env"]),
        ];
        for (text, file, expected) in cases {
            assert_eq!(landings(text, file), expected, "{text}");
        }
    }
}
