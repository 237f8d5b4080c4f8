import pg from 'pg';

const CONNECTING = 5_000;
const ANSWERING = 5_000;
const PROBE = 1_000;
const OUTAGE_WORDS = /timeout|terminated|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/;
const OUTAGE_STATES = /^(08|53|57)/;

/** The tables without which the app cannot serve. */
const TABLES = ['hearings', 'requests', 'notifications'];

/**
 * Opens a pool that survives its database: a connection that broke is thrown away and the next query opens another.
 * Every wait has a limit, because a frozen database accepts connections and never answers.
 */
export function createPool(databaseUrl, log, settings = {}) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECTING,
    query_timeout: ANSWERING,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...settings,
  });
  pool.on('error', (error) => log('database-connection-lost', { reason: error.message }));
  return pool;
}

/** Runs `work` in one transaction: all of it is kept, or nothing. */
export async function inTransaction(pool, work) {
  const client = await pool.connect();
  // Without a listener a connection that breaks between two queries would end the process.
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.off('error', ignore);
    client.release();
    return result;
  } catch (error) {
    // A connection in an unknown state must not be used again; closing it rolls back.
    client.release(error);
    throw error;
  }
}

function ignore() {}

/** Tells a database that is away for now from a mistake of ours. */
export function isOutage(error) {
  if (error.severity) return OUTAGE_STATES.test(error.code);
  return OUTAGE_WORDS.test(`${error.code} ${error.message}`);
}

/**
 * Makes the readiness check: the database answers, has the tables of exactly this release, and its phone numbers were
 * sealed with our key. `check` returns `''` or the reason why not, always within a second. The one connection behind
 * it may take longer to open and then stays open, so that a slow network gets ready, too.
 */
export function createReadiness(databaseUrl, { log, version, fingerprint }) {
  const pool = createPool(databaseUrl, log, { max: 1, idleTimeoutMillis: 0 });
  return {
    check: () => withinLimit(examine(pool, version, fingerprint).catch(complaint)),
    end: () => pool.end(),
  };
}

async function withinLimit(answer) {
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, PROBE, `the database did not answer within ${PROBE} ms`);
  });
  return Promise.race([answer, limit]).finally(() => clearTimeout(timer));
}

async function examine(pool, version, fingerprint) {
  const { rows } = await pool.query(
    `SELECT (SELECT max(version) FROM schema_migrations) AS version,
            (SELECT fingerprint FROM phone_key) AS fingerprint,
            (SELECT count(*)::int FROM unnest($1::text[]) AS t (name) WHERE to_regclass(t.name) IS NULL) AS missing`,
    [TABLES],
  );
  const [found] = rows;
  if (found.version !== version) return `the tables are at version ${found.version}, this release needs ${version}`;
  if (found.missing > 0) return 'tables are missing';
  if (!found.fingerprint?.equals(fingerprint)) return 'PHONE_ENCRYPTION_KEY is not the key of this database';
  return '';
}

function complaint(error) {
  if (error.code === '42P01') return 'tables are missing: run the migrate job';
  return `the database does not answer: ${error.message || error.code}`;
}
