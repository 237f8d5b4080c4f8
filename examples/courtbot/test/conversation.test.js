import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import pg from 'pg';

import { clean, isCaseNumber } from '../src/conversation.js';
import { NOW, OTHER_PHONE, PHONE, addHearing, addRequest, createPhone, createWorld, readRequests } from './harness.js';

describe('cleaning a text', () => {
  const cases = [
    ['trims and folds case', '  a1234567 ', 'A1234567'],
    ['cuts at the first newline', 'a1234567\nSent from my phone', 'A1234567'],
    ['cuts at a carriage return', 'a1234567\r\nthanks', 'A1234567'],
    ['ignores newlines in front', '\n\na1234567', 'A1234567'],
    ['strips emoji', 'a1234567 🙏🏽', 'A1234567'],
    ['strips emoji made of several characters', '👨‍👩‍👧a1234567❤️🇺🇸', 'A1234567'],
    ['keeps digits, which Unicode counts as emoji, too', 'a0123456789', 'A0123456789'],
  ];
  for (const [name, text, expected] of cases) it(name, () => assert.equal(clean(text), expected));
});

describe('the form of a case number', () => {
  const right = ['A1234567', 'ABCDEFGHIJKLMNOPQ', '3AN-15-01234CR', '4ABCDEFGHIJKLM'];
  const wrong = [
    'A123456',
    'ABCDEFGHIJKLMNOPQR',
    '3AN-15-01234C',
    '5AN-15-01234CR',
    'A-1234567',
    'YES',
    '',
    '12345678',
  ];
  for (const text of right) it(`takes ${text}`, () => assert.equal(isCaseNumber(text), true));
  for (const text of wrong) it(`refuses '${text}'`, () => assert.equal(isCaseNumber(text), false));
});

