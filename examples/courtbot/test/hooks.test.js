import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'node:test';

import { migrate } from '../src/migrate.js';
import { addHearing, addRequest, createDatabase, createWorld, readNotifications, readRequests } from './harness.js';

// The hooks run where they run in production: inside a container of the database image. test.sh names it.
const CONTAINER = process.env.COURTBOT_TEST_CONTAINER;
const DOCKER = process.env.DOCKER || 'docker';
const FOLDER = `/tmp/backup-${process.pid}`;
const DUMP = `${FOLDER}/database.dump`;
const skip = CONTAINER ? false : 'COURTBOT_TEST_CONTAINER is not set';

describe('the backup hooks', { skip }, () => {
  let world;
  const targets = [];
  before(async () => (world = await createWorld()));
  after(async () => {
    inContainer(['rm', '-rf', FOLDER]);
    await world.end();
    for (const target of targets) await target.drop();
  });
  beforeEach(async () => {
    inContainer(['sh', '-c', `rm -rf ${FOLDER} && mkdir ${FOLDER}`]);
    await world.clear();
    await addHearing(world, { date: '2026-03-07T13:30:00-09:00' });
    await addRequest(world, {});
    await addRequest(world, { caseId: 'B7654321', phone: '+19075550102', known: false });
    await world.pool.query(
      `INSERT INTO notifications (case_id, phone_hash, type, event_date, created_at, claimed_at, sent_at)
       SELECT case_id, phone_hash, 'reminder', now(), now(), now(), now() FROM requests`,
    );
  });

  /** A world around an empty database: what a new volume holds when a restore begins. */
  async function createTarget() {
    const target = await createDatabase();
    targets.push(target);
    return target;
  }
  const tablesIn = (target) => inContainer(['psql', '-U', 'courtbot', '-d', nameOf(target), '-Atc', '\\dt']).output;

  it('bring everything back into an empty database, ready for this release', async () => {
    assert.deepEqual(hook('pre-backup', world), { code: 0, output: '' });
    const target = await createTarget();
    assert.deepEqual(hook('post-restore', target), { code: 0, output: '' });
    const restored = await openWorld(world, target);
    assert.deepEqual(await readRequests(restored), await readRequests(world));
    assert.deepEqual(await readNotifications(restored), await readNotifications(world));
    assert.deepEqual(await migrate(restored.pool, world.job.phoneBook.fingerprint), []);
    await addRequest(restored, { caseId: 'C7654321' });
    await restored.pool.end();
  });

  it('can be run twice after a restore, and do not undo what happened in between', async () => {
    hook('pre-backup', world);
    const target = await createTarget();
    hook('post-restore', target);
    const restored = await openWorld(world, target);
    await addRequest(restored, { caseId: 'C7654321' });
    const again = hook('post-restore', target);
    assert.equal(again.code, 0);
    assert.match(again.output, /already restored/);
    assert.equal((await readRequests(restored)).length, 3);
    await restored.pool.end();
  });

  it('refuse to restore over tables', async () => {
    hook('pre-backup', world);
    const { code, output } = hook('post-restore', world);
    assert.equal(code, 1);
    assert.match(output, /the database is not empty: it has the table.*Restore into a new volume/s);
    assert.equal((await readRequests(world)).length, 2);
  });

  const damages = [
    ['is missing', `rm ${DUMP}`, /holds no database/],
    ['is empty', `: >${DUMP}`, /holds no database/],
    ['has no sum', `rm ${DUMP}.sha256`, /never finished/],
    ['was cut short', `truncate -s -200 ${DUMP}`, /damaged/],
    ['has a changed byte', `printf X | dd of=${DUMP} bs=1 seek=3000 conv=notrunc status=none`, /damaged/],
    [
      'was cut short before it was summed',
      `truncate -s -40 ${DUMP}; sha256sum <${DUMP} | cut -d' ' -f1 >${DUMP}.sha256`,
      /nothing was restored/,
    ],
    [
      'was cut within its table of contents before it was summed',
      `truncate -s -1000 ${DUMP}; sha256sum <${DUMP} | cut -d' ' -f1 >${DUMP}.sha256`,
      /nothing was restored/,
    ],
  ];
  for (const [name, damage, reason] of damages) {
    it(`refuse a dump that ${name}, and leave the database empty`, async () => {
      hook('pre-backup', world);
      inContainer(['sh', '-c', damage]);
      const target = await createTarget();
      const { code, output } = hook('post-restore', target);
      assert.equal(code, 1, output);
      assert.match(output, reason);
      assert.doesNotMatch(tablesIn(target), /requests/);
    });
  }

  const pretenders = [
    ['stops half way and admits it', 'pg_dump "$@"; truncate -s -40 "$part"; exit 1', /pg_dump failed/],
    ['stops half way and says all is well', 'pg_dump "$@"; truncate -s -40 "$part"', /cannot be read to its end/],
    ['writes nothing and says all is well', ': >"$part"', /no readable table of contents/],
  ];
  for (const [name, body, reason] of pretenders) {
    it(`fail and leave no dump, not even an old one, when pg_dump ${name}`, () => {
      hook('pre-backup', world);
      const program = `#!/bin/sh\nPATH=\${PATH#*:}\npart=${DUMP}.part\n${body}\n`;
      inContainer(['sh', '-c', `mkdir ${FOLDER}/bin && printf '%s' "$1" >${FOLDER}/bin/pg_dump`, 'sh', program]);
      inContainer(['chmod', '755', `${FOLDER}/bin/pg_dump`]);
      const path = inContainer(['printenv', 'PATH']).output.trim();
      const { code, output } = hook('pre-backup', world, { PATH: `${FOLDER}/bin:${path}` });
      assert.equal(code, 1);
      assert.match(output, reason);
      assert.equal(inContainer(['ls', FOLDER]).output, 'bin\n');
    });
  }

  it('fail when the database has no tables', async () => {
    const { code, output } = hook('pre-backup', await createTarget());
    assert.equal(code, 1);
    assert.match(output, /no tables/);
    assert.equal(inContainer(['ls', FOLDER]).output, '');
  });

  it('fail when there is no such database or no folder', () => {
    for (const name of ['pre-backup', 'post-restore']) {
      assert.equal(hook(name, { url: 'postgres://x/nowhere' }).code, 1);
      assert.equal(hook(name, world, { CIVIC_BACKUP_DIR: '/nowhere' }).code, 1);
    }
    assert.equal(hook('post-backup', world, { CIVIC_BACKUP_DIR: '/nowhere' }).code, 1);
  });

  it('remove the dump after a backup, and do not mind when there is none', () => {
    hook('pre-backup', world);
    for (let time = 0; time < 2; time += 1) assert.deepEqual(hook('post-backup', world), { code: 0, output: '' });
    assert.equal(inContainer(['ls', FOLDER]).output, '');
  });
});

const nameOf = ({ url }) => new URL(url).pathname.slice(1);

async function openWorld(world, target) {
  const { default: pg } = await import('pg');
  return { ...world, pool: new pg.Pool({ connectionString: target.url }) };
}

function hook(name, target, environment = {}) {
  const all = { POSTGRES_DB: nameOf(target), CIVIC_BACKUP_DIR: FOLDER, ...environment };
  return inContainer([`/civic/hooks/postgres/${name}`], all);
}

function inContainer(command, environment = {}) {
  const settings = Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  const run = spawnSync(DOCKER, ['exec', ...settings, CONTAINER, ...command], { encoding: 'utf8' });
  return { code: run.status, output: run.stdout + run.stderr };
}
