import { isCaseNumber } from './conversation.js';

const LAYOUTS = ['civil', 'criminal'];

/** The environment is not usable; `problems` says what to change. */
export class ConfigError extends Error {
  constructor(problems) {
    super(`the environment is not complete: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/**
 * Reads the environment once. Nothing else in the app looks at it.
 *
 * @throws {ConfigError} with every problem at once, so that nobody fixes them one deploy at a time.
 */
export function readConfig(env = process.env) {
  const problems = [];
  const config = {
    port: port(env, problems),
    databaseUrl: required(env, 'DATABASE_URL', problems),
    timeZone: timeZone(env, problems),
    cookieSecret: secret(env, 'COOKIE_SECRET', 16, problems),
    phoneKey: secret(env, 'PHONE_ENCRYPTION_KEY', 32, problems),
    queueTtlDays: wholeNumber(env, 'QUEUE_TTL_DAYS', 10, problems),
    court: { name: env.COURT_NAME || 'the court', url: env.COURT_PUBLIC_URL || '' },
    testCase: testCase(env, problems),
    sources: sources(env.DATA_URL, problems),
    admin: admin(env, problems),
    twilio: twilio(env, problems),
    production: env.NODE_ENV === 'production',
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function required(env, name, problems) {
  if (!env[name]) problems.push(`${name} is not set`);
  return env[name] ?? '';
}

function secret(env, name, least, problems) {
  const value = required(env, name, problems);
  if (value && value.length < least) problems.push(`${name} must have at least ${least} characters`);
  return value;
}

function wholeNumber(env, name, fallback, problems) {
  const text = env[name] || String(fallback);
  if (!/^[1-9]\d{0,4}$/.test(text)) problems.push(`${name} must be a whole number above 0`);
  return Number(text);
}

function port(env, problems) {
  const number = wholeNumber(env, 'PORT', 5000, problems);
  if (number > 65535) problems.push('PORT must be at most 65535');
  return number;
}

function timeZone(env, problems) {
  const zone = required(env, 'TZ', problems);
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone || 'UTC' });
  } catch {
    problems.push(`TZ is not a time zone such as America/Anchorage: ${zone}`);
  }
  return zone;
}

function testCase(env, problems) {
  const number = (env.TEST_CASE_NUMBER ?? '').trim().toUpperCase();
  if (number && !isCaseNumber(number)) problems.push('TEST_CASE_NUMBER does not look like a case number');
  return number;
}

function sources(list = '', problems) {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  return entries.map((entry) => {
    const [url, layout = 'civil'] = entry.split('|').map((part) => part.trim());
    if (!/^(https?|file):\/\//.test(url)) problems.push('DATA_URL must hold http, https or file addresses');
    if (!LAYOUTS.includes(layout)) problems.push(`DATA_URL knows the types ${LAYOUTS.join(' and ')}, not ${layout}`);
    return { url, layout };
  });
}

/** Without a password there is no admin API at all: better none than an open one. */
function admin(env, problems) {
  if (!env.ADMIN_PASSWORD) return null;
  return {
    login: env.ADMIN_LOGIN || 'admin',
    password: env.ADMIN_PASSWORD,
    secret: secret(env, 'JWT_SECRET', 16, problems),
  };
}

/** `null` means that texts are printed. Demos and drills must never reach a real phone. */
function twilio(env, problems) {
  if (env.USE_CONSOLE === '1' || env.TWILIO_ACCOUNT_SID === 'console') return null;
  return {
    accountSid: required(env, 'TWILIO_ACCOUNT_SID', problems),
    authToken: required(env, 'TWILIO_AUTH_TOKEN', problems),
    from: required(env, 'TWILIO_PHONE_NUMBER', problems),
    webhookUrl: required(env, 'TWILIO_WEBHOOK_URL', problems),
  };
}
