//! One lane of the picture: a sandbox from its making to its end.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::draw::{LEFT, RIGHT, Scale, WIDTH, px};
use super::labels::{Place, Rows, stairs, width};
use super::legend::{self, shape};
use super::scene::{Bar, Lane, Line, Mark, MarkKind, Outage};
use crate::duration::people;
use crate::fate::Fate;
use crate::text::text;

const HEAD: f64 = 24.0;
const LABEL_ROW: f64 = 14.0;
const BAR: f64 = 20.0;
const THIN: f64 = 5.0;
const WRITES: f64 = 24.0;
const MARK_ROW: f64 = 16.0;
const FOOT: f64 = 12.0;
/// Labels of marks take at most so many rows.
const MOST_ROWS: usize = 4;
/// Labels of faults and snapshots take at most so many.
const MOST_FLAGS: usize = 8;
/// Marks nearer than this with the same label share it.
const NEAR: f64 = 16.0;

/// Heights at which the parts of a lane are, from top to bottom.
struct Levels {
    top: f64,
    labels: f64,
    bars: f64,
    thin: f64,
    writes: f64,
    /// Where lines and shading end and marks begin.
    marks: f64,
}

/// A lane that has its place.
pub(super) struct Drawn {
    pub(super) markup: Markup,
    pub(super) height: f64,
}

/// Marks of one kind in their rows.
struct MarkRows<'a> {
    caption: &'static str,
    placed: Vec<(&'a Mark, Option<Place>)>,
    top: f64,
    height: f64,
}

impl Drawn {
    pub(super) fn of(lane: &Lane, page: bool, scale: Scale, top: f64, id: &str) -> Self {
        let (lines, line_rows) = place_lines(lane, scale);
        let labels = top + HEAD;
        let bars = labels + line_rows as f64 * LABEL_ROW + 4.0;
        let thin = bars + BAR + 2.0;
        let writes = thin + THIN + 4.0;
        let marks = writes + if lane.writes.is_empty() { 2.0 } else { WRITES };
        let levels = Levels { top, labels, bars, thin, writes, marks };
        let states = place_marks(lane, "state", false, scale, marks);
        let answers = place_marks(lane, "answers", true, scale, marks + states.height);
        let markup = html! {
            g class="lane" {
                (head(lane, &levels, page))
                @for outage in &lane.outages { (draw_outage(outage, lane.to_ms, scale, &levels, id)) }
                @for bar in &lane.bars { (draw_bar(bar, scale, &levels, id)) }
                @for line in &lines { (draw_line(line, scale, &levels)) }
                (draw_writes(&lane.writes, scale, levels.writes + WRITES / 2.0))
                @for rows in [&states, &answers] { (draw_marks(rows, scale)) }
            }
        };
        Self { markup, height: marks + states.height + answers.height + FOOT - top }
    }
}

/// A line, the row of its label from the top, and where the label begins; `None` where there is no room for one.
type Flag<'a> = (&'a Line, usize, Option<f64>);

fn place_lines(lane: &Lane, scale: Scale) -> (Vec<Flag<'_>>, usize) {
    let mut lines: Vec<&Line> = lane.lines.iter().collect();
    lines.sort_by_key(|line| line.at_ms);
    let labels: Vec<(f64, f64)> =
        lines.iter().map(|line| (scale.x(line.at_ms) + 5.0, width(&line.label))).collect();
    let levels = stairs(&labels, WIDTH);
    let rows = levels.iter().max().map_or(0, |top| top + 1).min(MOST_FLAGS);
    let placed = lines.into_iter().zip(levels).zip(labels).map(|((line, level), (anchor, wide))| {
        let row = rows.saturating_sub(level + 1);
        (line, row, (level < rows).then(|| anchor.min(WIDTH - wide)))
    });
    (placed.collect(), rows)
}

/// Finds room for one kind of marks. What must not be is placed first, so that it is never the one without a label.
fn place_marks<'a>(
    lane: &'a Lane,
    caption: &'static str,
    answer: bool,
    scale: Scale,
    top: f64,
) -> MarkRows<'a> {
    let mut marks: Vec<&Mark> = lane.marks.iter().filter(|mark| mark.answer == answer).collect();
    let mut rows = Rows::new(MOST_ROWS, LEFT, RIGHT);
    // The signs themselves stand in the first row, and no label may cover one.
    marks.iter().map(|mark| scale.x(mark.at_ms)).for_each(|x| rows.take(0, (x - 2.0, x + 2.0)));
    marks.sort_by_key(|mark| mark.kind != MarkKind::Bad);
    let mut placed: Vec<(&Mark, Option<Place>)> = Vec::new();
    for mark in marks {
        let x = scale.x(mark.at_ms);
        let told =
            |(other, _): &(&Mark, _)| other.label == mark.label && (scale.x(other.at_ms) - x).abs() < NEAR;
        let place = if mark.label.is_empty() || placed.iter().any(told) {
            None
        } else {
            rows.place(x, 10.0, &mark.label)
        };
        placed.push((mark, place));
    }
    let height = if placed.is_empty() { 0.0 } else { rows.used() as f64 * MARK_ROW + 2.0 };
    MarkRows { caption, placed, top, height }
}

