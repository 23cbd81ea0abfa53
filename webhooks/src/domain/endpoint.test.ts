import { describe, expect, test } from 'vitest';
import { type Endpoint, type EndpointWish, newEndpoint, withChanges } from './endpoint.ts';

const IDENTITY = { id: 'e1', ownerId: 'ada', createdAt: new Date('2026-01-31T09:30:00Z') };
const WISH: EndpointWish = { url: 'https://example.com/hook', eventTypes: ['order.placed.v1'], query: null };
const registered = (wish: Partial<EndpointWish> = {}, isPrivileged = false): Endpoint => newEndpoint(IDENTITY, { ...WISH, ...wish }, isPrivileged);

const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as { details: { field: string } }).details.field}`;
  }
  return 'none';
};

describe('an endpoint', () => {
  test('is active, takes each type once, and has no query when that is blank', () => {
    const endpoint = registered({ eventTypes: ['order.paid.v1', 'order.placed.v1', 'order.paid.v1'], query: '  ' });
    expect(endpoint).toEqual({
      ...IDENTITY,
      ...WISH,
      eventTypes: ['order.paid.v1', 'order.placed.v1'],
      status: 'active',
      disabledReason: null,
      firstFailureAt: null,
    });
  });

  test.each([
    [{ url: 'example.com' }, 'url'],
    [{ url: `https://example.com/${'a'.repeat(2_048)}` }, 'url'],
    [{ eventTypes: [] }, 'eventTypes'],
    [{ eventTypes: ['order.placed.v1', 'order.eaten.v1'] }, 'eventTypes[1]'],
    [{ eventTypes: ['order.pay.v1'] }, 'eventTypes[0]'],
    [{ eventTypes: ['payment.settled.v1'] }, 'eventTypes[0]'],
    [{ query: '€'.repeat(3_414) }, 'query'],
  ])('is refused: %o', (wish, field) => {
    expect(code(() => registered(wish))).toBe(`WEBHOOK_ENDPOINT_INVALID ${field}`);
  });

  test('of staff may want payments', () => {
    expect(registered({ eventTypes: ['payment.settled.v1'] }, true).eventTypes).toEqual(['payment.settled.v1']);
  });

  test('keeps what is not changed, and starts afresh when it is enabled again', () => {
    const disabled: Endpoint = { ...registered(), status: 'disabled', disabledReason: 'gone', firstFailureAt: new Date() };
    expect(withChanges(disabled, {}, false)).toEqual(disabled);
    expect(withChanges(disabled, { status: 'active' }, false)).toEqual(registered());
    expect(withChanges(registered(), { status: 'paused', query: '{ number }' }, false)).toEqual({
      ...registered(),
      status: 'paused',
      query: '{ number }',
    });
    expect(withChanges({ ...registered(), query: '{ number }' }, { query: null }, false).query).toBeNull();
  });

  test('may keep types that its owner could not add any more', () => {
    const staffs = registered({ eventTypes: ['payment.settled.v1', 'payment.failed.v1'] }, true);
    expect(withChanges(staffs, { eventTypes: ['payment.failed.v1'] }, false).eventTypes).toEqual(['payment.failed.v1']);
    expect(code(() => withChanges(staffs, { eventTypes: ['payment.failed.v1', 'payment.refunded.v1'] }, false))).toContain('eventTypes');
    expect(code(() => withChanges(staffs, { eventTypes: [] }, false))).toContain('eventTypes');
  });
});
