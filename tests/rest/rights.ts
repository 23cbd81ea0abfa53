import { randomUUID } from 'node:crypto';
import { onceHeaders, type RestRequest } from './rest-client.ts';
import { CALLERS, type CallerName, type Stage } from './stage.ts';

/** What one caller sends: the token is added. */
type Request = Omit<RestRequest, 'method' | 'token'>;

interface Row {
  /** By caller, in the order of CALLERS: nobody, customer (whose things they are), another customer, staff, admin. */
  statuses: readonly [number, number, number, number, number];
  request: (stage: Stage, caller: CallerName) => Request | Promise<Request>;
}

const ANYBODY = [200, 200, 200, 200, 200] as const;
const CATALOGUE = [401, 403, 403, 200, 200] as const;
const MAKES_CATALOGUE = [401, 403, 403, 201, 201] as const;
const SIGNED_IN = [401, 200, 200, 200, 200] as const;
const OWN = [401, 200, 404, 200, 200] as const;

const at = (path: string) => (): Request => ({ path });

const onOrder = (make: 'pendingOrder' | 'paidOrder', action: string) => async (stage: Stage) => ({
  path: `/orders/${await stage[make]()}/${action}`,
  headers: onceHeaders(),
});

const changing = async (stage: Stage, path: string, body: unknown, caller?: CallerName): Promise<Request> => ({
  path,
  body,
  headers: { 'if-match': await stage.etagOf(path, caller) },
});

/** Every route of the API, and what each caller is answered. */
export const RIGHTS: Readonly<Record<string, Row>> = {
  'GET /': { statuses: ANYBODY, request: at('/') },

  'POST /sessions': {
    statuses: [201, 201, 201, 201, 201],
    request: () => ({ path: '/sessions', body: { email: 'customer-17850@example.com', password: 'supergraph' } }),
  },
  // Whoever holds a refresh token may end its session, also when the access token has expired.
  'DELETE /sessions/current': {
    statuses: [204, 204, 204, 204, 204],
    request: async (stage) => ({ path: '/sessions/current', headers: { 'refresh-token': (await stage.session()).refreshToken } }),
  },

  'POST /users': {
    statuses: [201, 201, 201, 201, 201],
    request: () => ({
      path: '/users',
      body: { email: `${randomUUID()}@example.com`, password: 'correct horse', name: 'Ada', country: 'France' },
      headers: onceHeaders(),
    }),
  },
  'GET /users/me': { statuses: SIGNED_IN, request: at('/users/me') },
  'PATCH /users/me': {
    statuses: SIGNED_IN,
    request: (stage, caller) => changing(stage, '/users/me', { country: 'France' }, caller === 'nobody' ? 'customer' : caller),
  },
  'GET /users/{id}': { statuses: [404, 200, 404, 200, 200], request: ({ customerId }) => ({ path: `/users/${customerId}` }) },

  'GET /categories': { statuses: ANYBODY, request: at('/categories') },
  'POST /categories': {
    statuses: MAKES_CATALOGUE,
    request: () => ({ path: '/categories', body: { slug: `c-${randomUUID()}`, name: 'New' }, headers: onceHeaders() }),
  },
  'GET /categories/{slug}': { statuses: ANYBODY, request: at('/categories/candles') },
  'PATCH /categories/{slug}': {
    statuses: CATALOGUE,
    request: async (stage) => changing(stage, `/categories/${await stage.category()}`, { name: 'Renamed' }),
  },
  'DELETE /categories/{slug}': {
    statuses: [401, 403, 403, 204, 204],
    request: async (stage) => changing(stage, `/categories/${await stage.category()}`, undefined),
  },
  'GET /categories/{slug}/products': { statuses: ANYBODY, request: at('/categories/candles/products') },

  'GET /products': { statuses: ANYBODY, request: at('/products') },
  'POST /products': {
    statuses: MAKES_CATALOGUE,
    request: () => ({
      path: '/products',
      body: { sku: `P-${randomUUID().slice(0, 12)}`, name: 'New', price: { amount: 100, currency: 'GBP' }, categorySlug: 'candles' },
      headers: onceHeaders(),
    }),
  },
  'GET /products/{sku}': { statuses: ANYBODY, request: ({ sku }) => ({ path: `/products/${sku}` }) },
  'PATCH /products/{sku}': {
    statuses: CATALOGUE,
    request: async (stage) => changing(stage, `/products/${await stage.product()}`, { price: { amount: 200, currency: 'GBP' } }),
  },

  'GET /orders': { statuses: SIGNED_IN, request: at('/orders') },
  'POST /orders': {
    statuses: [401, 201, 201, 201, 201],
    request: ({ sku }) => ({ path: '/orders', body: { items: [{ sku, quantity: 1 }] }, headers: onceHeaders() }),
  },
  'GET /orders/{number}': { statuses: OWN, request: async (stage) => ({ path: `/orders/${await stage.pendingOrder()}` }) },
  'GET /orders/{number}/items': { statuses: OWN, request: async (stage) => ({ path: `/orders/${await stage.pendingOrder()}/items` }) },
  'POST /orders/{number}/pay': { statuses: OWN, request: onOrder('pendingOrder', 'pay') },
  'POST /orders/{number}/cancel': { statuses: OWN, request: onOrder('pendingOrder', 'cancel') },
  // Shipping is forbidden before anything is looked for: 403 tells nobody which orders there are.
  'POST /orders/{number}/ship': { statuses: [401, 403, 403, 200, 200], request: onOrder('paidOrder', 'ship') },

  'GET /operations/{id}': { statuses: OWN, request: async (stage) => ({ path: await stage.operation() }) },
};

export interface Call {
  route: string;
  caller: CallerName;
  status: number;
  request: Row['request'];
}

/** The table, one call a line. */
export const CALLS: readonly Call[] = Object.entries(RIGHTS).flatMap(([route, { statuses, request }]) =>
  CALLERS.map((caller, index) => ({ route, caller, status: statuses[index] ?? 0, request })),
);

export const methodOf = (route: string): string => route.split(' ')[0] ?? '';
