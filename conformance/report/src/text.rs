//! Untrusted text on its way into a page, a picture or a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use maud::{Escaper, Markup, Render, html};

/// Longer texts are cut: a log line may be a whole core dump.
const LONGEST: usize = 4_000;
const UNPRINTABLE: char = '\u{fffd}';

/// Makes a text safe to show: terminal escape sequences go, control characters become visible signs, and so do
/// characters that reverse the reading direction. Line breaks and tabs stay. Cut after 4,000 characters.
pub fn clean(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() && !is_hidden(c) || c == '\n' || c == '\t';
    if text.len() <= LONGEST && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    let mut rest = text;
    let mut count = 0;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = after_escape(rest) {
            rest = after;
            continue;
        }
        if count == LONGEST {
            let _ = write!(shown, " … ({} more characters)", rest.chars().count()); // into a string: cannot fail
            break;
        }
        rest = &rest[c.len_utf8()..];
        count += 1;
        match c {
            '\r' if rest.is_empty() || rest.starts_with('\n') => {}
            _ => shown.push(sign(c)),
        }
    }
    Cow::Owned(shown)
}

/// What stands for a character that cannot be shown as itself.
fn sign(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        '\0'..'\u{20}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(UNPRINTABLE),
        '\u{7f}' => '\u{2421}',
        c if c.is_control() || is_hidden(c) => UNPRINTABLE,
        c => c,
    }
}

/// Direction marks and overrides, other invisible formatting, and what HTML and XML forbid.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fdd0}'..='\u{fdef}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// The text after a terminal escape sequence (ECMA-48) that it begins with.
fn after_escape(text: &str) -> Option<&str> {
    if let Some(body) = text.strip_prefix("\u{1b}[").or(text.strip_prefix('\u{9b}')) {
        let body = body.trim_start_matches(|c| matches!(c, '\u{30}'..='\u{3f}'));
        let body = body.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{2f}'));
        return Some(body.strip_prefix(|c| matches!(c, '\u{40}'..='\u{7e}')).unwrap_or(body));
    }
    if let Some(body) = text.strip_prefix("\u{1b}]") {
        // A title or link ends with BEL or ST; one that never ends takes no more than its line.
        let end = body.find(['\u{7}', '\u{1b}', '\u{9c}', '\n']).unwrap_or(body.len());
        let after = &body[end..];
        let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
        return Some(ends.iter().find_map(|end| after.strip_prefix(end)).unwrap_or(after));
    }
    let body = text.strip_prefix('\u{1b}')?;
    Some(body.strip_prefix(|c| matches!(c, '\u{20}'..='\u{7e}')).unwrap_or(body))
}

/// Untrusted text in markup: cleaned and escaped.
pub(crate) struct Text<'a>(Cow<'a, str>);

/// Marks a text as untrusted.
pub(crate) fn text(text: &str) -> Text<'_> {
    Text(clean(text))
}

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        let _ = Escaper::new(buffer).write_str(&self.0); // into a string: cannot fail
    }
}

/// Untrusted text in which `back quotes` set code off, as markup.
pub(crate) fn prose(text: &str) -> Markup {
    let text = clean(text);
    let pieces: Vec<&str> = text.split('`').collect();
    let paired = pieces.len() % 2 == 1;
    html! {
        @if !paired { (text) }
        @else { @for (index, piece) in pieces.iter().enumerate() {
            @if index % 2 == 1 { code class=[(piece.len() < 30).then_some("unbroken")] { (piece) } } @else { (piece) }
        } }
    }
}

/// Untrusted text whose words do not break at their dashes, as markup: drill ids in large type.
pub(crate) fn unbroken(text: &str) -> Markup {
    let text = clean(text);
    html! {
        @for (index, word) in text.split(' ').enumerate() {
            @if index > 0 { " " }
            @if word.contains('-') && word.len() < 30 { span class="unbroken" { (word) } } @else { (word) }
        }
    }
}

/// A part of an element's `id`: letters, digits and dashes.
pub(crate) fn slug(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// A text cut to so many characters, for places with little room.
pub(crate) fn short(text: &str, most: usize) -> String {
    let text = clean(text);
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["", "web: ready on :5000", "naïve — 日本語 🐦", "two\nlines\tand a tab"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn terminal_escapes_go() {
        for (text, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[38;5;196mred\u{1b}[m.", "red."),
            ("\u{9b}1mbold", "bold"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]never ends", ""),
            ("\u{1b}]never ends\nnext line", "\nnext line"),
            ("\u{1b}cReset", "Reset"),
            ("\u{1b}", ""),
            ("a\u{1b}[", "a"),
            ("\u{1b}[\u{1b}[31mnested", "nested"),
        ] {
            assert_eq!(clean(text), shown, "{text:?}");
        }
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(clean("a\0b\u{7}c\u{7f}d\u{85}e"), "a␀b␇c␡d\u{fffd}e");
        assert_eq!(clean("10 %\r20 %\r\nend\r"), "10 %␍20 %\nend");
        assert_eq!(clean("user\u{202e}txt.exe"), "user\u{fffd}txt.exe");
    }

    #[test]
    fn very_long_texts_are_cut() {
        let shown = clean(&"x".repeat(5_000)).into_owned();
        assert!(shown.ends_with("x … (1000 more characters)"), "{}", &shown[3_990..]);
        assert_eq!(short("a long name", 6), "a lon…");
        assert_eq!(short("short", 5), "short");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(text("<b title=\"x\">&").render().into_string(), "&lt;b title=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn back_quotes_set_code_off() {
        assert_eq!(
            prose("run `a <b>` now").into_string(),
            "run <code class=\"unbroken\">a &lt;b&gt;</code> now"
        );
        assert_eq!(prose("a lone ` stays").into_string(), "a lone ` stays");
        assert_eq!(unbroken("by hard-kill.").into_string(), "by <span class=\"unbroken\">hard-kill.</span>");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "(\\PC|[\u{0}-\u{9f}]|\u{1b}[\\[\\]][ -~]?){0,40}") {
            let shown = clean(&text);
            prop_assert!(shown.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{shown:?}");
            prop_assert_eq!(clean(&shown).into_owned(), shown.into_owned());
        }
    }
}
