import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@supergraph/database/testing';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { paymentFailed, paymentRefunded, paymentSettled } from '@supergraph/events/payment';
import type { Caller } from '@supergraph/identity/caller';
import { type Handler, ParkMessage } from '@supergraph/message-bus/message-bus';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onPaymentFailed } from '../consumers/on-payment-failed.ts';
import { onPaymentRefunded } from '../consumers/on-payment-refunded.ts';
import { onPaymentSettled } from '../consumers/on-payment-settled.ts';
import { paymentRefused } from '../domain/errors.ts';
import { createOrderReader } from '../repositories/order-reader.postgres.ts';
import { createOnce, createTransactOrders } from '../repositories/order-writer.postgres.ts';
import { createPaymentQueue } from '../repositories/payment-queue.postgres.ts';
import { askProvider } from './ask-provider.ts';
import { cancelOrder } from './cancel-order.ts';
import { payOrder } from './pay-order.ts';
import type { PaymentProvider, TransactOrders } from './ports.ts';
import { shipOrder } from './ship-order.ts';

const ADA: Caller = { role: 'customer', userId: 'ada' };
const STAFF: Caller = { role: 'staff', userId: 'bob' };
const TOTAL = { amount: 2034, currency: 'GBP' };

let fixture: TestDatabase;
let transact: TransactOrders;
let alerts: string[];
let handlers: Record<string, Handler>;
let asked: string[];
/** What the provider does next; by default it takes everything. */
let answer: () => Promise<void>;
let deps: { transact: TransactOrders; now: () => Date; newId: () => string };

const provider: PaymentProvider = {
  start: async ({ idempotencyKey }) => {
    asked.push('start');
    await answer();
    return { paymentId: `pay_${idempotencyKey}` };
  },
  refund: async ({ paymentId, amount }) => {
    asked.push(`refund ${paymentId.slice(0, 4)} ${amount.amount}`);
    await answer();
  },
};

beforeAll(async () => {
  fixture = await createTestDatabase('order', new URL('../../migrations/', import.meta.url));
  transact = createTransactOrders(fixture.database);
  deps = { transact, now: () => new Date(), newId: randomUUID };
  const consuming = { ...deps, once: createOnce(fixture.database), alert: (message: string) => void alerts.push(message) };
  handlers = {
    [paymentSettled.type]: onPaymentSettled(consuming),
    [paymentFailed.type]: onPaymentFailed(consuming),
    [paymentRefunded.type]: onPaymentRefunded(consuming),
  };
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('truncate orders, payments, outbox, inbox');
  alerts = [];
  asked = [];
  answer = async () => undefined;
  await transact((orders) =>
    orders.add({ id: randomUUID(), number: 'W1', customerId: 'ada', status: 'PENDING', placedAt: new Date(), total: TOTAL, version: 1 }, []),
  );
});

/** Runs what is due now. */
const ask = (): Promise<number> =>
  askProvider({ queue: createPaymentQueue(fixture.database), provider, alert: (message) => void alerts.push(message), random: () => 0 })();
const dueNow = () => fixture.database.query('update payments set next_attempt_at = now() where next_attempt_at is not null');

const tell = (contract: typeof paymentSettled | typeof paymentFailed | typeof paymentRefunded, paymentId: string, more: object = {}): Envelope =>
  toEnvelope(contract, {
    id: randomUUID(),
    subject: 'W1',
    time: new Date(),
    data: { paymentId, orderNumber: 'W1', amount: TOTAL, ...(contract === paymentFailed && { reason: 'Declined.' }), ...more } as never,
  });
const handle = async (envelope: Envelope): Promise<void> => handlers[envelope.type]?.({ envelope, attempt: 1, signal: new AbortController().signal });

const pay = () => payOrder(deps)(ADA, 'W1');
const cancel = () => cancelOrder(deps)(ADA, 'W1');
const payments = () =>
  fixture.database.query<{ id: string; status: string; reason: string | null }>('select * from payments order by created_at, id');
const providerIds = async (): Promise<string[]> => (await payments()).map(({ id }) => `pay_${id}`);
const state = async () => {
  const [order] = await fixture.database.query<{ status: string }>('select status from orders');
  return [order?.status, ...(await payments()).map(({ status }) => status)];
};
const events = async (): Promise<string[]> => {
  const rows = await fixture.database.query<{ envelope: string }>('select envelope from outbox order by id');
  return rows.map(({ envelope }) => JSON.parse(envelope).type);
};

