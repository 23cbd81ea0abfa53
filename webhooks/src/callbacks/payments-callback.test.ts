import { createDatabase, type Database } from '@supergraph/database/database';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { createHttpServer } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addPaymentsCallback, PAYMENTS_CALLBACK_PATH, pruneCallbacks } from './payments-callback.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const signer = new Webhook(SECRET);
// The library checks by the machine's clock, so this one stands still but near it.
const NOW = new Date(Math.floor(Date.now() / 1_000) * 1_000);
const silent = createLogger('webhooks', 'silent');

let fixture: TestDatabase;
let http: FastifyInstance;
let alerts: string[];

const serve = (database: Database): FastifyInstance => {
  const server = createHttpServer({ logger: silent, readiness: async () => undefined });
  const logger = { warn: () => undefined, error: (_details: object, message: string) => void alerts.push(message) };
  addPaymentsCallback(server, { database, secret: SECRET, now: () => NOW, logger: logger as never });
  return server;
};

beforeAll(async () => {
  fixture = await createTestDatabase('webhooks', new URL('../../migrations/', import.meta.url));
  http = serve(fixture.database);
});
afterAll(async () => {
  await http.close();
  await fixture.drop();
});
beforeEach(async () => {
  alerts = [];
  await fixture.database.query('truncate callbacks, outbox');
});

const payment = { paymentId: 'pay_1', orderNumber: 'W1000001', amount: { amount: 2034, currency: 'GBP' } };
const bodyOf = (type: string, data: object = payment): string => JSON.stringify({ type, timestamp: '2026-01-31T09:30:00.000Z', data });
const SETTLED = bodyOf('payment.settled');

const headersOf = (body: string, id = 'msg_1', at = NOW): Record<string, string> => ({
  'content-type': 'application/json',
  'webhook-id': id,
  'webhook-timestamp': String(at.getTime() / 1_000),
  'webhook-signature': signer.sign(id, at, body),
});

const send = async (body: string | Buffer, headers: Record<string, string>, server = http) => {
  const response = await server.inject({ method: 'POST', url: PAYMENTS_CALLBACK_PATH, headers, payload: body });
  return { status: response.statusCode, code: response.json().errors?.[0]?.extensions.code, headers: response.headers };
};
const signed = (body: string, id?: string, at?: Date) => send(body, headersOf(body, id, at));

const published = async () => {
  const rows = await fixture.database.query<{ envelope: string }>('select envelope from outbox order by id');
  return rows.map(({ envelope }) => JSON.parse(envelope));
};
const stored = async (): Promise<number> => (await fixture.database.query('select from callbacks')).length;

describe('a callback of the payment provider', () => {
  test.each([
    ['payment.settled', payment],
    ['payment.failed', { ...payment, reason: 'Declined.' }],
    ['payment.refunded', payment],
  ])('%s becomes an event', async (type, data) => {
    expect((await signed(bodyOf(type, data))).status).toBe(202);
    expect(await published()).toEqual([
      {
        specversion: '1.0',
        id: 'callback-msg_1',
        source: 'webhooks',
        type: `${type}.v1`,
        subject: 'W1000001',
        time: '2026-01-31T09:30:00.000Z',
        datacontenttype: 'application/json',
        data,
      },
    ]);
  });

  test('that comes 100 times at once is one event, and each is told that it was taken', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => signed(SETTLED)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect([await stored(), (await published()).length]).toEqual([1, 1]);
  });

  test('that comes again with another body is a conflict, and somebody is told', async () => {
    await signed(SETTLED);
    const other = bodyOf('payment.settled', { ...payment, amount: { amount: 1, currency: 'GBP' } });
    expect(await signed(other)).toMatchObject({ status: 409, code: 'CALLBACK_CONFLICT' });
    expect(alerts).toHaveLength(1);
    expect([await stored(), (await published()).length]).toEqual([1, 1]);
  });

  test('that means nothing here is taken, and nothing happens', async () => {
    for (const type of ['payment.disputed', 'toString', '__proto__']) expect((await signed(bodyOf(type), `msg_${type}`)).status).toBe(202);
    expect([await stored(), (await published()).length]).toEqual([3, 0]);
  });

  test('is good with one signature that fits among others, at either end of the tolerance', async () => {
    const headers = headersOf(SETTLED);
    const several = `v1,${Buffer.alloc(32).toString('base64')} v1a,xyz ${headers['webhook-signature']}`;
    expect((await send(SETTLED, { ...headers, 'webhook-signature': several })).status).toBe(202);
    const shifted = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);
    expect((await signed(SETTLED, 'msg_old', shifted(-270))).status).toBe(202);
    expect((await signed(SETTLED, 'msg_ahead', shifted(300))).status).toBe(202);
  });
});

