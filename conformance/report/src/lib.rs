//! Journal in, pages out: the HTML report, its timelines, the terminal's table and the JSON document.
//!
//! Everything here is a pure function of a journal and its verdicts. Both are untrusted: whatever they hold is
//! shown as text and never as markup.

mod document;
mod duration;
mod fate;
mod lore;
mod page;
mod ruling;
mod shares;
mod summary;
mod text;
mod timeline;

pub use document::{SCHEMA, json};
pub use duration::people;
pub use page::html;
pub use ruling::symbol;
pub use shares::{Part, Shares, Step, shares};
pub use summary::{Summary, SummaryRow, summary};
pub use text::clean;
pub use timeline::timeline;
