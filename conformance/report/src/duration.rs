//! Durations as people say them.

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Spells milliseconds for people: `820 ms`, `4.2 s`, `3 min 5 s`, `4 h`, `3 d 6 h`.
///
/// Rounded to the nearest of what is shown: tenths below a minute, then seconds, minutes and hours.
pub fn people(ms: u64) -> String {
    match ms {
        0 => "0 s".into(),
        1..SECOND => format!("{ms} ms"),
        _ if ms < MINUTE - 50 => tenths(ms),
        _ if ms < HOUR - 500 => two(round(ms, SECOND), 60, "min", "s"),
        _ if ms < 2 * DAY - MINUTE / 2 => two(round(ms, MINUTE), 60, "h", "min"),
        _ => two(round(ms, HOUR), 24, "d", "h"),
    }
}

fn tenths(ms: u64) -> String {
    let tenths = round(ms, 100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        rest => format!("{}.{rest} s", tenths / 10),
    }
}

fn two(amount: u64, size: u64, large: &str, small: &str) -> String {
    match amount % size {
        0 => format!("{} {large}", amount / size),
        rest => format!("{} {large} {rest} {small}", amount / size),
    }
}

fn round(ms: u64, unit: u64) -> u64 {
    ms / unit + u64::from(ms % unit >= unit / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        for (ms, said) in [
            (0, "0 s"),
            (1, "1 ms"),
            (820, "820 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (4_149, "4.1 s"),
            (4_150, "4.2 s"),
            (20_000, "20 s"),
            (59_949, "59.9 s"),
            (59_950, "1 min"),
            (185_000, "3 min 5 s"),
            (3_599_499, "59 min 59 s"),
            (3_599_500, "1 h"),
            (14_400_000, "4 h"),
            (86_400_000, "24 h"),
            (2 * DAY - 1, "2 d"),
            (3 * DAY + 6 * HOUR, "3 d 6 h"),
        ] {
            assert_eq!(people(ms), said, "{ms}");
        }
        assert!(people(u64::MAX).ends_with(" h"));
    }
}
