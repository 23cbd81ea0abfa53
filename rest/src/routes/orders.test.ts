import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { type Json, type OrdersDoor, type Reply, startOrdersDoor } from '../testing/orders-door.ts';

let door: OrdersDoor;
beforeAll(async () => {
  door = await startOrdersDoor(createApp);
}, 120_000);
afterAll(() => door.stop());
beforeEach(() => door.reset());

const ask: OrdersDoor['ask'] = (...request) => door.ask(...request);
const step: OrdersDoor['step'] = (...request) => door.step(...request);
const orders = () => door.house.order.database.database;

const actionsOf = ({ body }: Reply): string[] => Object.keys(body._links).filter((rel) => ['pay', 'cancel', 'ship'].includes(rel));

describe('an order', () => {
  test('is placed at the price of the day, and paid, cancelled and read by the links it shows', async () => {
    const placed = await ask('ada', 'POST', '/orders', { body: { items: [{ sku: 'S1', quantity: 3 }] }, headers: { 'idempotency-key': 'place-1' } });
    expect([placed.status, placed.headers.get('content-type')]).toEqual([201, 'application/hal+json']);
    expect(placed.body).toMatchObject({ status: 'PENDING', total: { amount: 300, currency: 'GBP' }, paymentStatus: null });
    const self = placed.headers.get('location') ?? '';
    expect([self, actionsOf(placed)]).toEqual([placed.body._links.self.href, ['pay', 'cancel']]);
    expect(
      (await ask('ada', 'POST', '/orders', { body: { items: [{ quantity: 3, sku: 'S1' }] }, headers: { 'idempotency-key': 'place-1' } })).body,
    ).toEqual(placed.body);

    const paid = await ask('ada', 'POST', placed.body._links.pay.href, { headers: { 'idempotency-key': 'pay-1' } });
    expect([paid.status, paid.body.status, paid.body.paymentStatus]).toEqual([200, 'PENDING', 'REQUESTED']);
    const cancelled = await ask('ada', 'POST', placed.body._links.cancel.href);
    expect([cancelled.status, cancelled.body.status, actionsOf(cancelled)]).toEqual([200, 'CANCELLED', []]);
    expect((await ask('ada', 'GET', self)).body).toMatchObject({ number: placed.body.number, status: 'CANCELLED' });
    const items = await ask('ada', 'GET', placed.body._links.items.href);
    expect(items.body._embedded.items).toEqual([
      {
        line: 1,
        sku: 'S1',
        quantity: 3,
        unitPrice: { amount: 100, currency: 'GBP' },
        total: { amount: 300, currency: 'GBP' },
        _links: { product: { href: '/products/S1' } },
      },
    ]);
  });

  test('that cannot be placed says why', async () => {
    const place = async (items: object[]) => {
      const { status, body } = await ask('ada', 'POST', '/orders', { body: { items } });
      return [status, body.code];
    };
    expect(await place([{ sku: 'NONE', quantity: 1 }])).toEqual([422, 'PRODUCT_NOT_FOR_SALE']);
    expect(await place([])).toEqual([400, 'REQUEST_INVALID']);
    expect(await place([{ sku: 'S1', quantity: 1, price: 1 }])).toEqual([400, 'REQUEST_INVALID']);
  });

  test('of somebody else answers exactly as none: to reads and to every action', async () => {
    await door.addOrders(1);
    const told = async (number: string, method: string, path: string, headers: object): Promise<object> => {
      const key = method === 'POST' && { 'idempotency-key': crypto.randomUUID() };
      const answer = await ask('bob', method, `/orders/${number}${path}`, { headers: { ...headers, ...key } });
      const kept = [...answer.headers].filter(([name]) => !/^(date|ratelimit)$/.test(name));
      return JSON.parse(JSON.stringify({ ...answer, headers: kept }).replaceAll(number, 'NUMBER'));
    };
    for (const [method, path, status, headers = {}] of [
      ['GET', '', 404],
      ['HEAD', '', 404],
      ['GET', '?embed=items,customer', 404],
      ['GET', '/items', 404],
      ['POST', '/pay', 404],
      ['POST', '/cancel', 404],
      ['POST', '/cancel', 404, { 'if-match': '"9.x"' }],
      ['POST', '/ship', 403],
    ] as [string, string, number, object?][]) {
      const others = await told('W1', method, path, headers);
      expect(others, `${method} ${path}`).toMatchObject({ status });
      expect(others, `${method} ${path}`).toEqual(await told('W8', method, path, headers));
    }
    expect((await ask('eve', 'GET', '/orders/W1')).status).toBe(200);
    expect((await ask(undefined, 'GET', '/orders/W1')).status).toBe(401);
  });

  test('is shipped by staff only, and only when it is paid', async () => {
    await door.addOrders(1, 'PAID');
    expect(actionsOf(await ask('ada', 'GET', '/orders/W1'))).toEqual(['cancel']);
    expect(actionsOf(await ask('eve', 'GET', '/orders/W1'))).toEqual(['cancel', 'ship']);
    expect((await step('ada', 'ship')).body.code).toBe('NOT_ALLOWED');
    const shipped = await step('eve', 'ship');
    expect([shipped.status, shipped.body.status, actionsOf(shipped)]).toEqual([200, 'SHIPPED', []]);
    expect((await step('eve', 'ship')).body).toMatchObject({ status: 422, code: 'ORDER_STATUS_CONFLICT' });
  });

  test('changed by somebody else in the meantime is not touched', async () => {
    await door.addOrders(1);
    const { headers } = await ask('ada', 'GET', '/orders/W1');
    await orders().query('update orders set version = version + 1');
    const refused = await step('ada', 'cancel', undefined, { 'if-match': headers.get('etag') });
    expect([refused.status, refused.body.code]).toEqual([412, 'VERSION_MISMATCH']);
    const { headers: now } = await ask('ada', 'GET', '/orders/W1');
    expect((await step('ada', 'cancel', undefined, { 'if-match': now.get('etag') })).status).toBe(200);
  });
});

