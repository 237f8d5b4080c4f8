//! A disk that fails at any step, and a run that is killed at any step: the old tree or the new one, nothing between.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use civic_templates::File;
use civic_templates::apply::{ApplyError, Choices, Project, Recovery, Since, Steps};

use crate::ground::*;

/// Fails at some steps.
#[derive(Clone, Default)]
struct Faulty {
    count: Arc<Mutex<usize>>,
    fails: Option<fn(usize, usize) -> bool>,
    at: usize,
}

impl Faulty {
    fn counting() -> Self {
        Self::default()
    }

    /// As if the process ended there: nothing works from then on, not even going back.
    fn dead_at(at: usize) -> Self {
        Self { fails: Some(|step, at| step >= at), at, ..Self::default() }
    }

    /// A disk that refuses once.
    fn once_at(at: usize) -> Self {
        Self { fails: Some(|step, at| step == at), at, ..Self::default() }
    }

    fn steps(&self) -> usize {
        *self.count.lock().unwrap()
    }
}

impl Steps for Faulty {
    fn before(&mut self, step: &'static str, path: &str) -> io::Result<()> {
        let mut count = self.count.lock().unwrap();
        let now = *count;
        *count += 1;
        match self.fails {
            Some(fails) if fails(now, self.at) => Err(io::Error::other(format!("no {step} of {path}"))),
            _ => Ok(()),
        }
    }

    fn outlives_power_cuts(&self) -> bool {
        false
    }
}

/// Ends the process by force.
struct Killer {
    left: usize,
}

impl Steps for Killer {
    fn before(&mut self, _: &'static str, _: &str) -> io::Result<()> {
        if self.left == 0 {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        self.left -= 1;
        Ok(())
    }

    fn outlives_power_cuts(&self) -> bool {
        false
    }
}

/// What is done to a project in a certain state.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Init,
    Update,
    UndoInit,
    UndoUpdate,
}

const DEEDS: [Deed; 4] = [Deed::Init, Deed::Update, Deed::UndoInit, Deed::UndoUpdate];

fn files(version: &str) -> Vec<File> {
    let mut files = vec![
        file(".gitignore", &format!("*.log\n{version}.tmp\n")),
        file("Dockerfile", &format!("FROM {version}\nUSER 1\n")),
        file("disputed", &format!("{version}\n")),
        file(&format!("docs {version}/a b.md"), "text\n"),
    ];
    files.push(if version == "one" { file("hook", "#!/bin/sh\n") } else { program("hook", "#!/bin/sh\n") });
    files
}

