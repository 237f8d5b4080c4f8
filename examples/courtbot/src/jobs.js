// Jobs run as the first process of a container as well, where SIGTERM does nothing unless asked for. Their work is in
// transactions or claimed text by text, so they may end anywhere.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));

const { createLog } = await import('./log.js');
const log = createLog();
const name = process.argv[2];

const JOBS = {
  migrate: async (job) => {
    const { migrate } = await import('./migrate.js');
    return { ran: await patiently(() => migrate(job.pool, job.phoneBook.fingerprint)) };
  },
  load: async (job) => (await import('./load.js')).load(job),
  reminders: async (job) => (await import('./notify.js')).sendReminders(job),
  unmatched: async (job) => (await import('./notify.js')).sendUnmatched(job),
};

try {
  const result = await run(name);
  log(`${name}-done`, result);
  // A text that failed is tried again by the next run; the exit code lets the scheduler show that there was one.
  process.exit(result.failed ? 1 : 0);
} catch (error) {
  log('job-failed', { job: name, reason: error.message || error.code });
  process.exit(1);
}

async function run(job) {
  if (!Object.hasOwn(JOBS, job ?? '')) throw new Error(`say which job: ${Object.keys(JOBS).join(', ')}`);
  const { readConfig } = await import('./config.js');
  const { assembleJob } = await import('./assemble.js');
  return JOBS[job](assembleJob({ config: readConfig(), log }));
}

/** A database that has just been started may need a moment more. */
async function patiently(work) {
  const { isOutage } = await import('./database.js');
  const { setTimeout: sleep } = await import('node:timers/promises');
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || Date.now() > until) throw error;
      await sleep(200);
    }
  }
}