describe('paying an order', () => {
  test('starts a payment, and the order is PAID when that settles', async () => {
    expect((await pay()).status).toBe('PENDING');
    expect(await state()).toEqual(['PENDING', 'requested']);
    expect(await ask()).toBe(1);
    expect([await state(), await events()]).toEqual([['PENDING', 'started'], []]);
    const [id = ''] = await providerIds();
    await handle(tell(paymentSettled, id));
    expect([await state(), await events()]).toEqual([['PAID', 'settled'], ['order.paid.v1']]);
    expect([asked, await ask()]).toEqual([['start'], 0]);
    expect(await createOrderReader(fixture.database).paymentStatuses(['W1', 'none'])).toEqual(new Map([['W1', 'settled']]));
  });

  test('many times at once starts one payment', async () => {
    await Promise.all(Array.from({ length: 8 }, pay));
    await ask();
    await pay();
    expect(await state()).toEqual(['PENDING', 'started']);
    expect(asked).toEqual(['start']);
  });

  test('is for its customer and for staff; for others it is not there', async () => {
    await expect(payOrder(deps)({ role: 'anonymous' }, 'W1')).rejects.toMatchObject({ code: 'SIGN_IN_REQUIRED' });
    await expect(payOrder(deps)({ role: 'customer', userId: 'eve' }, 'W1')).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND' });
    expect((await payOrder(deps)(STAFF, 'W1')).number).toBe('W1');
  });

  test('is refused once it is paid, shipped or cancelled', async () => {
    await pay();
    await ask();
    await handle(tell(paymentSettled, (await providerIds())[0] as string));
    await expect(pay()).rejects.toMatchObject({ code: 'ORDER_STATUS_CONFLICT' });
    await shipOrder(deps)(STAFF, 'W1');
    await expect(pay()).rejects.toMatchObject({ code: 'ORDER_STATUS_CONFLICT' });
  });

  test('works anew after it failed, 20 times', async () => {
    for (let number = 1; number <= 20; number++) {
      await pay();
      await ask();
      await handle(tell(paymentFailed, (await providerIds()).at(-1) as string));
    }
    expect((await payments()).at(-1)).toMatchObject({ status: 'failed', reason: 'Declined.' });
    await expect(pay()).rejects.toMatchObject({ code: 'ORDER_PAYMENTS_EXHAUSTED', kind: 'failed-precondition' });
  });

  test('of which nothing was heard for a quarter of an hour can be started anew', async () => {
    await pay();
    await ask();
    await fixture.database.query("update payments set created_at = now() - interval '16 minutes'");
    await pay();
    expect(await state()).toEqual(['PENDING', 'started', 'requested']);
  });

  test('settles although the callback overtakes the answer of the provider', async () => {
    await pay();
    const [id = ''] = await providerIds();
    answer = () => handle(tell(paymentSettled, id));
    await ask();
    expect([await state(), await events()]).toEqual([['PAID', 'settled'], ['order.paid.v1']]);
  });
});

describe('a provider that', () => {
  test('does not answer is asked again later, until it does', async () => {
    answer = () => Promise.reject(new Error('no answer'));
    await pay();
    for (let number = 1; number <= 7; number++) {
      expect(await ask()).toBe(1);
      expect(await ask()).toBe(0);
      await dueNow();
    }
    expect(alerts).toEqual(['the payment provider does not do what it is asked']);
    answer = async () => undefined;
    await ask();
    expect(await state()).toEqual(['PENDING', 'started']);
  });

  test('refuses a payment makes it fail at once', async () => {
    answer = () => Promise.reject(paymentRefused('not in this country'));
    await pay();
    await ask();
    expect(await state()).toEqual(['PENDING', 'failed']);
    expect(await ask()).toBe(0);
  });

  test('refuses a refund is asked again, and somebody is told', async () => {
    await pay();
    await ask();
    await handle(tell(paymentSettled, (await providerIds())[0] as string));
    await cancel();
    answer = () => Promise.reject(paymentRefused('too late'));
    await ask();
    await dueNow();
    answer = async () => undefined;
    await ask();
    expect([await state(), alerts]).toEqual([['CANCELLED', 'refund-due'], ['the payment provider refuses a refund']]);
    expect([asked.slice(1), await ask()]).toEqual([['refund pay_ 2034', 'refund pay_ 2034'], 0]);
  });

  test('is asked by a process that is killed is asked again by the next, when the lease ends', async () => {
    await pay();
    const queue = createPaymentQueue(fixture.database);
    expect(await queue.claim(10, 50)).toHaveLength(1);
    expect(await queue.claim(10, 50)).toEqual([]);
    await fixture.database.query('select pg_sleep(0.1)');
    expect(await ask()).toBe(1);
    expect(await state()).toEqual(['PENDING', 'started']);
  });
});

