//! Which base image a version of a stack means. The table is `pins.toml`; nothing here asks a registry.

mod range;

use std::collections::BTreeMap;

use serde::Deserialize;

use range::{Range, Span};

static PINS: &str = include_str!("../pins.toml");

/// The table of base images.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    stack: BTreeMap<String, Stack>,
    tools: BTreeMap<String, String>,
    digests: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stack {
    name: String,
    default: String,
    #[serde(default)]
    reads: Reads,
    /// What people write before the number out of habit, such as the `1.` of Java 1.8.
    #[serde(default)]
    prefix: String,
    exact: Option<Images>,
    other: Option<Images>,
    lines: BTreeMap<String, Images>,
}

/// What a plain version in the project's files means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reads {
    #[default]
    Wanted,
    Minimum,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Images {
    build: String,
    run: Option<String>,
}

/// The image for a version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pin {
    /// Version that the image has, `20` or `3.11.4`.
    pub version: String,
    /// Image that is built from, with tag, and digest where the table has one.
    pub image: String,
    /// Image that is run from, when another one.
    pub runtime: Option<String>,
    /// Whether the project asked for this version or for a range that it is in.
    pub is_exact: bool,
    /// Why this one, a sentence for a person.
    pub why: String,
}

/// Why the table cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("pins.toml: {0}")]
pub struct PinsError(String);

impl Pins {
    /// The table of this program.
    ///
    /// # Errors
    ///
    /// When the embedded table is wrong; a test sees to it that it is not.
    pub fn embedded() -> Result<Self, PinsError> {
        Self::parse(PINS)
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// When the text is no such table, or a stack's default is none of its lines.
    pub fn parse(text: &str) -> Result<Self, PinsError> {
        let pins: Self = toml_edit::de::from_str(text).map_err(|error| PinsError(error.to_string()))?;
        for (id, stack) in &pins.stack {
            if !stack.lines.contains_key(&stack.default) {
                return Err(PinsError(format!("{id}: the default {} is none of the lines", stack.default)));
            }
        }
        Ok(pins)
    }

    /// An image by the name of its purpose, such as `web` or `maven-21`.
    pub fn tool(&self, name: &str) -> Option<String> {
        self.tools.get(name).map(|image| self.with_digest(image))
    }

    /// Every image of the table, without digests.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let lines = self.stack.values().flat_map(|stack| stack.lines.values());
        lines
            .flat_map(|images| [Some(&images.build), images.run.as_ref()].into_iter().flatten())
            .chain(self.tools.values())
            .map(String::as_str)
    }

    /// The image of a stack for a version in any spelling: `20.x`, `>=18`, `^3.9`, `~> 3.2`, `3.11.4`, `lts/*`.
    /// `None` when the table does not know the stack.
    pub fn choose(&self, stack: &str, wanted: Option<&str>) -> Option<Pin> {
        let held = self.stack.get(stack)?;
        let Some(text) = wanted.map(str::trim).filter(|text| !text.is_empty()) else {
            let why = format!("the project names no version, so that it is {} {}", held.name, held.default);
            return self.line(held, &held.default, false, why);
        };
        let bare = text.strip_prefix(held.prefix.as_str()).unwrap_or(text);
        let range = match Range::parse(bare) {
            Some(range) if held.reads == Reads::Minimum => range.and_newer(),
            Some(range) => range,
            None => {
                let why = format!(
                    "`{text}` is no version that civic can read: {} {} is taken",
                    held.name, held.default
                );
                return self.line(held, &held.default, false, why);
            }
        };
        self.whole(held, &range)
            .or_else(|| self.fitting(held, text, &range))
            .or_else(|| self.other(held, text, &range))
    }

    /// A version that is named to its last number is taken at its word.
    fn whole(&self, stack: &Stack, range: &Range) -> Option<Pin> {
        let (images, version) = (stack.exact.as_ref()?, range.whole()?);
        let why = format!(
            "the project names {} {version} to the last number: security fixes after it are not in the image",
            stack.name
        );
        Some(self.pin(images, version, true, why))
    }

    fn fitting(&self, stack: &Stack, text: &str, range: &Range) -> Option<Pin> {
        let fits = |line: &str| Span::line(line).is_some_and(|span| range.meets(span));
        let newest = || stack.lines.keys().filter(|line| fits(line)).max_by_key(|line| range::numbers(line));
        let line = if fits(&stack.default) { &stack.default } else { newest()? };
        let why = match (range.whole(), stack.reads) {
            (_, Reads::Minimum) => {
                format!("`{text}` is the oldest that will do, and {} {line} builds it too", stack.name)
            }
            (Some(_), _) => {
                format!("{} {text} is a release of {line}, whose image follows security fixes", stack.name)
            }
            (None, _) if range.is_line() => format!("the project names {} {text}", stack.name),
            (None, _) => format!(
                "the project takes `{text}`, which {} {line} is; name one version to be sure of it",
                stack.name
            ),
        };
        self.line(stack, line, range.whole().is_none(), why)
    }

    /// A version that this list does not hold: kept where its tag can be told, else the next newer line.
    fn other(&self, stack: &Stack, text: &str, range: &Range) -> Option<Pin> {
        if let Some((images, version)) = stack.other.as_ref().zip(range.plain()) {
            let why = format!(
                "{} {text} is not in civic's list; the tag has the usual form, so look whether there is such an image",
                stack.name
            );
            return Some(self.pin(images, &version, true, why));
        }
        let newer = |line: &&String| Span::line(line).is_some_and(|span| range.is_before(span));
        let line = stack
            .lines
            .keys()
            .filter(newer)
            .min_by_key(|line| range::numbers(line))
            .unwrap_or(&stack.default);
        let why =
            format!("there is no image for {} `{text}` in civic's list: {line} is the nearest", stack.name);
        self.line(stack, line, false, why)
    }

    fn line(&self, stack: &Stack, line: &str, is_exact: bool, why: String) -> Option<Pin> {
        Some(self.pin(stack.lines.get(line)?, line, is_exact, why))
    }

    fn pin(&self, images: &Images, version: &str, is_exact: bool, why: String) -> Pin {
        let fill = |image: &str| self.with_digest(&image.replace("{version}", version));
        Pin {
            version: version.to_owned(),
            image: fill(&images.build),
            runtime: images.run.as_deref().map(fill),
            is_exact,
            why,
        }
    }

    fn with_digest(&self, image: &str) -> String {
        match self.digests.get(image) {
            Some(digest) => format!("{image}@{digest}"),
            None => image.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
