import { ANONYMOUS, type Caller } from '@supergraph/identity/caller';
import { describe, expect, test } from 'vitest';
import { isVisible, visibilityOf } from './visibility.ts';

const CUSTOMER: Caller = { role: 'customer', userId: '7' };
const ORDERS = [{ customerId: '7' }, { customerId: '8' }, { customerId: undefined }];
const seen = (caller: Caller): (string | undefined)[] =>
  ORDERS.filter((order) => isVisible(order, visibilityOf(caller))).map(({ customerId }) => customerId);

describe('orders', () => {
  test('of everybody, guests included, are seen by staff, admins and services', () => {
    const callers: Caller[] = [
      { role: 'staff', userId: '1' },
      { role: 'admin', userId: '2' },
      { role: 'service', name: 'webhooks' },
    ];
    for (const caller of callers) expect(seen(caller)).toEqual(['7', '8', undefined]);
  });

  test('of their own are what customers see', () => {
    expect(seen(CUSTOMER)).toEqual(['7']);
  });

  test('are not seen by nobody, not even those of guests', () => {
    expect(seen(ANONYMOUS)).toEqual([]);
  });
});
