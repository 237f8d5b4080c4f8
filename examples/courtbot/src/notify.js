import { withoutPhones } from './log.js';

/** A text whose sender died is tried again after this long; one that failed is tried again by the next run. */
const ABANDONED = '10 minutes';
const ATTEMPTS = 3;

const PERSON = 'r.case_id, r.phone_hash, r.phone_sealed';

/**
 * Texts everybody who asked and whose hearing is tomorrow, by the court's calendar. Then forgets the requests for the
 * test case, so that the next test starts afresh.
 *
 * @returns {Promise<{sent: number, failed: number}>}
 */
export async function sendReminders(job) {
  const { pool, clock, config, messages } = job;
  const { rows } = await pool.query(
    `SELECT ${PERSON}, h.date, h.defendant, h.room FROM requests r JOIN hearings h USING (case_id)
     WHERE r.active
       AND (h.date AT TIME ZONE $1)::date = ($2::timestamptz AT TIME ZONE $1)::date + 1
     ORDER BY h.date, r.created_at`,
    [config.timeZone, clock()],
  );
  const count = await deliverAll(job, rows, (row) => ({
    type: 'reminder',
    eventDate: row.date,
    text: messages.reminder(row),
  }));
  await pool.query('DELETE FROM requests WHERE case_id = $1', [config.testCase]);
  return count;
}

/**
 * Goes through the requests for cases that were not known: tells people whose case has turned up, and apologises to
 * those who waited longer than QUEUE_TTL_DAYS.
 *
 * @returns {Promise<{sent: number, failed: number}>}
 */
export async function sendUnmatched(job) {
  const matched = await sendMatched(job);
  const expired = await sendExpired(job);
  return { sent: matched.sent + expired.sent, failed: matched.failed + expired.failed };
}

async function sendMatched(job) {
  const { rows } = await job.pool.query(
    `SELECT DISTINCT ON (r.case_id, r.phone_hash) ${PERSON}, h.date, h.defendant, h.room
     FROM requests r JOIN hearings h USING (case_id)
     WHERE r.active AND NOT r.known_case
     ORDER BY r.case_id, r.phone_hash, h.date < $1, abs(extract(epoch FROM h.date - $1::timestamptz))`,
    [job.clock()],
  );
  return deliverAll(job, rows, (row) => ({
    type: 'matched',
    eventDate: row.date,
    text: job.messages.matched(row),
    // What a person was told decides: while the text has not gone out, the case counts as not known.
    whenSent: 'UPDATE requests SET known_case = true WHERE case_id = $1 AND phone_hash = $2',
  }));
}

async function sendExpired(job) {
  const { rows } = await job.pool.query(
    `SELECT ${PERSON}, r.updated_at FROM requests r
     WHERE r.active AND NOT r.known_case AND r.updated_at < $1::timestamptz - make_interval(days => $2)
       AND NOT EXISTS (SELECT FROM hearings h WHERE h.case_id = r.case_id)`,
    [job.clock(), job.config.queueTtlDays],
  );
  return deliverAll(job, rows, (row) => ({
    type: 'expired',
    eventDate: row.updated_at,
    text: job.messages.expired(row.case_id),
    whenSent: 'UPDATE requests SET active = false WHERE case_id = $1 AND phone_hash = $2',
  }));
}

/** One after the other: Twilio takes about one text a second from a number anyway. */
async function deliverAll(job, rows, notice) {
  const count = { sent: 0, failed: 0 };
  for (const row of rows) {
    const outcome = await deliver(job, row, notice(row));
    if (outcome) count[outcome] += 1;
  }
  return count;
}

/**
 * Claims a text in the database, sends it, records how that went. The claim is committed first, so that of two runs
 * only one sends. A run that dies in between leaves a claim without an outcome: that text is sent again later, because
 * a text too many does less harm than a hearing missed.
 */
async function deliver(job, row, notice) {
  const id = await claim(job, row, notice);
  if (!id) return null;
  try {
    await job.send(job.phoneBook.open(row.phone_sealed, row.phone_hash), notice.text);
  } catch (error) {
    const reason = withoutPhones(error.message);
    job.log('text-failed', { type: notice.type, case: row.case_id, reason });
    await job.pool.query('UPDATE notifications SET error = $2 WHERE id = $1', [id, reason]);
    return 'failed';
  }
  await settle(job, id, row, notice);
  return 'sent';
}

/** Returns the claim's id, or nothing when it was sent, is being sent, failed too often or is no longer wanted. */
async function claim({ pool, clock }, row, { type, eventDate }) {
  const { rows } = await pool.query(
    `INSERT INTO notifications (case_id, phone_hash, type, event_date, created_at, claimed_at)
     SELECT case_id, phone_hash, $3, $4, $5, $5 FROM requests WHERE case_id = $1 AND phone_hash = $2 AND active
     ON CONFLICT (case_id, phone_hash, type, event_date) DO UPDATE
     SET claimed_at = excluded.claimed_at, attempts = notifications.attempts + 1, error = NULL
     WHERE notifications.sent_at IS NULL AND notifications.attempts < ${ATTEMPTS}
       AND (notifications.error IS NOT NULL
            OR notifications.claimed_at < excluded.claimed_at - interval '${ABANDONED}')
     RETURNING id`,
    [row.case_id, row.phone_hash, type, eventDate, clock()],
  );
  return rows[0]?.id;
}

async function settle({ pool, clock }, id, row, { whenSent }) {
  await pool.query('UPDATE notifications SET sent_at = $2 WHERE id = $1', [id, clock()]);
  if (whenSent) await pool.query(whenSent, [row.case_id, row.phone_hash]);
}
