import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PaymentProvider } from '../use-cases/ports.ts';
import { createPaymentProvider } from './payment-provider.http.ts';

let server: Server;
let provider: PaymentProvider;
let seen: { url: string | undefined; authorization: string | undefined; body: unknown }[];
let respond: (response: ServerResponse) => void;

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
};

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    seen.push({ url: request.url, authorization: request.headers.authorization, body: await bodyOf(request) });
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  provider = createPaymentProvider({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: 'the-key', deadlineMs: 300 });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const answers = (status: number, body: string) => {
  respond = (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};
const amount = { amount: 2034, currency: 'GBP' };
const start = () => provider.start({ orderNumber: 'W1', amount, idempotencyKey: 'k1' });

describe('the payment provider over HTTP', () => {
  test('is told the order, the amount and the key, and answers the id of the payment', async () => {
    answers(201, '{"id":"pay_1"}');
    expect(await start()).toEqual({ paymentId: 'pay_1' });
    await provider.refund({ paymentId: 'pay_1', amount, idempotencyKey: 'k1:refund' });
    const authorization = 'Bearer the-key';
    expect(seen).toEqual([
      { url: '/payments', authorization, body: { orderNumber: 'W1', idempotencyKey: 'k1', amount: 2034, currency: 'GBP' } },
      { url: '/refunds', authorization, body: { paymentId: 'pay_1', idempotencyKey: 'k1:refund', amount: 2034, currency: 'GBP' } },
    ]);
  });

  test.each([400, 404, 409, 422])('says no for good with %i', async (status) => {
    answers(status, '{"errors":[{"message":"Not in this country."}]}');
    await expect(start()).rejects.toMatchObject({ code: 'PAYMENT_REFUSED', details: { reason: 'Not in this country.' } });
  });

  test('says no for good without saying why', async () => {
    answers(400, 'no JSON');
    await expect(start()).rejects.toMatchObject({ code: 'PAYMENT_REFUSED', details: { reason: 'answer 400' } });
  });

  test.each([401, 403, 408, 429, 500, 502, 503])('may do it later after %i', async (status) => {
    answers(status, '');
    await expect(start()).rejects.toThrow(`the payment provider answered ${status}`);
    await expect(start()).rejects.not.toHaveProperty('code', 'PAYMENT_REFUSED');
  });

  test.each([
    ['an answer without an id', (response: ServerResponse) => void response.writeHead(201).end('{}')],
    ['an answer that is no JSON', (response: ServerResponse) => void response.writeHead(201).end('<html>')],
    ['a redirection', (response: ServerResponse) => void response.writeHead(307, { location: '/elsewhere' }).end()],
    ['no answer within the deadline', () => undefined],
    ['half an answer', (response: ServerResponse) => void response.writeHead(201, { 'content-length': '100' }).write('{"id"')],
    ['a broken connection', (response: ServerResponse) => void response.destroy()],
  ])('is asked again after %s', async (_what, how) => {
    respond = how;
    const begun = performance.now();
    await expect(start()).rejects.not.toMatchObject({ code: 'PAYMENT_REFUSED' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
