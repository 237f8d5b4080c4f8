//! The top of the page: what was tried, what it came to, and a line for each drill.

use civic_contract::catalogue::{self, CATALOGUE, Level};
use civic_contract::certificate::DrillResult;
use civic_contract::journal::Journal;
use civic_contract::manifest::PAGE;
use maud::{Markup, html};

use super::badge;
use crate::duration::people;
use crate::ruling::Ruling;
use crate::text::{prose, slug, text, unbroken};

const LEVELS: [Level; 5] = [Level::C1, Level::C2, Level::C3, Level::C4, Level::C5];

/// App, verdict, levels, what was not tested.
pub(super) fn header(journal: &Journal, ruling: &Ruling) -> Markup {
    let start = journal.start();
    html! {
        header class="top" {
            p class="overline" { "civic · survivability report" }
            h1 { (text(&start.app)) }
            (verdict(ruling))
            (ladder(ruling))
            (not_tested(ruling))
            (without_data(journal))
            (stand_ins(ruling))
            dl class="facts" {
                (fact("Run", html! { code { (text(&start.run)) } }))
                (fact("Started", html! { time datetime=(text(&start.started)) { (text(&spoken(&start.started))) } }))
                (fact("Seed", html! { code { (start.seed) } }))
                (fact("Engine", html! { (text(&start.engine.name)) " " (text(&start.engine.version)) }))
                (fact("civic", html! { (text(&start.civic)) }))
            }
        }
    }
}

/// `2026-11-21T08:04:11Z` as `2026-11-21 08:04 UTC`; anything else as it is.
fn spoken(time: &str) -> String {
    let parts = time.strip_suffix('Z').and_then(|time| time.split_once('T'));
    match parts.and_then(|(day, clock)| Some((day, clock.get(..5)?))) {
        Some((day, clock)) => format!("{day} {clock} UTC"),
        None => time.to_owned(),
    }
}

fn fact(name: &str, value: Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn verdict(ruling: &Ruling) -> Markup {
    let (class, sign) = if ruling.certified { ("certified", "✓") } else { ("refused", "✗") };
    html! {
        div class={ "verdict " (class) } {
            span class="sign" aria-hidden="true" { (sign) }
            div {
                p class="sentence" { (unbroken(&ruling.sentence())) }
                @match ruling.more_reasons() {
                    [] => {}
                    [reason] => { p { (prose(reason)) } }
                    reasons => { ul { @for reason in reasons.iter().take(40) { li { (prose(reason)) } } } }
                }
                @if ruling.certified { (meaning(ruling)) }
                p class="quiet" {
                    @if !ruling.certified { "Level reached: " (text(&ruling.level_told())) ". " }
                    (prose(&ruling.facts.next_step))
                }
            }
        }
    }
}

fn meaning(ruling: &Ruling) -> Markup {
    let exempt = ruling.facts.exemptions.len();
    html! {
        p {
            "The app was harmed on purpose, and every planned drill passed"
            @if exempt > 0 { "; " (exempt) (if exempt == 1 { " drill is exempt" } else { " drills are exempt" }) }
            ". " a href="#limits" { "What this does not prove" }
        }
    }
}

/// The five levels, each with a word for its state.
fn ladder(ruling: &Ruling) -> Markup {
    html! {
        ol class="ladder" aria-label="Levels" {
            @for level in LEVELS {
                @let (class, state) = state(level, ruling);
                li class=(class) {
                    b { (level) } " " span class="motto" { (level.motto()) }
                    span class="state" { (state) }
                }
            }
        }
    }
}

fn state(level: Level, ruling: &Ruling) -> (&'static str, &'static str) {
    let performed = CATALOGUE.iter().any(|entry| entry.level == level && entry.performed);
    match ruling.level {
        Some(reached) if level <= reached => ("reached", "✓ reached"),
        _ if performed => ("missed", "✗ not reached"),
        _ => ("untested", "– not tested"),
    }
}

fn not_tested(ruling: &Ruling) -> Markup {
    let untested = &ruling.facts.not_tested;
    html! {
        @if !untested.is_empty() {
            p class="not-tested" {
                b { "Not tested: " }
                @for (index, id) in in_order(untested.keys()).iter().enumerate() {
                    @if index > 0 { ", " }
                    span class="id" { (text(id)) }
                }
                ". " a href="#not-tested" { "Why not" }
            }
        }
    }
}

fn without_data(journal: &Journal) -> Markup {
    html! {
        @if journal.start().canary == PAGE {
            div class="notice" role="note" {
                p {
                    b { "No data was at risk. " }
                    "civic.toml declares that this app keeps none. What was tried is that one of its pages comes back \
                     after every harm, from nothing but the app's images."
                }
            }
        }
    }
}

fn stand_ins(ruling: &Ruling) -> Markup {
    let images: Vec<_> = ruling.facts.images.iter().filter(|image| !image.stand_ins.is_empty()).collect();
    html! {
        @if !images.is_empty() {
            div class="notice" role="note" {
                p {
                    b { "Stand-ins were used for official images. " }
                    "What is said here holds for them; with the official images the app may behave otherwise."
                }
                ul {
                    @for image in images {
                        li { span class="id" { (text(&image.service)) } ": " (text(&image.stand_ins.join("; "))) }
                    }
                }
            }
        }
    }
}

/// Drill ids in the catalogue's order, unknown ones last.
pub(super) fn in_order<'a>(ids: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut ids: Vec<&String> = ids.collect();
    ids.sort_by_key(|id| CATALOGUE.iter().position(|entry| entry.id == id.as_str()).unwrap_or(usize::MAX));
    ids
}

