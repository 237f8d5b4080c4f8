import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

/**
 * Makes the two forms in which a phone number is stored, both from PHONE_ENCRYPTION_KEY: a keyed hash (the same for
 * the same number, to look it up) and a sealed text (AES-256-GCM, to text it). Without the key neither is of use.
 */
export function createPhoneBook(secret) {
  const derive = (purpose) => Buffer.from(hkdfSync('sha256', secret, 'courtbot', purpose, 32));
  const [lookupKey, sealingKey] = [derive('phone lookup'), derive('phone sealing')];
  const hash = (phone) => createHmac('sha256', lookupKey).update(phone).digest();
  return {
    hash,
    seal: (phone) => seal(sealingKey, phone, hash(phone)),
    open: (sealed, phoneHash) => open(sealingKey, sealed, phoneHash),
    /** Tells people apart in logs without naming them. */
    tag: (phone) => hash(phone).toString('hex').slice(0, 8),
    fingerprint: derive('key fingerprint'),
  };
}

/** The hash is authenticated with the number, so that a sealed number moved to another row does not open. */
function seal(key, phone, phoneHash) {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(phoneHash);
  const text = Buffer.concat([cipher.update(phone, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function open(key, sealed, phoneHash) {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(phoneHash).setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  return decipher.update(sealed.subarray(NONCE + TAG), undefined, 'utf8') + decipher.final('utf8');
}

/**
 * Signs and checks JSON Web Tokens (HS256 and nothing else, so that a token cannot choose how it is checked). The
 * conversation's cookie and the admin API use one each, with secrets of their own.
 */
export function createSigner(secret, clock) {
  const mac = (text) => createHmac('sha256', secret).update(text).digest('base64url');
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encode({ alg: 'HS256', typ: 'JWT' });
  const now = () => Math.floor(clock().getTime() / 1000);
  return {
    sign(claims, seconds) {
      const body = `${header}.${encode({ ...claims, exp: now() + seconds })}`;
      return `${body}.${mac(body)}`;
    },
    /** Returns the claims, or `null` when the token is not ours or too old. */
    open(token) {
      const [head, body, signature] = String(token ?? '').split('.');
      if (head !== header || !signature || !sameText(signature, mac(`${head}.${body}`))) return null;
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      return claims.exp > now() ? claims : null;
    },
  };
}

/** Compares without telling by its speed how much was right. */
export function sameText(one, other) {
  const digest = (text) => createHmac('sha256', 'compare').update(String(text)).digest();
  return timingSafeEqual(digest(one), digest(other));
}
