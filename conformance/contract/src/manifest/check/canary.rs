//! Canaries: that they can be written, read and recognised.

use std::collections::BTreeSet;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::super::model::{AppCanary, Canary, DatabaseCanary, DatabaseEngine, Operation};
use super::super::node::Node;
use super::super::words::{cut, meant, one_of, shown};
use super::super::{names, raw};
use super::Check;

/// Longest time one operation may take: a drill does many.
const LONGEST_OPERATION: Duration = Duration::from_secs(10 * 60);
/// Compiled size of a pattern in bytes; the answers it is run on are bounded elsewhere.
const LARGEST_PATTERN: usize = 1 << 20;
/// Most patterns in a file: compiling one of the largest takes milliseconds.
const MOST_PATTERNS: usize = 100;
/// What `read` prints where the file has no pattern: `id nonce`, one a line. Wrong ones are found, too.
const LINES: &str = r"(?m)^[ \t]*(?<id>[0-9]+)[ \t]+(?<nonce>\S+)[ \t]*\r?$";

/// Which placeholders mean something at a place of an operation.
pub(super) struct Scope<'a> {
    /// A write has a record to write, a read has none.
    pub(super) writes: bool,
    /// What earlier requests extracted.
    pub(super) extracted: BTreeSet<&'a str>,
    /// What some request of this operation extracts.
    pub(super) extractable: BTreeSet<&'a str>,
    /// What was used so far.
    pub(super) used: BTreeSet<String>,
}

