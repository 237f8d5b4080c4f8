import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ConfigError, readConfig } from '../src/config.js';
import { createLog, withoutPhones } from '../src/log.js';
import { createPhoneBook, createSigner } from '../src/sealing.js';
import { ENVIRONMENT, NOW, OTHER_PHONE, PHONE } from './harness.js';

describe('the phone book', () => {
  const book = createPhoneBook('a key for tests that is long enough');
  const hash = book.hash(PHONE);

  it('opens what it sealed', () => assert.equal(book.open(book.seal(PHONE), hash), PHONE));
  it('hashes the same number to the same value, and no other', () => {
    assert.deepEqual(book.hash(PHONE), hash);
    assert.notDeepEqual(book.hash(OTHER_PHONE), hash);
  });
  it('seals the same number differently each time', () => assert.notDeepEqual(book.seal(PHONE), book.seal(PHONE)));
  it('does not open with another key', () => {
    const other = createPhoneBook('another key for tests, long enough');
    assert.throws(() => other.open(book.seal(PHONE), hash));
    assert.notDeepEqual(other.fingerprint, book.fingerprint);
    assert.notDeepEqual(other.hash(PHONE), hash);
  });
  it('does not open in the row of somebody else', () => {
    assert.throws(() => book.open(book.seal(PHONE), book.hash(OTHER_PHONE)));
  });
  it('notices each changed byte', () => {
    const sealed = book.seal(PHONE);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] ^= 1;
      assert.throws(() => book.open(changed, hash), `byte ${at}`);
    }
  });
  it('does not open a number that was cut off', () =>
    assert.throws(() => book.open(book.seal(PHONE).subarray(0, 20), hash)));
});

describe('the signer', () => {
  let now = NOW;
  const signer = createSigner('secret', () => now);

  it('opens its own tokens until they are too old', () => {
    now = NOW;
    const token = signer.sign({ case: 'A1' }, 60);
    assert.equal(signer.open(token).case, 'A1');
    now = new Date(NOW.getTime() + 60_000);
    assert.equal(signer.open(token), null);
  });

  it('opens nothing else', () => {
    now = NOW;
    const [head, body, mac] = signer.sign({ case: 'A1' }, 60).split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const stranger = createSigner('other', () => now).sign({ case: 'A1' }, 60);
    for (const token of [
      undefined,
      '',
      'x',
      '..',
      `${head}.${body}`,
      `${head}.${body}.`,
      `${none}.${body}.${mac}`,
      stranger,
    ]) {
      assert.equal(signer.open(token), null, String(token));
    }
  });
});

describe('the log', () => {
  it('writes one JSON line for each event', () => {
    const lines = [];
    createLog((line) => lines.push(line))('text', { text: 'two\nlines' });
    assert.match(lines[0], /^\{"time":"[^"]+","event":"text","text":"two\\nlines"\}\n$/);
  });

  it('takes phone numbers out of what others wrote', () => {
    assert.equal(
      withoutPhones(`The 'To' number ${PHONE} is not valid (21211)`),
      "The 'To' number [number] is not valid (21211)",
    );
    const lines = [];
    createLog((line) => lines.push(line))('x', { reason: `no route to ${PHONE}`, list: [PHONE] });
    assert.doesNotMatch(lines[0], /5550100/);
  });
});

describe('the environment', () => {
  const good = { ...ENVIRONMENT, DATABASE_URL: 'postgres://localhost/x' };
  const problemsOf = (changes) => {
    try {
      readConfig({ ...good, ...changes });
      return [];
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.problems;
    }
  };

  it('is enough when complete', () => assert.deepEqual(problemsOf({}), []));
  it('names everything that is missing at once', () => {
    const problems = problemsOf({
      DATABASE_URL: '',
      TZ: '',
      COOKIE_SECRET: '',
      PHONE_ENCRYPTION_KEY: '',
      JWT_SECRET: '',
    });
    assert.deepEqual(
      problems.map((problem) => problem.split(' ')[0]),
      ['DATABASE_URL', 'TZ', 'COOKIE_SECRET', 'PHONE_ENCRYPTION_KEY', 'JWT_SECRET'],
    );
  });

  const wrong = {
    PORT: '0',
    TZ: 'Mars/Base',
    QUEUE_TTL_DAYS: 'x',
    TEST_CASE_NUMBER: 'x',
    PHONE_ENCRYPTION_KEY: 'short',
    DATA_URL: 'ftp://x',
  };
  for (const [name, value] of Object.entries(wrong)) {
    it(`refuses ${name}=${value}`, () => assert.match(problemsOf({ [name]: value }).join(), new RegExp(name)));
  }

  it('reads sources with and without a type', () => {
    const { sources } = readConfig({ ...good, DATA_URL: 'https://a.example/x.csv, file:///y.csv|criminal' });
    assert.deepEqual(sources, [
      { url: 'https://a.example/x.csv', layout: 'civil' },
      { url: 'file:///y.csv', layout: 'criminal' },
    ]);
  });

  it('wants all of Twilio unless texts go to the console', () => {
    assert.equal(problemsOf({ USE_CONSOLE: '0' }).length, 4);
    assert.deepEqual(problemsOf({ USE_CONSOLE: '', TWILIO_ACCOUNT_SID: 'console' }), []);
  });
});
