import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import type { Envelope } from '@supergraph/events/envelope';
import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EndpointWish } from '../domain/endpoint.ts';
import { createKeyCipher, newSecret } from '../repositories/key-cipher.crypto.ts';
import { createWebhookReader } from '../repositories/webhook-reader.postgres.ts';
import { createTransactWebhooks } from '../repositories/webhook-writer.postgres.ts';
import type { TransactWebhooks } from './ports.ts';
import { takeEvent } from './take-event.ts';
import { createUseCases, type UseCases } from './use-cases.ts';

const ADA: Caller = { role: 'customer', userId: 'ada' };
const EVE: Caller = { role: 'customer', userId: 'eve' };
const STAFF: Caller = { role: 'staff', userId: 'sam' };
const SERVICE: Caller = { role: 'service', name: 'order' };
const WISH: EndpointWish = { url: 'https://example.com/hook', eventTypes: ['order.placed.v1'], query: null };
const PAGE = { limit: 100, after: undefined };
const DAY_MS = 86_400_000;

let fixture: TestDatabase;
let transact: TransactWebhooks;
let useCases: UseCases;
let time: number;
let checked: string[];

const now = (): Date => new Date(time);

beforeAll(async () => {
  fixture = await createTestDatabase('webhooks', new URL('../../migrations/', import.meta.url));
  transact = createTransactWebhooks(fixture.database, createKeyCipher('a secret of the room'));
  useCases = createUseCases({
    reader: createWebhookReader(fixture.database),
    transact,
    urlGuard: { check: async (url) => (url.includes('10.0.0.1') ? 'it is private' : undefined) },
    queryChecker: {
      check: async (query, type, owner) => {
        checked.push(`${type} ${owner}`);
        return query.includes('email') ? 'you may not see email' : undefined;
      },
    },
    newSecret,
    now,
    newId: randomUUID,
  });
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  time = Date.parse('2026-01-31T09:30:00.000Z');
  checked = [];
  await fixture.database.query('truncate endpoints cascade');
});

const register = async (caller: Caller = ADA, wish: Partial<EndpointWish> = {}) =>
  (await useCases.registerEndpoint(caller, { ...WISH, ...wish })).endpoint;

const rejection = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    ({ code }: { code: string }) => code,
  );

const event = (type: string, data: Envelope['data']): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'order',
  type,
  subject: 's',
  time: now().toISOString(),
  datacontenttype: 'application/json',
  data,
});
const take = (envelope: Envelope): Promise<number> => takeEvent({ transact, now })(SERVICE, envelope);
const deliveriesOf = async (id: string) => (await useCases.read.deliveriesOf(STAFF, [id], undefined, PAGE)).get(id)?.items ?? [];

describe('registering', () => {
  test('gives a secret that is stored sealed and never read again', async () => {
    const { endpoint, secret } = await useCases.registerEndpoint(ADA, WISH);
    expect(endpoint).toMatchObject({ ...WISH, ownerId: 'ada', status: 'active' });
    expect(secret).toMatch(/^whsec_/);
    const stored = JSON.stringify(
      await fixture.database.query('select endpoints.*, encode(sealed_key, $1) from endpoints, endpoint_keys', ['escape']),
    );
    expect(stored).not.toContain(secret.slice(6));
    expect((await useCases.read.listEndpoints(ADA, PAGE)).items).toEqual([endpoint]);
  });

  test('is for people who signed in, and for URLs and queries that may be used', async () => {
    expect(await rejection(useCases.registerEndpoint(ANONYMOUS, WISH))).toBe('SIGN_IN_REQUIRED');
    expect(await rejection(useCases.registerEndpoint(SERVICE, WISH))).toBe('NOT_ALLOWED');
    expect(await rejection(register(ADA, { url: 'https://10.0.0.1' }))).toBe('WEBHOOK_URL_REFUSED');
    expect(await rejection(register(ADA, { query: '{ customer { email } }' }))).toBe('WEBHOOK_QUERY_REFUSED');
    await register(ADA, { query: '{ number }', eventTypes: ['order.placed.v1', 'order.paid.v1'] });
    expect(checked).toEqual(['order.placed.v1 ada', 'order.placed.v1 ada', 'order.paid.v1 ada']);
  });

  test('stops at 50, also when they come at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 55 }, () => rejection(register())));
    expect(outcomes.filter((outcome) => outcome === 'none')).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === 'WEBHOOK_ENDPOINT_LIMIT')).toHaveLength(5);
    expect(await rejection(register(EVE))).toBe('none');
  });
});

