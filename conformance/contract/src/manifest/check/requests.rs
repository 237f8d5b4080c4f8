//! Requests of a canary.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::super::model::{HttpBody, HttpStep};
use super::super::node::Node;
use super::super::raw;
use super::super::words::shown;
use super::Check;
use super::canary::{Scope, is_extract_name};

/// Headers that civic writes itself; a second one would make the request invalid.
const OURS: &[&str] = &["connection", "content-length", "host", "transfer-encoding", "user-agent"];

impl Check<'_> {
    pub(super) fn requests<'s>(
        &mut self,
        node: &Node,
        steps: &'s [raw::HttpStep],
        scope: &mut Scope<'s>,
    ) -> Option<Vec<HttpStep>> {
        scope.extractable = steps.iter().flat_map(|step| step.extract.keys()).map(String::as_str).collect();
        let steps = steps.iter().enumerate().map(|(index, step)| {
            let checked = self.request(node.item(index), step, scope);
            scope.extracted.extend(step.extract.keys().map(String::as_str));
            checked
        });
        // All of them are checked before one that is wrong ends the whole.
        steps.collect::<Vec<_>>().into_iter().collect()
    }

    fn request(&mut self, node: &Node, step: &raw::HttpStep, scope: &mut Scope<'_>) -> Option<HttpStep> {
        self.service_with_port(node.at("service"), &step.service);
        let path = self.request_path(node.at("path"), &step.path);
        self.filled(node.at("path"), &step.path, scope);
        self.headers(node.at("headers"), &step.headers, scope);
        let body = self.body(node, step, scope);
        let expect = step.expect.as_ref().map(|pattern| self.pattern(node.at("expect"), pattern));
        let extract = self.extract(node.at("extract"), &step.extract);
        Some(HttpStep {
            service: step.service.clone(),
            method: step.method.as_str().to_owned(),
            path,
            headers: step.headers.clone(),
            body,
            status: self.statuses(node.at("status"), &step.status),
            expect: match expect {
                Some(pattern) => Some(pattern?),
                None => None,
            },
            extract: extract?,
        })
    }

    fn headers(&mut self, node: &Node, headers: &BTreeMap<String, String>, scope: &mut Scope<'_>) {
        let mut seen = BTreeSet::new();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            // RFC 9110, 5.6.2: a token.
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let problem = if name.is_empty() || !name.bytes().all(token) {
                Some(format!("{} cannot be the name of a header", shown(name)))
            } else if OURS.contains(&lower.as_str()) {
                Some(format!("the header {} is civic's own", shown(name)))
            } else if !seen.insert(lower) {
                Some(format!("the header {} is there twice", shown(name)))
            } else {
                None
            };
            if let Some(problem) = problem {
                self.report
                    .add(node.key(name), problem)
                    .expected("a header of the app's own, such as Authorization");
            }
            if value.chars().any(char::is_control) {
                let message =
                    format!("the header {} has a line break or another control character", shown(name));
                self.report.add(&node.at(name).span, message).expected("text on one line");
            }
            self.filled(node.at(name), value, scope);
        }
    }

    fn body(&mut self, node: &Node, step: &raw::HttpStep, scope: &mut Scope<'_>) -> HttpBody {
        if (step.form.is_some() || step.body.is_some()) && !node.has("method") {
            let key = if step.form.is_some() { "form" } else { "body" };
            let message = format!("a request with a {key} has no method, and GET sends nothing");
            self.report.add(node.key(key), message).expected("method = \"POST\", or another");
        }
        match (&step.form, &step.body) {
            (None, None) => HttpBody::Empty,
            (Some(fields), None) => {
                fields.iter().for_each(|(name, value)| self.filled(node.at("form").at(name), value, scope));
                HttpBody::Form(fields.clone())
            }
            (None, Some(text)) => {
                self.filled(node.at("body"), text, scope);
                HttpBody::Text(text.clone())
            }
            (Some(fields), Some(text)) => {
                fields.iter().for_each(|(name, value)| self.filled(node.at("form").at(name), value, scope));
                self.filled(node.at("body"), text, scope);
                self.report
                    .add(node.key("body"), "a request has both `form` and `body`")
                    .expected("one of the two");
                HttpBody::Empty
            }
        }
    }

    fn statuses(&mut self, node: &Node, statuses: &[u16]) -> Vec<u16> {
        let mut seen = BTreeSet::new();
        for (index, status) in statuses.iter().enumerate() {
            if !seen.insert(status) {
                self.report
                    .add(&node.item(index).span, format!("{status} is there twice"))
                    .expected("each only once");
            }
        }
        statuses.to_vec()
    }

    fn extract(
        &mut self,
        node: &Node,
        extract: &BTreeMap<String, String>,
    ) -> Option<BTreeMap<String, Regex>> {
        let mut patterns = Some(BTreeMap::new());
        for (name, pattern) in extract {
            if !is_extract_name(name) {
                self.report
                    .add(node.key(name), format!("{} cannot be the name of an extracted value", shown(name)))
                    .expected("letters, digits and underscores, and not id, nonce or secret");
            }
            let regex = self.pattern(node.at(name), pattern);
            if regex.as_ref().is_some_and(|regex| regex.captures_len() < 2) {
                let message = format!("the pattern of {} has no group", shown(name));
                self.report.add(&node.at(name).span, message).expected("round brackets around the value");
            }
            match regex {
                Some(regex) => drop(patterns.as_mut().map(|patterns| patterns.insert(name.clone(), regex))),
                None => patterns = None,
            }
        }
        patterns
    }
}
