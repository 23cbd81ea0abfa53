import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp, type SandboxApp } from './app.ts';
import { readConfig } from './config.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const KEY = 'key-of-the-tests';

interface Received {
  id: string;
  type: string;
  data: { paymentId: string; orderNumber: string; amount: { amount: number; currency: string }; reason?: string };
}

let receiver: Server;
let received: Received[];
let refusals: number;
let sandbox: SandboxApp;

/** Verifies with the library before it believes anything. */
const take = (headers: IncomingHttpHeaders, body: string): void => {
  const { type, data } = new Webhook(SECRET).verify(body, headers as Record<string, string>) as Received;
  received.push({ id: String(headers['webhook-id']), type, data });
};

beforeEach(async () => {
  received = [];
  refusals = 0;
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      refusals -= 1;
      if (refusals < 0) take(request.headers, Buffer.concat(chunks).toString());
      response.writeHead(refusals < 0 ? 202 : 503).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  sandbox = createApp(
    readConfig({
      PAYMENT_SANDBOX_SECRET: SECRET,
      PAYMENT_SANDBOX_KEY: KEY,
      PAYMENT_SANDBOX_CALLBACK_URL: `http://127.0.0.1:${port}/callbacks/payments`,
      PAYMENT_SANDBOX_DELAY_MS: '1',
      PAYMENT_SANDBOX_LOG_LEVEL: 'silent',
    }),
  );
});
afterEach(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  receiver.close();
});

const post = async (url: string, payload: object, key = KEY) => {
  const response = await sandbox.http.inject({ method: 'POST', url, headers: { authorization: `Bearer ${key}` }, payload });
  return { status: response.statusCode, body: response.json() };
};
const pay = (idempotencyKey: string, orderNumber = 'W1', amount = 2034) =>
  post('/payments', { orderNumber, amount, currency: 'GBP', idempotencyKey });
const arrived = async (count: number): Promise<Received[]> => {
  for (let tries = 0; tries < 400 && received.length < count; tries++) await sleep(10);
  // So that one too many is seen.
  await sleep(50);
  return received;
};

describe('the payment sandbox', () => {
  test('settles a payment through a signed callback', async () => {
    const { status, body } = await pay('k1');
    expect([status, body]).toEqual([201, { id: expect.stringMatching(/^pay_/) }]);
    expect(await arrived(1)).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        type: 'payment.settled',
        data: { paymentId: body.id, orderNumber: 'W1', amount: { amount: 2034, currency: 'GBP' } },
      },
    ]);
  });

  test('takes a payment once for each key, and no other request under the same', async () => {
    const [first, again] = [await pay('k1'), await pay('k1')];
    expect(again).toEqual(first);
    expect(await pay('k1', 'W2')).toMatchObject({ status: 409, body: { errors: [{ extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } }] } });
    expect(await arrived(1)).toHaveLength(1);
  });

  test('sends a callback until it is taken, always with the same id', async () => {
    refusals = 3;
    await pay('k1');
    expect(await arrived(1)).toHaveLength(1);
  });

  test('refunds what it has taken, once', async () => {
    const { body } = await pay('k1');
    const refund = { paymentId: body.id, amount: 2034, currency: 'GBP', idempotencyKey: 'k1:refund' };
    expect(await post('/refunds', { ...refund, amount: 1 })).toMatchObject({ status: 422 });
    const [first, again] = [await post('/refunds', refund), await post('/refunds', refund)];
    expect(first.status).toBe(201);
    expect(again).toEqual(first);
    expect((await arrived(2)).map(({ type }) => type).sort()).toEqual(['payment.refunded', 'payment.settled']);
    expect(await post('/refunds', { ...refund, idempotencyKey: 'other' })).toMatchObject({ status: 422 });
    expect(await post('/refunds', { ...refund, paymentId: 'none', idempotencyKey: 'another' })).toMatchObject({ status: 404 });
  });

  test('can be told to fail, and as usual again', async () => {
    await post('/behaviour', { outcome: 'fail', reason: 'No money.' });
    const { body } = await pay('k1');
    expect(await arrived(1)).toMatchObject([{ type: 'payment.failed', data: { paymentId: body.id, reason: 'No money.' } }]);
    expect(await post('/refunds', { paymentId: body.id, amount: 2034, currency: 'GBP', idempotencyKey: 'r' })).toMatchObject({ status: 422 });
    expect((await post('/behaviour', {})).body).toMatchObject({ outcome: 'settle', delayMs: 1 });
  });

  test('can be told to repeat', async () => {
    await post('/behaviour', { repeat: 5 });
    await pay('k1');
    const callbacks = await arrived(5);
    expect(callbacks).toHaveLength(5);
    expect(new Set(callbacks.map(({ id }) => id)).size).toBe(1);
  });

  test('can be told to reorder: the newest goes first', async () => {
    await post('/behaviour', { reorder: true });
    for (const number of ['W1', 'W2', 'W3']) {
      await pay(number, number);
      await sleep(20);
    }
    expect((await arrived(3)).map(({ data }) => data.orderNumber)).toEqual(['W3', 'W2', 'W1']);
  });

  test('can be told to delay, to get the amount wrong, and to be away', async () => {
    await post('/behaviour', { delayMs: 300, amountError: -1, unavailable: 2 });
    expect([(await pay('k1')).status, (await pay('k1')).status, (await pay('k1')).status]).toEqual([503, 503, 201]);
    await sleep(150);
    expect(received).toEqual([]);
    expect((await arrived(1))[0]?.data.amount.amount).toBe(2033);
  });

  test('answers only who has the key, and only what it understands', async () => {
    expect(await post('/payments', {}, 'wrong')).toMatchObject({ status: 401 });
    expect(await post('/payments', { orderNumber: 'W1' })).toMatchObject({ status: 400 });
    expect(await post('/behaviour', { outcome: 'explode' })).toMatchObject({ status: 400 });
    expect(await post('/behaviour', { unknown: 1 })).toMatchObject({ status: 400 });
  });

  test('does not run in production', () => {
    expect(() => readConfig({ NODE_ENV: 'production', PAYMENT_SANDBOX_SECRET: SECRET })).toThrow('does not run where NODE_ENV is production');
    expect(() => readConfig({})).toThrow('PAYMENT_SANDBOX_SECRET: not set');
    expect(() => readConfig({ PAYMENT_SANDBOX_SECRET: 'secret' })).toThrow('PAYMENT_SANDBOX_SECRET: expected whsec_');
  });
});