impl Check<'_> {
    pub(super) fn canary(&mut self, node: &Node) -> Option<Canary> {
        match &self.raw.canary {
            raw::Canary::App(canary) => self.app_canary(node, canary).map(Canary::App),
            raw::Canary::Database(canary) => Some(Canary::Database(self.database_canary(node, canary))),
            raw::Canary::Volume(canary) => {
                self.volume_canary(node.at("volume"), &canary.volume);
                Some(Canary::Volume { volume: canary.volume.clone() })
            }
            raw::Canary::Page(canary) => self.page_canary(node, canary).map(Canary::Page),
        }
    }

    fn app_canary(&mut self, node: &Node, canary: &raw::AppCanary) -> Option<AppCanary> {
        let timeout = self.period(node.at("timeout"), &canary.timeout, LONGEST_OPERATION);
        let write = self.operation(node.at("write"), &canary.write, true);
        let read = self.operation(node.at("read"), &canary.read, false);
        let records = self.records(node, canary);
        Some(AppCanary { write: write?, read: read?, records: records?, timeout })
    }

    fn operation(&mut self, node: &Node, operation: &raw::Operation, writes: bool) -> Option<Operation> {
        let mut scope =
            Scope { writes, extracted: BTreeSet::new(), extractable: BTreeSet::new(), used: BTreeSet::new() };
        let checked = match (&operation.http, &operation.exec) {
            (Some(steps), None) => Operation::Http(self.requests(node.at("http"), steps, &mut scope)?),
            (None, Some(step)) => self.exec(node.at("exec"), step, &mut scope),
            (http, _) => {
                let problem = if http.is_some() { "has both `http` and `exec`" } else { "says nothing" };
                let which = if writes { "write" } else { "read" };
                self.report.add(&node.span, format!("the canary's {which} {problem}")).expected(format!(
                    "[[canary.{which}.http]] for requests, or [canary.{which}.exec] for a command"
                ));
                return None;
            }
        };
        let unused = ["id", "nonce"].into_iter().filter(|name| writes && !scope.used.contains(*name));
        for name in unused {
            self.report
                .add(
                    &node.span,
                    format!("the write never uses {{{name}}}, so its records cannot be told apart"),
                )
                .expected("both {id} and {nonce} somewhere in what is written");
        }
        Some(checked)
    }

    fn exec(&mut self, node: &Node, step: &raw::ExecStep, scope: &mut Scope<'_>) -> Operation {
        self.service(node.at("service"), &step.service);
        for (index, argument) in step.command.iter().enumerate() {
            self.filled(node.at("command").item(index), argument, scope);
        }
        let command = self.command(node.at("command"), &step.command);
        Operation::Exec { service: step.service.clone(), command }
    }

    /// A text with placeholders.
    pub(super) fn filled(&mut self, node: &Node, text: &str, scope: &mut Scope<'_>) {
        let known = |name: &str| {
            matches!(name, "id" | "nonce") || name.starts_with("secret:") || scope.extractable.contains(name)
        };
        let Some(names) = self.placeholders(node, text, known) else {
            // What is used there is not known, and one report is enough.
            scope.used.extend(["id".to_owned(), "nonce".to_owned()]);
            return;
        };
        for name in names {
            scope.used.insert(name.to_owned());
            if let Some(secret) = name.strip_prefix("secret:") {
                self.secret(node, secret);
            } else if matches!(name, "id" | "nonce") {
                if !scope.writes {
                    let message =
                        format!("a read asks for all records, so {{{name}}} stands for nothing in it");
                    self.report
                        .add(&node.span, message)
                        .expected("a request or command that answers every record");
                }
            } else if !scope.extracted.contains(name) {
                self.unknown_placeholder(node, name, scope);
            }
        }
    }

    fn unknown_placeholder(&mut self, node: &Node, name: &str, scope: &Scope<'_>) {
        let spelt = shown(&format!("{{{name}}}"));
        if scope.extractable.contains(name) {
            self.report
                .add(&node.span, format!("{spelt} is used before it is extracted"))
                .expected("an earlier request that extracts it");
            return;
        }
        let standing = if scope.writes { &["id", "nonce"][..] } else { &[] };
        let known: Vec<String> =
            standing.iter().chain(scope.extracted.iter()).map(|name| format!("{{{name}}}")).collect();
        let near =
            meant(&format!("{{{name}}}"), known.iter().map(String::as_str)).map(|near| format!("`{near}`"));
        let known = known.iter().map(String::as_str).chain(["{secret:NAME}"]);
        self.report.add(&node.span, format!("{spelt} stands for nothing here")).suggest(near).expected =
            one_of(known);
    }

    fn records(&mut self, node: &Node, canary: &raw::AppCanary) -> Option<Regex> {
        let rule = "a regular expression with the groups (?<id>…) and (?<nonce>…)";
        let Some(pattern) = canary.records.as_deref().or(canary.read.exec.as_ref().map(|_| LINES)) else {
            self.report.add(&node.span, "`records` is missing in `canary`").expected(rule);
            return None;
        };
        let regex = self.pattern(node.at("records"), pattern)?;
        let groups: Vec<&str> = regex.capture_names().flatten().collect();
        for group in ["id", "nonce"] {
            if !groups.contains(&group) {
                let message = format!("`records` has no group named `{group}`");
                self.report.add(&node.at("records").span, message).expected(rule);
            }
        }
        Some(regex)
    }

    /// A regular expression of bounded size. Matching takes linear time whatever it says.
    pub(super) fn pattern(&mut self, node: &Node, pattern: &str) -> Option<Regex> {
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS {
            if self.patterns == MOST_PATTERNS + 1 {
                let expected = format!("at most {MOST_PATTERNS} in the whole file");
                self.report.add(&node.span, "there are too many regular expressions").expected(expected);
            }
            return None;
        }
        let compiled = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
        let reason = match compiled {
            Ok(regex) => return Some(regex),
            Err(regex::Error::CompiledTooBig(_)) => "it is too large".to_owned(),
            // The last line has the reason; those before it repeat the pattern.
            Err(error) => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                cut(last.strip_prefix("error: ").unwrap_or(last), 200)
            }
        };
        self.report
            .add(&node.span, format!("this is no regular expression: {reason}"))
            .expected("Rust's dialect: no look-around, no back-references; best between ''' and '''");
        None
    }

    fn database_canary(&mut self, node: &Node, canary: &raw::DatabaseCanary) -> DatabaseCanary {
        self.service(node.at("service"), &canary.service);
        match canary.engine {
            raw::DatabaseEngine::Sqlite => self.database_file(node, canary),
            _ => self.database_account(node, canary),
        }
        if let Some(password) = &canary.password {
            self.secret(node.at("password"), password);
        }
        DatabaseCanary {
            service: canary.service.clone(),
            engine: match canary.engine {
                raw::DatabaseEngine::Postgres => DatabaseEngine::Postgres,
                raw::DatabaseEngine::Mysql => DatabaseEngine::Mysql,
                raw::DatabaseEngine::Mongodb => DatabaseEngine::Mongodb,
                raw::DatabaseEngine::Sqlite => DatabaseEngine::Sqlite,
            },
            user: canary.user.clone().unwrap_or_default(),
            database: canary.database.clone(),
            password: canary.password.clone(),
        }
    }

    fn database_account(&mut self, node: &Node, canary: &raw::DatabaseCanary) {
        let user = canary.user.as_deref();
        if user.is_none() {
            let message = "the role that connects to the database is missing".to_owned();
            self.report.add(&node.span, message).expected("user = \"…\", the role that the app uses");
        }
        for (key, text) in [("user", user), ("database", Some(canary.database.as_str()))] {
            // The clients read `host=…` or `--option` in their place.
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            let Some(text) = text else { continue };
            if text.is_empty() || !text.bytes().all(allowed) || text.starts_with('-') || text.len() > 63 {
                self.report
                    .add(&node.at(key).span, format!("{} cannot be the {key} of a canary", shown(text)))
                    .expected("letters, digits, dashes and underscores, at most 63");
            }
        }
    }

    /// A file of SQLite is state like any other: only in a durable volume it can come back.
    fn database_file(&mut self, node: &Node, canary: &raw::DatabaseCanary) {
        for (key, given) in [("user", canary.user.is_some()), ("password", canary.password.is_some())] {
            if given {
                let message =
                    format!("SQLite has no {key}: whoever can write the file can write the database");
                self.report.add(&node.at(key).span, message).expected("no such key");
            }
        }
        let file = canary.database.as_str();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
        let is_path =
            file.starts_with('/') && file.bytes().all(allowed) && !file.split('/').any(|part| part == "..");
        let mut own = self.raw.volumes.values().filter(|volume| volume.service == canary.service);
        let is_kept = own.any(|volume| {
            let inside = file.strip_prefix(volume.path.as_str()).is_some_and(|rest| rest.starts_with('/'));
            volume.kind == raw::VolumeKind::Durable && inside
        });
        if !is_path || !is_kept {
            let message = format!(
                "{} is no file in a durable volume of service {}",
                shown(file),
                shown(&canary.service)
            );
            let expected = "the whole path of the database, such as /data/app.sqlite in a volume at /data";
            self.report.add(&node.at("database").span, message).expected(expected);
        }
    }

    fn volume_canary(&mut self, node: &Node, name: &str) {
        match self.raw.volumes.get(name) {
            None => {
                let known = self.raw.volumes.iter();
                let durable =
                    known.filter(|(_, volume)| volume.kind == raw::VolumeKind::Durable).map(|(name, _)| name);
                self.unknown(node, "volume", name, durable);
            }
            Some(volume) if volume.kind == raw::VolumeKind::Rebuildable => {
                let message =
                    format!("volume {} is rebuildable: what is in it need not come back", shown(name));
                self.report.add(&node.span, message).expected("a durable volume");
            }
            // The hooks save what the app keeps; they know nothing of a file of the suite's.
            Some(volume) if volume.backup == raw::Capture::Hooks => {
                let message =
                    format!("volume {} is saved by hooks, which leave a canary file out", shown(name));
                let expected = "a volume with `backup = \"files\"`, or a canary of kind `app` or `database`";
                self.report.add(&node.span, message).expected(expected);
            }
            Some(_) => {}
        }
    }
}

/// Whether a name can be given to an extracted value.
pub(super) fn is_extract_name(name: &str) -> bool {
    names::is_variable(name) && !matches!(name, "id" | "nonce" | "secret")
}
