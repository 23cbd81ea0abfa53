import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf, commandOf } from '../checkout.ts';
import { type BffWorld, startBffWorld, type ViewAnswer } from './bff-world.ts';

/** The promise is 4 s; the machine may be busy. */
const DEADLINE_MS = 4_000 + 400;
const RECOVERY_MS = 15_000;
const SKU = '85123A';

let world: BffWorld;
let token: string;

beforeAll(async () => {
  world = await startBffWorld();
  token = await world.signIn('customer-17850@example.com');
}, 180_000);
afterAll(() => world?.stop());

const pidOf = (room: string): number => {
  const pid = childrenOf(process.pid).find((child) => commandOf(child).includes(`subgraphs/${room}/src/main.ts`));
  if (pid === undefined) throw new Error(`${room} does not run`);
  return pid;
};

/** Stops a process without ending it: its connections stay open, and nothing comes. */
const whileFrozen = async (room: string, work: () => Promise<void>): Promise<void> => {
  process.kill(pidOf(room), 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pidOf(room), 'SIGCONT');
  }
};

const inTime = async (ask: () => Promise<ViewAnswer>): Promise<ViewAnswer> => {
  const begun = performance.now();
  const answer = await ask();
  expect(performance.now() - begun).toBeLessThan(DEADLINE_MS);
  return answer;
};

/** The same values with null for every key of that name. */
const without = (value: unknown, ...names: string[]): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (names.includes(key) && inner !== undefined ? null : inner)));

/** The router leaves a subgraph alone for a moment after it failed. */
const untilWhole = async (path: string): Promise<void> => {
  for (const end = Date.now() + RECOVERY_MS; Date.now() < end; await sleep(100)) {
    const { status, body } = await world.view('web', path, { token });
    if (status === 200 && body.missing.length === 0) return;
  }
  throw new Error(`${path} is not whole again`);
};

describe('while order is frozen', () => {
  test('what the catalogue has is shown in time, the rest is named; what is all of orders is a problem', async () => {
    const paths = ['/views/home?first=5', '/views/category/candles?first=5', `/views/product/${SKU}`];
    const whole = await Promise.all(paths.map((path) => world.view('web', path)));
    await whileFrozen('order', async () => {
      for (const [index, path] of paths.entries()) {
        const { status, headers, body } = await inTime(() => world.view('web', path));
        expect([path, status, headers.get('cache-control'), body.missing]).toEqual([path, 200, 'no-store', ['unitsSold']]);
        expect(body).toEqual({ ...(without(whole[index]?.body, 'unitsSold') as object), missing: ['unitsSold'] });
      }
      for (const bff of ['mobile', 'web'] as const) {
        const { status, headers, body } = await inTime(() => world.view(bff, '/views/my-orders', { token }));
        expect([status, headers.get('content-type'), body.code]).toEqual([503, 'application/problem+json', 'VIEW_UNAVAILABLE']);
        expect(JSON.stringify(body)).not.toMatch(/subgraph|"order"/);
      }
      // Nothing of it is the frozen subgraph's.
      expect((await inTime(() => world.view('mobile', '/views/home'))).body.missing).toEqual([]);
    });
    await untilWhole('/views/my-orders');
  }, 90_000);
});

describe('while user is frozen', () => {
  test('orders are shown without their customers', async () => {
    // The router has seen the token, and knows the keys.
    await untilWhole('/views/my-orders');
    await whileFrozen('user', async () => {
      const { status, body } = await inTime(() => world.view('web', '/views/my-orders?first=3', { token }));
      expect([status, body.missing, body.me]).toEqual([200, ['customer', 'profile'], null]);
      expect(body.orders.nodes[0]).toMatchObject({ customer: null, customerName: 'Customer 17850' });
      expect(body.orders.nodes[0].items.nodes[0].product.name).toMatch(/\w/);
    });
    await untilWhole('/views/my-orders');
  }, 90_000);
});

describe('while category is frozen', () => {
  test('orders are shown without the names of products, and the catalogue is a problem', async () => {
    await whileFrozen('category', async () => {
      const { status, body } = await inTime(() => world.view('web', '/views/my-orders?first=3', { token }));
      expect([status, body.missing, body.orders.nodes[0].items.nodes[0].product]).toEqual([200, ['products'], null]);
      expect((await inTime(() => world.view('web', '/views/home'))).body).toMatchObject({ status: 503, code: 'VIEW_UNAVAILABLE' });
    });
  }, 90_000);
});
