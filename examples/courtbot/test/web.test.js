import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';

import { createReadiness } from '../src/database.js';
import { VERSION } from '../src/migrate.js';
import { NOW, PHONE, addHearing, addRequest, createPhone, createWorld } from './harness.js';

describe('the web service', () => {
  let world;
  const get = (path, options) => fetch(world.base + path, options);
  before(async () => (world = await createWorld()));
  after(() => world.end());
  beforeEach(() => world.clear());

  it('greets', async () => {
    const answer = await get('/');
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^Hello, I am CourtBot/);
  });

  it('says 404 for what it does not have', async () => assert.equal((await get('/admin')).status, 404));

  it('says that it is alive and ready', async () => {
    assert.equal((await get('/healthz')).status, 200);
    const ready = await get('/readyz');
    assert.deepEqual([ready.status, await ready.json()], [200, { ready: true }]);
  });

  it('is not ready, but alive, when a table is missing', async () => {
    await world.pool.query('ALTER TABLE notifications RENAME TO elsewhere');
    const ready = await get('/readyz');
    assert.deepEqual([ready.status, await ready.json()], [503, { ready: false, reason: 'tables are missing' }]);
    assert.equal((await get('/healthz')).status, 200);
    await world.pool.query('ALTER TABLE elsewhere RENAME TO notifications');
  });

  it('has the page that pretends to be a phone', async () => {
    assert.match(await (await get('/try')).text(), /Try CourtBot/);
  });

  it('logs routes and no phone numbers', async () => {
    await createPhone(world).text('B7654321');
    await get('/cases?q=freeman');
    const lines = world.lines.map((line) => JSON.stringify(line)).join('\n');
    assert.match(lines, /"route":"\/sms","status":200/);
    assert.doesNotMatch(lines, /5550100|freeman|B7654321/);
  });

  describe('/cases', () => {
    const search = async (query) => {
      const answer = await get(`/cases${query}`);
      return {
        status: answer.status,
        found: await answer.json(),
        cors: answer.headers.get('access-control-allow-origin'),
      };
    };
    beforeEach(async () => {
      await addHearing(world, { caseId: 'A1234567', date: '2026-03-09T13:30:00-08:00' });
      await addHearing(world, {
        caseId: '3AN-15-01234CR',
        date: '2026-03-10T09:00:00-08:00',
        defendant: 'Sam 100%_Lee',
      });
    });

    for (const query of ['', '?q=', '?q=%20', '?q=a&q=b']) {
      it(`wants one q, not '${query}'`, async () => assert.equal((await search(query)).status, 400));
    }

    it('finds nothing as an empty list', async () => {
      assert.deepEqual(await search('?q=nobody'), { status: 200, found: [], cors: '*' });
    });

    it('finds part of a name, whatever its case, and adds a date for people', async () => {
      const { found } = await search('?q=FREE');
      assert.deepEqual(found, [
        {
          case_id: 'A1234567',
          date: '2026-03-09T21:30:00.000Z',
          defendant: 'June Freeman',
          room: '301',
          type: 'test',
          readable_date: 'Monday, March 9, 2026 at 1:30 PM',
        },
      ]);
    });

    it('finds an exact case number, padded and in lower case', async () => {
      const { found } = await search('?q=%20%203an-15-01234cr%20');
      assert.deepEqual(
        found.map((hearing) => hearing.case_id),
        ['3AN-15-01234CR'],
      );
    });

    it('does not find part of a case number', async () => assert.deepEqual((await search('?q=A12345')).found, []));

    it('takes wildcards as what they are', async () => {
      assert.equal((await search('?q=%25')).found.length, 1);
      assert.equal((await search('?q=_')).found.length, 1);
    });

    it('finds at most ten', async () => {
      for (let day = 10; day < 25; day += 1)
        await addHearing(world, { caseId: `Z00000${day}`, date: `2026-05-${day}` });
      assert.equal((await search('?q=june')).found.length, 10);
    });
  });

  describe('/sms', () => {
    const post = (body) => get('/sms', { method: 'POST', body });
    it('answers TwiML', async () => {
      const answer = await post(new URLSearchParams({ From: PHONE, Body: 'hello' }));
      assert.match(answer.headers.get('content-type'), /^text\/xml/);
      assert.match(
        await answer.text(),
        /^<\?xml version="1.0" encoding="UTF-8"\?><Response><Message>.*<\/Message><\/Response>$/,
      );
    });

    it('wants a text and a number', async () => {
      for (const fields of [{}, { From: PHONE }, { Body: 'hello' }, { From: 'x', Body: 'hello' }]) {
        assert.equal((await post(new URLSearchParams(fields))).status, 400);
      }
    });

    it('refuses a text of a size that no phone sends', async () => {
      assert.equal((await post(new URLSearchParams({ From: PHONE, Body: 'x'.repeat(20_000) }))).status, 413);
    });
  });

  describe('the admin API', () => {
    const logIn = (login, password) =>
      get('/api/admin_login', { method: 'POST', body: new URLSearchParams({ login, password }) });
    const report = async (path, token) => get(path, { headers: { authorization: `Bearer ${token}` } });
    const token = async () => (await (await logIn('brigade', 'password for tests')).json()).token;

    it('refuses a wrong login or password', async () => {
      assert.equal((await logIn('brigade', 'password')).status, 401);
      assert.equal((await logIn('admin', 'password for tests')).status, 401);
      assert.equal((await get('/api/admin_login', { method: 'POST' })).status, 401);
    });

    it('refuses everything without a good token', async () => {
      const good = await token();
      assert.equal((await report('/api/requests', good)).status, 200);
      world.at(NOW.getTime() + 3600_000 + 1000);
      for (const bad of ['', 'x', `${good}x`, good]) {
        assert.equal((await report('/api/requests', bad)).status, 401);
        assert.equal((await report('/api/notifications', bad)).status, 401);
      }
    });

    it('does not take the cookie of a conversation for a token', async () => {
      const phone = createPhone(world);
      await phone.text('B7654321');
      assert.equal((await report('/api/requests', phone.cookie.replace('courtbot=', ''))).status, 401);
    });

    it('shows requests with their phone numbers', async () => {
      await addRequest(world, { caseId: 'C2345ABCDEFG', phone: '+19070000042', known: false });
      const text = await (await report('/api/requests', await token())).text();
      assert.match(text, /"phone":"\+19070000042","case_id":"C2345ABCDEFG","known_case":false,"active":true/);
    });

    it('shows a number that does not open as null', async () => {
      await addRequest(world, {});
      await world.pool.query(`UPDATE requests SET phone_sealed = phone_sealed || 'x'`);
      const [request] = await (await report('/api/requests', await token())).json();
      assert.deepEqual([request.phone, request.case_id], [null, 'A1234567']);
    });
  });
});

