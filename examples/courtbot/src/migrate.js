import { readFileSync, readdirSync } from 'node:fs';

import { inTransaction } from './database.js';

const FOLDER = new URL('../migrations/', import.meta.url);
/** Any number will do, as long as nothing else in this database locks the same. */
const LOCK = 7_305_001;

/** Numbered SQL files in order. A file that was released is never changed: a new one comes after it. */
const MIGRATIONS = readdirSync(FOLDER)
  .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
  .sort()
  .map((name) => ({ version: Number(name.slice(0, 4)), name, sql: readFileSync(new URL(name, FOLDER), 'utf8') }));

/** The version of the tables that this release works with. */
export const VERSION = MIGRATIONS.at(-1).version;

/**
 * Brings the tables to this release, from nothing or from any earlier one, a restored dump included. All of it is one
 * transaction: killed half way, it has done nothing. Two at once wait for each other.
 *
 * @returns {Promise<string[]>} the files that were run.
 */
export async function migrate(pool, fingerprint, migrations = MIGRATIONS) {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const pending = await findPending(client, migrations);
    for (const migration of pending) {
      await client.query(migration.sql);
      await client.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [
        migration.version,
        migration.name,
      ]);
    }
    await checkKey(client, fingerprint);
    return pending.map((migration) => migration.name);
  });
}

async function findPending(client, migrations) {
  const { rows } = await client.query('SELECT version FROM schema_migrations');
  const applied = new Set(rows.map((row) => row.version));
  const newest = Math.max(0, ...applied);
  if (newest > migrations.at(-1).version) {
    throw new Error(
      `the tables are at version ${newest}, made by a newer release; this one knows ${migrations.at(-1).version}. ` +
        'Deploy the newer release, or restore a snapshot from before it.',
    );
  }
  return migrations.filter((migration) => !applied.has(migration.version));
}

/** With another key nobody could be texted, and the same person would be stored twice. Better not to start. */
async function checkKey(client, fingerprint) {
  await client.query('INSERT INTO phone_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING', [fingerprint]);
  const { rows } = await client.query('SELECT fingerprint FROM phone_key');
  if (!rows[0].fingerprint.equals(fingerprint)) {
    throw new Error(
      'PHONE_ENCRYPTION_KEY is not the key of this database. Get the right one from its holders: civic.toml, [escrow].',
    );
  }
}