describe('news that do not fit', () => {
  test.each([
    ['less money', { amount: { ...TOTAL, amount: 2033 } }],
    ['more money', { amount: { ...TOTAL, amount: 2035 } }],
    ['another currency', { amount: { ...TOTAL, currency: 'EUR' } }],
    ['another payment', { paymentId: 'pay_none' }],
    ['no payment', { paymentId: undefined }],
  ])('are parked and never make it PAID: %s', async (_what, more) => {
    await pay();
    await ask();
    const event = tell(paymentSettled, (await providerIds())[0] as string, more);
    for (let times = 0; times < 2; times++) await expect(handle(event)).rejects.toThrow(ParkMessage);
    expect([await state(), await events()]).toEqual([['PENDING', 'started'], []]);
    expect(alerts).toHaveLength('paymentId' in more && more.paymentId === undefined ? 0 : 2);
  });

  test('of an order that is not there are tried again', async () => {
    const event = handle(tell(paymentSettled, 'pay_1', { orderNumber: 'W2' }));
    await expect(event).rejects.toThrow("There is no order 'W2'.");
    await expect(event).rejects.not.toThrow(ParkMessage);
    await expect(event).rejects.not.toHaveProperty('code');
  });
});

/** Every order of some steps. */
const permutations = <Step>(steps: readonly Step[]): Step[][] =>
  steps.length === 0 ? [[]] : steps.flatMap((step, index) => permutations(steps.toSpliced(index, 1)).map((rest) => [step, ...rest]));

describe('in any order', () => {
  test('a settlement that comes three times, a late failure and the answer of the provider make it PAID, once', async () => {
    const steps = permutations(['settled', 'settled again', 'settled under another id', 'failed', 'ask'] as const);
    expect(steps).toHaveLength(120);
    for (const order of steps) {
      await fixture.database.query("truncate payments, outbox, inbox; update orders set status = 'PENDING'");
      await pay();
      const [id = ''] = await providerIds();
      const settled = tell(paymentSettled, id);
      const news = { settled, 'settled again': settled, 'settled under another id': tell(paymentSettled, id), failed: tell(paymentFailed, id) };
      for (const step of order) await (step === 'ask' ? ask() : handle(news[step]));
      expect([order, await state(), await events()]).toEqual([order, ['PAID', 'settled'], ['order.paid.v1']]);
    }
  });

  test('a cancellation among settlements ends CANCELLED, with the money given back once', async () => {
    for (const order of permutations(['settled', 'settled again', 'cancel', 'ask', 'ask again'] as const)) {
      await fixture.database.query("truncate payments, outbox, inbox; update orders set status = 'PENDING'");
      asked = [];
      await pay();
      await ask();
      const [id = ''] = await providerIds();
      const settle = () => handle(tell(paymentSettled, id));
      const steps = { settled: settle, 'settled again': settle, cancel, ask, 'ask again': ask };
      for (const step of order) await steps[step]();
      await ask();
      expect([order, await state(), asked]).toEqual([order, ['CANCELLED', 'refund-due'], ['start', 'refund pay_ 2034']]);
      await handle(tell(paymentRefunded, id));
      await settle();
      expect(await state()).toEqual(['CANCELLED', 'refunded']);
    }
  });

  test('an order that is cancelled before the provider was asked costs nothing; what settles nevertheless goes back', async () => {
    await pay();
    await cancel();
    expect([await ask(), asked, await state()]).toEqual([0, [], ['CANCELLED', 'failed']]);
    await handle(tell(paymentSettled, 'pay_after_all'));
    await ask();
    expect([asked, await state()]).toEqual([['refund pay_ 2034'], ['CANCELLED', 'refund-due']]);
  });

  test('of two payments that both settle, one goes back', async () => {
    await pay();
    await ask();
    const [first = ''] = await providerIds();
    await handle(tell(paymentFailed, first));
    await pay();
    await ask();
    const second = (await providerIds()).find((id) => id !== first) ?? '';
    await handle(tell(paymentSettled, first));
    await handle(tell(paymentSettled, second));
    expect([await state(), await events()]).toEqual([['PAID', 'settled', 'refund-due'], ['order.paid.v1']]);
    expect((await createOrderReader(fixture.database).paymentStatuses(['W1'])).get('W1')).toBe('settled');
  });
});
