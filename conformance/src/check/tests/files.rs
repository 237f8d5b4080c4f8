//! Files that are not what they should be: a finding, never a panic, and nothing outside the project is read.

use std::path::Path;

use proptest::prelude::*;

use super::Edit::{Bytes, Folder, Remove, Replace, Write};
use super::{Edit, findings, put, rendered};
use crate::check::check;
use crate::project::Project;

#[test]
fn a_dockerfile_that_is_no_text_is_a_finding() {
    let cases: [(&str, &[Edit]); 7] = [
        ("empty", &[Write("Dockerfile", "")]),
        ("binary", &[Bytes("Dockerfile", b"\x7fELF\0\0")]),
        ("utf16", &[Bytes("Dockerfile", b"\xff\xfeF\0R\0")]),
        ("folder", &[Remove("Dockerfile"), Folder("Dockerfile")]),
        ("windows", &[Write("Dockerfile", "\u{feff}FROM node:24\r\nUSER 1000\r\nCMD [\"node\"]\r\n")]),
        ("latin1", &[Bytes("Dockerfile", b"FROM node:24\n# caf\xe9\nUSER 1000\n")]),
        ("nonsense", &[Write("Dockerfile", "<html>\n{{ not a Dockerfile }}\n")]),
    ];
    let mut text = String::new();
    for (name, edits) in cases {
        let found: Vec<_> =
            findings(edits).into_iter().filter(|finding| finding.check == "dockerfile-readable").collect();
        assert!(!found.is_empty(), "{name}");
        text.push_str(&format!("{name}\n{}", rendered(&found)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_a_large_file_says_is_not_looked_at() {
    let folder = super::project(&[]);
    put(folder.path(), "Dockerfile", "FROM node:24\n".repeat(100_000).as_bytes());
    let found = check(&Project::load(folder.path()).unwrap());
    assert!(
        found.iter().any(|finding| finding.error && finding.message.contains("larger than 1 MiB")),
        "{}",
        rendered(&found)
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_project_is_not_followed() {
    let folder = super::project(&[Remove("Dockerfile"), Remove(".dockerignore")]);
    let outside = tempfile::tempdir().unwrap();
    for (file, text) in
        [("Dockerfile", "FROM node\n"), ("compose.yaml", "services: {"), (".dockerignore", "[z")]
    {
        std::fs::write(outside.path().join(file), text).unwrap();
        std::os::unix::fs::symlink(outside.path().join(file), folder.path().join(file)).unwrap();
    }
    std::os::unix::fs::symlink(outside.path(), folder.path().join("src/more")).unwrap();
    let found = check(&Project::load(folder.path()).unwrap());
    insta::assert_snapshot!(rendered(&found));
}

#[test]
fn no_message_repeats_a_secret() {
    let found = findings(&[
        Replace(
            "Dockerfile",
            "VOLUME",
            "ENV A_PASSWORD=hunter2 B=\"x://u:hunter2@h\"\nRUN curl -H 'X: AKIAHUNTER2HUNTER2HU' && echo x://u:hunter2@h\nVOLUME",
        ),
        Replace(
            "Dockerfile",
            "CMD [\"node\", \"src/server.js\"]",
            "CMD app --password=hunter2 --url=x://u:hunter2@h",
        ),
        Write(
            "civic/hooks/pre-backup",
            "#!/bin/sh\nPGPASSWORD=hunter2 pg_dump --password=hunter2 x://u:hunter2@h | gzip || true\n",
        ),
        Write(
            "compose.yaml",
            "services: { web: { command: 'app --password=hunter2' }, db: { environment: { PASSWORD: hunter2 } } }\n",
        ),
        Replace(
            "civic.toml",
            "[services.web]\n",
            "[services.web]\nenv = { APP_PASSWORD = \"hunter2\" }\ncommand = [\"sh\", \"-c\", \"app -phunter2 >> /var/log/a.log\"]\n",
        ),
    ]);
    let text = rendered(&found);
    assert!(found.len() > 8, "{text}");
    assert!(!text.to_ascii_lowercase().contains("hunter2"), "{text}");
}

#[test]
fn no_message_drives_the_terminal() {
    let found = findings(&[
        Write(
            "Dockerfile",
            "FROM a\u{1b}[31m\nUSER \u{1b}]0;x\u{7}\nVOLUME /\u{1b}[2J\nEXPOSE 1\u{1b}\nSTOPSIGNAL KILL\u{1b}\nFOO\u{1b}[1m x\n",
        ),
        Write("compose.yaml", "services: { web: { image: \"a\\e[31m\", volumes: [\"/\\e[2J\"] } }\n"),
    ]);
    let text = rendered(&found);
    assert!(found.len() > 4, "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}

#[test]
fn the_example_and_the_sound_specimen_have_no_error() {
    for path in ["../examples/courtbot", "specimens/sound"] {
        let project = Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let errors: Vec<_> = check(&project).into_iter().filter(|finding| finding.error).collect();
        assert!(errors.is_empty(), "{}", rendered(&errors));
    }
}

#[test]
fn a_file_full_of_one_mistake_does_not_bury_the_others() {
    let folder = super::project(&[Remove("LICENSE")]);
    put(
        folder.path(),
        "civic/hooks/pre-backup",
        format!("#!/bin/sh\nset -e\n{}", "pg_dump || true\n".repeat(100)).as_bytes(),
    );
    let found = check(&Project::load(folder.path()).unwrap());
    assert_eq!(found.len(), 21);
    assert!(found[20].message.ends_with("80 more of this kind are left out."), "{}", found[20].message);
}

#[test]
fn findings_are_in_the_order_of_the_files() {
    let found = findings(&[
        Write("Dockerfile", "FROM node\nENV A_TOKEN=x1\nCMD node\n"),
        Remove("LICENSE"),
        Write("civic/hooks/pre-backup", ""),
    ]);
    let places: Vec<(String, u32)> =
        found.iter().map(|finding| (finding.file.clone(), finding.line)).collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(places, sorted);
}

#[test]
fn services_that_share_a_dockerfile_share_its_findings() {
    let worker = "[services.worker]\nbuild = \".\"\ncommand = [\"node\", \"src/worker.js\"]\n[services.db]";
    let found = findings(&[
        Replace("civic.toml", "[services.db]", worker),
        Replace("Dockerfile", "USER 1000:0\n", ""),
    ]);
    assert_eq!(
        found.iter().filter(|finding| finding.check == "user-not-root").count(),
        1,
        "{}",
        rendered(&found)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_file_makes_a_rule_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[ -~\\n]{0,200}") {
        let folder = super::project(&[]);
        for (file, content) in [("Dockerfile", &bytes[..]), ("civic/hooks/pre-backup", text.as_bytes()), ("compose.yaml", text.as_bytes()), (".dockerignore", &bytes[..])] {
            put(folder.path(), file, content);
        }
        check(&Project::load(folder.path()).unwrap());
        put(folder.path(), "Dockerfile", format!("FROM a:1\n{text}").as_bytes());
        check(&Project::load(folder.path()).unwrap());
    }
}