/// A project just before the deed.
fn before(deed: Deed) -> tempfile::TempDir {
    let folder = project(&[
        (".gitignore", Node::File(b"mine".to_vec(), 0o600)),
        ("link", Node::Link(PathBuf::from("nowhere"))),
        ("empty", Node::Folder(0o700)),
    ]);
    let root = folder.path();
    if deed != Deed::Init {
        apply(root, files("one")).unwrap();
    }
    if matches!(deed, Deed::Update | Deed::UndoUpdate) {
        fs::write(root.join("disputed"), "mine\n").unwrap();
        fs::set_permissions(root.join("docs one"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    if deed == Deed::UndoUpdate {
        apply(root, files("two")).unwrap();
    }
    folder
}

fn perform(deed: Deed, root: &Path, steps: Box<dyn Steps>) -> Result<(), ApplyError> {
    let mut project = Project::open_watched(root, steps)?;
    let version = match deed {
        Deed::Init => "one",
        Deed::Update => "two",
        Deed::UndoInit | Deed::UndoUpdate => return project.undo(Since::Refuse).map(|_| ()),
    };
    let plan = project.plan(&rendering(files(version)), &Choices::default())?;
    project.execute(&plan)
}

fn recover(root: &Path, steps: Box<dyn Steps>) -> Result<Option<Recovery>, ApplyError> {
    Project::open_watched(root, steps)?.recover()
}

/// Number of steps of the deed, and the trees before and after it.
fn extent(deed: Deed) -> (usize, Snapshot, Snapshot) {
    let folder = before(deed);
    let old = snapshot(folder.path());
    let counting = Faulty::counting();
    perform(deed, folder.path(), Box::new(counting.clone())).unwrap();
    let new = snapshot(folder.path());
    assert!(counting.steps() > 20 && old != new, "{deed:?} does something");
    (counting.steps(), old, new)
}

#[test]
fn a_disk_that_refuses_once_leaves_the_old_tree_or_a_run_to_recover() {
    for deed in DEEDS {
        let (steps, old, new) = extent(deed);
        for at in 0..steps {
            let folder = copy(&old);
            let error = perform(deed, folder.path(), Box::new(Faulty::once_at(at)));
            assert!(error.is_err(), "{deed:?} {at}");
            let here = snapshot(folder.path());
            if here != old {
                recover(folder.path(), Box::new(Faulty::counting())).unwrap();
                assert_eq!(snapshot(folder.path()), new, "{deed:?} {at}: {error:?}");
            }
        }
    }
}

#[test]
fn a_run_that_dies_at_any_step_leaves_the_old_tree_or_the_new_one() {
    for deed in DEEDS {
        let (steps, old, new) = extent(deed);
        let mut seen = [false, false];
        for at in 0..steps {
            let folder = copy(&old);
            perform(deed, folder.path(), Box::new(Faulty::dead_at(at))).unwrap_err();
            recover(folder.path(), Box::new(Faulty::counting())).unwrap();
            let here = snapshot(folder.path());
            assert!(here == old || here == new, "{deed:?} {at}");
            seen[usize::from(here == new)] = true;
            assert_eq!(recover(folder.path(), Box::new(Faulty::dead_at(0))).unwrap(), None, "{deed:?} {at}");
            let again = perform(deed, folder.path(), Box::new(Faulty::counting()));
            assert!(here == new || again.is_ok(), "{deed:?} {at}: {again:?}");
            assert_eq!(snapshot(folder.path()), new, "{deed:?} {at}");
        }
        assert_eq!(seen, [true, true], "{deed:?}");
    }
}

#[test]
fn a_recovery_that_dies_at_any_step_is_recovered_in_turn() {
    for deed in [Deed::Update, Deed::UndoInit] {
        let (steps, old, new) = extent(deed);
        for at in (0..steps).step_by(7) {
            for again in (0..).step_by(3) {
                let folder = copy(&old);
                perform(deed, folder.path(), Box::new(Faulty::dead_at(at))).unwrap_err();
                let dying = recover(folder.path(), Box::new(Faulty::dead_at(again)));
                recover(folder.path(), Box::new(Faulty::counting())).unwrap();
                let here = snapshot(folder.path());
                assert!(here == old || here == new, "{deed:?} {at} {again}");
                if dying.is_ok() {
                    break;
                }
            }
        }
    }
}

/// A disk that never takes one file, under a process that may end as well.
struct Refusing {
    left: usize,
}

impl Steps for Refusing {
    fn before(&mut self, step: &'static str, path: &str) -> io::Result<()> {
        let dead = self.left == 0;
        self.left = self.left.saturating_sub(1);
        if dead || (step == "rename" && path == ".civic/lock.toml") {
            return Err(io::Error::other("no"));
        }
        Ok(())
    }

    fn outlives_power_cuts(&self) -> bool {
        false
    }
}

#[test]
fn going_back_that_dies_at_any_step_goes_back_all_the_same() {
    let (steps, old, _) = extent(Deed::Update);
    for at in 0..2 * steps {
        let folder = copy(&old);
        let ended = perform(Deed::Update, folder.path(), Box::new(Refusing { left: at }));
        let ended = format!("{:?}", ended.unwrap_err());
        recover(folder.path(), Box::new(Refusing { left: usize::MAX })).unwrap();
        assert_eq!(snapshot(folder.path()), old, "{at}: {ended}");
    }
}

#[test]
fn a_file_that_is_edited_after_the_kill_is_not_lost() {
    let (steps, old, _) = extent(Deed::Update);
    let mut kept = false;
    for at in 0..steps {
        let folder = copy(&old);
        perform(Deed::Update, folder.path(), Box::new(Faulty::dead_at(at))).unwrap_err();
        fs::write(folder.path().join("Dockerfile"), "edited meanwhile\n").unwrap();
        let recovery = recover(folder.path(), Box::new(Faulty::counting())).unwrap();
        assert_eq!(read(folder.path(), "Dockerfile"), "edited meanwhile\n", "{at}");
        if let Some(Recovery::TakenBack(paths)) = recovery {
            assert_eq!(paths, ["Dockerfile"], "{at}");
            assert_eq!(read(folder.path(), ".civic/base/Dockerfile"), "FROM one\nUSER 1\n", "{at}");
            kept = true;
        }
    }
    assert!(kept);
}

#[test]
fn an_interrupted_run_is_dealt_with_before_anything_else() {
    let folder = before(Deed::Init);
    let (steps, ..) = extent(Deed::Init);
    perform(Deed::Init, folder.path(), Box::new(Faulty::dead_at(steps - 5))).unwrap_err();
    let mut project = Project::open(folder.path()).unwrap();
    let refused = project.plan(&rendering(files("one")), &Choices::default());
    assert!(matches!(refused, Err(ApplyError::Interrupted)));
    assert!(matches!(project.undo(Since::Keep), Err(ApplyError::Interrupted)));
    assert_eq!(project.recover().unwrap(), Some(Recovery::Finished));
    project.undo(Since::Refuse).unwrap();
    drop(project);
    assert_eq!(snapshot(folder.path()), snapshot(before(Deed::Init).path()));
}

const CHILD: &str = "CIVIC_TEST_KILL";

/// Is started by the test below, with the deed, the step and the folder in its environment.
#[test]
#[ignore = "the test below starts it, and it dies"]
fn the_one_who_dies() {
    let told = std::env::var(CHILD).unwrap();
    let [deed, at, root] = told.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let deed = DEEDS.into_iter().find(|it| format!("{it:?}") == deed).unwrap();
    perform(deed, Path::new(root), Box::new(Killer { left: at.parse().unwrap() })).unwrap();
}

#[test]
#[allow(clippy::disallowed_methods)] // only a process of its own can be killed
fn a_process_that_is_killed_at_any_step_leaves_the_old_tree_or_the_new_one() {
    for deed in DEEDS {
        let (steps, old, new) = extent(deed);
        for at in 0..steps {
            let folder = copy(&old);
            let output = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "faults::the_one_who_dies"])
                .env(CHILD, format!("{deed:?} {at} {}", folder.path().display()))
                .output()
                .unwrap();
            assert_eq!(
                output.status.signal(),
                Some(9),
                "{deed:?} {at}: {}",
                String::from_utf8_lossy(&output.stdout)
            );
            recover(folder.path(), Box::new(Faulty::counting())).unwrap();
            let here = snapshot(folder.path());
            assert!(here == old || here == new, "{deed:?} {at}");
        }
    }
}
