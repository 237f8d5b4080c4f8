/** The calendar day of a moment in a time zone, as a number that counts days. */
function dayNumber(date, timeZone) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return Date.parse(parts.format(date)) / 86_400_000;
}

/** Calendar days from `now` to `date` where the court is: 0 today, 1 tomorrow, negative in the past. */
export function daysUntil(date, now, timeZone) {
  return dayNumber(date, timeZone) - dayNumber(now, timeZone);
}

/** For example "Monday, March 9, 2026 at 1:30 PM". */
export function longDate(date, timeZone) {
  const day = { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' };
  return `${format(date, { timeZone, ...day })} at ${timeOfDay(date, timeZone)}`;
}

/** For example "1:30 PM". */
export function timeOfDay(date, timeZone) {
  return format(date, { timeZone, hour: 'numeric', minute: '2-digit' });
}

/** Newer language data puts a narrow no-break space before AM and PM, which makes a text twice as expensive. */
function format(date, options) {
  return new Intl.DateTimeFormat('en-US', options).format(date).replace(/\s/gu, ' ');
}
