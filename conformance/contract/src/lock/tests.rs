use super::*;
use proptest::prelude::*;

fn path(text: &str) -> FilePath {
    FilePath::parse(text).expect("a path")
}

fn entry(text: &str) -> Entry {
    Entry { path: path(text), sha256: Digest::of(b"x"), mode: Mode::Executable, role: Role::Text }
}

fn sample() -> Lock {
    let mut lock = Lock::new("0.1.0");
    lock.answers.insert("service name".to_owned(), "court\"bot".to_owned());
    let fact = |name: &str| Fact {
        name: name.to_owned(),
        value: "3000".to_owned(),
        source: "server.js:12".to_owned(),
    };
    lock.facts = vec![fact("port"), fact("listen")];
    lock.files = vec![entry("deploy/base/app.yaml"), entry("Dockerfile")];
    lock.offers = vec![Offer {
        path: path("compose.yaml"),
        sha256: Digest::of(b"a"),
        ours: Digest::of(b"b"),
        theirs: Digest::of(b"c"),
    }];
    lock
}

#[test]
fn the_file_is_sorted_and_reads_back() {
    let text = sample().to_toml().unwrap();
    insta::assert_snapshot!(text);
    let read = Lock::parse(&text).unwrap();
    assert_eq!(read.to_toml().unwrap(), text);
    assert!(read.file(&path("Dockerfile")).is_some());
    assert_eq!(read.offer(&path("compose.yaml")), sample().offers.first());
}

#[test]
fn a_newer_file_is_called_newer() {
    let newer = "schema = 2\nworlds = []\n";
    assert_eq!(Lock::parse(newer), Err(LockError::Newer(2)));
}

#[test]
fn what_is_no_lock_file_is_refused() {
    for text in
        ["", "schema = 0\ncivic = ''", "schema = 'x'", "schema = 1\ncivic = 'x'\nmore = 1", "schema = 1"]
    {
        assert!(matches!(Lock::parse(text), Err(LockError::Shape(_))), "{text}");
    }
}

#[test]
fn a_path_that_leads_out_is_refused_where_it_is_read() {
    let good = sample().to_toml().unwrap();
    for bad in [
        "../x",
        "/etc/passwd",
        "a/../../b",
        ".git/hooks/pre-commit",
        "a/.GIT/config",
        ".Civic/lock.toml",
        "a//b",
    ] {
        let text = good.replace("Dockerfile", bad);
        assert!(matches!(Lock::parse(&text), Err(LockError::Shape(_))), "{bad}");
    }
    let text = good.replace(Digest::of(b"x").as_str(), "ABC");
    assert!(matches!(Lock::parse(&text), Err(LockError::Shape(_))));
}

#[test]
fn paths_that_cannot_both_be_files_are_refused() {
    for (one, other) in [("a", "a"), ("a", "A"), ("a", "a/b"), ("a/b/c", "A/b"), ("a", "a/b/c/d")] {
        let mut lock = sample();
        lock.files = vec![entry(one), entry(other), entry("b")];
        assert!(matches!(lock.to_toml(), Err(LockError::Clash(..))), "{one} {other}");
    }
    let mut lock = sample();
    lock.files = vec![entry("a"), entry("a.b"), entry("ab/c"), entry("a b")];
    assert!(lock.to_toml().is_ok());
}

proptest! {
    #[test]
    fn a_path_never_leads_out(text in "[a./ \\\\{}\n~:]{0,12}|\\PC{0,12}") {
        if let Ok(path) = FilePath::parse(&text) {
            let std = std::path::Path::new(path.as_str());
            prop_assert!(std.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            prop_assert_eq!(std.components().count(), text.split('/').count());
        }
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,200}") {
        let _ = Lock::parse(&text);
    }

    #[test]
    fn every_name_survives_the_file(name in "[a-z {}\n\"'#=\\[\\]é]{1,20}", answer in "(?s).{0,30}") {
        let mut lock = Lock::new("0.1.0");
        if FilePath::parse(&name).is_ok() {
            lock.files.push(entry(&name));
        }
        lock.answers.insert(name, answer);
        let text = lock.to_toml().unwrap();
        prop_assert_eq!(Lock::parse(&text).unwrap(), lock);
    }
}
