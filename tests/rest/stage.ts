import { randomUUID } from 'node:crypto';
import { onceHeaders, type RestAnswer, type RestRequest, sendExpecting } from './rest-client.ts';
import type { RestWorld } from './rest-world.ts';

export const CALLERS = ['nobody', 'customer', 'other', 'staff', 'admin'] as const;
export type CallerName = (typeof CALLERS)[number];

const EMAILS: Readonly<Record<Exclude<CallerName, 'nobody'>, string>> = {
  customer: 'customer-17850@example.com',
  other: 'customer-13047@example.com',
  staff: 'staff@example.com',
  admin: 'admin@example.com',
};
const SKU = '85123A';

/** Everybody who calls, and the making of what they call about: of the customer's, and new each time. */
export interface Stage {
  tokens: Readonly<Record<CallerName, string | undefined>>;
  customerId: string;
  sku: string;
  send(status: number, request: RestRequest): Promise<RestAnswer>;
  /** @returns its number. */
  pendingOrder(): Promise<string>;
  paidOrder(): Promise<string>;
  shippedOrder(): Promise<string>;
  /** A category with nothing in it. @returns its slug. */
  category(): Promise<string>;
  /** @returns its sku. */
  product(): Promise<string>;
  /** @returns the path of an operation that the customer began. */
  operation(): Promise<string>;
  /** The ETag of what stands at a path. */
  etagOf(path: string, caller?: CallerName): Promise<string>;
  /** @returns the refresh token of a new session. */
  session(): Promise<{ refreshToken: string; accessToken: string }>;
}

const PAYMENT_DEADLINE_MS = 20_000;

export const createStage = async (world: RestWorld): Promise<Stage> => {
  const stageSend: Stage['send'] = (status, request) => sendExpecting(status, world.restUrl, request);
  const entries = await Promise.all(Object.entries(EMAILS).map(async ([name, email]) => [name, await world.signIn(email)] as const));
  const tokens = { nobody: undefined, ...Object.fromEntries(entries) } as Stage['tokens'];
  const me = await stageSend(200, { method: 'GET', path: '/users/me', token: tokens.customer });
  const act = (number: string, action: string, token: string | undefined): Promise<RestAnswer> =>
    stageSend(200, { method: 'POST', path: `/orders/${number}/${action}`, token, headers: onceHeaders() });
  const pendingOrder = async (): Promise<string> => {
    const body = { items: [{ sku: SKU, quantity: 2 }] };
    const placed = await stageSend(201, { method: 'POST', path: '/orders', token: tokens.customer, body, headers: onceHeaders() });
    return String(placed.body['number']);
  };
  const paidOrder = async (): Promise<string> => {
    const number = await pendingOrder();
    await act(number, 'pay', tokens.customer);
    const deadline = Date.now() + PAYMENT_DEADLINE_MS;
    for (;;) {
      const { body } = await stageSend(200, { method: 'GET', path: `/orders/${number}`, token: tokens.customer });
      if (body['status'] === 'PAID') return number;
      if (Date.now() > deadline) throw new Error(`order ${number} is ${body['status']}, expected PAID`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    tokens,
    customerId: String(me.body['id']),
    sku: SKU,
    send: stageSend,
    pendingOrder,
    paidOrder,
    shippedOrder: async () => {
      const number = await paidOrder();
      await act(number, 'ship', tokens.staff);
      return number;
    },
    category: async () => {
      const slug = `c-${randomUUID()}`;
      const body = { slug, name: 'Made for a test' };
      await stageSend(201, { method: 'POST', path: '/categories', token: tokens.staff, body, headers: onceHeaders() });
      return slug;
    },
    product: async () => {
      const sku = `P-${randomUUID().slice(0, 12)}`;
      const body = { sku, name: 'Made for a test', price: { amount: 100, currency: 'GBP' }, categorySlug: 'candles' };
      await stageSend(201, { method: 'POST', path: '/products', token: tokens.staff, body, headers: onceHeaders() });
      return sku;
    },
    operation: async () => {
      const number = await pendingOrder();
      const headers = { ...onceHeaders(), prefer: 'respond-async' };
      const accepted = await stageSend(202, { method: 'POST', path: `/orders/${number}/pay`, token: tokens.customer, headers });
      return accepted.headers.get('location') ?? '';
    },
    etagOf: async (path, caller = 'staff') => (await stageSend(200, { method: 'GET', path, token: tokens[caller] })).headers.get('etag') ?? '',
    session: async () => {
      const body = { email: EMAILS.customer, password: 'supergraph' };
      const { body: session } = await stageSend(201, { method: 'POST', path: '/sessions', body });
      return session as unknown as { refreshToken: string; accessToken: string };
    },
  };
};
