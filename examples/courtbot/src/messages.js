import { daysUntil, longDate, timeOfDay } from './dates.js';

/** Every text the app sends, in one place, so that a court can put them into its own words. */
export function createMessages({ court, queueTtlDays, timeZone }) {
  const when = (hearing) => longDate(hearing.date, timeZone);
  const lookUp = court.url ? ` You can also look cases up at ${court.url}` : '';
  return {
    found: (hearing, now) => `${schedule(hearing, now, timeZone)} ${offer(hearing, now, timeZone)}`,
    notFound: (caseId) =>
      `We could not find ${caseId}. A paper ticket can take two weeks to reach us. Shall we keep looking for ` +
      `${queueTtlDays} days and text you when it turns up? Reply YES or NO.`,
    willRemind: (caseId) =>
      `Done. We will text you the day before a hearing in case ${caseId}. Reply STOP at any time to end all texts.`,
    willLook: (caseId) =>
      `Done. We will keep looking for ${caseId} for ${queueTtlDays} days and text you either way. ` +
      'Reply STOP at any time to end all texts.',
    declined: (caseId) => `All right, we will not text you about ${caseId}.${lookUp}`,
    alreadyAsked: (caseId) => `You already get texts about ${caseId}. Reply DELETE to end them.`,
    forgotten: (caseId) => `Done. You will get no more texts about ${caseId}.`,
    explain: () =>
      'Please text us the number on your paper: a citation is a letter and 7 to 16 letters or digits ' +
      `(A1234567), a case number has 14 characters (3AN-15-01234CR).${lookUp}`,
    reminder: (hearing) =>
      `Reminder from ${court.name}: ${hearing.defendant} has a hearing tomorrow, ${when(hearing)}, ` +
      `${place(hearing)}. Case ${hearing.case_id}.`,
    matched: (hearing) =>
      `We found case ${hearing.case_id}: ${hearing.defendant}, ${when(hearing)}, ${place(hearing)}. ` +
      'We will text you the day before.',
    expired: (caseId) =>
      `We are sorry: ${caseId} did not turn up in ${queueTtlDays} days, so we stopped looking. ` +
      `Please ask ${court.name} about it.${lookUp}`,
  };
}

function place(hearing) {
  return hearing.room ? `room ${hearing.room}` : 'room not known yet';
}

function schedule(hearing, now, timeZone) {
  const days = daysUntil(hearing.date, now, timeZone);
  const time = timeOfDay(hearing.date, timeZone);
  const long = longDate(hearing.date, timeZone);
  if (days > 0) return `${hearing.defendant} has a hearing on ${long}, ${place(hearing)}.`;
  if (days < 0) return `The last hearing we know of for ${hearing.defendant} was on ${long}, ${place(hearing)}.`;
  if (hearing.date > now) return `${hearing.defendant} has a hearing TODAY at ${time}, ${place(hearing)}.`;
  return `The hearing of ${hearing.defendant} began TODAY at ${time}, ${place(hearing)}. It may be going on now.`;
}

function offer(hearing, now, timeZone) {
  return daysUntil(hearing.date, now, timeZone) > 0
    ? 'Shall we text you the day before? Reply YES or NO.'
    : 'Shall we text you the day before any further hearing? Reply YES or NO.';
}
