//! Secrets that an app does not keep to itself.

use std::path::{Path, PathBuf};

use crate::place::Place;

const SECRETS: &str = "\n[secrets]\nTOKEN = { generate = \"hex\", bytes = 24 }\nSEAL = { generate = \"base64\", bytes = 24 }\n\
                       URL = { template = \"db://me:{TOKEN}@db\" }\n\n[tolerance]\nboot = \"2s\"\n";
const TOLD: &str = "`TOKEN=${process.env.TOKEN} SEAL=${process.env.SEAL} URL=${process.env.URL}\\n`";

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() && !path.is_symlink() { files(&path) } else { vec![path] })
        .collect()
}

/// Whether a text has a word of exactly 48 hexadecimal digits, as 24 random bytes are spelt.
fn holds_a_token(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| word.len() == 48 && word.chars().all(|letter| letter.is_ascii_hexdigit()))
}

#[tokio::test]
async fn secrets_are_in_nothing_that_is_written_or_printed() {
    let place = Place::sound()
        .await
        .answer("GET /readyz", &format!("[503, {TOLD}]"))
        .change("server.js", "openNotebook();", &format!("console.log({TOLD});\nopenNotebook();"))
        .change("civic.toml", "port = 8080", "port = 8080\nsecrets = [\"TOKEN\", \"SEAL\", \"URL\"]")
        .append("civic.toml", SECRETS);
    let ended = place.certify(&["--only", "cold-boot", "--quick"]).await;
    ended.demand(1, &["TOKEN=[secret TOKEN]", "SEAL=[secret SEAL]"]);
    let written = files(&place.path(".civic")).into_iter().filter(|path| path.is_file());
    let mut texts: Vec<String> = written.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(texts.len() >= 3, "journal, refusal and report");
    texts.extend([ended.out, ended.err]);
    let all = texts.join(" ").split_whitespace().collect::<Vec<_>>().join(" "); // a table breaks lines
    for told in ["TOKEN=", "SEAL=", "db://me:"] {
        let values: Vec<String> =
            all.split(told).skip(1).map(|rest| rest.chars().take(9).collect()).collect();
        assert!(!values.is_empty());
        // A text that is cut to a length may end within a value.
        let masked = |value: &String| value.starts_with("[secret ") || value.starts_with("[part of ");
        assert!(values.iter().all(masked), "after {told} stands {values:?}");
    }
    assert!(!holds_a_token(&all));
    place.demand_nothing_left().await;
}