describe('the web service in production', () => {
  let world;
  before(async () => {
    world = await createWorld({
      NODE_ENV: 'production',
      USE_CONSOLE: '',
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_PHONE_NUMBER: '+19075550199',
      TWILIO_WEBHOOK_URL: 'https://bot.example.org/sms',
      ADMIN_PASSWORD: '',
    });
  });
  after(() => world.end());

  it('has no page that pretends to be a phone, and no admin API without a password', async () => {
    assert.equal((await fetch(`${world.base}/try`)).status, 404);
    assert.equal((await fetch(`${world.base}/api/admin_login`, { method: 'POST' })).status, 404);
  });

  it('takes texts from Twilio only', async () => {
    const post = async (signature) => {
      const body = new URLSearchParams({ From: PHONE, Body: 'hello' });
      const answer = await fetch(`${world.base}/sms`, {
        method: 'POST',
        body,
        headers: { 'x-twilio-signature': signature },
      });
      return answer.status;
    };
    const signed = `https://bot.example.org/smsBodyhelloFrom${PHONE}`;
    assert.equal(await post(createHmac('sha1', 'token').update(signed).digest('base64')), 200);
    assert.equal(await post(createHmac('sha1', 'other').update(signed).digest('base64')), 403);
    assert.equal(await post(''), 403);
  });
});

// The reason tells that the limit of one second answered, and not one of the longer ones behind it.
describe('readiness with a database in trouble', () => {
  let world;
  before(async () => (world = await createWorld()));
  after(() => world.end());
  const silent = () => {};
  const readinessAt = (databaseUrl, key = world.job.phoneBook.fingerprint, version = VERSION) =>
    createReadiness(databaseUrl, { log: silent, version, fingerprint: key });

  it('notices a database that is not there', async () => {
    const readiness = readinessAt('postgres://x:x@127.0.0.1:1/x');
    assert.match(await readiness.check(), /does not answer.*ECONNREFUSED/);
    await readiness.end();
  });

  it('notices a database that freezes, and its return', async () => {
    const link = await createLink(world.url);
    const readiness = readinessAt(link.url);
    assert.equal(await readiness.check(), '');
    link.freeze();
    assert.match(await readiness.check(), /did not answer within 1000 ms/);
    assert.match(await readiness.check(), /did not answer within 1000 ms/);
    link.thaw();
    await becomesReady(readiness);
    await readiness.end();
    link.close();
  });

  it('notices a database that accepts connections and never says a word', async () => {
    const link = await createLink(world.url);
    link.freeze();
    const readiness = readinessAt(link.url);
    assert.match(await readiness.check(), /did not answer within 1000 ms/);
    link.thaw();
    await becomesReady(readiness);
    await readiness.end();
    link.close();
  });

  it('notices a database whose numbers were sealed with another key', async () => {
    const readiness = readinessAt(world.url, Buffer.alloc(32));
    assert.match(await readiness.check(), /PHONE_ENCRYPTION_KEY is not the key of this database/);
    await readiness.end();
  });

  it('notices tables of another release', async () => {
    const readiness = readinessAt(world.url, world.job.phoneBook.fingerprint, VERSION + 1);
    assert.match(await readiness.check(), /this release needs/);
    await readiness.end();
  });
});

/** Asks until the answer is yes; a test that never gets it is ended by the runner. */
async function becomesReady(readiness) {
  while ((await readiness.check()) !== '');
}

/** A wire to the database that can be held: bytes wait, connections stay open, as when a machine freezes. */
async function createLink(databaseUrl) {
  const target = new URL(databaseUrl);
  const sockets = new Set();
  let frozen = false;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(Number(target.port), target.hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
    if (frozen) for (const socket of [near, far]) socket.pause();
    near.on('close', () => far.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = server.address().port;
  return {
    url: url.href,
    freeze: () => ((frozen = true), sockets.forEach((socket) => socket.pause())),
    thaw: () => ((frozen = false), sockets.forEach((socket) => socket.resume())),
    close: () => (server.close(), sockets.forEach((socket) => socket.destroy())),
  };
}
