import { describe, expect, test } from 'vitest';
import { ANONYMOUS, type Caller, requireStaff, requireUser, seesEverything } from './caller.ts';

const CUSTOMER: Caller = { role: 'customer', userId: '7' };
const STAFF: Caller = { role: 'staff', userId: '8' };
const ADMIN: Caller = { role: 'admin', userId: '9' };
const SERVICE: Caller = { role: 'service', name: 'webhooks' };

const SIGN_IN = expect.objectContaining({ code: 'SIGN_IN_REQUIRED', kind: 'unauthenticated' });
const FORBIDDEN = expect.objectContaining({ code: 'NOT_ALLOWED', kind: 'forbidden' });

describe('a caller', () => {
  test('sees everything as staff, admin or service, and never as a customer or nobody', () => {
    expect([STAFF, ADMIN, SERVICE].map(seesEverything)).toEqual([true, true, true]);
    expect([ANONYMOUS, CUSTOMER].map(seesEverything)).toEqual([false, false]);
  });

  test('who signed in is the person an action is done for, whatever the role', () => {
    for (const caller of [CUSTOMER, STAFF, ADMIN]) expect(requireUser(caller, 'place an order')).toBe(caller);
  });

  test('who is nobody must sign in, and is told what for', () => {
    expect(() => requireUser(ANONYMOUS, 'place an order')).toThrow(SIGN_IN);
    expect(() => requireUser(ANONYMOUS, 'place an order')).toThrow('signed in to place an order');
    expect(() => requireStaff(ANONYMOUS, 'ship orders')).toThrow(SIGN_IN);
  });

  test('who is a service is no person: it places no orders', () => {
    expect(() => requireUser(SERVICE, 'place an order')).toThrow(FORBIDDEN);
  });

  test('who is a customer may not do what staff do, and signing in again would not help', () => {
    expect(() => requireStaff(CUSTOMER, 'ship orders')).toThrow(FORBIDDEN);
    expect(() => requireStaff(CUSTOMER, 'ship orders')).toThrow('may not ship orders');
    for (const caller of [STAFF, ADMIN, SERVICE]) expect(() => requireStaff(caller, 'ship orders')).not.toThrow();
  });
});
