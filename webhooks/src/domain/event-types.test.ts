import type { Envelope } from '@supergraph/events/envelope';
import { CONTRACTS } from '@supergraph/events/registry';
import { describe, expect, test } from 'vitest';
import { audienceOf, EVENT_TYPES, mayBeSubscribedBy } from './event-types.ts';
import { replayRangeOf } from './replay-range.ts';

describe('event types', () => {
  test('are all events but those between rooms, and no command', () => {
    expect(EVENT_TYPES).toContain('order.placed.v1');
    expect(EVENT_TYPES).not.toContain('order.pay.v1');
    expect(EVENT_TYPES).not.toContain('order.command-finished.v1');
    expect(mayBeSubscribedBy('order.command-finished.v1', true)).toBe(false);
    expect(EVENT_TYPES).toHaveLength(CONTRACTS.filter(({ kind }) => kind === 'event').length - 1);
  });

  test.each([
    ['category.created.v1', { id: 'c1' }, { everyone: true }],
    ['product.price-changed.v1', { sku: '71053' }, { everyone: true }],
    ['order.placed.v1', { id: 'o1', customerId: 'ada' }, { ownerId: 'ada' }],
    ['order.cancelled.v1', { id: 'o1', customerId: null }, { staff: true }],
    ['user.updated.v1', { id: 'ada' }, { ownerId: 'ada' }],
    ['payment.settled.v1', { paymentId: 'p1' }, { staff: true }],
    ['webhook.endpoint-disabled.v1', { endpointId: 'e1', ownerId: 'ada' }, { ownerId: 'ada' }],
  ] as [string, Envelope['data'], object][])('%s is told to those who could read the same in the graph', (type, data, audience) => {
    const envelope: Envelope = {
      specversion: '1.0',
      id: 'evt-1',
      source: 'test',
      type,
      subject: 's',
      time: '2026-01-31T09:30:00.000Z',
      datacontenttype: 'application/json',
      data,
    };
    expect(EVENT_TYPES).toContain(type);
    expect(audienceOf(envelope)).toEqual(audience);
  });
});

describe('a range to replay', () => {
  test.each([
    ['2026-01-31', '2026-02-01T00:00:00Z'],
    ['2026-01-31T00:00:00', '2026-02-01T00:00:00Z'],
    ['2026-01-31T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['2026-01-31T00:00:01Z', '2026-01-31T00:00:00Z'],
    ['2026-13-31T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['0000-01-01T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['yesterday', 'today'],
  ])('from %s to %s is none', (from, to) => {
    expect(() => replayRangeOf(from, to, false)).toThrow('from and to must be RFC 3339 times');
  });

  test('may have an offset', () => {
    expect(replayRangeOf('2026-01-31T00:00:00+01:00', '2026-01-31T00:00:00Z', true)).toEqual({
      from: new Date('2026-01-30T23:00:00Z'),
      to: new Date('2026-01-31T00:00:00Z'),
      includeDelivered: true,
    });
  });
});
