//! What each sign means: shapes, patterns and the words beside them. Nothing is told by colour alone.

use civic_contract::journal::SpanName;
use maud::{Markup, html};

use super::draw::{RIGHT, px};
use super::labels::width;
use super::scene::{MarkKind, Scene};
use crate::fate::Fate;

const ROW: f64 = 20.0;
const GAP: f64 = 12.0;

/// A sign's outline around its middle, relative SVG path commands after the first move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// From the middle to the first point.
    start: (f64, f64),
    rest: &'static str,
}

const TICK: Shape = Shape { start: (0.0, -6.0), rest: "v12" };
const CROSS: Shape = Shape { start: (-3.5, -3.5), rest: "l7 7m0 -7l-7 7" };
const RING: Shape = Shape { start: (-3.5, 0.0), rest: "a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0" };
const HOLLOW: Shape = Shape { start: (-4.0, -3.5), rest: "h8l-4 7z" };
const DIAMOND: Shape = Shape { start: (0.0, -7.0), rest: "l5 7l-5 7l-5 -7z" };
const FLAG: Shape = Shape { start: (-4.5, 4.0), rest: "h9l-4.5 -9z" };
const CHECK: Shape = Shape { start: (-4.5, 0.0), rest: "l3.5 4l6 -8" };
const SQUARE: Shape = Shape { start: (-3.5, -3.5), rest: "h7v7h-7z" };
const BOLD_CROSS: Shape = Shape { start: (-4.0, -4.0), rest: "l8 8m0 -8l-8 8" };
const POINT: Shape = Shape { start: (0.0, -4.5), rest: "l4.5 4.5l-4.5 4.5l-4.5 -4.5z" };

/// A shape at its place.
pub(super) fn shape(shape: Shape, x: f64, y: f64) -> String {
    format!("M{} {}{}", px(x + shape.start.0), px(y + shape.start.1), shape.rest)
}

pub(super) fn write_shape(fate: Fate) -> Shape {
    match fate {
        Fate::Acknowledged => TICK,
        Fate::Failed => CROSS,
        Fate::Unknown => RING,
        Fate::Forgone => HOLLOW,
        Fate::Lost => DIAMOND,
    }
}

pub(super) fn write_class(fate: Fate) -> &'static str {
    match fate {
        Fate::Acknowledged => "acknowledged",
        Fate::Failed => "failed",
        Fate::Unknown => "unknown",
        Fate::Forgone => "forgone",
        Fate::Lost => "lost",
    }
}

fn write_word(fate: Fate, page: bool) -> &'static str {
    match fate {
        Fate::Acknowledged if page => "page served",
        Fate::Failed if page => "page refused",
        Fate::Acknowledged => "write acknowledged",
        Fate::Failed => "write refused",
        Fate::Unknown => "outcome unknown",
        Fate::Forgone => "younger than the snapshot: may be gone",
        Fate::Lost => "acknowledged and lost",
    }
}

pub(super) fn mark_shape(kind: MarkKind) -> Shape {
    match kind {
        MarkKind::Ready => FLAG,
        MarkKind::Whole => CHECK,
        MarkKind::Noticed => POINT,
        MarkKind::Exit => SQUARE,
        MarkKind::Bad => BOLD_CROSS,
    }
}

pub(super) fn mark_class(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Ready => "ready",
        MarkKind::Whole => "whole",
        MarkKind::Noticed => "noticed",
        MarkKind::Exit => "exit",
        MarkKind::Bad => "bad",
    }
}

fn mark_word(kind: MarkKind, page: bool) -> &'static str {
    match kind {
        MarkKind::Whole if page => "page asked for, and it came",
        MarkKind::Ready => "ready",
        MarkKind::Whole => "canaries asked for, none lost",
        MarkKind::Noticed => "attack noticed, as it must be",
        MarkKind::Exit => "a container ended",
        MarkKind::Bad => "must not be",
    }
}

/// Whether a kind of time gets a full bar; the suite's own work is a thin one.
pub(super) fn is_full(name: SpanName) -> bool {
    use SpanName::{Boot, Clone, DeclaredWait, Restore, Snapshot, Stop};
    matches!(name, Boot | Stop | Restore | Snapshot | Clone | DeclaredWait)
}

pub(super) fn class(name: SpanName) -> &'static str {
    match name {
        SpanName::Boot => "boot",
        SpanName::Stop => "stop",
        SpanName::Restore => "restore",
        SpanName::Snapshot => "snapshot",
        SpanName::Clone => "clone",
        SpanName::DeclaredWait => "wait",
        SpanName::Hook => "hook",
        _ => "suite",
    }
}

pub(super) fn word(name: SpanName) -> &'static str {
    match name {
        SpanName::Boot => "boot",
        SpanName::Stop => "stop",
        SpanName::Restore => "restore",
        SpanName::Snapshot => "snapshot",
        SpanName::Clone => "copy",
        SpanName::DeclaredWait => "wait",
        SpanName::Hook => "hook",
        SpanName::Canary => "canaries",
        SpanName::Prepare => "prepare",
        SpanName::Harm => "harm",
        SpanName::Observe => "observe",
        SpanName::CleanUp => "clean up",
        SpanName::Build => "build",
    }
}

/// The pattern that tells a bar from its neighbours without colour; a boot is plain.
pub(super) fn fill(name: SpanName, id: &str) -> Option<String> {
    let patterned = matches!(name, SpanName::Stop | SpanName::Restore | SpanName::Snapshot | SpanName::Clone);
    patterned.then(|| format!("url(#tl-{id}-{})", class(name)))
}

