import { createApp } from './app.js';
import { createPool, createReadiness } from './database.js';
import { createMessages } from './messages.js';
import { VERSION } from './migrate.js';
import { createPhoneBook } from './sealing.js';
import { createStore } from './store.js';
import { createSender } from './twilio.js';

const now = () => new Date();

/** Puts the web service together; `close` lets go of the database. */
export function assemble({ config, log, clock = now }) {
  const pool = createPool(config.databaseUrl, log);
  const phoneBook = createPhoneBook(config.phoneKey);
  const readiness = createReadiness(config.databaseUrl, {
    log,
    version: VERSION,
    fingerprint: phoneBook.fingerprint,
  });
  const store = createStore({ pool, phoneBook, timeZone: config.timeZone, clock, log });
  const app = createApp({ config, store, readiness, messages: createMessages(config), clock, log });
  return { app, close: () => Promise.all([pool.end(), readiness.end()]) };
}

/** Puts together what a scheduled job needs. Jobs may take longer than a request, so their queries may, too. */
export function assembleJob({ config, log, clock = now, fetch = globalThis.fetch }) {
  const pool = createPool(config.databaseUrl, log, { max: 1, query_timeout: 120_000 });
  const phoneBook = createPhoneBook(config.phoneKey);
  const send = createSender({ twilio: config.twilio, phoneBook, log, fetch });
  return { config, log, clock, pool, phoneBook, send, fetch, messages: createMessages(config) };
}
