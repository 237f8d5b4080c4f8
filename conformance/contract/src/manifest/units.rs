//! Lengths of time and amounts of memory, written as a whole number and a unit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time as `civic.toml` writes it: `500ms`, `10s`, `5m`, `4h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

/// An amount of memory as `civic.toml` writes it: `256MiB` (1024 × 1024) or `256MB` (1000 × 1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// Why a text is no length of time or amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnitError {
    /// What is wrong, without a subject: "has no unit".
    pub message: &'static str,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// JSON Schema's pattern of [`Period`].
pub(super) const PERIOD_PATTERN: &str = "^[0-9]+(ms|s|m|h|d)$";
/// JSON Schema's pattern of [`ByteSize`].
pub(super) const SIZE_PATTERN: &str = "^[0-9]+([KMGT]i?)?B$";

/// Milliseconds, largest first.
const PERIODS: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Bytes, largest first.
const SIZES: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1000),
    ("B", 1),
];

impl FromStr for Period {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        strict(text, PERIODS).map(|millis| Self(Duration::from_millis(millis))).map_err(|message| UnitError {
            message,
            suggestion: guess(text, period_unit).map(|ms| spell(ms, PERIODS)),
        })
    }
}

impl FromStr for ByteSize {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        strict(text, SIZES).map(Self).map_err(|message| UnitError {
            message,
            suggestion: guess(text, size_unit).map(|size| spell(size, SIZES)),
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), PERIODS))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(self.0, SIZES))
    }
}

/// In the unit that gives the smallest whole number.
fn spell(amount: u64, units: &[(&str, u64)]) -> String {
    let whole = units.iter().find(|(_, factor)| amount != 0 && amount.is_multiple_of(*factor));
    let (unit, factor) = whole.or(units.last()).copied().unwrap_or(("", 1));
    format!("{}{unit}", amount / factor)
}

fn strict(text: &str, units: &[(&str, u64)]) -> Result<u64, &'static str> {
    let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    if number.is_empty() {
        return Err(if text.is_empty() { "is empty" } else { "does not begin with a whole number" });
    }
    if unit.is_empty() {
        return Err("has no unit");
    }
    let known = units.iter().find(|(known, _)| *known == unit);
    let (_, factor) = known.ok_or("is not one whole number with a known unit")?;
    let amount = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor));
    amount.ok_or("is too large to count")
}

/// Reads what people write elsewhere: `1h30m`, `1.5 h`, `10 sec`, `256Mi`, `1g`.
fn guess(text: &str, unit: fn(&str, f64) -> Option<u64>) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    while !rest.is_empty() && rest.len() < 40 {
        let digits = rest
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
        total += number * unit(&rest[..letters], number)? as f64;
        rest = rest[letters..].trim_start();
    }
    // Exact below 2^53; a guess beyond that helps nobody.
    (1.0..9e15).contains(&total).then_some(total.round() as u64)
}

fn period_unit(unit: &str, _number: f64) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1,
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 7 * 86_400_000,
        _ => return None,
    })
}

/// Docker's `m` and Kubernetes' `Mi` are both 1024 × 1024. A bare number counts bytes if it is a large one.
fn size_unit(unit: &str, number: f64) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" if number >= 1_000_000.0 => 1,
        "b" | "byte" | "bytes" => 1,
        "kb" => 1000,
        "k" | "ki" | "kib" => 1 << 10,
        "mb" => 1_000_000,
        "" | "m" | "mi" | "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "g" | "gi" | "gib" => 1 << 30,
        "tb" => 1_000_000_000_000,
        "t" | "ti" | "tib" => 1 << 40,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guessed<T: FromStr<Err = UnitError>>(text: &str) -> Option<String> {
        text.parse::<T>().err().unwrap().suggestion
    }

    #[test]
    fn units_have_their_size() {
        for (text, millis) in
            [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("4h", 14_400_000), ("2d", 172_800_000)]
        {
            assert_eq!(text.parse(), Ok(Period(Duration::from_millis(millis))));
        }
        for (text, bytes) in
            [("7B", 7), ("1KiB", 1024), ("1KB", 1000), ("256MiB", 256 << 20), ("2GB", 2_000_000_000)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)));
        }
    }

    #[test]
    fn other_spellings_are_refused_with_the_right_one() {
        let periods = [
            ("10", "10s"),
            ("1h30m", "90m"),
            ("1.5h", "90m"),
            ("10 sec", "10s"),
            ("1w", "7d"),
            (" 5M ", "5m"),
        ];
        for (written, meant) in periods {
            assert_eq!(guessed::<Period>(written).as_deref(), Some(meant), "{written}");
        }
        let sizes = [
            ("256", "256MiB"),
            ("256m", "256MiB"),
            ("1.5GiB", "1536MiB"),
            ("1Gi", "1GiB"),
            ("268435456", "256MiB"),
        ];
        for (written, meant) in sizes {
            assert_eq!(guessed::<ByteSize>(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_guessed_is_not() {
        for written in ["", "soon", "-5s", "1..2s", "5x", "٣s", "1e9s", "99999999999999999999d"] {
            assert_eq!(guessed::<Period>(written), None, "{written}");
        }
    }

    #[test]
    fn too_large_is_an_error_and_not_a_small_number() {
        for written in ["18446744073709551616ms", "18446744073709551615s", "99999999999999999999999d"] {
            assert_eq!(written.parse::<Period>().unwrap_err().message, "is too large to count", "{written}");
        }
        assert_eq!("16777216TiB".parse::<ByteSize>().unwrap_err().message, "is too large to count");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(amount: u64) {
            let period = Period(Duration::from_millis(amount));
            prop_assert_eq!(period.to_string().parse(), Ok(period));
            prop_assert_eq!(ByteSize(amount).to_string().parse(), Ok(ByteSize(amount)));
        }

        #[test]
        fn round_amounts_too(number in 0..100_000_u64, unit in 0..5_usize, size in 0..9_usize) {
            let period = Period(Duration::from_millis(number * PERIODS[unit].1));
            prop_assert_eq!(period.to_string().parse(), Ok(period));
            let size = ByteSize(number * SIZES[size].1);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn the_patterns_for_editors_agree(text in "[0-9]{0,3}[ .]?(ms|s|m|h|d|M|B|[KMGTkmg]i?B?|){1,2}") {
            let matches = |pattern: &str| regex::Regex::new(pattern).unwrap().is_match(&text);
            prop_assert_eq!(text.parse::<Period>().is_ok(), matches(PERIOD_PATTERN));
            prop_assert_eq!(text.parse::<ByteSize>().is_ok(), matches(SIZE_PATTERN));
        }

        #[test]
        fn any_text_is_survived_and_guesses_are_valid(text in ".*") {
            if let Some(guess) = text.parse::<Period>().err().and_then(|error| error.suggestion) {
                prop_assert!(guess.parse::<Period>().is_ok(), "{}", guess);
            }
            if let Some(guess) = text.parse::<ByteSize>().err().and_then(|error| error.suggestion) {
                prop_assert!(guess.parse::<ByteSize>().is_ok(), "{}", guess);
            }
        }
    }
}
