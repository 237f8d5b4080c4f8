const STOP = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT']);
const YES = new Set(['YES', 'YEA', 'YUP', 'Y']);
const NO = new Set(['NO', 'N']);
const CITATION = /^[A-Z][A-Z0-9]{7,16}$/;
const CASE = /^[1-4][A-Z0-9-]{13}$/;
const PICTURES = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3]/gu;

/** Tells whether text has the form of a citation or of a case number. */
export function isCaseNumber(text) {
  return CITATION.test(text) || CASE.test(text);
}

/** Keeps the first line, without emoji, trimmed and in upper case: what people mean when they text a number. */
export function clean(text) {
  const firstLine = text.trimStart().split(/[\r\n]/, 1)[0];
  return firstLine.replace(PICTURES, '').trim().toUpperCase();
}

// The order is the contract: the first step that has a reply ends the turn, so "YES" is never looked up as a case.
const STEPS = [stop, forget, decide, alreadyAsked, found, notFound, explain];

/**
 * Answers one text. `session` is what the last reply remembered: `{ offered: { caseId, known } }`,
 * `{ subscribed: caseId }` or nothing.
 *
 * @returns {Promise<{action: string, text: string, session: object | null | undefined}>} `text` is empty when nothing
 *   is to be said; `session` replaces the remembered one, `null` clears it, `undefined` leaves it.
 */
export async function converse({ body, phone, session }, { store, messages, clock }) {
  const turn = { text: clean(body), phone, session: session ?? {}, store, messages, clock };
  for (const step of STEPS) {
    const reply = await step(turn);
    if (reply) return { action: step.name, ...reply };
  }
}

async function stop({ text, phone, store }) {
  if (!STOP.has(text)) return;
  await store.endAllRequests(phone);
  return { text: '', session: null };
}

async function forget({ text, phone, session, store, messages }) {
  if (text !== 'DELETE' || !session.subscribed) return;
  await store.endRequest(session.subscribed, phone);
  return { text: messages.forgotten(session.subscribed), session: null };
}

async function decide({ text, phone, session, store, messages }) {
  if (!session.offered || !(YES.has(text) || NO.has(text))) return;
  const { caseId, known } = session.offered;
  if (NO.has(text)) return { text: messages.declined(caseId), session: null };
  await store.addRequest(caseId, phone, known);
  return { text: known ? messages.willRemind(caseId) : messages.willLook(caseId), session: null };
}

async function alreadyAsked({ text, phone, store, messages }) {
  if (!isCaseNumber(text) || !(await store.hasRequest(text, phone))) return;
  return { text: messages.alreadyAsked(text), session: { subscribed: text } };
}

async function found({ text, store, messages, clock }) {
  const hearing = isCaseNumber(text) ? await store.hearingOf(text) : undefined;
  if (!hearing) return;
  return { text: messages.found(hearing, clock()), session: { offered: { caseId: text, known: true } } };
}

async function notFound({ text, messages }) {
  if (!isCaseNumber(text)) return;
  return { text: messages.notFound(text), session: { offered: { caseId: text, known: false } } };
}

async function explain({ messages }) {
  return { text: messages.explain(), session: undefined };
}
