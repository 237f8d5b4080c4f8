import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { sendReminders, sendUnmatched } from '../src/notify.js';
import { createSender } from '../src/twilio.js';
import {
  NOW,
  OTHER_PHONE,
  PHONE,
  addHearing,
  addRequest,
  createWorld,
  readNotifications,
  readRequests,
} from './harness.js';

const TOMORROW = '2026-03-07T13:30:00-09:00';
const broken = async () => {
  throw new Error(`no route to ${PHONE}`);
};

let world;
before(async () => (world = await createWorld({ TEST_CASE_NUMBER: 'TESTCASE', QUEUE_TTL_DAYS: '10' })));
after(() => world.end());
beforeEach(() => world.clear());

describe('reminders', () => {
  const remind = (changes) => sendReminders({ ...world.job, ...changes });

  it('texts who asked, the day before, once', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    assert.deepEqual(await remind(), { sent: 1, failed: 0 });
    assert.deepEqual(world.texts, [
      {
        phone: PHONE,
        text:
          'Reminder from Test Court: June Freeman has a hearing tomorrow, Saturday, March 7, 2026 at 1:30 PM, ' +
          'room 301. Case A1234567.',
      },
    ]);
    assert.deepEqual(await remind(), { sent: 0, failed: 0 });
    world.at('2026-03-06T23:00:00-09:00');
    assert.deepEqual(await remind(), { sent: 0, failed: 0 });
    assert.equal(world.texts.length, 1);
  });

  it('texts everybody who asked for the same case', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    await addRequest(world, { phone: OTHER_PHONE });
    await remind();
    assert.deepEqual(world.texts.map((text) => text.phone).sort(), [PHONE, OTHER_PHONE]);
  });

  for (const date of ['2026-03-06T13:30:00-09:00', '2026-03-08T13:30:00-08:00', '2026-03-05T13:30:00-09:00']) {
    it(`is silent about a hearing on ${date.slice(0, 10)}`, async () => {
      await addHearing(world, { date });
      await addRequest(world, {});
      assert.deepEqual(await remind(), { sent: 0, failed: 0 });
    });
  }

  it('is silent for who ended it', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    await world.pool.query('UPDATE requests SET active = false');
    assert.deepEqual(await remind(), { sent: 0, failed: 0 });
  });

  it('is silent for who says STOP while the run goes on', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, { at: '2026-03-01T00:00:00Z' });
    await addRequest(world, { phone: OTHER_PHONE, at: '2026-03-02T00:00:00Z' });
    const send = async (phone) => {
      world.texts.push({ phone });
      await world.pool.query('UPDATE requests SET active = false');
    };
    await remind({ send });
    assert.deepEqual(world.texts, [{ phone: PHONE }]);
  });

  it('texts again for another hearing of the case', async () => {
    await addHearing(world, { date: TOMORROW });
    await addHearing(world, { date: '2026-03-10T13:30:00-08:00' });
    await addRequest(world, {});
    await remind();
    world.at('2026-03-09T17:00:00-08:00');
    await remind();
    assert.equal(world.texts.length, 2);
  });

  const edges = [
    ['23:59 today, hearing 00:00 tomorrow', '2026-03-06T23:59:00-09:00', '2026-03-07T00:00:00-09:00', 1],
    ['00:00 today, hearing 23:59 tomorrow', '2026-03-06T00:00:00-09:00', '2026-03-07T23:59:00-09:00', 1],
    ['00:00 today, hearing 00:00 the day after tomorrow', '2026-03-06T00:00:00-09:00', '2026-03-08T00:00:00-09:00', 0],
    ['tomorrow in UTC, today at the court', '2026-03-06T10:00:00-09:00', '2026-03-06T20:00:00-09:00', 0],
    ['evening before the short day', '2026-03-07T17:00:00-09:00', '2026-03-08T23:30:00-08:00', 1],
    ['evening of the short day', '2026-03-08T17:00:00-08:00', '2026-03-09T00:10:00-08:00', 1],
    ['evening before the long day', '2026-10-31T17:00:00-08:00', '2026-11-01T23:30:00-09:00', 1],
    ['evening before the long day, hearing a day later', '2026-10-31T17:00:00-08:00', '2026-11-02T00:10:00-09:00', 0],
  ];
  for (const [name, now, date, sent] of edges) {
    it(`${name}: ${sent}`, async () => {
      world.at(now);
      await addHearing(world, { date });
      await addRequest(world, {});
      assert.equal((await remind()).sent, sent);
    });
  }

  it('records an error without the number, goes on, and tries again next time', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    await addRequest(world, { phone: OTHER_PHONE });
    const send = async (phone, text) => (phone === PHONE ? broken() : world.job.send(phone, text));
    assert.deepEqual(await remind({ send }), { sent: 1, failed: 1 });
    const failed = (await readNotifications(world)).find((notification) => !notification.sent);
    assert.equal(failed.error, 'no route to [number]');
    assert.doesNotMatch(JSON.stringify(world.lines), /5550100/);
    assert.deepEqual(await remind(), { sent: 1, failed: 0 });
    assert.deepEqual(world.texts.map((text) => text.phone).sort(), [PHONE, OTHER_PHONE]);
  });

  it('gives up after three failures', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    for (const failed of [1, 1, 1, 0]) assert.deepEqual(await remind({ send: broken }), { sent: 0, failed });
  });

  it('sends once when two runs meet', async () => {
    await addHearing(world, { date: TOMORROW });
    for (let last = 10; last < 30; last += 1) await addRequest(world, { phone: `+190755501${last}` });
    const runs = await Promise.all([remind(), remind()]);
    assert.equal(runs[0].sent + runs[1].sent, 20);
    assert.equal(new Set(world.texts.map((text) => text.phone)).size, 20);
    assert.equal(world.texts.length, 20);
  });

  it('sends a text again whose sender died, but not at once', async () => {
    await addHearing(world, { date: TOMORROW });
    await addRequest(world, {});
    const died = new Promise(() => {});
    const claimed = new Promise((resolve) => void remind({ send: () => (resolve(), died) }));
    await claimed;
    assert.deepEqual(await remind(), { sent: 0, failed: 0 });
    world.at(NOW.getTime() + 11 * 60_000);
    assert.deepEqual(await remind(), { sent: 1, failed: 0 });
  });

  it('forgets requests for the test case afterwards, and no others', async () => {
    await addHearing(world, { caseId: 'TESTCASE', date: TOMORROW });
    await addRequest(world, { caseId: 'TESTCASE' });
    await addRequest(world, { caseId: 'B7654321' });
    assert.equal((await remind()).sent, 1);
    assert.deepEqual(
      (await readRequests(world)).map((request) => request.caseId),
      ['B7654321'],
    );
  });
});

