//! Secrets and the templates that are made from them.

use std::collections::BTreeMap;

use super::super::graph::{self, Needs};
use super::super::model::{Encoding, Secret};
use super::super::node::Node;
use super::super::words::{meant, one_of, plain, quoted, shown};
use super::super::{names, placeholders, raw};
use super::{Check, OURS};

/// Their values are made one from the other; nobody needs a chain of thousands.
const MOST: usize = 100;
/// Longest text that is shown again with its braces doubled.
const LONGEST_SUGGESTION: usize = 120;

impl Check<'_> {
    pub(super) fn secrets(&mut self, node: &Node) -> BTreeMap<String, Secret> {
        let raw = self.raw;
        let mut secrets = BTreeMap::new();
        for (name, secret) in &raw.secrets {
            if name == OURS {
                self.report
                    .add(node.key(name), format!("{} is set by civic", shown(name)))
                    .expected("another name");
            } else if !names::is_variable(name) {
                self.report
                    .add(node.key(name), format!("{} cannot be the name of a secret", shown(name)))
                    .expected("letters, digits and underscores, first no digit, such as DATABASE_URL")
                    .suggest(names::to_variable(name).as_deref().map(shown));
            }
            if let Some(secret) = self.one_secret(node.at(name), name, secret) {
                secrets.insert(name.clone(), secret);
            }
        }
        if raw.secrets.len() > MOST {
            let message = format!("there are {} secrets", raw.secrets.len());
            self.report.add(&node.span, message).expected(format!("at most {MOST}"));
        }
        self.secret_order(node);
        secrets
    }

    fn one_secret(&mut self, node: &Node, name: &str, secret: &raw::Secret) -> Option<Secret> {
        if secret.bytes.is_some() && secret.generate.is_none() {
            let message = format!("secret {} has `bytes`, but is not generated", shown(name));
            self.report.add(node.key("bytes"), message).expected("`bytes` beside `generate` only");
        }
        match (&secret.generate, &secret.template, &secret.value) {
            (Some(encoding), None, None) => Some(Secret::Generate {
                encoding: match encoding {
                    raw::Encoding::Hex => Encoding::Hex,
                    raw::Encoding::Base64 => Encoding::Base64,
                },
                bytes: secret.bytes.unwrap_or(raw::Secret::BYTES),
            }),
            (None, Some(template), None) => {
                self.template(node.at("template"), template);
                Some(Secret::Template(template.clone()))
            }
            (None, None, Some(value)) => Some(Secret::Value(value.clone())),
            (generate, template, value) => {
                let none = generate.is_none() && template.is_none() && value.is_none();
                let problem = if none { "says nothing of its value" } else { "has several values" };
                self.report
                    .add(&node.span, format!("secret {} {problem}", shown(name)))
                    .expected("exactly one of generate = \"hex\", template = \"…\" and value = \"…\"");
                None
            }
        }
    }

    fn template(&mut self, node: &Node, template: &str) {
        let known: Vec<&str> = self.raw.secrets.keys().map(String::as_str).collect();
        for name in self.placeholders(node, template, |name| known.contains(&name)).unwrap_or_default() {
            if !known.contains(&name) {
                let near = meant(name, known.iter().copied()).map(|near| format!("`{{{near}}}`"));
                self.report
                    .add(&node.span, format!("{} is no secret", shown(&format!("{{{name}}}"))))
                    .suggest(near)
                    .expected = one_of(known.iter().copied());
            }
        }
    }

    /// The names in a text with placeholders; `None` and a report for a brace that belongs to none.
    pub(super) fn placeholders<'t>(
        &mut self,
        node: &Node,
        text: &'t str,
        known: impl Fn(&str) -> bool,
    ) -> Option<Vec<&'t str>> {
        let at = match placeholders::names(text) {
            Ok(names) => return Some(names),
            Err(at) => at,
        };
        let around: String = text[at..].chars().take(16).collect();
        let doubled = placeholders::doubled(text, known);
        let short = Some(doubled).filter(|doubled| doubled.len() <= LONGEST_SUGGESTION);
        self.report
            .add(&node.span, format!("the brace before `{}` belongs to no placeholder", plain(&around[1..])))
            .expected("a literal brace doubled: {{ or }}")
            .suggest(short.as_deref().map(quoted));
        None
    }

    /// Templates may use templates, but not each other.
    fn secret_order(&mut self, node: &Node) {
        let mut needs: Needs = Needs::new();
        for (name, secret) in &self.raw.secrets {
            let template = secret.template.as_deref().unwrap_or_default();
            needs.insert(name, placeholders::names(template).unwrap_or_default());
        }
        for cycle in graph::order(&needs).1 {
            self.cycle(&node.at(cycle[0]).at("template").span, "secrets are made from each other", &cycle);
        }
    }
}
