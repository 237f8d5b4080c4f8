//! The rest of the page: how deadlines came about, where the time went, what was run and what was not.

use std::collections::BTreeMap;

use civic_contract::journal::{ImageReady, Journal};
use civic_contract::manifest::PAGE;
use maud::{Markup, html};

use super::overview::in_order;
use crate::document::{checks, warnings};
use crate::duration::people;
use crate::ruling::Ruling;
use crate::shares::{Shares, Step, label, shares};
use crate::text::{prose, text};

/// More warnings or checks than anybody reads.
const MOST: usize = 60;
/// Shorter gaps between drills are not worth a line.
const LEAST_STEP_MS: u64 = 50;

/// Every section after the drills.
pub(super) fn sections(journal: &Journal, ruling: &Ruling) -> Markup {
    html! {
        (section("limits", "What this does not prove", list(&ruling.facts.does_not_prove)))
        (section("not-tested", "What was not tested", reasons(&ruling.facts.not_tested)))
        (section("exemptions", "Exemptions", exemptions(ruling)))
        (section("deadlines", "How the deadlines came about", deadlines(ruling)))
        (section("time", "Where the time went", time(&shares(journal))))
        (section("images", "What was run", run(journal, ruling)))
        (section("checks", "Static checks and warnings", notes(journal)))
        (section("again", "Judge it again", again(journal)))
    }
}

fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! {
        section id=(id) class="appendix" aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            div { (content) }
        }
    }
}

fn list(sentences: &[String]) -> Markup {
    html! { ul class="prose" { @for sentence in sentences { li { (prose(sentence)) } } } }
}

/// Drills with a reason each; drills with the same reason share one line.
fn reasons(drills: &BTreeMap<String, String>) -> Markup {
    let mut by_reason: Vec<(&String, Vec<&String>)> = Vec::new();
    for id in in_order(drills.keys()) {
        let reason = &drills[id];
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(id),
            None => by_reason.push((reason, vec![id])),
        }
    }
    html! {
        dl class="reasons" {
            @for (reason, ids) in by_reason {
                div {
                    dt {
                        @for (index, id) in ids.iter().enumerate() {
                            @if index > 0 { ", " } span class="id" { (text(id)) }
                        }
                    }
                    dd { (prose(reason)) }
                }
            }
        }
        @if drills.is_empty() { p { "Every drill of the catalogue was planned." } }
    }
}

fn exemptions(ruling: &Ruling) -> Markup {
    html! {
        @if ruling.facts.exemptions.is_empty() {
            p { "None. civic.toml exempts the app from no drill." }
        } @else {
            p { "civic.toml exempts the app from these drills. They were not run." }
            (reasons(&ruling.facts.exemptions))
        }
    }
}

fn deadlines(ruling: &Ruling) -> Markup {
    html! {
        @match &ruling.facts.deadline {
            None => { p { "No cold boot was measured, so no deadline was set." } }
            Some(baseline) => {
                p {
                    "Before the drills the app was started on empty volumes "
                    (baseline.boots_ms.len()) (if baseline.boots_ms.len() == 1 { " time" } else { " times" }) ": "
                    @for (index, boot) in baseline.boots_ms.iter().take(20).enumerate() {
                        @if index > 0 { ", " } b { (people(*boot)) }
                    }
                    ". Every later boot had to be ready within " b { (people(baseline.ready_deadline_ms)) } "."
                }
                p { (prose(&baseline.derivation)) }
            }
        }
        p {
            "civic.toml tolerates an outage of " b { (people(ruling.facts.tolerance.downtime_ms)) }
            " and a data loss of " b { (people(ruling.facts.tolerance.data_loss_ms)) } "."
        }
    }
}

