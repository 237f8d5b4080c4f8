import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import { ENVIRONMENT, PHONE, createDatabase } from './harness.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Tests run side by side; the locks of the other databases are not ours. */
const OUR_LOCKS = `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                   WHERE d.datname = current_database() AND NOT l.granted`;
const PORT = 20_000 + (process.pid % 20_000);

describe('the processes', () => {
  let database;
  before(async () => (database = await createDatabase()));
  after(() => database.drop());

  /** Starts a program of ours; `lines` are its log, `said(event)` waits for one, `ended` is its exit code. */
  function start(args, environment = {}) {
    const env = { PATH: process.env.PATH, ...ENVIRONMENT, DATABASE_URL: database.url, PORT, ...environment };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const run = { child, lines: [], ended: once(child, 'exit').then(([code]) => code) };
    let rest = '';
    child.stdout.on('data', (data) => {
      const parts = (rest + data).split('\n');
      rest = parts.pop();
      for (const part of parts) {
        run.lines.push(JSON.parse(part));
        child.emit('line');
      }
    });
    run.said = async (event) => {
      while (!run.lines.some((line) => line.event === event)) await once(child, 'line');
    };
    return run;
  }

  it('migrates, and again', async () => {
    for (let time = 0; time < 2; time += 1) assert.equal(await start(['src/jobs.js', 'migrate']).ended, 0);
  });

  it('runs each job', async () => {
    const load = start(['src/jobs.js', 'load'], { DATA_URL: `file://${ROOT}sample/civil.csv` });
    assert.deepEqual([await load.ended, load.lines.at(-1).loaded], [0, 3]);
    for (const job of ['reminders', 'unmatched']) {
      const run = start(['src/jobs.js', job]);
      assert.deepEqual([await run.ended, run.lines.at(-1).sent], [0, 0]);
    }
  });

  it('fails with a reason when a job is unknown, has nothing to do, or the environment is not complete', async () => {
    const runs = [
      [start(['src/jobs.js', 'dance']), /say which job: migrate, load/],
      [start(['src/jobs.js', 'load']), /DATA_URL is not set/],
      [start(['src/jobs.js', 'migrate'], { TZ: '' }), /TZ is not set/],
      [start(['src/web.js'], { COOKIE_SECRET: '' }), /COOKIE_SECRET is not set/],
    ];
    for (const [run, reason] of runs) {
      assert.equal(await run.ended, 1);
      assert.match(run.lines.at(-1).reason, reason);
    }
  });

  it('starts without a database and ends with 0 when asked to', async () => {
    const web = start(['src/web.js'], { DATABASE_URL: 'postgres://x:x@127.0.0.1:1/x' });
    await web.said('listening');
    assert.equal((await fetch(`http://127.0.0.1:${PORT}/healthz`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${PORT}/readyz`)).status, 503);
    web.child.kill('SIGTERM');
    assert.equal(await web.ended, 0);
  });

  it('finishes the requests it has when asked to end, takes no more, and ends with 0', async () => {
    const web = start(['src/web.js']);
    await web.said('listening');
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE requests IN ACCESS EXCLUSIVE MODE');
    const idle = connect(PORT, '127.0.0.1');
    await once(idle, 'connect');
    const answer = fetch(`http://127.0.0.1:${PORT}/sms`, {
      method: 'POST',
      body: new URLSearchParams({ From: PHONE, Body: 'A1234567' }),
    });
    while ((await blocker.query(OUR_LOCKS)).rowCount === 0);
    web.child.kill('SIGTERM');
    await web.said('stopping');
    await assert.rejects(fetch(`http://127.0.0.1:${PORT}/`));
    await blocker.query('COMMIT');
    await blocker.end();
    assert.match(await (await answer).text(), /JR|SAM/);
    assert.equal(await web.ended, 0);
    assert.deepEqual(
      web.lines.slice(-2).map((line) => line.event),
      ['request', 'stopped'],
    );
    assert.doesNotMatch(JSON.stringify(web.lines), /5550100/);
    idle.destroy();
  });
});