/// The patterns of one picture. Ids are a page's common property, so each has its picture's name in it.
pub(super) fn patterns(id: &str) -> Markup {
    let lines = [
        ("stop", "6", "M-1 7L7 -1M-1 1L1 -1M5 7L7 5"),
        ("restore", "5", "M0 2.5h5"),
        ("snapshot", "6", "M3 2v2M2 3h2"),
        ("clone", "5", "M2.5 0v5"),
        ("outage", "7", "M-1 1L1 -1M-1 8L8 -1M6 8L8 6"),
    ];
    html! {
        defs {
            @for (name, size, path) in lines {
                pattern id={ "tl-" (id) "-" (name) } width=(size) height=(size) patternUnits="userSpaceOnUse" {
                    rect class={ "ground " (name) } width=(size) height=(size) {}
                    path class={ "figure " (name) } d=(path) {}
                }
            }
        }
    }
}

/// The signs that a picture uses, each with its meaning, and the height they take.
pub(super) fn draw(scene: &Scene, id: &str, top: f64) -> (Markup, f64) {
    let (mut x, mut y) = (0.0, top);
    let mut drawn = Vec::new();
    for (sign, meaning) in signs(scene, id) {
        let wide = 22.0 + width(meaning);
        if x > 0.0 && x + wide > RIGHT {
            (x, y) = (0.0, y + ROW);
        }
        drawn.push(html! {
            g transform={ "translate(" (px(x)) " " (px(y)) ")" } {
                (sign) text class="meaning" x="22" y="13" { (meaning) }
            }
        });
        x += wide + GAP;
    }
    (html! { g class="legend" { @for item in &drawn { (item) } } }, y - top + ROW)
}

/// A sign drawn around the middle of 18 by 18 units, and what it means.
type Sign = (Markup, &'static str);

fn signs(scene: &Scene, id: &str) -> Vec<Sign> {
    let mut signs = bar_signs(scene, id);
    signs.extend(line_signs(scene, id));
    signs.extend(write_signs(scene));
    signs.extend(mark_signs(scene));
    signs
}

fn bar_signs(scene: &Scene, id: &str) -> Vec<Sign> {
    use SpanName::{Boot, Clone, DeclaredWait, Restore, Snapshot, Stop};
    let bars = || scene.lanes.iter().flat_map(|lane| &lane.bars);
    let full = [Boot, Stop, Clone, Snapshot, Restore, DeclaredWait].into_iter();
    let full = full.filter(|name| bars().any(|bar| bar.name == *name));
    let thin = [("hook", "hook"), ("suite", "work of the suite")].into_iter();
    let thin = thin.filter(|(kind, _)| bars().any(|bar| class(bar.name) == *kind));
    full.map(|name| (bar_sign(name, id), word(name)))
        .chain(thin.map(|(kind, meaning)| {
            (html! { rect class={ "bar " (kind) } y="7" width="16" height="5" {} }, meaning)
        }))
        .collect()
}

fn line_signs(scene: &Scene, id: &str) -> Vec<Sign> {
    let lanes = || scene.lanes.iter();
    let lines = [(true, "fault", "fault"), (false, "moment", "snapshot begins")].into_iter();
    let lines =
        lines.filter(|(fault, ..)| lanes().flat_map(|lane| &lane.lines).any(|line| line.fault == *fault));
    let mut signs: Vec<Sign> = lines
        .map(|(_, class, meaning)| (html! { line class=(class) x1="8" x2="8" y1="1" y2="17" {} }, meaning))
        .collect();
    if lanes().any(|lane| !lane.outages.is_empty()) {
        let fill = format!("url(#tl-{id}-outage)");
        signs.push((
            html! { rect class="outage" fill=(fill) y="2" width="16" height="14" {} },
            "out of service",
        ));
    }
    signs
}

fn write_signs(scene: &Scene) -> impl Iterator<Item = Sign> {
    let fates = [Fate::Acknowledged, Fate::Failed, Fate::Unknown, Fate::Forgone, Fate::Lost].into_iter();
    let seen = |fate| scene.lanes.iter().flat_map(|lane| &lane.writes).any(|(_, own)| *own == fate);
    fates.filter(move |fate| seen(*fate)).map(|fate| {
        let sign =
            html! { path class={ "write " (write_class(fate)) } d=(shape(write_shape(fate), 9.0, 9.0)) {} };
        (sign, write_word(fate, scene.page))
    })
}

fn mark_signs(scene: &Scene) -> impl Iterator<Item = Sign> {
    let kinds =
        [MarkKind::Ready, MarkKind::Exit, MarkKind::Whole, MarkKind::Noticed, MarkKind::Bad].into_iter();
    let seen = |kind| scene.lanes.iter().flat_map(|lane| &lane.marks).any(|mark| mark.kind == kind);
    kinds.filter(move |kind| seen(*kind)).map(|kind| {
        let sign =
            html! { path class={ "mark " (mark_class(kind)) } d=(shape(mark_shape(kind), 9.0, 9.0)) {} };
        (sign, mark_word(kind, scene.page))
    })
}

fn bar_sign(name: SpanName, id: &str) -> Markup {
    html! { rect class={ "bar " (class(name)) } fill=[fill(name, id)] y="3" width="16" height="12" {} }
}
