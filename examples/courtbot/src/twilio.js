import { createHmac } from 'node:crypto';

import { sameText } from './sealing.js';

const API = 'https://api.twilio.com/2010-04-01/Accounts';
const LIMIT = 15_000;

/**
 * Makes `send(phone, text)`. Without a Twilio account texts are printed, to a tag instead of a number.
 */
export function createSender({ twilio, phoneBook, log, fetch = globalThis.fetch }) {
  if (!twilio) return async (phone, text) => log('text', { to: phoneBook.tag(phone), text });
  const credentials = Buffer.from(`${twilio.accountSid}:${twilio.authToken}`).toString('base64');
  return async (phone, text) => {
    const answer = await fetch(`${API}/${encodeURIComponent(twilio.accountSid)}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ To: phone, From: twilio.from, Body: text }),
      signal: AbortSignal.timeout(LIMIT),
    });
    if (answer.ok) return;
    const { code, message } = await answer.json().catch(() => ({}));
    throw new Error(`Twilio answered ${answer.status}${message ? `: ${message} (${code})` : ''}`);
  };
}

/**
 * Tells whether a webhook call was signed by Twilio: HMAC-SHA1 over the address Twilio was given and all form fields,
 * as https://www.twilio.com/docs/usage/webhooks/webhooks-security has it. Without this anybody could sign up anybody.
 */
export function isFromTwilio(signature, fields, { authToken, webhookUrl }) {
  const text = Object.keys(fields)
    .sort()
    .reduce((all, name) => all + name + fields[name], webhookUrl);
  return sameText(signature ?? '', createHmac('sha1', authToken).update(text).digest('base64'));
}

/** The answer to Twilio's webhook: one text back, or none. */
export function twiml(text) {
  if (!text) return '';
  const escaped = text.replace(/[<>&'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Message>${escaped}</Message></Response>`;
}
