//! What was decided for a project: by flags, by a person, and recorded for the next time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use civic_templates::Part;

use crate::args::Init;

/// Decisions; whatever is none is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Stack of the primary component.
    pub stack: Option<String>,
    /// Root of the component that answers requests.
    pub component: Option<String>,
    /// Upstream image instead of a build.
    pub image: Option<String>,
    /// A brigade's own template: folder or git address.
    pub template: Option<String>,
    /// Whether programs of that template may run; never recorded.
    pub allow_hooks: bool,
    /// Parts that are written; none is all of them.
    pub only: Vec<Part>,
    /// Whether code for health routes is offered.
    pub with_health: bool,
    /// `Name <contact>`.
    pub maintainer: Option<String>,
    /// Command of the web process.
    pub web: Option<String>,
    /// Files and folders that must not be lost.
    pub keeps: Option<Vec<String>>,
    /// Buildpacks to add; never recorded, because the folder is this machine's.
    pub buildpack_dir: Option<PathBuf>,
}

impl Answers {
    /// What flags say goes before what was recorded.
    pub fn take(&mut self, args: &Init) {
        let keep = |held: &mut Option<String>, new: &Option<String>| *held = new.clone().or(held.take());
        keep(&mut self.stack, &args.stack);
        keep(&mut self.component, &args.component);
        keep(&mut self.image, &args.image);
        keep(&mut self.template, &args.template);
        keep(&mut self.maintainer, &args.maintainer);
        self.allow_hooks = args.allow_template_hooks;
        self.with_health |= args.with_health;
        self.buildpack_dir.clone_from(&args.buildpack_dir);
        if let Some(only) = &args.only {
            self.only = only.iter().map(|part| part.0).collect();
        }
    }

    /// Parts that are written.
    pub fn parts(&self) -> Vec<Part> {
        if self.only.is_empty() { Part::ALL.to_vec() } else { self.only.clone() }
    }

    /// As the lock keeps them.
    pub fn record(&self) -> BTreeMap<String, String> {
        let only: Vec<&str> = self.only.iter().map(|part| part.name()).collect();
        let pairs = [
            ("stack", self.stack.clone()),
            ("component", self.component.clone()),
            ("image", self.image.clone()),
            ("template", self.template.clone()),
            ("only", (!only.is_empty()).then(|| only.join(","))),
            ("with-health", self.with_health.then(|| "yes".into())),
            ("maintainer", self.maintainer.clone()),
            ("web", self.web.clone()),
            ("keeps", self.keeps.as_ref().map(|keeps| keeps.join("\n"))),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// As they were recorded; what this version does not know is left out.
    pub fn from_record(record: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| record.get(name).cloned();
        let part = |name: &str| Part::ALL.into_iter().find(|part| part.name() == name);
        Self {
            stack: text("stack"),
            component: text("component"),
            image: text("image"),
            template: text("template"),
            only: text("only").map(|only| only.split(',').filter_map(part).collect()).unwrap_or_default(),
            with_health: record.contains_key("with-health"),
            maintainer: text("maintainer"),
            web: text("web"),
            keeps: text("keeps").map(|keeps| keeps.lines().map(str::to_owned).collect()),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_answered_again() {
        let answers = Answers {
            stack: Some("python".into()),
            only: vec![Part::Docker, Part::Ci],
            with_health: true,
            maintainer: Some("Meals <a@example.org>".into()),
            keeps: Some(vec!["media".into(), "a b, c".into()]),
            ..Answers::default()
        };
        assert_eq!(Answers::from_record(&answers.record()), answers);
        assert_eq!(Answers::from_record(&Answers::default().record()), Answers::default());
    }
}
