import { fileURLToPath } from 'node:url';

import express from 'express';

import { converse } from './conversation.js';
import { isOutage } from './database.js';
import { longDate } from './dates.js';
import { createSigner, sameText } from './sealing.js';
import { isFromTwilio, twiml } from './twilio.js';

const COOKIE = 'courtbot';
/** Twilio forgets cookies after four hours, too. */
const CONVERSATION = 4 * 3600;
const ADMIN_SESSION = 3600;
const TRY_PAGE = fileURLToPath(new URL('../public/try.html', import.meta.url));

/** Builds the web service from its parts; it opens nothing and listens nowhere. */
export function createApp(parts) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(logRequests(parts.log));
  app.use(express.urlencoded({ extended: false, limit: '10kb' }), express.json({ limit: '10kb' }));
  app.get('/', (request, response) => response.type('text').send('Hello, I am CourtBot. Text me your case number.\n'));
  addProbes(app, parts);
  app.get('/cases', cases(parts));
  app.post('/sms', onlyTwilio(parts.config), sms(parts));
  if (!parts.config.production) app.get('/try', (request, response) => response.sendFile(TRY_PAGE));
  if (parts.config.admin) addAdminApi(app, parts);
  app.use((request, response) => response.status(404).type('text').send('There is nothing here.\n'));
  app.use(answerErrors(parts.log));
  return app;
}

/** Names the route, never the address asked for: addresses hold names and case numbers. */
function logRequests(log) {
  return (request, response, next) => {
    const began = performance.now();
    response.on('finish', () => {
      const route = request.route?.path ?? 'unknown';
      const isQuietProbe = ['/healthz', '/readyz'].includes(route) && response.statusCode === 200;
      const ms = Math.round(performance.now() - began);
      if (!isQuietProbe) log('request', { method: request.method, route, status: response.statusCode, ms });
    });
    next();
  };
}

/** Alive: this process answers. Ready: it can also do its work. A dead database is no reason to restart us. */
function addProbes(app, { readiness }) {
  app.get('/healthz', (request, response) => response.type('text').send('ok\n'));
  app.get('/readyz', async (request, response) => {
    const reason = await readiness.check();
    response.status(reason ? 503 : 200).json({ ready: !reason, ...(reason && { reason }) });
  });
}

/** For the search box of the court's own website, which lives at another address. */
function cases({ store, config }) {
  return async (request, response) => {
    const { q } = request.query;
    response.set('Access-Control-Allow-Origin', '*');
    if (typeof q !== 'string' || !q.trim()) return response.status(400).json({ error: 'q is missing: /cases?q=name' });
    const hearings = await store.searchHearings(q.trim());
    response.json(hearings.map((hearing) => ({ ...hearing, readable_date: longDate(hearing.date, config.timeZone) })));
  };
}

function onlyTwilio({ twilio }) {
  return (request, response, next) => {
    if (!twilio || isFromTwilio(request.get('X-Twilio-Signature'), request.body ?? {}, twilio)) return next();
    response.status(403).type('text').send('This is not signed by Twilio.\n');
  };
}

function sms({ config, store, messages, clock, log }) {
  const signer = createSigner(config.cookieSecret, clock);
  return async (request, response) => {
    const { Body: body, From: from } = request.body ?? {};
    const phone = normalise(from);
    if (typeof body !== 'string' || !phone) return response.status(400).type('text').send('Body or From is missing.\n');
    const session = signer.open(readCookie(request));
    const reply = await converse({ body, phone, session }, { store, messages, clock });
    log('sms', { action: reply.action });
    remember(response, reply.session, signer);
    response.type('text/xml').send(twiml(reply.text));
  };
}

/** Keeps the digits: senders that forget to encode the plus sign turn it into a space. */
function normalise(from) {
  const digits = String(from ?? '').replace(/\D/g, '');
  return digits.length >= 3 && digits.length <= 15 ? `+${digits}` : null;
}

function readCookie(request) {
  const cookies = (request.get('Cookie') ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function remember(response, session, signer) {
  const options = { httpOnly: true, sameSite: 'lax', path: '/sms' };
  if (session) response.cookie(COOKIE, signer.sign(session, CONVERSATION), { ...options, maxAge: CONVERSATION * 1000 });
  if (session === null) response.clearCookie(COOKIE, options);
}

/** Read-only reports for the brigade. */
function addAdminApi(app, { config, store, clock }) {
  const { login, password, secret } = config.admin;
  const signer = createSigner(secret, clock);
  app.post('/api/admin_login', (request, response) => {
    const given = request.body ?? {};
    const right = [sameText(given.login ?? '', login), sameText(given.password ?? '', password)].every(Boolean);
    if (!right) return response.status(401).json({ error: 'wrong login or password' });
    response.json({ token: signer.sign({ admin: true }, ADMIN_SESSION) });
  });
  const guard = (request, response, next) => {
    const [scheme, token] = (request.get('Authorization') ?? '').split(' ');
    response.set('Cache-Control', 'no-store');
    if (scheme === 'Bearer' && signer.open(token)?.admin) return next();
    response.status(401).json({ error: 'log in first: POST /api/admin_login' });
  };
  app.get('/api/requests', guard, async (request, response) => response.json(await store.requests()));
  app.get('/api/notifications', guard, async (request, response) =>
    response.json(await store.notifications('failed' in request.query)),
  );
}

function answerErrors(log) {
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line no-unused-vars
  return (error, request, response, next) => {
    const status = error.status ?? (isOutage(error) ? 503 : 500);
    if (status >= 500)
      log('request-failed', { route: request.route?.path ?? 'unknown', reason: error.message || error.code });
    if (response.headersSent) return response.destroy();
    response
      .status(status)
      .type('text')
      .send(status === 503 ? 'Please try again in a minute.\n' : 'That did not work.\n');
  };
}
