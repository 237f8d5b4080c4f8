//! Canaries through the app's own routes or commands.

use std::collections::BTreeMap;

use civic_contract::manifest::{AppCanary, HttpBody, HttpStep, Operation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

use super::{Record, Write};
use crate::access::Access;
use crate::engine::Exec;
use crate::http::{Answer, HttpError, Request};
use crate::secrets::Secrets;
use crate::template;

/// How an operation failed.
enum Failure {
    /// The app said no, or was never asked.
    Refused(String),
    /// The app may have acted.
    Unclear(String),
}

pub(super) async fn write(access: &Access, secrets: &Secrets, canary: &AppCanary, record: &Record) -> Write {
    match operate(access, secrets, canary, &canary.write, Some(record)).await {
        Ok(_) => Write::Acknowledged,
        Err(Failure::Refused(reason)) => Write::Failed(reason),
        Err(Failure::Unclear(reason)) => Write::Unknown(reason),
    }
}

pub(super) async fn read(
    access: &Access,
    secrets: &Secrets,
    canary: &AppCanary,
) -> Result<Vec<Record>, String> {
    match operate(access, secrets, canary, &canary.read, None).await {
        Ok(text) => find_records(&canary.records, &text),
        Err(Failure::Refused(reason) | Failure::Unclear(reason)) => Err(reason),
    }
}

/// Runs an operation and returns its last answer.
async fn operate(
    access: &Access,
    secrets: &Secrets,
    canary: &AppCanary,
    operation: &Operation,
    record: Option<&Record>,
) -> Result<String, Failure> {
    let mut session = Session { secrets, record, values: BTreeMap::new(), jar: BTreeMap::new() };
    match operation {
        Operation::Http(steps) => {
            let mut last = String::new();
            for (index, step) in steps.iter().enumerate() {
                let asked = session.step(access, canary, step).await;
                last = asked.map_err(|failure| failure.at_step(index + 1, steps.len()))?;
            }
            Ok(last)
        }
        Operation::Exec { service, command } => {
            let command: Vec<String> = command.iter().map(|argument| session.fill(argument)).collect();
            let exec = Exec::new(command);
            let output = access.exec(service, &exec, canary.timeout).await;
            let output = output.map_err(|error| Failure::Refused(error.to_string()))?;
            match output.code {
                Some(0) => Ok(output.text()),
                Some(_) => Err(Failure::Refused(output.complaint())),
                None => Err(Failure::Unclear(output.complaint())),
            }
        }
    }
}

impl Failure {
    fn at_step(self, step: usize, of: usize) -> Self {
        let say = |reason| if of > 1 { format!("request {step} of {of}: {reason}") } else { reason };
        match self {
            Failure::Refused(reason) => Failure::Refused(say(reason)),
            Failure::Unclear(reason) => Failure::Unclear(say(reason)),
        }
    }
}

/// What one operation remembers between its requests.
struct Session<'a> {
    secrets: &'a Secrets,
    record: Option<&'a Record>,
    values: BTreeMap<String, String>,
    jar: BTreeMap<String, String>,
}

