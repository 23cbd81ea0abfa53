import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { callbackHeadersInvalid, callbackMalformed, callbackSignatureInvalid } from './callback-errors.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const TOLERANCE_SECONDS = 300;
const MAX_SIGNATURE_HEADER_BYTES = 4_096;
/** An event's id is this one with a prefix, and may have 128 characters. */
const ID = /^[\x21-\x7e]{1,100}$/;
const SECONDS = /^\d{1,12}$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (body: Buffer): string => {
  try {
    return utf8.decode(body);
  } catch {
    throw callbackMalformed('the body is not UTF-8');
  }
};

const single = (headers: IncomingHttpHeaders, name: string): string => {
  const value = headers[name];
  if (typeof value !== 'string' || value === '') throw callbackHeadersInvalid(`${name} is missing`);
  return value;
};

const checkTimestamp = (timestamp: string, now: Date): void => {
  if (!SECONDS.test(timestamp)) throw callbackHeadersInvalid('webhook-timestamp is not a time in seconds');
  const ageSeconds = Math.floor(now.getTime() / 1_000) - Number(timestamp);
  if (Math.abs(ageSeconds) > TOLERANCE_SECONDS)
    throw callbackHeadersInvalid(`webhook-timestamp is more than ${TOLERANCE_SECONDS} s ${ageSeconds > 0 ? 'old' : 'ahead'}`);
};

/**
 * Checks who sent these very bytes, and when. The library looks at the time too, by the machine's own clock.
 * @returns the id of the callback and its body.
 * @throws CALLBACK_HEADERS_INVALID, CALLBACK_SIGNATURE_INVALID, CALLBACK_MALFORMED
 */
export const verifyCallback = (secret: string, headers: IncomingHttpHeaders, body: Buffer, now: Date): { id: string; body: string } => {
  const [id, timestamp, signature] = [single(headers, 'webhook-id'), single(headers, 'webhook-timestamp'), single(headers, 'webhook-signature')];
  if (!ID.test(id)) throw callbackHeadersInvalid('webhook-id must have 1 to 100 printable characters without spaces');
  if (Buffer.byteLength(signature) > MAX_SIGNATURE_HEADER_BYTES)
    throw callbackHeadersInvalid(`webhook-signature has more than ${MAX_SIGNATURE_HEADER_BYTES} bytes`);
  checkTimestamp(timestamp, now);
  const text = textOf(body);
  try {
    new Webhook(secret).verify(text, { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }, { jsonParse: false });
  } catch {
    throw callbackSignatureInvalid();
  }
  return { id, body: text };
};
