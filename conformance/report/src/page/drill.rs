//! A section for each drill: what was done, what was seen, and what to mend.

use civic_contract::catalogue;
use civic_contract::certificate::DrillResult;
use civic_contract::journal::{Event, Journal};
use civic_contract::manifest::PAGE;
use civic_contract::verdict::{Finding, Outcome, Verdict};
use maud::{Markup, html};

use super::{badge, scroll};
use crate::duration::people;
use crate::lore::{self, Lore};
use crate::ruling::Ruling;
use crate::text::{prose, slug, text};
use crate::timeline::{Moment, figure, moments};

/// More findings of one drill than anybody reads.
const MOST_FINDINGS: usize = 12;
/// More lines of a log than a finding needs.
const MOST_LINES: usize = 40;

/// The stories speak of canaries that are written and asked for.
const WITHOUT_DATA: &str = "This app keeps no data: where a drill writes canaries or asks for them, one of its pages was \
    asked for. No data was at risk.";

/// Every planned or exempt drill, in the catalogue's order.
pub(super) fn sections(journal: &Journal, verdicts: &[Verdict], ruling: &Ruling) -> Markup {
    html! {
        section class="each" aria-label="Each drill" {
            @for drill in &ruling.facts.drills {
                @let findings = verdicts.iter().filter(|verdict| verdict.drill == drill.drill);
                @let findings: Vec<&Finding> = findings.flat_map(|verdict| &verdict.findings).collect();
                (section(journal, drill, &findings))
            }
        }
    }
}

fn section(journal: &Journal, drill: &DrillResult, found: &[&Finding]) -> Markup {
    let id = format!("drill-{}", slug(&drill.drill));
    let lore = lore::find(&drill.drill);
    html! {
        section id=(id) class={ "drill " (drill.outcome.word()) } aria-labelledby={ (id) "-title" } {
            header {
                h2 id={ (id) "-title" } { span class="id" { (text(&drill.drill)) } " " (badge(drill.outcome)) }
                p class="title" {
                    @if let Some(level) = drill.level { "Level " (level) ", " (level.motto()) " · " }
                    @if let Some(entry) = catalogue::find(&drill.drill) { (entry.title) }
                }
            }
            p class="headline" { (prose(&drill.headline)) }
            @if let Some(lore) = lore { (story(lore)) }
            @if journal.start().canary == PAGE { p class="quiet" { (WITHOUT_DATA) } }
            @if drill.outcome != Outcome::Exempt {
                (picture(journal, &drill.drill))
                (numbers(journal, drill))
                (findings(found))
            }
            @if let Some(lore) = lore { (meaning(lore, drill.outcome)) }
        }
    }
}

fn story(lore: &Lore) -> Markup {
    html! {
        div class="story" {
            div { h3 { "What is done" } p { (lore.done) } }
            div { h3 { "Why it matters" } p { (lore.why) } }
        }
    }
}

fn meaning(lore: &Lore, outcome: Outcome) -> Markup {
    html! {
        div class="story meaning" {
            div {
                h3 { @if outcome == Outcome::Pass { "What this proves" } @else { "What a pass would prove" } }
                p { (lore.proves) }
            }
            div { h3 { "What it leaves open" } p { (lore.leaves_open) } }
        }
    }
}

fn picture(journal: &Journal, drill: &str) -> Markup {
    let (moments, more) = moments(journal, drill);
    html! {
        @if let Some(figure) = figure(journal, drill) {
            figure {
                (scroll(&format!("Timeline of {drill}, scrolls sideways"), &figure))
                figcaption {
                    "Time runs to the right, from the start of the drill. Each lane is one copy of the app."
                    span class="narrow" { " Move the picture sideways to see the rest." }
                }
            }
        }
        @if !moments.is_empty() {
            details {
                summary { "The same in words: " (moments.len()) " moments" }
                ol class="moments" {
                    @for moment in &moments { (told(moment)) }
                    @if more > 0 { li { (more) " more moments are in the journal." } }
                }
            }
        }
    }
}

