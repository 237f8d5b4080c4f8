//! Versions that a project names, which one counts, and whether it is still looked after.

use regex::bytes::RegexBuilder;

use crate::component::Choice;
use crate::detection::{Confidence, Evidence, Fact, Warning};
use crate::packaging::{Packaging, image_name, image_version};
use crate::process::{dockerfiles, warning};
use crate::rules::Version;

/// The version that counts, and those that disagree.
pub(crate) fn versions(
    choice: &Choice,
    packaging: &Packaging,
    today: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> (Option<Fact<String>>, Vec<Fact<String>>) {
    let mut named: Vec<Fact<String>> =
        choice.pack.version.iter().flat_map(|rule| written(choice, rule)).collect();
    named.extend(images(choice, packaging));
    let mut named = named.into_iter();
    let Some(first) = named.next() else {
        let text = format!(
            "no version of {} is named; name one, so that builds of next year are those of today.",
            choice.pack.name
        );
        let file = choice.evidence.first().map(|evidence| evidence.file.as_str()).unwrap_or_default();
        warnings.push(warning("no-version", &text, file, 0));
        return (None, Vec::new());
    };
    let others: Vec<Fact<String>> = named.filter(|other| !agree(&first.value, &other.value)).collect();
    for other in &others {
        let (a, b) = (&first.evidence[0], &other.evidence[0]);
        let text = format!(
            "{} says {}, but {} says {}: the first is taken. Make them agree.",
            a.place(),
            first.value,
            b.place(),
            other.value
        );
        warnings.push(warning("version-conflict", &text, &b.file, b.line));
    }
    warnings.extend(today.and_then(|today| end_of_life(choice, &first, today)));
    (Some(first), others)
}

fn written(choice: &Choice, rule: &Version) -> Vec<Fact<String>> {
    let view = &choice.view;
    let fact = |value: &str, path: &str, line: usize| {
        let value = value.trim().trim_start_matches('v').to_owned();
        let evidence = Evidence::new(path, line, choice.pack.rule("version", &rule.id), Confidence::High);
        (!value.is_empty()).then(|| Fact::new(value, evidence))
    };
    if !rule.field.is_empty() {
        let held = view.manifests.iter().find_map(|manifest| {
            let value = manifest.get(&rule.field)?;
            fact(&value.value, &manifest.path, value.line)
        });
        return held.into_iter().collect();
    }
    if !rule.dependency.is_empty() {
        let held = view.dependency(&rule.dependency, true);
        return held
            .and_then(|(manifest, held)| fact(&held.version, &manifest.path, held.line))
            .into_iter()
            .collect();
    }
    let Some((path, text)) =
        view.file(&rule.file).and_then(|path| Some((path.clone(), view.source.text(&path)?)))
    else {
        return Vec::new();
    };
    let Ok(find) = RegexBuilder::new(&rule.find).unicode(false).build() else { return Vec::new() };
    let first = text.lines().enumerate().find_map(|(index, line)| {
        fact(
            &String::from_utf8_lossy(find.captures(line.as_bytes())?.name("version")?.as_bytes()),
            &path,
            index + 1,
        )
    });
    first.into_iter().collect()
}

fn images(choice: &Choice, packaging: &Packaging) -> Vec<Fact<String>> {
    let read = |(path, file): &(String, crate::read::Dockerfile)| {
        let stages = file.stages.iter().rev();
        let mut own = stages.filter(|stage| {
            choice.pack.images.iter().any(|image| fast_glob::glob_match(image, image_name(&stage.from.value)))
        });
        let stage = own.next()?;
        let version = image_version(&stage.from.value)?;
        Some(Fact::new(version.to_owned(), crate::packaging::written(path, stage.from.line, "from")))
    };
    dockerfiles(&choice.view, packaging).into_iter().filter_map(read).collect()
}

/// Whether one is the other with more digits; ranges agree with what begins like them.
fn agree(a: &str, b: &str) -> bool {
    let (a, b) = (digits(a), digits(b));
    a.iter().zip(&b).all(|(a, b)| a == b) || a.is_empty() || b.is_empty()
}

fn digits(version: &str) -> Vec<String> {
    let start = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
    let rest = &version[start..];
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    rest[..end].split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn end_of_life(choice: &Choice, version: &Fact<String>, today: &str) -> Option<Warning> {
    let is_open = version.value.starts_with('>') || version.value.starts_with('*');
    let digits = digits(&version.value);
    let cycle =
        [2, 1].into_iter().filter(|length| digits.len() >= *length).map(|length| digits[..length].join("."));
    let date = cycle.filter_map(|cycle| choice.pack.end_of_life.get(&cycle)).next()?;
    let evidence = version.evidence.first()?;
    (!is_open && date.as_str() < today).then(|| {
        let text = format!(
            "{} {} has had no updates since {date}. It is kept, because it was chosen; plan an upgrade.",
            choice.pack.name, version.value
        );
        warning("end-of-life", &text, &evidence.file, evidence.line)
    })
}
