//! Schedules as people write them, in cron's form.

use regex::bytes::{Captures, Regex, RegexBuilder};

/// A schedule that a line of prose, of a table or of `config/schedule.rb` names; times are as written, in no known zone.
pub(crate) fn schedule(line: &str) -> Option<String> {
    let line = line.to_ascii_lowercase();
    let line = line.as_bytes();
    if let Some(found) = compiled(r"\bevery (\d{1,2})(?:[. ]*)(minute|min|hour)")?.captures(line) {
        let (count, unit) = (number(&found, 1)?, text(&found, 2)?);
        return Some(if unit.starts_with("min") {
            format!("*/{count} * * * *")
        } else {
            format!("0 */{count} * * *")
        });
    }
    let is_daily = compiled(r"\b(daily|nightly|every (day|night|morning|evening)|each (day|night|morning)|once a day|once per day|1\.days?|every :day)\b|:day\b")?
        .is_match(line);
    if is_daily {
        return Some(
            time(line).map_or_else(|| "@daily".into(), |(hour, minute)| format!("{minute} {hour} * * *")),
        );
    }
    if compiled(r"\b(hourly|every hour|each hour|once an hour|1\.hours?)\b|:hour\b")?.is_match(line) {
        return Some("@hourly".into());
    }
    let is_weekly =
        compiled(r"\b(weekly|every week|each week|once a week|1\.weeks?)\b|:week\b")?.is_match(line);
    is_weekly.then(|| "@weekly".into())
}

/// Five fields, or `@daily`, and the command behind them.
pub(crate) fn crontab(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix('@') {
        let (when, command) = rest.split_once(char::is_whitespace)?;
        let is_word = matches!(when, "hourly" | "daily" | "midnight" | "weekly" | "monthly" | "yearly");
        return is_word.then(|| (format!("@{when}"), command.trim().to_owned()));
    }
    let fields =
        compiled(r"^((?:[\d*][\d*/,-]*\s+){2}(?:[\d*][\d*/,-]*\s+){2}[\d*a-zA-Z][\w*/,-]*)\s+(\S.*)$")?;
    let found = fields.captures(line.as_bytes())?;
    let (when, command) = (text(&found, 1)?, text(&found, 2)?);
    let is_template = ["<%", "{{", "!!("].iter().any(|mark| command.contains(mark));
    (!is_template).then(|| (when.split_whitespace().collect::<Vec<_>>().join(" "), command))
}

/// Hour and minute of `8am`, `5:30 pm`, `at 17:00`.
fn time(line: &[u8]) -> Option<(u8, u8)> {
    let found =
        compiled(r"(?:\b|\|)(\d{1,2})(?::(\d{2}))? ?([ap])\.?m\b|\b(\d{1,2}):(\d{2})\b")?.captures(line)?;
    let hour: u8 = number(&found, 1).or_else(|| number(&found, 4))?;
    let minute: u8 = number(&found, 2).or_else(|| number(&found, 5)).unwrap_or(0);
    let hour = match text(&found, 3).as_deref() {
        Some("p") if hour < 12 => hour + 12,
        Some("a") if hour == 12 => 0,
        _ => hour,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn text(found: &Captures, index: usize) -> Option<String> {
    Some(String::from_utf8_lossy(found.get(index)?.as_bytes()).into_owned())
}

fn number(found: &Captures, index: usize) -> Option<u8> {
    text(found, index)?.parse().ok()
}

fn compiled(find: &str) -> Option<Regex> {
    RegexBuilder::new(find).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::{crontab, schedule};

    #[test]
    fn prose_and_tables_become_cron_fields() {
        let cases = [
            ("| `node runners/load.js` | 1X | Daily | 8am |", Some("0 8 * * *")),
            ("| `node runners/sendUnmatched.js` | 1X | Daily |5:30pm |", Some("30 17 * * *")),
            ("* node runners/sendQueued.js (daily)", Some("@daily")),
            ("runs every 10 minutes", Some("*/10 * * * *")),
            ("every 1.day, at: '4:30 am' do", Some("30 4 * * *")),
            ("This must run every night at 12 am", Some("0 0 * * *")),
            ("run it hourly", Some("@hourly")),
            ("npm start", None),
            ("the data of 2014-10-12 17:30 was loaded", None),
        ];
        for (line, expected) in cases {
            assert_eq!(schedule(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn crontabs_are_split_into_time_and_command() {
        let read = |line: &str| crontab(line);
        assert_eq!(
            read("*/5 * * * * bundle exec rake x"),
            Some(("*/5 * * * *".into(), "bundle exec rake x".into()))
        );
        assert_eq!(read("15 20 * * 1-5 a b"), Some(("15 20 * * 1-5".into(), "a b".into())));
        assert_eq!(read("@daily ./load.sh"), Some(("@daily".into(), "./load.sh".into())));
        assert_eq!(read("MAILTO=me@example.org"), None);
        assert_eq!(read("@reboot x"), None);
    }
}
