import { toEnvelope } from '@supergraph/events/contract';
import { orderPaid } from '@supergraph/events/order';
import { expect, test } from 'vitest';
import type { DueDelivery } from '../use-cases/ports.ts';
import { createRender, type RunQuery } from './payload.ts';

const data = { id: 'o1', number: 'W1', customerId: 'u1', total: { amount: 100, currency: 'GBP' } };
const envelope = toEnvelope(orderPaid, { id: 'e1', subject: 'W1', time: new Date('2026-01-31T09:30:00.000Z'), data });
const plain = { type: 'order.paid.v1', timestamp: '2026-01-31T09:30:00.000Z', data };
const delivery = (query: string | null): DueDelivery => ({ envelope, endpoint: { query } }) as unknown as DueDelivery;

const bodyOf = async (query: string | null, runQuery?: RunQuery): Promise<unknown> => JSON.parse(await createRender(runQuery)(delivery(query)));

test('without a query the body is type, timestamp and data, and nobody is asked', async () => {
  expect(await bodyOf(null, () => Promise.reject(new Error('asked')))).toEqual(plain);
});

test('with a query its result stands beside the event', async () => {
  expect(await bodyOf('{ number }', async () => ({ data: { number: 'W1' } }))).toEqual({ ...plain, query: { data: { number: 'W1' } } });
  const partial = { data: { number: null }, errors: [{ message: 'no' }] };
  expect(await bodyOf('{ number }', async () => partial)).toEqual({ ...plain, query: partial });
});

test('a query that fails, or gives too much, leaves the plain event, which says so', async () => {
  expect(await bodyOf('{ number }', () => Promise.reject(new Error('The router does not answer.')))).toEqual({
    ...plain,
    queryError: 'The router does not answer.',
  });
  const large = await bodyOf('{ number }', async () => ({ data: 'x'.repeat(1_100_000) }));
  expect(large).toEqual({ ...plain, queryError: expect.stringContaining('larger than') });
  expect(await bodyOf('{ number }')).toEqual({ ...plain, queryError: expect.any(String) });
});