fn time(shares: &Shares) -> Markup {
    html! {
        @if let Some(share) = shares.own_share() {
            p {
                "The chain of drills that decided how long the run took is " b { (people(shares.total_ms)) } " long. "
                b { (percent(share)) } " of it is the app's own time: its boots, its stops, its restores and the waits \
                 that civic.toml declares. The rest is the suite's work."
            }
            (bar(share))
        } @else { p { "Nothing in the journal took any time." } }
        @if let (Some(roster), Some(boot), Some(ratio)) = (shares.roster_ms, shares.first_boot_ms, shares.in_boots()) {
            p {
                "From the first cold boot to the end of the last drill it took " b { (people(roster)) }
                ", as long as " b { (format!("{ratio:.1}")) } " cold boots of " (people(boot)) " each."
            }
        }
        @if shares.build_ms > 0 {
            p { "Building images took " b { (people(shares.build_ms)) } " and is not counted." }
        }
        div class="pair" { (parts(shares)) (path(shares)) }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The shares as lengths; the sentence above says the same.
fn bar(share: f64) -> Markup {
    let own = (share * 1000.0).round();
    html! {
        svg class="share" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" {
            rect class="own" width=(own) height="14" {}
            rect class="rest" x=(own) width=(1000.0 - own) height="14" {}
        }
    }
}

fn parts(shares: &Shares) -> Markup {
    html! {
        table class="parts" {
            caption { "What filled that time" }
            tbody {
                @for part in &shares.parts {
                    tr {
                        th scope="row" { (label(part.name)) }
                        td class="whose" { (if part.own { "app" } else { "suite" }) }
                        td class="number" { (people(part.ms)) }
                    }
                }
            }
        }
    }
}

fn path(shares: &Shares) -> Markup {
    let steps = || shares.steps.iter().filter(|step| step.drill.is_some() || length(step) >= LEAST_STEP_MS);
    let first = shares.steps.iter().find(|step| step.drill.is_some()).map_or(u64::MAX, |step| step.from_ms);
    html! {
        table class="parts" {
            caption { "What waited for what" }
            tbody {
                @for step in steps().take(MOST) {
                    tr {
                        th scope="row" {
                            @match &step.drill {
                                Some(drill) => { span class="id" { (text(drill)) } }
                                None if step.to_ms <= first => { "cold boots and preparation" }
                                None => { "work of the run between or after drills" }
                            }
                        }
                        td class="number" { (people(length(step))) }
                    }
                }
            }
        }
    }
}

fn length(step: &Step) -> u64 {
    step.to_ms - step.from_ms - step.build_ms
}

fn run(journal: &Journal, ruling: &Ruling) -> Markup {
    let start = journal.start();
    let engine = &start.engine;
    html! {
        ul class="images" { @for image in ruling.facts.images.iter().take(MOST) { (image_item(image)) } }
        dl class="reasons" {
            (pair("Engine", html! {
                (text(&engine.name)) " " (text(&engine.version)) ", API " (text(&engine.api))
                ", on " (text(&engine.host))
                ", " (engine.cores) " cores, " (gibibytes(engine.memory))
            }))
            (pair("Node", html! { (text(&start.node)) }))
            (pair("Canaries", html! {
                (text(&start.canary)) @if start.canary == PAGE { ": the app keeps no data, and none was at risk" }
            }))
            (pair("Seed", html! { code { (start.seed) } }))
            (pair("Side by side", html! { (start.jobs) " sandboxes at most" }))
            (pair("civic.toml", html! { code class="digest" { (text(&start.manifest)) } }))
        }
    }
}

fn image_item(image: &ImageReady) -> Markup {
    html! {
        li {
            p {
                b class="id" { (text(&image.service)) } " " code { (text(&image.reference)) }
                @if image.built { " " span class="quiet" { "built by the project" } }
            }
            p { code class="digest" { (text(&image.digest)) } }
            @for stand_in in &image.stand_ins { p class="stand-in" { b { "Stand-in: " } (text(stand_in)) } }
        }
    }
}

fn pair(name: &str, value: Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB of memory", bytes as f64 / f64::from(1u32 << 30))
}

fn notes(journal: &Journal) -> Markup {
    let (findings, warnings): (Vec<_>, Vec<_>) = (checks(journal).collect(), warnings(journal).collect());
    html! {
        @if findings.is_empty() && warnings.is_empty() {
            p { "The static checks found nothing, and there were no warnings." }
        }
        @if !findings.is_empty() {
            ul class="checks" {
                @for finding in findings.iter().take(MOST) {
                    li class=(if finding.error { "error" } else { "advice" }) {
                        p {
                            b { (if finding.error { "✗ error" } else { "– advice" }) } " "
                            span class="id" { (text(&finding.check)) } " "
                            code { (text(&finding.file)) @if finding.line > 0 { ":" (finding.line) } }
                        }
                        p { (prose(&finding.message)) }
                        @if !finding.fix.is_empty() { p class="fix" { (prose(&finding.fix)) } }
                    }
                }
            }
        }
        @if !warnings.is_empty() {
            h3 { "Warnings" }
            ul class="prose" { @for warning in warnings.iter().take(MOST) { li { (prose(warning)) } } }
        }
        @let more = findings.len().saturating_sub(MOST) + warnings.len().saturating_sub(MOST);
        @if more > 0 { p { (more) " more are in the journal." } }
    }
}

fn again(journal: &Journal) -> Markup {
    let start = journal.start();
    html! {
        p {
            "Every verdict follows from the journal alone. Anybody can reach it again, on any machine, without a \
             container engine; DIR is the folder this page lies in:"
        }
        pre tabindex="0" { code { "civic verify --rejudge DIR" } }
        p { "To do it all again, with the same random choices:" }
        pre tabindex="0" { code { "civic certify " (text(&start.project)) " --seed " (start.seed) } }
    }
}
