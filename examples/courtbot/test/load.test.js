import assert from 'node:assert/strict';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { after, before, beforeEach, describe, it } from 'node:test';

import pg from 'pg';

import { load, localTime, parseCsv, parseHearings } from '../src/load.js';
import { createWorld } from './harness.js';

const CIVIL = 'Date,Last,First,-,Room,Time,Case,-,Violation,-\n';
const sample = (name) => pathToFileURL(fileURLToPath(new URL(`../sample/${name}`, import.meta.url))).href;

describe('parsing CSV', () => {
  const cases = [
    [
      'plain fields',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'Windows line ends and no last one',
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['quoted commas, quotes and line ends', '"a,b","say ""hi""","x\ny"\n', [['a,b', 'say "hi"', 'x\ny']]],
    ['quotes inside a plain field', 'JOHN "JJ" DOE,x\n', [['JOHN "JJ" DOE', 'x']]],
    ['empty fields', ',a,\n', [['', 'a', '']]],
    ['empty lines', '\na\n\n\n', [['a']]],
    ['a byte order mark', '\ufeffa,b\n', [['a', 'b']]],
    ['nothing', '', []],
  ];
  for (const [name, text, rows] of cases) it(`splits ${name}`, () => assert.deepEqual(parseCsv(text), rows));

  for (const text of ['a,"b\nc,d\n', '"a"b,c\n']) {
    it(`does not guess about ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseCsv(text), /stray quote in row 1/));
  }
});

describe('parsing hearings', () => {
  it('reads the civil layout', () => {
    const { hearings } = parseHearings(
      `${CIVIL}03/09/2026,FREEMAN,JUNE,,301, 1:30 pm,a1234567,,"Speeding, 20 over",\n`,
      'civil',
    );
    assert.deepEqual(hearings, [
      {
        caseId: 'A1234567',
        local: '2026-03-09 13:30',
        defendant: 'JUNE FREEMAN',
        room: '301',
        type: 'Speeding, 20 over',
      },
    ]);
  });

  it('reads the criminal layout', () => {
    const { hearings } = parseHearings(
      'h\n3/9/2026,KAHN,ALEX,Courtroom 5,2:00 pm,3AN-16-00042CR,Arraignment\n',
      'criminal',
    );
    assert.deepEqual(hearings, [
      {
        caseId: '3AN-16-00042CR',
        local: '2026-03-09 14:00',
        defendant: 'ALEX KAHN',
        room: 'Courtroom 5',
        type: 'Arraignment',
      },
    ]);
  });

  it('skips and counts lines without case number, date or time', () => {
    const lines = [
      '03/09/2026,A,B,,1,10:00 am,,,x,',
      ',A,B,,1,10:00 am,A1234567,,x,',
      '03/09/2026,A,B,,1,,A1234567,,x,',
      'x',
    ];
    assert.deepEqual(parseHearings(CIVIL + lines.join('\n'), 'civil'), { hearings: [], skipped: 4 });
  });

  const times = [
    ['03/09/2026', '12:00 am', '2026-03-09 00:00'],
    ['03/09/2026', '12:15 PM', '2026-03-09 12:15'],
    ['3/9/2026', '1:05pm', '2026-03-09 13:05'],
    ['02/29/2028', '8:00 a.m.', '2028-02-29 08:00'],
    ['02/29/2026', '8:00 am', null],
    ['13/01/2026', '8:00 am', null],
    ['03/09/2026', '13:00 pm', null],
    ['03/09/2026', '0:10 am', null],
    ['03/09/2026', '8:60 am', null],
    ['2026-03-09', '8:00 am', null],
    ['03/09/2026', 'noon', null],
  ];
  for (const [date, time, local] of times) {
    it(`takes ${date} ${time} as ${local}`, () => assert.equal(localTime(date, time), local));
  }
});

describe('loading', () => {
  let world;
  before(async () => (world = await createWorld({ TEST_CASE_NUMBER: 'testcase' })));
  after(() => world.end());
  beforeEach(() => world.clear());

  const answers = (...texts) => {
    const queue = [...texts];
    return async () => {
      const next = queue.shift();
      return next instanceof Error
        ? Promise.reject(next)
        : new Response(next.text ?? next, { status: next.status ?? 200 });
    };
  };
  const pauses = [];
  const run = (sources, fetch) => {
    pauses.length = 0;
    const pause = async (ms) => void pauses.push(ms);
    return load({ ...world.job, config: { ...world.config, sources }, fetch, pause });
  };
  const web = { url: 'https://court.example.org/x.csv', layout: 'civil' };
  const line = (caseId, date = '03/09/2026', time = '1:30 pm') =>
    `${date},FREEMAN,JUNE,,301,${time},${caseId},,Speeding,\n`;
  const readHearings = async () =>
    (await world.pool.query('SELECT case_id, date FROM hearings ORDER BY date, case_id')).rows.map(
      (row) => `${row.case_id} ${row.date.toISOString()}`,
    );

  it('loads both layouts from files, and the test case for tomorrow', async () => {
    const sources = [
      { url: sample('civil.csv'), layout: 'civil' },
      { url: sample('criminal.csv'), layout: 'criminal' },
    ];
    assert.deepEqual(await run(sources), { loaded: 5, skipped: 0 });
    assert.deepEqual(await readHearings(), [
      'TESTCASE 2026-03-07T19:00:00.000Z',
      '3AN-15-01234CR 2026-03-09T21:30:00.000Z',
      'A1234567 2027-07-14T18:00:00.000Z',
      '3AN-16-00042CR 2027-11-05T22:00:00.000Z',
      'B7654321 2028-12-01T17:15:00.000Z',
    ]);
  });

  it('keeps one of several equal hearings, and all dates of a case', async () => {
    const text = CIVIL + line('A1234567') + line('A1234567') + line('A1234567', '03/10/2026');
    assert.equal((await run([web], answers(text))).loaded, 3);
  });

  it("takes the court's times on both sides of the change to summer time", async () => {
    const text = CIVIL + line('A1234567', '03/07/2026', '10:00 am') + line('A1234567', '03/08/2026', '10:00 am');
    await run([web], answers(text));
    const found = await readHearings();
    assert.ok(found.includes('A1234567 2026-03-07T19:00:00.000Z'));
    assert.ok(found.includes('A1234567 2026-03-08T18:00:00.000Z'));
  });

  it('dates the test case tomorrow by the calendar of the court', async () => {
    world.at('2026-03-06T23:30:00-09:00'); // already the 7th in UTC
    await run([web], answers(CIVIL + line('A1234567')));
    assert.ok((await readHearings()).includes('TESTCASE 2026-03-07T19:00:00.000Z'));
  });

  it('forgets hearings that are no longer published', async () => {
    await run([web], answers(CIVIL + line('A1234567')));
    await run([web], answers(CIVIL + line('B7654321')));
    assert.deepEqual(
      (await readHearings()).map((hearing) => hearing.split(' ')[0]),
      ['TESTCASE', 'B7654321'],
    );
  });

  it('tries six times, five minutes apart', async () => {
    const down = { text: 'down', status: 500 };
    await run([web], answers(down, new Error('ECONNRESET'), down, down, down, CIVIL + line('A1234567')));
    assert.deepEqual(pauses, Array(5).fill(300_000));
    assert.equal((await readHearings()).length, 2);
  });

  it('keeps the old hearings when a source stays down, even if another one works', async () => {
    await run([web], answers(CIVIL + line('A1234567')));
    const before = await readHearings();
    const other = { url: 'https://court.example.org/y.csv', layout: 'civil' };
    const down = Array(6).fill({ text: 'down', status: 503 });
    await assert.rejects(
      run([web, other], answers(CIVIL + line('B7654321'), ...down)),
      /y\.csv failed 6 times: HTTP status 503/,
    );
    assert.deepEqual(await readHearings(), before);
  });

  for (const text of ['', CIVIL, '<html>Under maintenance</html>', `${CIVIL}x,"y\n`]) {
    it(`keeps the old hearings when it gets ${JSON.stringify(text.slice(0, 20))}`, async () => {
      await run([web], answers(CIVIL + line('A1234567')));
      const before = await readHearings();
      await assert.rejects(run([web], answers(text)), /nothing was changed/);
      assert.deepEqual(await readHearings(), before);
    });
  }

  it('says so when there is nothing to load from', () => assert.rejects(run([]), /DATA_URL is not set/));

  it('never leaves a reader without hearings, nor makes one wait', async () => {
    await run([web], answers(CIVIL + line('A1234567')));
    const reader = new pg.Client({ connectionString: world.url });
    await reader.connect();
    // The trigger stops the load after it has deleted the old rows, until the reader has looked.
    await world.pool.query(`
      CREATE FUNCTION wait_for_reader() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END$$;
      CREATE TRIGGER wait BEFORE INSERT ON hearings EXECUTE FUNCTION wait_for_reader()`);
    await reader.query('SELECT pg_advisory_lock(42)');
    const loading = run([web], answers(CIVIL + line('B7654321')));
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`;
    while ((await reader.query(waiting)).rowCount === 0);
    const seen = await reader.query(`SELECT case_id FROM hearings WHERE case_id <> 'TESTCASE'`);
    await reader.query('SELECT pg_advisory_unlock(42)');
    await loading;
    await reader.end();
    assert.deepEqual(seen.rows, [{ case_id: 'A1234567' }]);
    await world.pool.query('DROP FUNCTION wait_for_reader CASCADE');
  });
});