impl Session<'_> {
    fn fill(&self, text: &str) -> String {
        template::fill(text, &mut |name| self.value(name))
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(secret) = name.strip_prefix("secret:") {
            return Some(self.secrets.value(secret).to_owned());
        }
        match (name, self.record) {
            ("id", Some((id, _))) => Some(format!("{id:07}")),
            ("nonce", Some((_, nonce))) => Some(nonce.clone()),
            _ => self.values.get(name).cloned(),
        }
    }

    async fn step(
        &mut self,
        access: &Access,
        canary: &AppCanary,
        step: &HttpStep,
    ) -> Result<String, Failure> {
        let request = self.request(step);
        let answer =
            access.http(&step.service, &request, canary.timeout).await.map_err(|error| match error {
                HttpError::NotSent(reason) => Failure::Refused(reason),
                HttpError::NoAnswer(reason) => Failure::Unclear(reason),
            })?;
        self.keep_cookies(&answer);
        let text = answer.text();
        if !step.status.contains(&answer.status) {
            let said: String = text.trim().chars().take(200).collect();
            return Err(Failure::Refused(format!(
                "{} {} answered {}: {said}",
                step.method, step.path, answer.status
            )));
        }
        if step.expect.as_ref().is_some_and(|pattern| !pattern.is_match(&text)) {
            let said: String = text.trim().chars().take(200).collect();
            return Err(Failure::Refused(format!(
                "{} {} answered without what `expect` asks for: {said}",
                step.method, step.path
            )));
        }
        self.extract(step, &text)?;
        Ok(text)
    }

    fn request(&self, step: &HttpStep) -> Request {
        let path = template::fill(&step.path, &mut |name| self.value(name).map(|value| percent(&value)));
        let mut headers: Vec<(String, String)> =
            step.headers.iter().map(|(name, value)| (name.to_lowercase(), self.fill(value))).collect();
        let (kind, body) = match &step.body {
            HttpBody::Empty => (None, String::new()),
            HttpBody::Form(fields) => (Some("application/x-www-form-urlencoded"), self.form(fields)),
            HttpBody::Text(text) => (Some("application/json"), self.fill(text)),
        };
        if let Some(kind) = kind.filter(|_| !headers.iter().any(|(name, _)| name == "content-type")) {
            headers.push(("content-type".into(), kind.into()));
        }
        if !self.jar.is_empty() {
            let cookies: Vec<String> =
                self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push(("cookie".into(), cookies.join("; ")));
        }
        Request { method: step.method.clone(), path, headers, body: body.into_bytes() }
    }

    fn form(&self, fields: &BTreeMap<String, String>) -> String {
        let pairs =
            fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(&self.fill(value))));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Keeps name and value; a suite that lives for one operation needs no paths, domains or expiry.
    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in &answer.cookies {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.jar.insert(name.trim().into(), value.trim().into());
            }
        }
    }

    fn extract(&mut self, step: &HttpStep, text: &str) -> Result<(), Failure> {
        for (name, pattern) in &step.extract {
            let found = pattern.captures(text).and_then(|found| found.get(1));
            let value = found.ok_or_else(|| {
                Failure::Refused(format!("{} {} answered without `{name}`", step.method, step.path))
            })?;
            self.values.insert(name.clone(), value.as_str().into());
        }
        Ok(())
    }
}

/// Finds every record in an answer.
fn find_records(pattern: &Regex, text: &str) -> Result<Vec<Record>, String> {
    pattern
        .captures_iter(text)
        .map(|found| {
            let part = |name| found.name(name).map(|part| part.as_str()).unwrap_or_default();
            let id = part("id")
                .parse()
                .map_err(|_| format!("the read returned `{}`, which is no canary number", part("id")))?;
            Ok((id, part("nonce").to_owned()))
        })
        .collect()
}

/// RFC 3986: everything but the unreserved characters is encoded.
fn percent(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_values_cannot_break_out() {
        assert_eq!(percent("a b&c=$(x)+ü"), "a%20b%26c%3D%24%28x%29%2B%C3%BC");
    }

    #[test]
    fn records_are_found_by_name() {
        let pattern = Regex::new(r#""id":"(?<id>\d+)","n":"(?<nonce>\w+)""#).unwrap();
        let text = r#"[{"id":"0000007","n":"AB"},{"id":"8","n":"CD"}]"#;
        assert_eq!(find_records(&pattern, text), Ok(vec![(7, "AB".into()), (8, "CD".into())]));
    }

    #[test]
    fn a_number_too_large_is_an_error_and_not_a_lost_canary() {
        let pattern = Regex::new(r"(?<id>\d+) (?<nonce>\w+)").unwrap();
        assert!(find_records(&pattern, "99999999999999 AB").is_err());
    }
}
