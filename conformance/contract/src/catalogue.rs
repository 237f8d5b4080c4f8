//! The drill catalogue: which drills exist, at which level, and which this version can perform.

use serde::{Deserialize, Serialize};

/// A level of survivability; each includes those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Starts clean.
    C1,
    /// Dies well.
    C2,
    /// Disposable: the least a brigade accepts.
    C3,
    /// Survives hostile backups.
    C4,
    /// Survives a hostile environment.
    C5,
}

impl Level {
    /// The level's motto for people.
    pub fn motto(self) -> &'static str {
        match self {
            Level::C1 => "starts clean",
            Level::C2 => "dies well",
            Level::C3 => "disposable",
            Level::C4 => "hostile backups",
            Level::C5 => "hostile environment",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// One line of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Names the harm; never renamed.
    pub id: &'static str,
    /// Level that asks for it.
    pub level: Level,
    /// What is done, in a few plain words.
    pub title: &'static str,
    /// Whether this version can perform it.
    pub performed: bool,
}

const fn entry(id: &'static str, level: Level, title: &'static str, performed: bool) -> Entry {
    Entry { id, level, title, performed }
}

/// Every drill, in the order in which reports list them.
pub const CATALOGUE: &[Entry] = &[
    entry("cold-boot", Level::C1, "start from the image alone, on empty volumes", true),
    entry("deaf-probe", Level::C1, "attack the app's own probes and hooks", true),
    entry("read-only-root", Level::C1, "forbid writes outside declared volumes", true),
    entry("stranger-uid", Level::C1, "run as an unknown user without privileges", true),
    entry("no-egress", Level::C1, "start without a way to the internet", false),
    entry("soft-stop", Level::C2, "ask it to stop while it is working", true),
    entry("hard-kill", Level::C2, "kill it without warning, at five moments", true),
    entry("crowded", Level::C2, "starve it of memory and processes", false),
    entry("volume-lost", Level::C3, "destroy its volumes and restore a snapshot", true),
    entry("host-lost", Level::C3, "destroy the node with its storage", false),
    entry("heir", Level::C3, "let a stranger rebuild it elsewhere", false),
    entry("backup-under-load", Level::C4, "take a snapshot while it is busy", false),
    entry("torn-backup", Level::C4, "kill the backup half way", false),
    entry("torn-restore", Level::C4, "kill the restore half way", false),
    entry("old-snapshot", Level::C4, "restore a snapshot of the previous release", false),
    entry("twin-boot", Level::C4, "start two instances on one empty store", false),
    entry("disk-full", Level::C5, "fill its disk", false),
    entry("dependency-dark", Level::C5, "take its dependencies away", false),
    entry("address-changed", Level::C5, "move its dependencies to other addresses", false),
    entry("thin-overlay", Level::C5, "put it on a slow and lossy network", false),
    entry("clock-skew", Level::C5, "set its clock wrong", false),
    entry("power-lost", Level::C5, "drop writes that were not synced", false),
];

/// Looks a drill up by id.
pub fn find(id: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.id == id)
}
