//! The picture as a whole: axis, lanes below each other, legend.

use maud::{Markup, html};

use super::lane::Drawn;
use super::legend;
use super::scene::Scene;
use super::words;
use crate::duration::people;
use crate::text::{slug, text};

/// Width of the picture in its own units, which are pixels at full size.
pub(super) const WIDTH: f64 = 960.0;
/// Where time begins and ends; the captions stand left of it.
pub(super) const LEFT: f64 = 78.0;
pub(super) const RIGHT: f64 = WIDTH - 12.0;
/// Room for the axis above the lanes.
const AXIS: f64 = 24.0;
/// More labels on the axis than this get crowded.
const MOST_STEPS: u64 = 12;

/// From times to places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

impl Scale {
    /// The place of a time; times outside go to the nearer end.
    pub(super) fn x(self, at_ms: u64) -> f64 {
        let at = at_ms.clamp(self.from_ms, self.to_ms) - self.from_ms;
        let all = self.to_ms.saturating_sub(self.from_ms).max(1);
        LEFT + at as f64 / all as f64 * (RIGHT - LEFT)
    }
}

/// A number with at most one decimal, for attributes.
pub(super) fn px(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    format!("{rounded}")
}

/// Draws a scene; `style` goes into pictures that stand alone.
pub(super) fn picture(scene: &Scene, style: Option<Markup>) -> Markup {
    let scale = Scale { from_ms: scene.from_ms, to_ms: scene.to_ms };
    let id = slug(&scene.drill);
    let mut y = AXIS;
    let mut lanes = Vec::new();
    for lane in &scene.lanes {
        let drawn = Drawn::of(lane, scene.page, scale, y, &id);
        y += drawn.height;
        lanes.push(drawn.markup);
    }
    let bottom = y;
    let (legend, height) = legend::draw(scene, &id, bottom + 10.0);
    let namespace = style.as_ref().map(|_| "http://www.w3.org/2000/svg");
    html! {
        svg xmlns=[namespace] class="timeline" viewBox={ "0 0 " (WIDTH) " " (px(bottom + 10.0 + height)) } role="img"
            aria-labelledby={ "tl-" (id) "-title" } aria-describedby={ "tl-" (id) "-desc" } {
            title id={ "tl-" (id) "-title" } { "Timeline of " (text(&scene.drill)) }
            desc id={ "tl-" (id) "-desc" } { (text(&words::description(scene))) }
            @if let Some(style) = &style { (style) rect class="paper" width="100%" height="100%" {} }
            (legend::patterns(&id))
            (axis(scale, bottom))
            @for lane in &lanes { (lane) }
            (legend)
        }
    }
}

fn axis(scale: Scale, bottom: f64) -> Markup {
    let length = scale.to_ms - scale.from_ms;
    let step = step(length);
    let times = (0..=MOST_STEPS).map_while(|n| n.checked_mul(step)).take_while(|at| *at <= length);
    html! {
        g class="axis" {
            @for at in times {
                @let x = scale.x(scale.from_ms + at);
                line x1=(px(x)) x2=(px(x)) y1=(px(AXIS - 6.0)) y2=(px(bottom)) {}
                @let anchor = if at == 0 { "start" } else { "middle" };
                text x=(px(x)) y=(px(AXIS - 11.0)) text-anchor=(anchor) { (people(at)) }
            }
        }
    }
}

/// The round duration that divides the axis into a readable number of steps.
fn step(length_ms: u64) -> u64 {
    let decimal = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000];
    let sexagesimal = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440].map(|minutes| minutes * 60_000);
    let found = decimal.into_iter().chain(sexagesimal).find(|step| length_ms / step < MOST_STEPS);
    found.unwrap_or(length_ms / MOST_STEPS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_steps_and_not_too_many() {
        for (length, expected) in
            [(1, 1), (900, 100), (4_000, 500), (38_000, 5_000), (100_000, 10_000), (3_000_000, 300_000)]
        {
            assert_eq!(step(length), expected, "{length}");
        }
        assert!(u64::MAX / step(u64::MAX) <= MOST_STEPS);
    }

    #[test]
    fn times_outside_stay_inside_the_picture() {
        let scale = Scale { from_ms: 100, to_ms: 200 };
        assert_eq!((scale.x(0), scale.x(150), scale.x(u64::MAX)), (LEFT, (LEFT + RIGHT) / 2.0, RIGHT));
        assert_eq!(Scale { from_ms: 5, to_ms: 5 }.x(5), LEFT);
    }
}
