import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { inTransaction } from './database.js';

const ATTEMPTS = 6;
const PAUSE = 5 * 60_000;
const LIMIT = 60_000;
const LOCK = 7_305_002;

/** Which column holds what, per layout. Columns that are not named here are not used. */
const LAYOUTS = {
  civil: { date: 0, last: 1, first: 2, room: 4, time: 5, caseId: 6, type: 8 },
  criminal: { date: 0, last: 1, first: 2, room: 3, time: 4, caseId: 5, type: 6 },
};

/**
 * Replaces all hearings by what the court publishes now, in one transaction: readers see the old hearings until they
 * see the new ones. When any source fails or nothing usable comes, the old ones stay.
 *
 * @returns {Promise<{loaded: number, skipped: number}>} hearings kept and lines that were no hearing.
 */
export async function load({ pool, config, clock, log, fetch = globalThis.fetch, pause = sleep }) {
  if (config.sources.length === 0) throw new Error('DATA_URL is not set: there is nothing to load hearings from');
  const hearings = [];
  let skipped = 0;
  for (const { url, layout } of config.sources) {
    const text = await download(url, { log, fetch, pause });
    const parsed = parseHearings(text, layout);
    if (parsed.hearings.length === 0)
      throw new Error(`${url} has no hearing in the ${layout} layout; nothing was changed`);
    hearings.push(...parsed.hearings);
    skipped += parsed.skipped;
  }
  const loaded = await replaceHearings(pool, hearings, { config, clock });
  return { loaded, skipped };
}

async function download(url, { log, fetch, pause }) {
  if (url.startsWith('file:')) return readFile(new URL(url), 'utf8');
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(LIMIT) });
      if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
      return await answer.text();
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Error(`${url} failed ${ATTEMPTS} times: ${error.message}`, { cause: error });
      log('load-retry', { url, attempt, reason: error.message });
      await pause(PAUSE);
    }
  }
}

/** Reads hearings out of CSV with one header row. Lines without case number, date or time are counted and skipped. */
export function parseHearings(text, layout) {
  const lines = parseCsv(text).slice(1);
  const hearings = lines.map((fields) => hearing(fields, LAYOUTS[layout])).filter(Boolean);
  return { hearings, skipped: lines.length - hearings.length };
}

function hearing(fields, layout) {
  const field = (name) => (fields[layout[name]] ?? '').trim();
  const local = localTime(field('date'), field('time'));
  const caseId = field('caseId').toUpperCase();
  if (!caseId || !local) return null;
  const defendant = [field('first'), field('last')].filter(Boolean).join(' ');
  return { caseId, local, defendant, room: field('room'), type: field('type') };
}

/** Turns `03/09/2026` and `1:30 pm` into `2026-03-09 13:30`, or `null` when that is no such moment. */
export function localTime(date, time) {
  const day = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date);
  const clock = /^(\d{1,2}):(\d{2}) ?([ap])\.?m\.?$/i.exec(time);
  if (!day || !clock) return null;
  const [month, dayOfMonth, year] = day.slice(1).map(Number);
  const [hour, minute] = [Number(clock[1]), Number(clock[2])];
  const exists = new Date(Date.UTC(year, month - 1, dayOfMonth)).getUTCMonth() === month - 1;
  if (!exists || hour < 1 || hour > 12 || minute > 59) return null;
  const hour24 = (hour % 12) + (clock[3].toLowerCase() === 'p' ? 12 : 0);
  const two = (number) => String(number).padStart(2, '0');
  return `${year}-${two(month)}-${two(dayOfMonth)} ${two(hour24)}:${two(minute)}`;
}

/**
 * Splits CSV as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes. A quoted field that does
 * not end well is an error and no guess, because the guess would swallow other people's hearings.
 */
export function parseCsv(text) {
  const FIELD = /("[^"]*(?:""[^"]*)*"|(?!")[^,\r\n]*)(,|\r\n?|\n|$)/y;
  const source = text.replace(/^\ufeff/, '');
  const rows = [[]];
  while (FIELD.lastIndex < source.length) {
    const found = FIELD.exec(source);
    if (!found) throw new Error(`the CSV has a stray quote in row ${rows.length}; nothing was changed`);
    const [, field, end] = found;
    rows.at(-1).push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end !== ',') rows.push([]);
  }
  return rows.filter((row) => row.some((field) => field.trim() !== ''));
}

/**
 * DELETE and not TRUNCATE: it leaves the old rows to those who are reading them. The court's local times become
 * moments here, where the time zone's rules are.
 */
function replaceHearings(pool, hearings, { config, clock }) {
  const column = (name) => hearings.map((hearing) => hearing[name]);
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query('DELETE FROM hearings');
    const inserted = await client.query(
      `INSERT INTO hearings (case_id, date, defendant, room, type)
       SELECT case_id, local AT TIME ZONE $1, defendant, room, type
       FROM unnest($2::text[], $3::timestamp[], $4::text[], $5::text[], $6::text[])
         AS incoming (case_id, local, defendant, room, type)
       ON CONFLICT DO NOTHING`,
      [config.timeZone, column('caseId'), column('local'), column('defendant'), column('room'), column('type')],
    );
    return inserted.rowCount + (await addTestCase(client, config, clock()));
  });
}

/** A hearing that is always tomorrow, so that staff can try the whole way once a day. */
async function addTestCase(client, { testCase, timeZone }, now) {
  if (!testCase) return 0;
  const { rowCount } = await client.query(
    `INSERT INTO hearings (case_id, date, defendant, room, type)
     SELECT $1, (($2::timestamptz AT TIME ZONE $3)::date + 1 + time '10:00') AT TIME ZONE $3,
            'Test Person', 'TEST', 'test'
     ON CONFLICT DO NOTHING`,
    [testCase, now, timeZone],
  );
  return rowCount;
}