describe('a page of orders', () => {
  test.each([2, 50])('of %i with items and customers costs three calls', async (count) => {
    await door.addOrders(50);
    const { status, body } = await ask('eve', 'GET', `/orders?first=${count}&embed=items,customer`);
    expect([status, body._embedded.orders.length]).toEqual([200, count]);
    expect(door.calls().toSorted()).toEqual(['order ListItems', 'order ListOrders', 'user GetUsers']);
    for (const order of body._embedded.orders) {
      expect(order._embedded.items._embedded.items.map(({ sku }: Json) => sku)).toEqual(['S1', 'S2']);
      expect(order._embedded.customer).toMatchObject({ id: door.people.ada.id, name: 'ada' });
    }
  });

  test('goes on where the last one ended, and keeps what was asked for; a customer sees their own', async () => {
    await door.addOrders(3);
    const seen: string[] = [];
    for (let path: string | undefined = '/orders?first=2&status=PENDING&embed=items'; path !== undefined; ) {
      const { body }: Reply = await ask('ada', 'GET', path);
      seen.push(...body._embedded.orders.map(({ number, _embedded }: Json) => `${number} ${_embedded.items._embedded.items.length}`));
      path = body._links.next?.href;
    }
    expect(seen).toEqual(['W1 2', 'W2 2', 'W3 2']);
    expect((await ask('bob', 'GET', '/orders')).body._embedded.orders).toEqual([]);
    expect((await ask('ada', 'GET', '/orders?status=SHIPPED')).body._embedded.orders).toEqual([]);
  });

  test('of guests embeds nobody, without asking for them', async () => {
    await door.addOrders(2, 'PAID', null);
    const { body } = await ask('eve', 'GET', '/orders?embed=customer');
    expect(body._embedded.orders.map((order: Json) => [order._embedded, order._links.customer])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(door.calls()).toEqual(['order ListOrders']);
  });
});

describe('paying', () => {
  const payments = async (): Promise<number> => (await orders().query('select from payments')).length;

  test('needs a key, which stands for one request', async () => {
    await door.addOrders(2);
    expect((await step('ada', 'pay')).body).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_MISSING' });
    const [first, second] = [await step('ada', 'pay', 'k1'), await step('ada', 'pay', 'k1')];
    expect([first.status, second.status, second.body]).toEqual([200, 200, first.body]);
    const other = await ask('ada', 'POST', '/orders/W2/pay', { headers: { 'idempotency-key': 'k1' } });
    expect([other.status, other.body.code, await payments()]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED', 1]);
  });

  test('again after the answer was lost gives the answer of the first time', async () => {
    await door.addOrders(1);
    await ask('ada', 'GET', '/orders/W1');
    door.proxy.loseAnswers();
    const lost = step('ada', 'pay', 'k2');
    await expect.poll(payments).toBe(1);
    door.proxy.recover();
    expect((await lost).status).toBe(503);
    // What a second payment would be started for: the first one did not go well.
    await orders().query("update payments set status = 'failed', next_attempt_at = null");
    const again = await step('ada', 'pay', 'k2');
    expect([again.status, again.body.paymentStatus, await payments()]).toEqual([200, 'REQUESTED', 1]);
  });

  test('by a client that hangs up is finished, and told when the client comes back', async () => {
    await door.addOrders(1);
    const client = new AbortController();
    const dropped = fetch(`${door.url}/orders/W1/pay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${door.people.ada.token}`, 'idempotency-key': 'k3' },
      signal: client.signal,
    });
    await expect.poll(() => door.calls()).toContain('order PayOrder');
    client.abort();
    await dropped.catch(() => undefined);
    await expect.poll(payments).toBe(1);
    expect([(await step('ada', 'pay', 'k3')).status, await payments()]).toEqual([200, 1]);
  });
});
