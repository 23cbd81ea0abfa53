import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { type OrdersDoor, type Reply, startOrdersDoor, type Who } from '../testing/orders-door.ts';

let door: OrdersDoor;
beforeAll(async () => {
  door = await startOrdersDoor(createApp);
}, 120_000);
afterAll(() => door.stop());
beforeEach(() => door.reset());

const ask: OrdersDoor['ask'] = (...request) => door.ask(...request);
const step: OrdersDoor['step'] = (...request) => door.step(...request);
const orders = () => door.house.order.database.database;

const LATER = { prefer: 'respond-async' };

describe('Prefer: respond-async', () => {
  const outcome = (who: Who, accepted: Reply) =>
    expect.poll(async () => (await ask(who, 'GET', accepted.headers.get('location') ?? '')).body.status, { interval: 100 });

  test('accepts at once what is done when the order room is back, once', async () => {
    await door.addOrders(1);
    await door.house.order.stop();
    const accepted = await step('ada', 'pay', 'later-1', LATER);
    expect([accepted.status, accepted.headers.get('preference-applied'), accepted.headers.get('retry-after'), door.calls()]).toEqual([
      202,
      'respond-async',
      '1',
      [],
    ]);
    expect(accepted.headers.get('location')).toBe(`/operations/${accepted.body.id}`);
    expect(accepted.body).toMatchObject({ kind: 'pay', status: 'pending', error: null, finishedAt: null });
    expect(accepted.body._links).toEqual({ self: { href: `/operations/${accepted.body.id}` }, order: { href: '/orders/W1' } });
    const again = await step('ada', 'pay', 'later-1', LATER);
    expect(again.body).toEqual(accepted.body);
    expect((await ask('ada', 'GET', `/operations/${accepted.body.id}`)).headers.get('retry-after')).toBe('1');

    await door.house.order.start();
    await outcome('ada', accepted).toBe('succeeded');
    const done = await ask('ada', 'GET', accepted.body._links.self.href);
    expect([done.headers.get('retry-after'), done.body.error, typeof done.body.finishedAt]).toEqual([null, null, 'string']);
    expect(await orders().query('select status from payments')).toEqual([{ status: 'requested' }]);
  }, 90_000);

  test('tells why it could not be done', async () => {
    await door.addOrders(1, 'SHIPPED');
    const [cancel, others] = [await step('ada', 'cancel', undefined, LATER), await step('bob', 'cancel', undefined, LATER)];
    await outcome('ada', cancel).toBe('failed');
    await outcome('bob', others).toBe('failed');
    expect((await ask('ada', 'GET', cancel.body._links.self.href)).body.error.code).toBe('ORDER_STATUS_CONFLICT');
    expect((await ask('bob', 'GET', others.body._links.self.href)).body.error).toEqual({
      code: 'ORDER_NOT_FOUND',
      message: "There is no order 'W1'.",
    });
  });

  test('ships for staff, and refuses others at once; a version that is gone is refused when it is done', async () => {
    await door.addOrders(1, 'PAID');
    expect((await step('ada', 'ship', undefined, LATER)).status).toBe(403);
    expect((await step(undefined, 'ship', undefined, LATER)).status).toBe(401);
    const stale = await step('eve', 'ship', undefined, { ...LATER, 'if-match': '"7.x"' });
    await outcome('eve', stale).toBe('failed');
    await outcome('eve', await step('eve', 'ship', undefined, LATER)).toBe('succeeded');
    expect((await ask('ada', 'GET', '/orders/W1')).body.status).toBe('SHIPPED');
    expect((await ask('eve', 'GET', stale.body._links.self.href)).body.error.code).toBe('VERSION_MISMATCH');
  });

  test('runs with the rights of when it is done: an access token knows only those of when it was made', async () => {
    await door.addOrders(1, 'PAID');
    const users = door.house.user.database.database;
    const become = (role: string) => users.query('update users set role = $2 where id = $1', [door.people.eve.id, role]);
    await become('CUSTOMER');
    const ship = await step('eve', 'ship', undefined, LATER);
    await outcome('eve', ship).toBe('failed');
    await become('STAFF');
    expect((await ask('eve', 'GET', ship.body._links.self.href)).body.error.code).toBe('NOT_ALLOWED');
    expect((await ask('ada', 'GET', '/orders/W1')).body.status).toBe('PAID');
  });

  test('with a key that was used without it does nothing again, and the other way round', async () => {
    await door.addOrders(1);
    const cancelled = await step('ada', 'cancel', 'both-doors');
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
    await outcome('ada', await step('ada', 'cancel', 'both-doors', LATER)).toBe('succeeded');
    await outcome('ada', await step('ada', 'cancel', 'another', LATER)).toBe('failed');

    await door.reset();
    await door.addOrders(1);
    await outcome('ada', await step('ada', 'cancel', 'later-first', LATER)).toBe('succeeded');
    const again = await step('ada', 'cancel', 'later-first');
    expect([again.status, again.body.status]).toEqual([200, 'CANCELLED']);
    expect((await step('ada', 'pay', 'later-first')).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('an operation is there for its owner and for staff; to others it is absent', async () => {
    await door.addOrders(1);
    const { body } = await step('ada', 'cancel', undefined, LATER);
    const statuses = [];
    for (const who of ['ada', 'eve', 'bob', undefined] as const) statuses.push((await ask(who, 'GET', `/operations/${body.id}`)).status);
    expect(statuses).toEqual([200, 200, 404, 401]);
    const absent = await ask('bob', 'GET', '/operations/00000000-0000-4000-8000-000000000000');
    const others = await ask('bob', 'GET', `/operations/${body.id}`);
    expect(JSON.stringify(others.body).replaceAll(body.id, absent.body.details.id)).toBe(JSON.stringify(absent.body));
  });
});
