//! `{name}` placeholders in secrets and canary requests; `{{` and `}}` are literal braces.

/// Replaces each placeholder by what `lookup` says; one that it does not know stays as it is written.
pub fn fill(template: &str, lookup: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            filled.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        let name = rest.strip_prefix('{').and_then(|inner| Some((&inner[..inner.find('}')?], inner)));
        match name.and_then(|(name, _)| Some((name.len(), lookup(name)?))) {
            Some((length, value)) => {
                filled.push_str(&value);
                rest = &rest[length + 2..];
            }
            None => {
                filled.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::fill;
    use proptest::prelude::*;

    fn filled(template: &str) -> String {
        fill(template, &mut |name| (name == "id").then(|| "{nonce}7".into()))
    }

    #[test]
    fn placeholders_are_replaced_once_and_values_are_not_read_again() {
        assert_eq!(filled("a{id}b{id}"), "a{nonce}7b{nonce}7");
    }

    #[test]
    fn doubled_braces_are_literal() {
        assert_eq!(filled(r#"{{"id":"{id}"}}"#), r#"{"id":"{nonce}7"}"#);
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        assert_eq!(filled("{what} {id} } {"), "{what} {nonce}7 } {");
    }

    proptest! {
        #[test]
        fn text_without_braces_is_kept(text in "[^{}]*") {
            prop_assert_eq!(filled(&text), text);
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            filled(&text);
        }
    }
}
