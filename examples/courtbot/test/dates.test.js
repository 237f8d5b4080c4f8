import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { daysUntil, longDate, timeOfDay } from '../src/dates.js';

const ANCHORAGE = 'America/Anchorage';

describe('days until', () => {
  const cases = [
    ['one minute before midnight to one minute after', '2026-03-06T23:59:00-09:00', '2026-03-07T00:01:00-09:00', 1],
    ['one minute after midnight to one before the next', '2026-03-06T00:01:00-09:00', '2026-03-06T23:59:00-09:00', 0],
    ['a moment that is tomorrow in UTC but today in Anchorage', '2026-03-06T12:00:00-09:00', '2026-03-07T02:00:00Z', 0],
    ['yesterday evening', '2026-03-06T00:01:00-09:00', '2026-03-05T23:59:00-09:00', -1],
    ['over the short day when clocks go forward', '2026-03-07T23:30:00-09:00', '2026-03-09T00:30:00-08:00', 2],
    ['on the short day', '2026-03-07T10:00:00-09:00', '2026-03-08T23:30:00-08:00', 1],
    ['over the long day when clocks go back', '2026-10-31T23:30:00-08:00', '2026-11-02T00:30:00-09:00', 2],
    ['on the long day', '2026-10-31T00:30:00-08:00', '2026-11-01T23:30:00-09:00', 1],
    ['over the end of a year', '2026-12-31T23:00:00-09:00', '2027-01-01T01:00:00-09:00', 1],
  ];
  for (const [name, now, date, days] of cases) {
    it(name, () => assert.equal(daysUntil(new Date(date), new Date(now), ANCHORAGE), days));
  }
});

describe('dates for people', () => {
  it('writes the day and time of the court, whatever the zone of this computer', () => {
    const date = new Date('2026-03-09T21:30:00Z');
    assert.equal(longDate(date, ANCHORAGE), 'Monday, March 9, 2026 at 1:30 PM');
    assert.equal(longDate(date, 'America/New_York'), 'Monday, March 9, 2026 at 5:30 PM');
  });

  it('uses only characters of a cheap text', () => {
    assert.match(timeOfDay(new Date('2026-07-09T21:30:00Z'), ANCHORAGE), /^[ -~]+$/);
  });

  it('writes midnight and noon', () => {
    assert.equal(timeOfDay(new Date('2026-03-06T00:00:00-09:00'), ANCHORAGE), '12:00 AM');
    assert.equal(timeOfDay(new Date('2026-03-06T12:00:00-09:00'), ANCHORAGE), '12:00 PM');
  });
});
