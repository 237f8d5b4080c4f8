//! How a secret looks: by the name of its variable, by its own shape, by the name of its file.

use regex::RegexSet;
use std::sync::LazyLock;

/// Words of a name that stand for a secret.
const SECRET: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
];
/// Pairs of words that do.
const SECRET_PAIRS: &[(&str, &str)] = &[
    ("API", "KEY"),
    ("PRIVATE", "KEY"),
    ("ACCESS", "KEY"),
    ("ENCRYPTION", "KEY"),
    ("SIGNING", "KEY"),
    ("AUTH", "KEY"),
    ("MASTER", "KEY"),
    ("SECRET", "KEY"),
    ("DB", "PASS"),
    ("DB", "PWD"),
    ("SMTP", "PASS"),
    ("MYSQL", "PWD"),
];
/// Last words that make it something about a secret: where it is, how long it is, who gave it out.
const ABOUT: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "NAME",
    "ID",
    "URL",
    "URI",
    "ENDPOINT",
    "HOST",
    "REGION",
    "ISSUER",
    "AUDIENCE",
    "HEADER",
    "FIELD",
    "PARAM",
    "PREFIX",
    "TYPE",
    "FORMAT",
    "ALGORITHM",
    "VERSION",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "EXPIRATION",
    "LIFETIME",
    "TIMEOUT",
    "AGE",
    "SECONDS",
    "MINUTES",
    "HOURS",
    "DAYS",
    "LENGTH",
    "SIZE",
    "MIN",
    "MAX",
    "COUNT",
    "LIMIT",
    "ROUNDS",
    "POLICY",
    "ENABLED",
    "DISABLED",
    "REQUIRED",
    "DUMMY",
    "AUTHENTICATION",
    "ENCRYPTION",
];
/// Values that stand in for a secret where a program asks for any.
const STAND_INS: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "none",
    "null",
    "nil",
    "dummy",
    "placeholder",
    "unused",
    "build",
    "example",
];

/// Shapes that are secrets whatever they are called.
static SHAPES: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}",
        r"\bgithub_pat_[A-Za-z0-9_]{50}",
        r"\bglpat-[A-Za-z0-9_-]{20}",
        r"\bxox[abposr]-[A-Za-z0-9-]{10}",
        r"\b[sr]k_live_[A-Za-z0-9]{16}",
        r"\bnpm_[A-Za-z0-9]{36}",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"\bAIza[0-9A-Za-z_-]{35}",
    ])
    .ok()
});

/// Whether a variable of this name is meant to hold a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let says_so = words.iter().any(|word| SECRET.iter().any(|secret| word.ends_with(secret)))
        || words.windows(2).any(|pair| matches!(pair, [a, b] if SECRET_PAIRS.contains(&(*a, *b))));
    says_so && !words.last().is_some_and(|last| ABOUT.contains(last))
}

/// `DB_PASSWORD`, `db-password` and `dbPassword` are the same two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && after_lower) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(c.to_ascii_uppercase());
        }
        after_lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a written value of such a variable is the secret itself, and not a stand-in, a path or a number of
/// something.
pub(super) fn is_secret_value(name: &str, value: &str) -> bool {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c == '*');
    let counts = is_number(value) && !name.to_ascii_uppercase().contains("PASS");
    let is_elsewhere = value.starts_with(['/', '$', '{', '<', '~']) || value.starts_with("file:");
    !value.is_empty()
        && !counts
        && !is_elsewhere
        && !STAND_INS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Whether a text holds something that has the shape of a secret.
pub(super) fn has_secret_shape(text: &str) -> bool {
    SHAPES.as_ref().is_some_and(|shapes| shapes.is_match(text)) || has_password_in_url(text)
}

