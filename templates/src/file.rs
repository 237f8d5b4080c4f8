//! A file that a project is to have.

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative, with `/`.
    pub path: String,
    /// Bytes.
    pub content: Vec<u8>,
    /// Whether it is a program.
    pub mode: Mode,
    /// How a later version of it comes together with a person's changes.
    pub merge: Merge,
}

/// Mode of a new file; a file that is there keeps its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// 0644.
    Regular,
    /// 0755.
    Executable,
}

/// How two versions with one ancestor become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Merge {
    /// Line by line, with conflicts.
    Text,
    /// A set of lines, such as `.dockerignore`: every line of both.
    Lines,
    /// Key by key.
    Toml,
}

/// A part of the packaging, as `--only` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// `Dockerfile`, `.dockerignore`.
    Docker,
    /// `compose.yaml`.
    Compose,
    /// `habitat/`.
    Habitat,
    /// `deploy/`.
    Kubernetes,
    /// `.github/workflows/civic.yml`.
    Ci,
    /// `docs/operations/`, `publiccode.yml`, `civic.json`.
    Docs,
}

impl Part {
    /// Every part, in the order in which people meet them.
    pub const ALL: [Self; 6] =
        [Self::Docker, Self::Compose, Self::Habitat, Self::Kubernetes, Self::Ci, Self::Docs];

    /// As `--only` spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Compose => "compose",
            Self::Habitat => "habitat",
            Self::Kubernetes => "kubernetes",
            Self::Ci => "ci",
            Self::Docs => "docs",
        }
    }
}