describe("another's endpoint", () => {
  test('is absent in every read and every write; staff see all', async () => {
    const { id } = await register();
    const delivery = await useCases.testDelivery(ADA, id);
    for (const stranger of [EVE, ANONYMOUS]) {
      expect(await useCases.read.endpoints(stranger, [id])).toEqual(new Map());
      expect(await useCases.read.endpointsOf(stranger, ['ada'], PAGE)).toEqual(new Map());
      expect(await useCases.read.deliveries(stranger, [delivery.id])).toEqual(new Map());
    }
    expect((await useCases.read.listEndpoints(EVE, PAGE)).items).toEqual([]);
    const range = { from: new Date(0), to: new Date(time + 1), includeDelivered: true };
    const writes = (caller: Caller): Promise<unknown>[] => [
      useCases.updateEndpoint(caller, id, { status: 'paused' }),
      useCases.rotateKey(caller, id),
      useCases.testDelivery(caller, id),
      useCases.replayRange(caller, id, range),
      useCases.replayDelivery(caller, delivery.id),
      useCases.deleteEndpoint(caller, id),
    ];
    const absent = [...Array.from({ length: 4 }, () => 'WEBHOOK_ENDPOINT_NOT_FOUND'), 'WEBHOOK_DELIVERY_NOT_FOUND', 'WEBHOOK_ENDPOINT_NOT_FOUND'];
    expect(await Promise.all(writes(EVE).map(rejection))).toEqual(absent);
    expect(await Promise.all(writes(ANONYMOUS).map(rejection))).toEqual(absent.map(() => 'SIGN_IN_REQUIRED'));
    expect((await useCases.read.listEndpoints(STAFF, PAGE)).items).toHaveLength(1);
    expect(await rejection(useCases.updateEndpoint(STAFF, id, { status: 'paused' }))).toBe('none');
    expect(await rejection(useCases.deleteEndpoint(ADA, 'no-uuid'))).toBe('WEBHOOK_ENDPOINT_NOT_FOUND');
  });
});

describe('changing', () => {
  test('checks only what is new', async () => {
    const { id } = await register(ADA, { query: '{ number }' });
    checked = [];
    await useCases.updateEndpoint(ADA, id, { status: 'paused' });
    expect(checked).toEqual([]);
    await useCases.updateEndpoint(ADA, id, { eventTypes: ['order.placed.v1', 'order.paid.v1'] });
    expect(checked).toEqual(['order.paid.v1 ada']);
    expect(await rejection(useCases.updateEndpoint(ADA, id, { url: 'http://10.0.0.1' }))).toBe('WEBHOOK_URL_REFUSED');
    expect(await rejection(useCases.updateEndpoint(ADA, id, { query: '{ customer { email } }' }))).toBe('WEBHOOK_QUERY_REFUSED');
    const changed = { url: 'https://example.com/hook', status: 'paused', query: '{ number }', eventTypes: ['order.placed.v1', 'order.paid.v1'] };
    expect((await useCases.read.endpoints(ADA, [id])).get(id)).toMatchObject(changed);
  });

  test('takes everything with it when it is deleted', async () => {
    const { id } = await register();
    await useCases.testDelivery(ADA, id);
    await useCases.deleteEndpoint(ADA, id);
    const [left] = await fixture.database.query('select (select count(*)::int from deliveries) + (select count(*)::int from endpoint_keys) as rows');
    expect(left).toEqual({ rows: 0 });
  });
});

