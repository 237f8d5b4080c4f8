//! Text for people: tables, findings, errors in civic.toml.

use std::io::IsTerminal;

use civic_contract::manifest::ManifestErrors;
use civic_contract::verdict::{Finding, Outcome, Verdict};
use comfy_table::{Cell, ContentArrangement, Table, presets};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
};

/// Untrusted text on one line, without control characters: an app's log must not steer the terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        .trim()
        .into()
}

/// Symbol and word, so that colour is never needed to tell outcomes apart.
pub fn outcome(outcome: Outcome) -> String {
    format!("{} {}", civic_report::symbol(outcome), outcome.word())
}

/// A table that fits the terminal.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(Cell::new));
    for row in rows {
        table.add_row(row.into_iter().map(Cell::new));
    }
    if table.width().is_none() {
        table.set_width(100);
    }
    let text = table.to_string();
    text.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// What a failed drill tells its reader.
pub fn findings(verdict: &Verdict) -> String {
    let mut text =
        format!("\n{} {}: {}\n", outcome(verdict.outcome), verdict.drill, plain(&verdict.headline));
    for finding in verdict.findings.iter().take(3) {
        text.push_str(&one_finding(finding));
    }
    if verdict.findings.len() > 3 {
        text.push_str(&format!("  … and {} more in the report.\n", verdict.findings.len() - 3));
    }
    text
}

fn one_finding(finding: &Finding) -> String {
    let mut seen = plain(&finding.seen);
    if !finding.canaries.is_empty() {
        seen.push_str(&format!(" (canaries {})", finding.canaries.join(", ")));
    }
    let mut lines =
        vec![("done", plain(&finding.done)), ("expected", plain(&finding.expected)), ("seen", seen)];
    lines.extend(finding.deadline.iter().map(|deadline| ("deadline", plain(deadline))));
    lines.extend(finding.logs.iter().rev().take(5).rev().map(|line| ("log", plain(line))));
    lines.extend([
        ("cause", plain(&finding.cause)),
        ("fix", plain(&finding.fix)),
        ("again", plain(&finding.rerun)),
    ]);
    lines
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("  {name:>8}  {text}\n"))
        .collect()
}

/// An error in civic.toml as miette draws it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct ManifestDiagnostic {
    message: String,
    help: Option<String>,
    label: LabeledSpan,
    source_code: NamedSource<String>,
}

impl Diagnostic for ManifestDiagnostic {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

/// Untrusted lines without control characters, each letter still at its byte.
fn harmless(text: &str) -> String {
    let letter = |letter: char| match letter {
        '\n' | '\t' | '\r' => letter,
        letter if letter.is_control() && letter.len_utf8() == 1 => ' ',
        letter if letter.is_control() => '\u{a0}', // two bytes, as all other control characters have
        letter => letter,
    };
    text.chars().map(letter).collect()
}

/// Prints every error in civic.toml at its line and column.
pub fn manifest_errors(text: &str, errors: &ManifestErrors) {
    let theme = if std::io::stderr().is_terminal() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    let text = harmless(text);
    for error in errors.iter() {
        let expected = error.expected.as_ref().map(|expected| format!("expected {expected}"));
        let meant = error.suggestion.as_ref().map(|meant| format!("did you mean {meant}?"));
        let help: Vec<String> = expected.into_iter().chain(meant).map(|part| plain(&part)).collect();
        let end = error.span.end.min(text.len());
        let start = error.span.start.min(end);
        let diagnostic = ManifestDiagnostic {
            message: format!("civic.toml:{}:{}: {}", error.line, error.column, plain(&error.message)),
            help: (!help.is_empty()).then(|| help.join("; ")),
            label: LabeledSpan::underline(start..end),
            source_code: NamedSource::new("civic.toml", text.clone()),
        };
        let mut drawn = String::new();
        match handler.render_report(&mut drawn, &diagnostic) {
            Ok(()) => eprint!("{drawn}"),
            Err(_) => eprintln!("error: {}", diagnostic.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{harmless, plain};

    #[test]
    fn what_replaces_control_characters_is_as_long() {
        let text = "a\u{1b}[2J\u{7f}b\u{85}c\u{9b}\n\té";
        assert_eq!(harmless(text), "a [2J b\u{a0}c\u{a0}\n\té");
        assert_eq!(harmless(text).len(), text.len());
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(plain("\u{1b}[2Jhello\r\nworld\u{7}"), "[2Jhello  world");
    }
}