describe('the conversation', () => {
  let world;
  let phone;
  before(async () => (world = await createWorld({ COURT_PUBLIC_URL: 'https://court.example.org' })));
  after(() => world.end());
  beforeEach(async () => {
    await world.clear();
    phone = createPhone(world);
  });

  describe('a case that is known', () => {
    it('says whose hearing, when and where, and offers a reminder', async () => {
      await addHearing(world, { date: '2026-03-09T13:30:00-08:00' });
      assert.equal(
        await phone.text('a1234567'),
        'June Freeman has a hearing on Monday, March 9, 2026 at 1:30 PM, room 301. ' +
          'Shall we text you the day before? Reply YES or NO.',
      );
    });

    it('remembers the case in a signed cookie without the phone number', async () => {
      await addHearing(world, { date: '2026-03-09T13:30:00-08:00' });
      await phone.text('A1234567');
      const claims = JSON.parse(Buffer.from(phone.cookie.split('.')[1], 'base64url').toString());
      assert.deepEqual(claims.offered, { caseId: 'A1234567', known: true });
      assert.doesNotMatch(JSON.stringify(claims), /5550100/);
    });

    it('says TODAY when the hearing is later today', async () => {
      await addHearing(world, { date: '2026-03-06T13:30:00-09:00' });
      assert.match(await phone.text('A1234567'), /has a hearing TODAY at 1:30 PM, room 301\. .*any further hearing/);
    });

    it('says that it may be going on when it began earlier today', async () => {
      await addHearing(world, { date: '2026-03-06T08:30:00-09:00' });
      assert.match(await phone.text('A1234567'), /began TODAY at 8:30 AM, room 301\. It may be going on now\./);
    });

    it('says that it was when it is past', async () => {
      await addHearing(world, { date: '2026-03-05T13:30:00-09:00' });
      assert.match(
        await phone.text('A1234567'),
        /last hearing we know of for June Freeman was on Thursday, March 5, 2026/,
      );
    });

    it('tells the next of several hearings, not the last', async () => {
      for (const day of ['2026-02-01', '2026-04-02', '2026-03-20'])
        await addHearing(world, { date: `${day}T20:00:00Z` });
      assert.match(await phone.text('A1234567'), /March 20, 2026/);
    });

    it('tells the latest of several past hearings', async () => {
      for (const day of ['2026-02-01', '2025-04-02', '2026-03-01'])
        await addHearing(world, { date: `${day}T20:00:00Z` });
      assert.match(await phone.text('A1234567'), /March 1, 2026/);
    });

    it('escapes what the court wrote', async () => {
      await addHearing(world, { date: '2026-03-09T13:30:00-08:00', defendant: 'A <b> & "C"' });
      const answer = await fetch(`${world.base}/sms`, {
        method: 'POST',
        body: new URLSearchParams({ From: PHONE, Body: 'A1234567' }),
      });
      assert.match(await answer.text(), /A &#60;b&#62; &#38; &#34;C&#34; has a hearing/);
    });
  });

  describe('a case that is not known', () => {
    it('explains the delay and offers to keep looking', async () => {
      assert.match(
        await phone.text('B7654321'),
        /^We could not find B7654321\..*keep looking for 10 days.*YES or NO\.$/,
      );
    });

    it('explains the formats when it is no case number, and remembers nothing', async () => {
      assert.match(await phone.text('B76'), /a letter and 7 to 16 letters or digits.*https:\/\/court\.example\.org$/);
      assert.equal(phone.cookie, '');
    });
  });

  describe('YES and NO', () => {
    for (const yes of ['YES', 'yea', 'Yup!'.slice(0, 3), 'y', ' yes \nsent from my phone']) {
      it(`takes ${JSON.stringify(yes)} as yes: writes the request, confirms, forgets the offer`, async () => {
        await addHearing(world, { date: '2026-03-09T13:30:00-08:00' });
        await phone.text('A1234567');
        assert.match(await phone.text(yes), /^Done\. We will text you the day before a hearing in case A1234567\./);
        assert.deepEqual(await readRequests(world), [
          { caseId: 'A1234567', phone: PHONE, known: true, active: true, updatedAt: NOW.toISOString() },
        ]);
        assert.equal(phone.cookie, '');
      });
    }

    it('YES queues a case that is not known', async () => {
      await phone.text('B7654321');
      assert.match(await phone.text('YES'), /^Done\. We will keep looking for B7654321 for 10 days/);
      const [request] = await readRequests(world);
      assert.deepEqual([request.known, request.active], [false, true]);
    });

    it('NO writes nothing and forgets the offer', async () => {
      await phone.text('B7654321');
      assert.match(await phone.text('no'), /^All right, we will not text you about B7654321\./);
      assert.deepEqual(await readRequests(world), []);
      assert.equal(phone.cookie, '');
    });

    it('YES without an offer explains the formats', async () => {
      assert.match(await phone.text('YES'), /^Please text us the number/);
      assert.deepEqual(await readRequests(world), []);
    });

    it('a second YES does nothing more', async () => {
      await phone.text('B7654321');
      await phone.text('YES');
      assert.match(await phone.text('YES'), /^Please text us the number/);
      assert.equal((await readRequests(world)).length, 1);
    });

    it('an offer outlives a text that was not understood', async () => {
      await phone.text('B7654321');
      await phone.text('what?');
      assert.match(await phone.text('YES'), /^Done\./);
    });

    it('an offer is void after four hours', async () => {
      await phone.text('B7654321');
      world.at(NOW.getTime() + 4 * 3600_000 + 1000);
      assert.match(await phone.text('YES'), /^Please text us the number/);
    });

    it('a forged cookie is no offer', async () => {
      await phone.text('B7654321');
      const [head, , signature] = phone.cookie.split('.');
      const claims = Buffer.from(JSON.stringify({ offered: { caseId: 'X1234567', known: true }, exp: 9e9 }));
      phone.cookie = `${head}.${claims.toString('base64url')}.${signature}`;
      assert.match(await phone.text('YES'), /^Please text us the number/);
      assert.deepEqual(await readRequests(world), []);
    });

    it('asking again makes an ended request active and restarts its time in the queue', async () => {
      await phone.text('B7654321');
      await phone.text('YES');
      await phone.text('STOP');
      world.at('2026-03-10T10:00:00-08:00');
      await phone.text('B7654321');
      await phone.text('YES');
      const [request] = await readRequests(world);
      assert.deepEqual([request.active, request.updatedAt], [true, '2026-03-10T18:00:00.000Z']);
    });

    it('does not say done before PostgreSQL has committed', async () => {
      await phone.text('B7654321');
      const blocker = new pg.Client({ connectionString: world.url });
      await blocker.connect();
      await blocker.query('BEGIN; LOCK TABLE requests IN EXCLUSIVE MODE');
      let answered = false;
      const answer = phone.text('YES').then((text) => ((answered = true), text));
      await untilSomebodyWaitsForALock(world);
      assert.equal(answered, false);
      await blocker.query('COMMIT');
      await blocker.end();
      assert.match(await answer, /^Done\./);
      assert.equal((await readRequests(world)).length, 1);
    });
  });

  describe('ending texts', () => {
    it('tells who is already subscribed, and DELETE ends that case only', async () => {
      await addRequest(world, { caseId: 'A1234567' });
      await addRequest(world, { caseId: 'B7654321' });
      assert.equal(await phone.text('A1234567'), 'You already get texts about A1234567. Reply DELETE to end them.');
      assert.match(await phone.text('delete'), /no more texts about A1234567/);
      assert.deepEqual(
        (await readRequests(world)).map((request) => request.active),
        [false, true],
      );
      assert.equal(phone.cookie, '');
    });

    it('somebody else may still subscribe to the same case', async () => {
      await addRequest(world, { caseId: 'B7654321', phone: OTHER_PHONE });
      assert.match(await phone.text('B7654321'), /^We could not find/);
    });

    it('DELETE without having been shown a case explains the formats', async () => {
      await addRequest(world, {});
      assert.match(await phone.text('DELETE'), /^Please text us the number/);
      assert.equal((await readRequests(world))[0].active, true);
    });

    it('after DELETE the case can be asked for again', async () => {
      await addRequest(world, {});
      await phone.text('A1234567');
      await phone.text('DELETE');
      assert.match(await phone.text('A1234567'), /^We could not find/);
    });

    for (const word of ['STOP', 'stopall', 'Unsubscribe', 'CANCEL', 'end', 'QUIT']) {
      it(`${word} ends all requests of this phone and of no other, and answers nothing`, async () => {
        await addRequest(world, { caseId: 'A1234567' });
        await addRequest(world, { caseId: 'B7654321' });
        await addRequest(world, { caseId: 'C7654321', phone: OTHER_PHONE });
        assert.equal(await phone.text(word), '');
        assert.deepEqual(
          (await readRequests(world)).map((request) => request.active),
          [false, false, true],
        );
      });
    }
  });
});

async function untilSomebodyWaitsForALock(world) {
  for (;;) {
    const { rowCount } = await world.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rowCount > 0) return;
  }
}