fn told(moment: &Moment) -> Markup {
    html! {
        li class=[moment.bad.then_some("bad")] {
            span class="at" { (people(moment.at_ms)) }
            span class="what" {
                @if moment.bad { span aria-hidden="true" { "✗ " } }
                @if !moment.sandbox.is_empty() { span class="id" { (text(&moment.sandbox)) } " " }
                (text(&moment.told))
            }
        }
    }
}

fn numbers(journal: &Journal, drill: &DrillResult) -> Markup {
    let measured = &drill.measured;
    let attempts = attempts(journal, &drill.drill);
    let page = journal.start().canary == PAGE;
    let counts = [
        (measured.acknowledged, if page { "times the page was served" } else { "writes acknowledged" }),
        (measured.lost, "of them lost"),
        (measured.forgone, "forgone, as allowed"),
        (measured.unknown, "of unknown outcome"),
    ];
    let times = [
        (measured.rpo_ms, "data loss (RPO)"),
        (measured.rto_ms, "longest outage (RTO)"),
        (measured.boot_ms, "slowest boot"),
    ];
    html! {
        dl class="numbers" {
            @for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
                div { dt { (what) } dd class=[(*what == "of them lost").then_some("lost")] { (count) } }
            }
            @for (ms, what) in times {
                @if let Some(ms) = ms { div { dt { (what) } dd { (people(ms)) } } }
            }
            @if attempts > 1 { div { dt { "attempts, after infrastructure errors" } dd { (attempts) } } }
        }
    }
}

fn attempts(journal: &Journal, drill: &str) -> usize {
    let own = journal.entries.iter().filter(|entry| entry.drill.as_deref() == Some(drill));
    own.filter(|entry| matches!(entry.event, Event::DrillStarted { .. })).count()
}

fn findings(findings: &[&Finding]) -> Markup {
    html! {
        @for (index, found) in findings.iter().take(MOST_FINDINGS).enumerate() {
            (finding(found, index + 1, findings.len()))
        }
        @if findings.len() > MOST_FINDINGS {
            p class="quiet" { (findings.len() - MOST_FINDINGS) " more findings are in the journal." }
        }
    }
}

fn finding(finding: &Finding, number: usize, of: usize) -> Markup {
    html! {
        article class="finding" {
            h3 { "Finding" @if of > 1 { " " (number) " of " (of) } }
            dl {
                (part("Seen", html! { p class="seen" { (prose(&finding.seen)) } }))
                (part("Expected", html! { p { (prose(&finding.expected)) } }))
                @if !finding.canaries.is_empty() {
                    (part("For example", canaries(&finding.canaries)))
                }
                (part("Likely cause", html! { p { (prose(&finding.cause)) } }))
                (part("Fix", html! { p class="fix" { (prose(&finding.fix)) } }))
                (part("What was done", command(&finding.done)))
                @if let Some(deadline) = &finding.deadline { (part("The deadline", html! { p { (prose(deadline)) } })) }
                @if !finding.logs.is_empty() { (part("The app's last words", log(&finding.logs))) }
                (part("Run it again", command(&finding.rerun)))
            }
        }
    }
}

fn canaries(ids: &[String]) -> Markup {
    html! {
        p { "canary " @for (index, id) in ids.iter().take(3).enumerate() { @if index > 0 { ", " } code { (text(id)) } } }
    }
}

fn part(name: &str, content: Markup) -> Markup {
    html! { div { dt { (name) } dd { (content) } } }
}

fn command(command: &str) -> Markup {
    html! { @if !command.is_empty() { pre tabindex="0" { code { (text(command)) } } } @else { p { "—" } } }
}

fn log(lines: &[String]) -> Markup {
    let left_out = lines.len().saturating_sub(MOST_LINES);
    html! {
        pre class="log" tabindex="0" {
            @if left_out > 0 { "… " (left_out) " earlier lines\n" }
            @for line in &lines[left_out..] { (text(line)) "\n" }
        }
    }
}
