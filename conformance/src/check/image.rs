//! References to images: `[registry[:port]/]path[:tag][@digest]`
//! (<https://github.com/distribution/reference>).

/// A reference in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Registry and path.
    pub path: &'a str,
    pub tag: Option<&'a str>,
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a reference apart; `None` when it is none, and so is safe to repeat in a command to paste.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (rest, None),
        };
        let is_plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        let path_ok = path.split('/').all(|part| part.split(':').all(is_plain));
        let digest_ok = digest
            .is_none_or(|digest| digest.split_once(':').is_some_and(|(a, b)| is_plain(a) && is_plain(b)));
        (path_ok && tag.is_none_or(is_plain) && digest_ok).then_some(Self { path, tag, digest })
    }

    /// Last part of the path: `postgres` of `docker.io/library/postgres`.
    pub fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// First number of the tag: 17 of `17.5-trixie`.
    pub fn major(&self) -> Option<u32> {
        let tag = self.tag?.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
        tag.get(..end)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_references_apart() {
        let parts = |text| Reference::parse(text).map(|r| (r.path, r.tag, r.digest));
        assert_eq!(parts("node"), Some(("node", None, None)));
        assert_eq!(parts("localhost:5000/a/b:1"), Some(("localhost:5000/a/b", Some("1"), None)));
        assert_eq!(parts("localhost:5000/a"), Some(("localhost:5000/a", None, None)));
        assert_eq!(parts("a:1@sha256:ab"), Some(("a", Some("1"), Some("sha256:ab"))));
        assert_eq!(parts("a; rm -rf ~"), None);
        assert_eq!(parts("$(x)"), None);
        assert_eq!(parts(""), None);
        assert_eq!(Reference::parse("postgres:17.5-trixie").unwrap().major(), Some(17));
        assert_eq!(Reference::parse("timescaledb:latest-pg16").unwrap().major(), Some(16));
    }
}