describe('the queue of cases not known', () => {
  const queue = (changes) => sendUnmatched({ ...world.job, ...changes });

  it('tells who waits that the case has turned up, once', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false });
    await addHearing(world, { caseId: 'B7654321', date: '2026-03-20T13:30:00-08:00' });
    assert.deepEqual(await queue(), { sent: 1, failed: 0 });
    assert.match(
      world.texts[0].text,
      /^We found case B7654321: June Freeman, Friday, March 20, 2026 at 1:30 PM, room 301\./,
    );
    assert.equal((await readRequests(world))[0].known, true);
    assert.deepEqual(await queue(), { sent: 0, failed: 0 });
  });

  it('tells the next of several hearings', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false });
    for (const day of ['2026-04-01', '2026-03-01', '2026-03-12'])
      await addHearing(world, { caseId: 'B7654321', date: day });
    await queue();
    assert.equal(world.texts.length, 1);
    assert.match(world.texts[0].text, /March 11, 2026/); // midnight UTC on the 12th
  });

  it('tries again when the text failed', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false });
    await addHearing(world, { caseId: 'B7654321', date: '2026-03-20T13:30:00-08:00' });
    assert.deepEqual(await queue({ send: broken }), { sent: 0, failed: 1 });
    assert.equal((await readRequests(world))[0].known, false);
    assert.deepEqual(await queue(), { sent: 1, failed: 0 });
  });

  it('keeps quiet while a case may still turn up', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false, at: NOW.getTime() - 10 * 86_400_000 });
    assert.deepEqual(await queue(), { sent: 0, failed: 0 });
  });

  it('apologises after QUEUE_TTL_DAYS, once, and stops looking', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false, at: NOW.getTime() - 10 * 86_400_000 - 1000 });
    assert.deepEqual(await queue(), { sent: 1, failed: 0 });
    assert.match(world.texts[0].text, /^We are sorry: B7654321 did not turn up in 10 days/);
    assert.equal((await readRequests(world))[0].active, false);
    assert.deepEqual(await queue(), { sent: 0, failed: 0 });
    assert.deepEqual(
      (await readNotifications(world)).map((notification) => notification.type),
      ['expired'],
    );
  });

  it('does not expire what is known', async () => {
    await addRequest(world, { caseId: 'B7654321', known: true, at: '2025-01-01T00:00:00Z' });
    assert.deepEqual(await queue(), { sent: 0, failed: 0 });
  });

  it('tells of a case that turned up on the last day, and does not apologise for it', async () => {
    await addRequest(world, { caseId: 'B7654321', known: false, at: '2025-01-01T00:00:00Z' });
    await addHearing(world, { caseId: 'B7654321', date: '2026-03-20T13:30:00-08:00' });
    await queue();
    assert.deepEqual(
      (await readNotifications(world)).map((notification) => notification.type),
      ['matched'],
    );
  });
});

describe('the sender', () => {
  const twilio = { accountSid: 'AC1', authToken: 'token', from: '+19075550199' };
  const phoneBook = { tag: () => 'abcd1234' };
  const log = () => {};

  it('prints texts to a tag when there is no Twilio account', async () => {
    const printed = [];
    await createSender({ twilio: null, phoneBook, log: (event, fields) => printed.push({ event, ...fields }) })(
      PHONE,
      'hi',
    );
    assert.deepEqual(printed, [{ event: 'text', to: 'abcd1234', text: 'hi' }]);
  });

  it('asks Twilio to send', async () => {
    const calls = [];
    const fetch = async (url, options) => (calls.push({ url, ...options }), new Response('{}', { status: 201 }));
    await createSender({ twilio, phoneBook, log, fetch })(PHONE, 'a & b');
    assert.equal(calls[0].url, 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json');
    assert.equal(calls[0].headers.authorization, `Basic ${btoa('AC1:token')}`);
    assert.equal(String(calls[0].body), 'To=%2B19075550100&From=%2B19075550199&Body=a+%26+b');
  });

  it('says what Twilio said against it', async () => {
    const refusal = '{"code":21211,"message":"not a valid number"}';
    const send = createSender({ twilio, phoneBook, log, fetch: async () => new Response(refusal, { status: 400 }) });
    await assert.rejects(send(PHONE, 'hi'), /Twilio answered 400: not a valid number \(21211\)/);
    const down = createSender({ twilio, phoneBook, log, fetch: async () => new Response('<html>', { status: 502 }) });
    await assert.rejects(down(PHONE, 'hi'), /Twilio answered 502$/);
  });
});