describe('refused, with nothing stored and nothing published, is', () => {
  const good = headersOf(SETTLED);
  const signature = good['webhook-signature'] as string;
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([header]) => header !== name));
  const at = (seconds: number) => headersOf(SETTLED, 'msg_1', new Date(NOW.getTime() + seconds * 1_000));

  test.each<[string, Record<string, string>, number]>([
    ['no signature', without('webhook-signature'), 400],
    ['no id', without('webhook-id'), 400],
    ['no timestamp', without('webhook-timestamp'), 400],
    ['an empty signature', { ...good, 'webhook-signature': '' }, 400],
    ['another signature', { ...good, 'webhook-signature': new Webhook(Buffer.alloc(32, 8).toString('base64')).sign('msg_1', NOW, SETTLED) }, 401],
    ['a truncated signature', { ...good, 'webhook-signature': signature.slice(0, -4) }, 401],
    ['a signature that is too long', { ...good, 'webhook-signature': `${signature}AAAA` }, 401],
    ['a signature without its version', { ...good, 'webhook-signature': signature.slice(3) }, 401],
    ['a version alone', { ...good, 'webhook-signature': 'v1' }, 401],
    ['version v0', { ...good, 'webhook-signature': signature.replace('v1', 'v0') }, 401],
    ['more than 4 KB of signatures', { ...good, 'webhook-signature': Array.from({ length: 300 }, () => signature.slice(0, 20)).join(' ') }, 400],
    ['another id', { ...good, 'webhook-id': 'msg_2' }, 401],
    ['an id with a space', headersOf(SETTLED, 'msg 1'), 400],
    ['an id of 101 characters', headersOf(SETTLED, 'm'.repeat(101)), 400],
    ['another timestamp', { ...good, 'webhook-timestamp': String(NOW.getTime() / 1_000 - 1) }, 401],
    ['a timestamp of 301 s ago', at(-301), 400],
    ['a timestamp 301 s ahead', at(301), 400],
    ['a timestamp in milliseconds', { ...good, 'webhook-timestamp': String(NOW.getTime()) }, 400],
    ['a timestamp that is no number', { ...good, 'webhook-timestamp': 'NaN' }, 400],
    ['a timestamp with more behind it', { ...good, 'webhook-timestamp': `${good['webhook-timestamp']}x` }, 400],
  ])('%s', async (_what, headers, status) => {
    expect((await send(SETTLED, headers)).status).toBe(status);
    expect([await stored(), await published()]).toEqual([0, []]);
  });

  test.each<[string, string | Buffer]>([
    ['a body that was parsed and written again', JSON.stringify(JSON.parse(SETTLED), null, 1)],
    ['a body with its keys in another order', JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(SETTLED)).reverse()))],
    ['a body with one more line feed', `${SETTLED}\n`],
    ['a body behind a byte order mark', `\uFEFF${SETTLED}`],
    ['another amount', SETTLED.replace('2034', '2035')],
    ['no body', ''],
  ])('%s', async (_what, body) => {
    expect((await send(body, good)).status).toBe(401);
    expect([await stored(), await published()]).toEqual([0, []]);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['news without an order', bodyOf('payment.settled', { paymentId: 'pay_1', amount: payment.amount })],
    ['an amount in fractions', bodyOf('payment.settled', { ...payment, amount: { amount: 0.5, currency: 'GBP' } })],
    ['a local time', SETTLED.replace('.000Z', '')],
  ])('what is signed and yet malformed: %s', async (_what, body) => {
    expect(await signed(body)).toMatchObject({ status: 400, code: 'CALLBACK_MALFORMED' });
    expect([await stored(), await published()]).toEqual([0, []]);
  });

  test('a body that is not UTF-8, or too large', async () => {
    const broken = Buffer.concat([Buffer.from(SETTLED), Buffer.from([0xff])]);
    expect((await send(broken, headersOf(broken.toString()))).status).toBe(400);
    expect((await signed(bodyOf('payment.settled', { ...payment, more: 'x'.repeat(70_000) }))).status).toBe(413);
  });
});

describe('while the database is down', () => {
  test('nothing is acknowledged: 503 and when to come again', async () => {
    const away = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test' });
    const server = serve(away);
    const answer = await send(SETTLED, headersOf(SETTLED), server);
    expect(answer).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE', headers: { 'retry-after': '5' } });
    await server.close();
    await away.close();
  });

  test('and it is taken when it comes again after the connection broke in the middle', async () => {
    const broken = createDatabase({ url: fixture.url, applicationName: 'test' });
    let isUp = false;
    const database: Database = {
      ...broken,
      transact: (work) =>
        broken.transact(async (sql) => {
          const result = await work(sql);
          if (!isUp)
            await fixture.database.query('select pg_terminate_backend($1)', [
              (await sql.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid,
            ]);
          return result;
        }),
    };
    const server = serve(database);
    expect((await send(SETTLED, headersOf(SETTLED), server)).status).toBe(503);
    expect([await stored(), await published()]).toEqual([0, []]);
    isUp = true;
    expect((await send(SETTLED, headersOf(SETTLED), server)).status).toBe(202);
    expect([await stored(), (await published()).length]).toEqual([1, 1]);
    await server.close();
    await broken.close();
  });
});

test('callbacks are forgotten after 30 days', async () => {
  await fixture.database.query("insert into callbacks values ('old', 'x', now() - interval '31 days'), ('new', 'x', now() - interval '29 days')");
  expect(await pruneCallbacks(fixture.database)).toBe(1);
  expect(await fixture.database.query('select id from callbacks')).toEqual([{ id: 'new' }]);
});
