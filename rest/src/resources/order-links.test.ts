import type { Caller } from '@supergraph/identity/caller';
import { describe, expect, test } from 'vitest';
import { orderLinks } from './order-links.ts';

const ADA: Caller = { role: 'customer', userId: 'ada' };
const EVE: Caller = { role: 'staff', userId: 'eve' };
const ROOT: Caller = { role: 'admin', userId: 'root' };

const actions = (status: string, caller: Caller): string[] =>
  Object.keys(orderLinks({ number: 'W1', status, customerId: 'ada' }, caller)).filter((rel) => ['pay', 'cancel', 'ship'].includes(rel));

describe('the actions of an order', () => {
  test.each([
    ['PENDING', ADA, ['pay', 'cancel']],
    ['PENDING', EVE, ['pay', 'cancel']],
    ['PAID', ADA, ['cancel']],
    ['PAID', EVE, ['cancel', 'ship']],
    ['PAID', ROOT, ['cancel', 'ship']],
    ['SHIPPED', ADA, []],
    ['SHIPPED', EVE, []],
    ['CANCELLED', EVE, []],
    ['A STATUS OF LATER', EVE, []],
  ] as [string, Caller, string[]][])('%s: %o may %s', (status, caller, expected) => {
    expect(actions(status, caller)).toEqual(expected);
  });
});

describe('the links of an order', () => {
  test('lead to its items and its customer, whose name they show', () => {
    const links = orderLinks({ number: 'W 1/2', status: 'PENDING', customerId: 'a?b', customerName: 'Ada' }, ADA);
    expect(links['self']).toEqual({ href: '/orders/W%201%2F2' });
    expect(links['items']).toEqual({ href: '/orders/W%201%2F2/items' });
    expect(links['customer']).toEqual({ href: '/users/a%3Fb', title: 'Ada' });
    expect(links['pay']).toEqual({ href: '/orders/W%201%2F2/pay', title: 'POST: pay this order' });
  });

  test('of a guest have no customer', () => {
    expect(orderLinks({ number: 'W1', status: 'PAID' }, EVE)).not.toHaveProperty('customer');
  });
});