/// `scheme://user:password@host` with a password that is written out.
pub(super) fn has_password_in_url(text: &str) -> bool {
    let user_parts = text.split("://").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`<>".contains(c)).unwrap_or(rest.len());
        rest.get(..end)?.rsplit_once('@').map(|(user, _)| user)
    });
    user_parts.filter_map(|user| user.split_once(':')).any(|(_, password)| {
        !password.is_empty() && !password.starts_with(['$', '{', '<', '%']) && !password.starts_with("***")
    })
}

/// Whether a variable with this value is a secret written out.
pub fn is_secret(name: &str, value: &str) -> bool {
    (is_secret_name(name) && is_secret_value(name, value)) || has_secret_shape(value)
}

/// Whether a file of this name usually holds the secrets of one machine: `.env`, `.env.production`.
pub(super) fn is_env_file(name: &str) -> bool {
    let sample =
        [".example", ".sample", ".template", ".dist", ".defaults", ".schema", ".tpl", "-example", "-sample"];
    (name == ".env" || name.starts_with(".env.")) && !sample.iter().any(|end| name.ends_with(end))
}

/// Whether a file of this name usually is a key or a password file.
pub(super) fn is_key_file(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let exact =
        ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".pgpass", ".netrc", ".npmrc", ".pypirc", ".htpasswd"];
    let ends = [".pem", ".key", ".p12", ".pfx", ".jks", ".ppk"];
    exact.contains(&lower.as_str())
        || ends.iter().any(|end| lower.ends_with(end))
        || is_service_account(&lower)
}

fn is_service_account(name: &str) -> bool {
    name.ends_with(".json")
        && ["service-account", "service_account", "serviceaccount", "credentials"]
            .iter()
            .any(|part| name.contains(part))
}

/// Line of the first secret of an `.env` or key file, from 1.
pub(super) fn secret_line(text: &str) -> Option<u32> {
    let secret = |line: &str| {
        let line = line.trim().trim_start_matches("export ");
        let setting = line.split_once('=').filter(|_| !line.starts_with('#'));
        let is_setting = setting
            .is_some_and(|(name, value)| is_secret(name.trim(), value.trim().trim_matches(['"', '\''])));
        is_setting || has_secret_shape(line) || (line.contains("_authToken=") && !line.contains("${"))
    };
    (1..).zip(text.lines()).find(|(_, line)| secret(line)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_secrets_by_the_name_of_their_variable() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "SECRET_KEY_BASE",
            "API_KEY",
            "PGPASSWORD",
            "github-token",
            "MYSQL_PWD",
            "RAILS_MASTER_KEY",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "TOKENIZERS_PARALLELISM",
            "AWS_ACCESS_KEY_ID",
            "TOKEN_TTL",
            "PWD",
            "KEY",
            "PUBLIC_KEY",
            "PATH",
            "SECRET_KEY_BASE_DUMMY",
            "MAX_TOKENS",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn knows_what_is_only_a_stand_in() {
        for value in ["", "/run/secrets/db", "$DB_PASSWORD", "${X}", "<your password>", "true", "dummy"] {
            assert!(!is_secret("DB_PASSWORD", value), "{value}");
        }
        assert!(is_secret("DB_PASSWORD", "1234"));
        assert!(!is_secret("MAX_TOKEN", "1234"));
        assert!(is_secret("DB_PASSWORD", "changeme"));
    }

    #[test]
    fn knows_secrets_by_their_shape() {
        assert!(has_secret_shape("postgres://app:hunter2@db:5432/app"));
        assert!(!has_secret_shape("postgres://app:{DB_PASSWORD}@db:5432/app"));
        assert!(!has_secret_shape("postgres://app@db:5432/app http://a:1/x@y"));
        assert!(has_secret_shape("-----BEGIN RSA PRIVATE KEY-----"));
        assert!(!has_secret_shape("-----BEGIN CERTIFICATE-----"));
        assert!(has_secret_shape(&format!("AKIA{}", "A".repeat(16))));
    }

    #[test]
    fn tells_samples_from_the_real_thing() {
        assert!(is_env_file(".env") && is_env_file(".env.production") && !is_env_file(".env.example"));
        assert!(!is_env_file("environment") && !is_env_file(".envrc"));
        assert_eq!(secret_line("PORT=80\n# PASSWORD=x\nexport DB_PASSWORD='x'\n"), Some(3));
        assert_eq!(secret_line("PORT=80\nDB_PASSWORD=\n"), None);
    }
}
