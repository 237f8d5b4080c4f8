//! The five fields of a cron schedule, as crontab(5) and Kubernetes understand them.

const FIELDS: [Field; 5] = [
    Field { name: "minute", low: 0, high: 59, names: &[] },
    Field { name: "hour", low: 0, high: 23, names: &[] },
    Field { name: "day of month", low: 1, high: 31, names: &[] },
    Field {
        name: "month",
        low: 1,
        high: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of week", low: 0, high: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// Short forms that some crons know.
const MACROS: &[(&str, &str)] = &[
    ("@annually", "0 0 1 1 *"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
    ("@midnight", "0 0 * * *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@yearly", "0 0 1 1 *"),
];

struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

/// Why a text is no schedule, and the one that was meant.
pub(super) fn check(schedule: &str) -> Result<(), (String, Option<&'static str>)> {
    if let Some((_, fields)) = MACROS.iter().find(|(word, _)| *word == schedule.trim().to_lowercase()) {
        return Err(("is a short form that not every cron knows".into(), Some(fields)));
    }
    let parts: Vec<&str> = schedule.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err((format!("has {} fields instead of 5", parts.len()), None));
    }
    for (field, part) in FIELDS.iter().zip(parts) {
        if !part.split(',').all(|term| field.takes(term)) {
            return Err((format!("has an impossible {}", field.name), None));
        }
    }
    Ok(())
}

impl Field {
    /// `*`, `5`, `1-5`, each with an optional `/step`; Vixie's cron takes a step after a single number, too.
    fn takes(&self, term: &str) -> bool {
        let (range, step) = term.split_once('/').map_or((term, None), |(range, step)| (range, Some(step)));
        let step_fits =
            step.is_none_or(|step| number(step).is_some_and(|step| (1..=self.high).contains(&step)));
        let range_fits = match range.split_once('-') {
            _ if range == "*" => true,
            Some((first, last)) => {
                matches!((self.number(first), self.number(last)), (Some(first), Some(last)) if first <= last)
            }
            None => self.number(range).is_some(),
        };
        step_fits && range_fits
    }

    fn number(&self, text: &str) -> Option<u32> {
        let name = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = name.and_then(|index| u32::try_from(index).ok()).map(|index| index + self.low);
        named.or_else(|| number(text)).filter(|number| (self.low..=self.high).contains(number))
    }
}

/// Digits only: `parse` alone would take `+5`.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn schedules() {
        for good in
            ["0 17 * * *", "*/5 0-6,20 1,15 * mon-fri", "59 23 31 DEC 7", "0/15 * * * *", " 0  0 * * 0 "]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "* * * * * *",
            "+5 * * * *",
            "1,,2 * * * *",
            "- * * * *",
            "* * ? * *",
            "99999999999 * * * *",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn short_forms_are_spelt_out() {
        assert_eq!(check("@Daily").unwrap_err().1, Some("0 0 * * *"));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9*/,@a-z -]{0,30}") {
            let _ = check(&text);
        }
    }
}
