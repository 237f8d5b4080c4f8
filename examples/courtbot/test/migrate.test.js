import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import pg from 'pg';

import { VERSION, migrate } from '../src/migrate.js';
import { createDatabase } from './harness.js';

const KEY = Buffer.alloc(32, 1);

describe('migrating', () => {
  let database;
  let pool;
  const open = () => new pg.Pool({ connectionString: database.url });
  before(async () => {
    database = await createDatabase();
    pool = open();
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });
  afterEach(() => pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));

  const tables = async () =>
    (await pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)).rows.map(
      (row) => row.tablename,
    );
  const ALL = ['hearings', 'notifications', 'phone_key', 'requests', 'schema_migrations'];

  it('makes all tables from nothing, and does nothing the second time', async () => {
    assert.equal((await migrate(pool, KEY)).length, VERSION);
    assert.deepEqual(await tables(), ALL);
    assert.deepEqual(await migrate(pool, KEY), []);
  });

  it('runs each file once when several migrate at once', async () => {
    const others = [open(), open(), open()];
    const runs = await Promise.all([pool, ...others].map((one) => migrate(one, KEY)));
    assert.equal(runs.flat().length, VERSION);
    await Promise.all(others.map((other) => other.end()));
  });

  it('keeps nothing of a migration that fails half way', async () => {
    const files = [
      { version: 1, name: 'one', sql: 'CREATE TABLE one (n int)' },
      { version: 2, name: 'two', sql: 'CREATE TABLE two (n int); SELECT 1/0' },
    ];
    await assert.rejects(migrate(pool, KEY, files), /division by zero/);
    assert.deepEqual(await tables(), []);
  });

  it('keeps nothing when it is killed half way, and the next run does it all', async () => {
    const slow = [{ version: 1, name: 'slow', sql: 'CREATE TABLE one (n int); SELECT pg_sleep(60)' }];
    const victim = open();
    victim.on('error', () => {});
    const killed = assert.rejects(migrate(victim, KEY, slow));
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    while ((await pool.query(kill)).rowCount === 0);
    await killed;
    await victim.end();
    assert.deepEqual(await tables(), []);
    await migrate(pool, KEY);
    assert.deepEqual(await tables(), ALL);
  });

  it('brings an earlier release up to date and keeps its rows', async () => {
    await migrate(pool, KEY);
    await pool.query(`DROP TABLE phone_key; DELETE FROM schema_migrations WHERE version = 2;
                      INSERT INTO hearings VALUES ('A1234567', now(), 'a', 'b', 'c')`);
    assert.deepEqual(await migrate(pool, KEY), ['0002_phone_key.sql']);
    assert.equal((await pool.query('SELECT FROM hearings')).rowCount, 1);
  });

  it('does not touch the tables of a newer release', async () => {
    await migrate(pool, KEY);
    await pool.query(`INSERT INTO schema_migrations VALUES (${VERSION + 1}, 'newer')`);
    await assert.rejects(migrate(pool, KEY), /made by a newer release/);
  });

  it('refuses a database whose numbers were sealed with another key', async () => {
    await migrate(pool, KEY);
    await assert.rejects(migrate(pool, Buffer.alloc(32, 2)), /PHONE_ENCRYPTION_KEY is not the key of this database/);
    await migrate(pool, KEY);
  });
});
