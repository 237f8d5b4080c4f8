//! What each drill does and why, in a few plain sentences for its section of the report.

/// The story of one drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lore {
    /// Drill id.
    pub(crate) drill: &'static str,
    /// What is done to the app.
    pub(crate) done: &'static str,
    /// Why anybody should care.
    pub(crate) why: &'static str,
    /// What a pass proves.
    pub(crate) proves: &'static str,
    /// What a pass does not prove.
    pub(crate) leaves_open: &'static str,
}

/// The stories, in the catalogue's order. A test compares them with the drills this version performs.
pub(crate) const LORE: &[Lore] = &[
    Lore {
        drill: "cold-boot",
        done: "The app is started from its images alone, on empty volumes, three times over. Nothing is left from \
               an earlier start: no file, no cache, no database.",
        why: "When a node dies, a replacement starts like this, and no one is there to help. An app that needs a \
              step somebody once did by hand does not come back.",
        proves: "The images and the manifest are enough to bring the app to readiness, again and again, and how long \
                 that takes on this machine. Every later deadline follows from it.",
        leaves_open: "How long it takes with years of data, or on a slower machine.",
    },
    Lore {
        drill: "deaf-probe",
        done: "The app's own probes, canary operations and backup hooks are attacked: on an empty instance, with a \
               record altered behind the app's back, with every process standing still, with the container gone. \
               Each has to notice.",
        why: "A probe that always says yes lets a dead app stand. A backup hook that always says yes hides an \
              empty backup. Both come to light on the worst day.",
        proves: "What the other drills measure through these probes and hooks can be believed.",
        leaves_open: "That they notice every kind of trouble. They were tried with these few.",
    },
    Lore {
        drill: "read-only-root",
        done: "Every container runs with a read-only file system; only declared volumes and scratch space can be \
               written. Canaries are written and asked for again. Then the writable layer is compared with the \
               image and searched for canaries.",
        why: "What lies outside a declared volume is in no backup and is gone with the container. Often nobody knows \
              that the app writes there until the data is missing.",
        proves: "The app works without any other place to write, so its declared volumes are all there is to save.",
        leaves_open: "Features that were not used in this drill and may write elsewhere.",
    },
    Lore {
        drill: "stranger-uid",
        done: "The services that the project builds run as a user that no image knows: a random high number, no home, \
               no name, no privileges, no capabilities.",
        why: "Brigades share machines. A cluster that takes security seriously gives no app the user it would like, \
              least of all root.",
        proves: "The app needs neither root nor a certain user, and it does not repair the owner of its files at boot.",
        leaves_open: "Other people's images, such as databases. They keep the user they declare.",
    },
    Lore {
        drill: "soft-stop",
        done: "While canaries are being written, the app is asked to stop (SIGTERM) and gets its declared grace \
               period. Then it is started again and asked for what it had acknowledged.",
        why: "This is the most common harm of all: every deploy, every restart of a node. It should cost nothing.",
        proves: "The app hears the request, ends within its grace period, and keeps what it has acknowledged.",
        leaves_open: "Work that takes longer than the grace period, unless it was under way here.",
    },
    Lore {
        drill: "hard-kill",
        done: "While canaries are being written, every process is killed without warning (SIGKILL) at five moments: \
               idle, in the middle of a write, just after an acknowledgement, in the middle of a boot, in the middle \
               of a migration. Each time the containers are replaced and the canaries asked for.",
        why: "Nodes do not say goodbye. Whoever reads “saved” must find it saved, also when the machine died a \
              moment later.",
        proves: "At these moments a crash loses nothing that was acknowledged, and nobody has to remove a lock or \
                 repair a file by hand.",
        leaves_open: "A power cut. What a killed process handed to the kernel is still written to disk; after a \
                      power cut it may not be.",
    },
    Lore {
        drill: "volume-lost",
        done: "Canaries are written, a snapshot is taken, more canaries are written. Then the containers and all \
               volumes are destroyed. The snapshot is restored into new, empty volumes, and the app has to give back \
               everything from before the snapshot.",
        why: "This is the promise a brigade makes: hours may be lost, the project never is. A backup that was never \
              restored is a hope.",
        proves: "The declared volumes and hooks hold all that matters, and the app comes back from them by itself.",
        leaves_open: "Snapshots taken while the app is busy, old snapshots, and a snapshot store that is lost, too.",
    },
];

/// The story of a drill.
pub(crate) fn find(drill: &str) -> Option<&'static Lore> {
    LORE.iter().find(|lore| lore.drill == drill)
}

#[cfg(test)]
mod tests {
    use super::*;
    use civic_contract::catalogue::CATALOGUE;

    #[test]
    fn every_performed_drill_has_its_story() {
        let performed: Vec<&str> =
            CATALOGUE.iter().filter(|entry| entry.performed).map(|entry| entry.id).collect();
        let told: Vec<&str> = LORE.iter().map(|lore| lore.drill).collect();
        assert_eq!(told, performed);
    }
}
