//! `civic check`.

use civic_conformance::check;
use civic_conformance::project::Project;
use civic_contract::exit::Exit;
use civic_contract::journal::StaticFinding;

use crate::args::{Check, Format};
use crate::{render, say};

/// Runs the static checks: 0 without errors, 1 with.
pub fn run(args: &Check) -> Exit {
    let project = match Project::load(&args.path) {
        Ok(project) => project,
        Err(failure) => return say::project(&failure),
    };
    let findings = check::check(&project);
    match args.format {
        Format::Json => println!("{:#}", serde_json::json!({ "schema": 1, "findings": findings })),
        Format::Text => print(&findings),
    }
    if findings.iter().any(|finding| finding.error) { Exit::AppFailed } else { Exit::Done }
}

fn print(findings: &[StaticFinding]) {
    for finding in findings {
        let kind = if finding.error { "error" } else { "advice" };
        let place = match finding.line {
            0 => finding.file.clone(),
            line => format!("{}:{line}", finding.file),
        };
        println!("{place}: {kind}[{}]: {}", finding.check, render::plain(&finding.message));
        println!("  fix: {}", render::plain(&finding.fix));
    }
    let errors = findings.iter().filter(|finding| finding.error).count();
    match (errors, findings.len() - errors) {
        (0, 0) => println!("civic.toml is valid, and nothing else was found."),
        (errors, advice) => println!("\n{errors} error(s), {advice} piece(s) of advice."),
    }
}
