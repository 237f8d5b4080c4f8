//! The report as one page that needs nothing else: no network, no script, no second file.

mod appendix;
mod drill;
mod overview;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civic_contract::journal::Journal;
use civic_contract::verdict::{Outcome, Verdict};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::ruling::{Ruling, symbol};
use crate::text::text;
use crate::timeline;

const STYLE: &str = include_str!("page/style.css");

/// Writes the report. The same journal and verdicts give the same page.
pub fn html(journal: &Journal, verdicts: &[Verdict]) -> String {
    let ruling = Ruling::of(journal, verdicts);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(journal, &ruling))
            body {
                a class="skip" href="#drills" { "Skip to the drills" }
                (overview::header(journal, &ruling))
                main {
                    (overview::drills(journal, &ruling))
                    (drill::sections(journal, verdicts, &ruling))
                    (appendix::sections(journal, &ruling))
                }
                (footer(journal))
            }
        }
    };
    page.into_string()
}

fn head(journal: &Journal, ruling: &Ruling) -> Markup {
    let style = format!("{}{}{STYLE}", timeline::PALETTE, timeline::STYLE);
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy(&style));
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (text(&journal.start().app)) " — " (text(&ruling.sentence())) }
            style { (PreEscaped(&style)) }
        }
    }
}

/// Nothing may be loaded or run; the one style sheet is known by its hash.
fn policy(style: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

fn footer(journal: &Journal) -> Markup {
    let start = journal.start();
    html! {
        footer {
            p {
                "Written by civic " (text(&start.civic)) " from the journal of run " code { (text(&start.run)) }
                ". The journal is the source of truth; this page only shows it."
            }
        }
    }
}

/// An outcome as word and sign.
fn badge(outcome: Outcome) -> Markup {
    html! {
        span class={ "badge " (outcome.word()) } {
            span aria-hidden="true" { (symbol(outcome)) } " " (outcome.word())
        }
    }
}

/// A wide thing that scrolls by itself, also by keyboard, so that the page does not.
fn scroll(label: &str, content: &Markup) -> Markup {
    html! { div class="scroll" role="region" tabindex="0" aria-label=(text(label)) { (content) } }
}