fn head(lane: &Lane, levels: &Levels, page: bool) -> Markup {
    html! {
        line class="edge" x1="0" x2=(WIDTH) y1=(px(levels.top)) y2=(px(levels.top)) {}
        text class="name" x="0" y=(px(levels.top + 16.0)) {
            (text(&lane.name))
            @if let Some(origin) = &lane.origin { tspan class="quiet" dx="8" { "a copy of " (text(origin)) } }
        }
        text class="caption" x="0" y=(px(levels.bars + 14.0)) { "the app" }
        @if !lane.writes.is_empty() {
            text class="caption" x="0" y=(px(levels.writes + 16.0)) { (if page { "requests" } else { "canaries" }) }
        }
    }
}

fn draw_outage(outage: &Outage, ends_ms: u64, scale: Scale, levels: &Levels, id: &str) -> Markup {
    let (from, to) = (scale.x(outage.from_ms), scale.x(outage.to_ms.unwrap_or(ends_ms)));
    let told = match outage.to_ms {
        Some(to_ms) => format!("out of service for {}", people(to_ms.saturating_sub(outage.from_ms))),
        None => "not in service again".into(),
    };
    html! {
        rect class="outage" fill={ "url(#tl-" (id) "-outage)" } x=(px(from)) width=(px((to - from).max(1.0)))
            y=(px(levels.bars - 3.0)) height=(px(levels.marks - levels.bars + 1.0)) { title { (told) } }
    }
}

/// The app's own phases and the snapshots are full bars, the suite's work is a thin line below them.
fn draw_bar(bar: &Bar, scale: Scale, levels: &Levels, id: &str) -> Markup {
    let (from, to) = (scale.x(bar.from_ms), scale.x(bar.to_ms));
    let (class, full) = (legend::class(bar.name), legend::is_full(bar.name));
    let wide = (to - from).max(1.0);
    let took = people(bar.to_ms - bar.from_ms);
    let word = legend::word(bar.name);
    let label =
        [format!("{word} {took}"), word.to_owned()].into_iter().find(|label| width(label) + 8.0 <= wide);
    let (y, height) = if full { (levels.bars, BAR) } else { (levels.thin, THIN) };
    html! {
        rect class={ "bar " (class) } fill=[legend::fill(bar.name, id)] x=(px(from)) y=(px(y)) width=(px(wide))
            height=(px(height)) { title { (word) " " (took) } }
        @if let Some(label) = label.filter(|_| full) {
            text class={ "in-bar " (class) } x=(px(from + 5.0)) y=(px(y + 14.0)) { (label) }
        }
    }
}

fn draw_line((line, row, begin): &Flag<'_>, scale: Scale, levels: &Levels) -> Markup {
    let x = scale.x(line.at_ms);
    let shifted = begin.is_some_and(|begin| begin < x);
    let top = levels.labels + *row as f64 * LABEL_ROW;
    let y = if shifted { top + LABEL_ROW } else { top };
    let class = if line.fault { "fault" } else { "moment" };
    html! {
        line class=(class) x1=(px(x)) x2=(px(x)) y1=(px(y)) y2=(px(levels.marks)) { title { (text(&line.label)) } }
        @if let Some(begin) = begin { (label(class, *begin, 0.0, top + 9.0, false, &line.label)) }
    }
}

fn draw_marks(rows: &MarkRows<'_>, scale: Scale) -> Markup {
    html! {
        @if !rows.placed.is_empty() {
            text class="caption" x="0" y=(px(rows.top + 10.0)) { (rows.caption) }
        }
        @for (mark, place) in &rows.placed { (draw_mark(mark, *place, scale.x(mark.at_ms), rows.top)) }
    }
}

fn draw_mark(mark: &Mark, place: Option<Place>, x: f64, top: f64) -> Markup {
    let class = legend::mark_class(mark.kind);
    let below = place.map_or(0, |place| place.row) as f64 * MARK_ROW;
    html! {
        path class={ "mark " (class) } d=(shape(legend::mark_shape(mark.kind), x, top + 6.0)) {
            title { (text(&mark.label)) }
        }
        @if let Some(Place { at_end, .. }) = place {
            @if below > 0.0 {
                @let side = if at_end { "-" } else { "" };
                path class="leader" d={ "M" (px(x)) " " (px(top + 11.0)) "v" (px(below - 5.0)) "h" (side) "7" } {}
            }
            (label(class, x, 10.0, top + 10.0 + below, at_end, &mark.label))
        }
    }
}

fn label(class: &str, x: f64, offset: f64, y: f64, at_end: bool, words: &str) -> Markup {
    let (x, anchor) = if at_end { (x - offset, Some("end")) } else { (x + offset, None) };
    html! { text class={ "label " (class) } x=(px(x)) y=(px(y)) text-anchor=[anchor] { (text(words)) } }
}

/// Writes at the same place look the same, so each place is drawn once: thousands of writes stay a few kilobytes.
fn draw_writes(writes: &[(u64, Fate)], scale: Scale, y: f64) -> Markup {
    let fates = [Fate::Acknowledged, Fate::Unknown, Fate::Failed, Fate::Forgone, Fate::Lost];
    let drawn = fates.map(|fate| {
        let grain = match fate {
            Fate::Acknowledged => 1.5,
            Fate::Lost => 7.0,
            _ => 4.0,
        };
        let own = writes.iter().filter(|(_, own)| *own == fate);
        let places: BTreeSet<u64> = own.map(|(at, _)| (scale.x(*at) / grain).round() as u64).collect();
        let path: String =
            places.iter().map(|n| shape(legend::write_shape(fate), *n as f64 * grain, y)).collect();
        (fate, path)
    });
    html! {
        @for (fate, path) in drawn.iter().filter(|(_, path)| !path.is_empty()) {
            path class={ "write " (legend::write_class(*fate)) } d=(path) {}
        }
    }
}
