import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { signedHeaders } from './sign.ts';

// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
const PUBLISHED = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const message = (at = new Date()) => ({ id: 'msg_1', at, body: '{"type":"order.paid.v1","data":{"name":"Größe ✓"}}' });
const SECONDS = 1_000;

describe('the headers of a message', () => {
  test('are those of the published vector', () => {
    const { secret, signature, ...published } = PUBLISHED;
    expect(signedHeaders(published, [secret])).toEqual({
      'webhook-id': published.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': signature,
    });
  });

  test('verify with the library, with either key while two overlap, and with no third', () => {
    const [newer, older] = [newSecret(), newSecret()];
    const headers = signedHeaders(message(), [newer, older]);
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    for (const secret of [newer, older]) expect(new Webhook(secret).verify(message().body, headers)).toHaveProperty('type', 'order.paid.v1');
    expect(() => new Webhook(newSecret()).verify(message().body, headers)).toThrow();
  });

  test.each([
    ['a flipped bit', { body: message().body.replace('paid', 'paie') }],
    ['another id', { 'webhook-id': 'msg_2' }],
    ['another time', { 'webhook-timestamp': String(Math.floor(Date.now() / SECONDS) - 1) }],
    ['no signature', { 'webhook-signature': '' }],
    ['half a signature', { 'webhook-signature': 'v1,' }],
    ['another version', { 'webhook-signature': 'v0,AAAA' }],
  ])('do not verify with %s', (_, { body = message().body, ...change }: Record<string, string>) => {
    const secret = newSecret();
    const headers = { ...signedHeaders(message(), [secret]), ...change };
    expect(() => new Webhook(secret).verify(body, headers)).toThrow();
  });

  test.each([-301, 301])('do not verify %i s off', (seconds) => {
    const secret = newSecret();
    const headers = signedHeaders(message(new Date(Date.now() + seconds * SECONDS)), [secret]);
    expect(() => new Webhook(secret).verify(message().body, headers)).toThrow(/timestamp/);
  });

  test('are refused without a key: an unsigned message never leaves', () => {
    expect(() => signedHeaders(message(), [])).toThrow('no signing key');
  });
});
