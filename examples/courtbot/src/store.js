const FOUND_AT_MOST = 10;

// Hearings from today on come before past ones, and the nearest comes first. $2 is now, $3 the court's time zone.
const NEXT_FIRST = `(date AT TIME ZONE $3)::date < ($2::timestamptz AT TIME ZONE $3)::date,
                    abs(extract(epoch FROM date - $2::timestamptz))`;

/**
 * Everything the web service asks of its database. Each change is one statement, which PostgreSQL has committed to
 * disk before its promise resolves: who was told "done" stays subscribed, whatever happens next.
 */
export function createStore({ pool, phoneBook, timeZone, clock, log }) {
  const query = async (text, values) => (await pool.query(text, values)).rows;
  return {
    /** Hearings by exact case number or by part of the defendant's name, soonest first. */
    searchHearings: (text) =>
      query(
        `SELECT case_id, date, defendant, room, type FROM hearings
         WHERE case_id = upper($1) OR position(lower($1) IN lower(defendant)) > 0
         ORDER BY date, case_id LIMIT ${FOUND_AT_MOST}`,
        [text],
      ),

    /** The case's next hearing from today on, else its last one. */
    hearingOf: async (caseId) =>
      (
        await query(`SELECT * FROM hearings WHERE case_id = $1 ORDER BY ${NEXT_FIRST} LIMIT 1`, [
          caseId,
          clock(),
          timeZone,
        ])
      )[0],

    hasRequest: async (caseId, phone) =>
      (
        await query('SELECT FROM requests WHERE case_id = $1 AND phone_hash = $2 AND active', [
          caseId,
          phoneBook.hash(phone),
        ])
      ).length > 0,

    /** Asking again makes a request active again and restarts its time in the queue. */
    addRequest: (caseId, phone, known) =>
      query(
        `INSERT INTO requests (case_id, phone_hash, phone_sealed, known_case, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (case_id, phone_hash) DO UPDATE
         SET active = true, known_case = excluded.known_case, updated_at = excluded.updated_at`,
        [caseId, phoneBook.hash(phone), phoneBook.seal(phone), known, clock()],
      ),

    endRequest: (caseId, phone) =>
      query('UPDATE requests SET active = false, updated_at = $3 WHERE case_id = $1 AND phone_hash = $2', [
        caseId,
        phoneBook.hash(phone),
        clock(),
      ]),

    endAllRequests: (phone) =>
      query('UPDATE requests SET active = false, updated_at = $2 WHERE phone_hash = $1 AND active', [
        phoneBook.hash(phone),
        clock(),
      ]),

    /** All requests for the admin API, oldest first. A number that does not open is `null`, never left out. */
    requests: async () => {
      const rows = await query('SELECT * FROM requests ORDER BY created_at, case_id');
      return rows.map(({ phone_hash, phone_sealed, ...rest }) => ({
        phone: openOrNull(phoneBook, phone_sealed, phone_hash, log),
        ...rest,
      }));
    },

    /** Texts for the admin API, newest first; with `failedOnly` those that did not go out. */
    notifications: (failedOnly) =>
      query(
        `SELECT case_id, type, event_date, created_at, attempts, sent_at, error FROM notifications
         WHERE NOT $1 OR sent_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1000`,
        [failedOnly],
      ),
  };
}

function openOrNull(phoneBook, sealed, hash, log) {
  try {
    return phoneBook.open(sealed, hash);
  } catch {
    log('phone-number-does-not-open', { hint: 'PHONE_ENCRYPTION_KEY must be the key the data was written with' });
    return null;
  }
}
