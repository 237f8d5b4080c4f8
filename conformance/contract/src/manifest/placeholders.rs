//! `{name}` in templates and canaries; `{{` and `}}` are literal braces.

/// The names in a text, in order.
///
/// # Errors
/// The place of the first brace that belongs to no placeholder and is not doubled.
pub(super) fn names(text: &str) -> Result<Vec<&str>, usize> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        at += found;
        let rest = &text[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            at += 2;
        } else {
            let name = leading_name(rest).ok_or(at)?;
            names.push(name);
            at += name.len() + 2;
        }
    }
    Ok(names)
}

/// The name between braces at the start of a text.
fn leading_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let name = &inner[..inner.find('}')?];
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte);
    (!name.is_empty() && name.bytes().all(allowed)).then_some(name)
}

/// The text with every brace doubled that is around none of the known names: what JSON must look like.
pub(super) fn doubled(text: &str, known: impl Fn(&str) -> bool) -> String {
    let mut doubled = String::new();
    let mut rest = text;
    while let Some(found) = rest.find(['{', '}']) {
        doubled.push_str(&rest[..found]);
        rest = &rest[found..];
        let taken = match leading_name(rest).filter(|name| known(name)) {
            Some(name) => name.len() + 2,
            None => {
                doubled.push_str(&rest[..1]);
                1
            }
        };
        doubled.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    doubled + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_found_and_doubled_braces_are_text() {
        assert_eq!(names(r#"{{"id":"{id}","n":"{secret:X_1}"}}"#), Ok(vec!["id", "secret:X_1"]));
        assert_eq!(names("{{{id}}}"), Ok(vec!["id"]));
        assert_eq!(names("{{id}}"), Ok(vec![]));
    }

    #[test]
    fn single_braces_are_found() {
        for (text, at) in
            [("a{", 1), ("}", 0), ("{}", 0), ("{a b}", 0), (r#"{"id":"{id}"}"#, 0), ("{id}}", 4)]
        {
            assert_eq!(names(text), Err(at), "{text}");
        }
    }

    #[test]
    fn json_is_doubled_around_placeholders() {
        assert_eq!(doubled(r#"{"a":{"id":"{id}"}}"#, |name| name == "id"), r#"{{"a":{{"id":"{id}"}}}}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_doubling_makes_it_right(text in "([{}ab:\\PC]|\\{id\\}){0,20}") {
            let _ = names(&text);
            let right = doubled(&text, |name| name == "id");
            let found = names(&right);
            prop_assert!(found.is_ok(), "{}", right);
        }
    }
}
