//! Which texts are names: of containers, variables, images, people, licences.

/// JSON Schema's pattern of a name that becomes a host name.
pub(super) const NAME_PATTERN: &str = "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
/// JSON Schema's pattern of the app's name: shorter, because other names are added to it.
pub(super) const APP_PATTERN: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";
/// JSON Schema's pattern of an environment variable that a secret fills.
pub(super) const VARIABLE_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// JSON Schema's pattern of a person or team that can be reached.
pub(super) const PERSON_PATTERN: &str = "^[^<>]*[^<> ][^<>]* <[^<> ]+>$";

/// What a host name may be, in words.
pub(super) const NAME_RULE: &str =
    "lower-case letters, digits and dashes, first a letter, last no dash, at most 63";
/// What the app's name may be, in words.
pub(super) const APP_RULE: &str =
    "lower-case letters, digits and dashes, first a letter, last no dash, at most 40";

/// Longest host name (RFC 1035) and longest name of an app.
const LONGEST_NAME: usize = 63;
const LONGEST_APP: usize = 40;

/// Whether a text can be a service's host name and part of a container's name.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= LONGEST_NAME
        && text.bytes().all(allowed)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
}

/// Whether a text can be the app's name.
pub(super) fn is_app_name(text: &str) -> bool {
    is_name(text) && text.len() <= LONGEST_APP
}

/// The name that is nearest to a text: `Court Bot!` becomes `court-bot`.
pub fn to_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for character in text.chars().take(200) {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    let name = name.get(..LONGEST_APP).unwrap_or(name).trim_end_matches('-');
    is_app_name(name).then(|| name.to_owned())
}

/// Whether a text can name a secret: an environment variable that shells accept.
pub fn is_variable(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The name of a secret that is nearest to a text.
pub(super) fn to_variable(text: &str) -> Option<String> {
    let allowed = |character: char| character.is_ascii_alphanumeric();
    let name: String = text.chars().take(100).map(|c| if allowed(c) { c } else { '_' }).collect();
    Some(name).filter(|name| is_variable(name) && name.chars().any(allowed))
}

/// Whether a text can name an environment variable at all; some programs read `discovery.type`.
pub(super) fn is_environment(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_graphic() && character != '=')
}

/// Whether a text is `Name <contact>`.
pub(super) fn is_person(text: &str) -> bool {
    let Some((name, contact)) = text.strip_suffix('>').and_then(|text| text.split_once(" <")) else {
        return false;
    };
    let clean = |text: &str| !text.contains(['<', '>']) && !text.chars().any(super::words::invisible);
    clean(name) && clean(contact) && !name.trim().is_empty() && !contact.is_empty() && !contact.contains(' ')
}

/// Whether a text has the shape of an SPDX licence expression, such as `MIT OR Apache-2.0`.
pub fn is_licence(text: &str) -> bool {
    let id = |word: &str| {
        let word = word.trim_matches(['(', ')']).trim_end_matches('+');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        !word.is_empty() && word.bytes().all(allowed)
    };
    let words: Vec<&str> = text.split(' ').collect();
    let balanced = text.matches('(').count() == text.matches(')').count();
    let alternate = |(index, word): (usize, &&str)| match index % 2 {
        0 => id(word) && !matches!(*word, "AND" | "OR" | "WITH"),
        _ => matches!(*word, "AND" | "OR" | "WITH"),
    };
    balanced && words.len() % 2 == 1 && words.iter().enumerate().all(alternate)
}

/// Whether a text can be a reference to an image: `registry:5000/team/app:tag@sha256:…`.
pub fn is_image(text: &str) -> bool {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match name[last..].split_once(':') {
        Some((_, tag)) => (&name[..name.len() - tag.len() - 1], Some(tag)),
        None => (name, None),
    };
    let mut parts = path.split('/');
    let registry =
        path.split_once('/').is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost");
    let registry_fits = !registry || parts.next().is_some_and(is_registry);
    registry_fits && parts.all(is_image_part) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    !host.is_empty() && host.bytes().all(allowed) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Upper case is what Docker refuses most often.
fn is_image_part(text: &str) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = text.as_bytes();
    let allowed = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(byte);
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(allowed)
}

fn is_tag(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.len() <= 128 && text.bytes().all(allowed) && !text.starts_with(['-', '.'])
}

fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}

/// Whether a text has the shape of an IANA time zone. Which ones exist is the platform's to know.
pub(super) fn is_timezone(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte);
    let part = |part: &str| !part.is_empty() && part.bytes().all(allowed);
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn image_references() {
        let digest = format!("redis@sha256:{}", "0123456789abcdef".repeat(4));
        let good = [
            "postgres:17-trixie",
            "ghcr.io/codeforphilly/laddr:3.2.4",
            "localhost:5000/a/b",
            "localhost/x",
            "library/node",
            "registry.example.org/Team".trim_end_matches("/Team"),
            &digest,
        ];
        for image in good {
            assert!(is_image(image), "{image}");
        }
        let bad = [
            "",
            "Postgres",
            "a b",
            "-x",
            "a:",
            "a:b c",
            "a@sha256:12",
            "a//b",
            "/a",
            "a/",
            "h:99999/a",
            "$(id)",
            "a\n",
        ];
        for image in bad {
            assert!(!is_image(image), "{image}");
        }
    }

    #[test]
    fn licence_expressions() {
        for good in [
            "MIT",
            "GPL-3.0-or-later",
            "MIT OR Apache-2.0",
            "(MIT OR X11) AND LicenseRef-Own",
            "GPL-2.0+ WITH Classpath-exception-2.0",
        ] {
            assert!(is_licence(good), "{good}");
        }
        for bad in ["", "GPL v3", "MIT/Apache-2.0", "MIT OR", "OR", "MIT  OR X", "(MIT", "MIT\n"] {
            assert!(!is_licence(bad), "{bad}");
        }
    }

    #[test]
    fn people_can_be_reached() {
        for good in ["Ann <ann@example.org>", "Brigade leads <https://example.org/leads>"] {
            assert!(is_person(good), "{good}");
        }
        for bad in ["", "Ann", "<ann@example.org>", " <a>", "Ann <>", "Ann <a b>", "Ann <a> <b>", "A\nn <a>"]
        {
            assert!(!is_person(bad), "{bad}");
        }
    }

    #[test]
    fn names_are_made_from_texts() {
        for (text, name) in
            [("Court Bot!", "court-bot"), ("2nd_App", "nd-app"), ("--x--", "x"), ("Ärger", "rger")]
        {
            assert_eq!(to_name(text).as_deref(), Some(name));
        }
        assert_eq!(to_name("$()"), None);
    }

    proptest! {
        #[test]
        fn the_patterns_for_editors_agree(text in "[a-zA-Z0-9_<> @=\\-]{0,70}") {
            let matches = |pattern: &str| regex::Regex::new(pattern).unwrap().is_match(&text);
            prop_assert_eq!(is_name(&text), matches(NAME_PATTERN));
            prop_assert_eq!(is_app_name(&text), matches(APP_PATTERN));
            prop_assert_eq!(is_variable(&text), matches(VARIABLE_PATTERN));
            prop_assert_eq!(is_person(&text), matches(PERSON_PATTERN));
        }

        #[test]
        fn a_suggested_name_is_a_name(text in ".*") {
            prop_assert!(to_name(&text).is_none_or(|name| is_app_name(&name)));
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            let _ = (is_image(&text), is_licence(&text), is_timezone(&text), is_environment(&text));
        }
    }
}