/// The table of drills. Its roles are written out, because the narrow layout turns it into a list of cards.
pub(super) fn drills(journal: &Journal, ruling: &Ruling) -> Markup {
    let heads = ["Drill", "Verdict", "Data loss", "Outage", "Slowest boot"];
    html! {
        section id="drills" aria-labelledby="drills-title" {
            h2 id="drills-title" { "Drills" }
            table class="drills" role="table" aria-labelledby="drills-title" {
                thead role="rowgroup" {
                    tr role="row" { @for head in heads { th role="columnheader" scope="col" { (head) } } }
                }
                tbody role="rowgroup" {
                    @for drill in &ruling.facts.drills { (row(journal, ruling, drill)) }
                }
            }
            p class="quiet small" {
                "Data loss (RPO) is how much acknowledged work was gone after the fault; outage (RTO) is the longest \
                 time from a fault until the app was ready again. The second figure is what civic.toml tolerates, and for a boot its deadline."
            }
        }
    }
}

fn row(journal: &Journal, ruling: &Ruling, drill: &DrillResult) -> Markup {
    let measured = &drill.measured;
    let start = journal.start();
    let deadline = ruling.facts.deadline.as_ref().map(|baseline| baseline.ready_deadline_ms);
    html! {
        tr role="row" {
            th role="rowheader" scope="row" {
                a class="id" href={ "#drill-" (slug(&drill.drill)) } { (text(&drill.drill)) }
                span class="title" {
                    @if let Some(level) = drill.level { (level) " · " }
                    @if let Some(entry) = catalogue::find(&drill.drill) { (entry.title) }
                }
            }
            td role="cell" data-label="Verdict" { (badge(drill.outcome)) }
            td role="cell" data-label="Data loss" {
                (against(measured.rpo_ms, Some(start.data_loss_ms)))
                @if measured.lost > 0 { " " span class="lost" { (measured.lost) " lost" } }
            }
            td role="cell" data-label="Outage" { (against(measured.rto_ms, Some(start.downtime_ms))) }
            td role="cell" data-label="Slowest boot" { (against(measured.boot_ms, deadline)) }
        }
    }
}

/// A measured duration beside what is allowed.
fn against(measured: Option<u64>, allowed: Option<u64>) -> Markup {
    html! {
        @match (measured, allowed) {
            (None, _) => { span class="none" { "not measured" } }
            (Some(ms), None) => { span class="measured" { (people(ms)) } }
            (Some(ms), Some(allowed)) => {
                span class={ "measured" @if ms > allowed { " over" } } { (people(ms)) }
                span class="allowed" { " of " (people(allowed)) @if ms > allowed { ", too long" } }
            }
        }
    }
}