describe('rotating', () => {
  test('keeps two keys for 24 hours and refuses a third, also at once', async () => {
    const { id } = await register();
    time += 1;
    const outcomes = await Promise.all([rejection(useCases.rotateKey(ADA, id)), rejection(useCases.rotateKey(ADA, id))]);
    expect(outcomes.sort()).toEqual(['WEBHOOK_KEY_ROTATION_TOO_SOON', 'none']);
    time += DAY_MS - 1;
    expect(await rejection(useCases.rotateKey(ADA, id))).toBe('WEBHOOK_KEY_ROTATION_TOO_SOON');
    time += 1;
    expect(await rejection(useCases.rotateKey(ADA, id))).toBe('none');
    const [keys] = await fixture.database.query('select count(*)::int as all, count(expires_at)::int as ending from endpoint_keys');
    expect(keys).toEqual({ all: 2, ending: 1 });
  });
});

describe('an event', () => {
  test('reaches whoever wants it and may know of it', async () => {
    const [ada, eve, staff] = await Promise.all([register(ADA), register(EVE), register(STAFF)]);
    await register(STAFF, { eventTypes: ['order.paid.v1'] });
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(2);
    expect([await deliveriesOf(ada.id), await deliveriesOf(eve.id), await deliveriesOf(staff.id)].map(({ length }) => length)).toEqual([1, 0, 1]);
    expect(await rejection(takeEvent({ transact, now })(ADA, event('order.placed.v1', {})))).toBe('NOT_ALLOWED');
  });

  test('that ends an owner as staff ends what they are told of others', async () => {
    await register(STAFF);
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(1);
    await take(event('user.updated.v1', { id: 'sam', role: 'CUSTOMER' }));
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(0);
    await take(event('user.updated.v1', { id: 'sam', role: 'ADMIN' }));
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(1);
  });

  test('waits for a paused endpoint, and passes a disabled one by', async () => {
    const { id } = await register();
    await useCases.updateEndpoint(ADA, id, { status: 'paused' });
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(1);
    await fixture.database.query("update endpoints set status = 'disabled'");
    expect(await take(event('order.placed.v1', { customerId: 'ada' }))).toBe(0);
    expect(await rejection(useCases.testDelivery(ADA, id))).toBe('WEBHOOK_ENDPOINT_DISABLED');
    expect(await useCases.updateEndpoint(ADA, id, { status: 'active' })).toMatchObject({ status: 'active', disabledReason: null });
  });
});

describe('replaying', () => {
  test('puts a finished delivery back, not one that is on its way', async () => {
    const { id } = await register();
    const delivery = await useCases.testDelivery(ADA, id);
    expect(delivery).toMatchObject({ eventType: 'webhook.test.v1', status: 'pending', attempts: 0 });
    expect(await rejection(useCases.replayDelivery(ADA, delivery.id))).toBe('WEBHOOK_DELIVERY_PENDING');
    await fixture.database.query("update deliveries set status = 'exhausted', attempts = 10, finished_at = now()");
    time += 1_000;
    expect(await useCases.replayDelivery(ADA, delivery.id)).toMatchObject({ id: delivery.id, status: 'pending', nextAttemptAt: now(), attempts: 10 });
    await fixture.database.query("update deliveries set status = 'exhausted'");
    await fixture.database.query("update endpoints set status = 'disabled'");
    expect(await rejection(useCases.replayDelivery(ADA, delivery.id))).toBe('WEBHOOK_ENDPOINT_DISABLED');
  });

  test('of a range takes what was finished in it, from its start to before its end', async () => {
    const { id } = await register();
    const start = time;
    for (const status of ['exhausted', 'delivered', 'cancelled', 'exhausted', 'pending']) {
      const { id: deliveryId } = await useCases.testDelivery(ADA, id);
      await fixture.database.query('update deliveries set status = $2 where id = $1', [deliveryId, status]);
      time += 1_000;
    }
    const range = (from: number, to: number, includeDelivered = false) => ({ from: new Date(from), to: new Date(to), includeDelivered });
    expect(await useCases.replayRange(ADA, id, range(start, start + 3_000))).toBe(2);
    expect(await useCases.replayRange(ADA, id, range(start, start + 3_000))).toBe(0);
    expect(await useCases.replayRange(ADA, id, range(start, time, true))).toBe(2);
  });
});
