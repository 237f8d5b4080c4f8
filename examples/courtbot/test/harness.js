import { randomBytes } from 'node:crypto';

import pg from 'pg';

import { assemble, assembleJob } from '../src/assemble.js';
import { readConfig } from '../src/config.js';
import { migrate } from '../src/migrate.js';
import { createPhoneBook } from '../src/sealing.js';

const SERVER = process.env.DATABASE_TEST_URL;
if (!SERVER) throw new Error('DATABASE_TEST_URL is not set. Run ./test.sh, which starts a PostgreSQL for the tests.');

/** A Friday morning in Anchorage. */
export const NOW = new Date('2026-03-06T10:00:00-09:00');
export const PHONE = '+19075550100';
export const OTHER_PHONE = '+19075550101';

export const ENVIRONMENT = {
  TZ: 'America/Anchorage',
  COOKIE_SECRET: 'cookie secret for tests',
  PHONE_ENCRYPTION_KEY: 'phone encryption key for tests, long',
  JWT_SECRET: 'token secret for tests',
  ADMIN_LOGIN: 'brigade',
  ADMIN_PASSWORD: 'password for tests',
  USE_CONSOLE: '1',
  COURT_NAME: 'Test Court',
};

/** Makes an empty database of its own for one test file; `drop` removes it whoever is still connected. */
export async function createDatabase() {
  const name = `courtbot_${process.pid}_${randomBytes(4).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(SERVER);
  url.pathname = name;
  return { url: url.href, drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(sql) {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/**
 * A whole CourtBot on a migrated database of its own, with a clock that stands still until `at` sets it, a list of
 * `texts` instead of phones, and all log lines.
 */
export async function createWorld(environment = {}) {
  const database = await createDatabase();
  const config = readConfig({ ...ENVIRONMENT, DATABASE_URL: database.url, ...environment });
  const world = { config, url: database.url, now: NOW, texts: [], lines: [] };
  const clock = () => world.now;
  const log = (event, fields) => world.lines.push({ event, ...fields });
  const job = assembleJob({ config, log, clock });
  await migrate(job.pool, createPhoneBook(config.phoneKey).fingerprint);
  const { app, close } = assemble({ config, log, clock });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return Object.assign(world, {
    base: `http://127.0.0.1:${server.address().port}`,
    pool: job.pool,
    log,
    job: { ...job, send: async (phone, text) => void world.texts.push({ phone, text }) },
    at: (moment) => (world.now = new Date(moment)),
    async clear() {
      world.now = NOW;
      world.texts.length = 0;
      world.lines.length = 0;
      await job.pool.query('TRUNCATE hearings, requests, notifications');
    },
    async end() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([close(), job.pool.end()]);
      await database.drop();
    },
  });
}

/** A phone in somebody's hand: texts the bot and keeps its cookie, as Twilio does. */
export function createPhone(world, number = PHONE) {
  let cookie = '';
  return {
    get cookie() {
      return cookie;
    },
    set cookie(value) {
      cookie = value;
    },
    async text(body) {
      const answer = await fetch(`${world.base}/sms`, {
        method: 'POST',
        headers: cookie ? { cookie } : {},
        body: new URLSearchParams({ From: number, Body: body }),
      });
      for (const line of answer.headers.getSetCookie()) cookie = keptCookie(line);
      return readMessage(await answer.text());
    },
  };
}

function keptCookie(line) {
  return /Expires=Thu, 01 Jan 1970/.test(line) ? '' : line.split(';')[0];
}

/** The text inside TwiML, or '' when there is none. */
export function readMessage(twiml) {
  const found = /<Message>(.*)<\/Message>/s.exec(twiml);
  return found ? found[1].replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))) : '';
}

export async function addHearing(world, { caseId = 'A1234567', date, defendant = 'June Freeman', room = '301' }) {
  await world.pool.query('INSERT INTO hearings (case_id, date, defendant, room, type) VALUES ($1, $2, $3, $4, $5)', [
    caseId,
    new Date(date),
    defendant,
    room,
    'test',
  ]);
}

export async function addRequest(world, { caseId = 'A1234567', phone = PHONE, known = true, at = world.now }) {
  const book = world.job.phoneBook;
  await world.pool.query(
    `INSERT INTO requests (case_id, phone_hash, phone_sealed, known_case, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $5)`,
    [caseId, book.hash(phone), book.seal(phone), known, new Date(at)],
  );
}

export async function readRequests(world) {
  const { rows } = await world.pool.query('SELECT * FROM requests ORDER BY case_id, phone_hash');
  return rows.map((row) => ({
    caseId: row.case_id,
    phone: world.job.phoneBook.open(row.phone_sealed, row.phone_hash),
    known: row.known_case,
    active: row.active,
    updatedAt: row.updated_at.toISOString(),
  }));
}

export async function readNotifications(world) {
  const { rows } = await world.pool.query('SELECT * FROM notifications ORDER BY id');
  return rows.map((row) => ({
    caseId: row.case_id,
    type: row.type,
    attempts: row.attempts,
    sent: row.sent_at !== null,
    error: row.error,
  }));
}
