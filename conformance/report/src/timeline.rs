//! The picture of a drill: what was done to each copy of the app, when, and what became of its canaries.

mod draw;
mod labels;
mod lane;
mod legend;
mod scene;
mod words;

use civic_contract::journal::Journal;
use maud::{Markup, PreEscaped, html};

pub(crate) use words::{Moment, moments};

use scene::Scene;

/// Colours of the picture and of the page it stands in, light and dark.
pub(crate) const PALETTE: &str = include_str!("palette.css");
/// How the picture's parts look.
pub(crate) const STYLE: &str = include_str!("timeline/style.css");

/// Draws a drill as an SVG file that needs nothing else; a drill the journal does not know has an empty axis.
pub fn timeline(journal: &Journal, drill: &str) -> String {
    let style = html! { style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) } };
    let picture = draw::picture(&Scene::of(journal, drill), Some(style));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", picture.into_string())
}

/// Draws a drill for a page that has [`PALETTE`] and [`STYLE`]; `None` when nothing of it was recorded.
pub(crate) fn figure(journal: &Journal, drill: &str) -> Option<Markup> {
    let scene = Scene::of(journal, drill);
    (!scene.lanes.is_empty()).then(|| draw::picture(&scene, None))
}
