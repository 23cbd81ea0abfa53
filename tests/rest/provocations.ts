import { randomUUID } from 'node:crypto';
import { onceHeaders, type RestRequest } from './rest-client.ts';
import { methodOf, RIGHTS } from './rights.ts';
import { CALLERS, type Stage } from './stage.ts';

/** How a route comes to answer a status: the last of these requests is answered it. */
export type Provocation = (route: string, stage: Stage) => Promise<RestRequest[]>;

const ABSENT = 'no-such-thing';
const BODY_LIMIT = 262_144;

/** A request that the route should fulfil. */
export const goodRequest = async (route: string, stage: Stage): Promise<RestRequest> => {
  const row = RIGHTS[route];
  const best = [...CALLERS.keys()].find((index) => (row?.statuses[index] ?? 500) < 300);
  const caller = CALLERS[best ?? 0] ?? 'nobody';
  const request = await row?.request(stage, caller);
  return { method: methodOf(route), path: '/', token: stage.tokens[caller], ...request };
};

type Change = (good: RestRequest, stage: Stage) => Partial<RestRequest> | Promise<Partial<RestRequest>>;

const changed =
  (change: Change): Provocation =>
  async (route, stage) => {
    const good = await goodRequest(route, stage);
    return [{ ...good, ...(await change(good, stage)) }];
  };

const withHeaders =
  (headers: (good: RestRequest) => Record<string, string>): Change =>
  (good) => ({ headers: { ...good.headers, ...headers(good) } });
const without =
  (name: string): Change =>
  ({ headers = {} }) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name)),
  });
const as =
  (caller: keyof Stage['tokens']): Change =>
  (_good, stage) => ({ token: stage.tokens[caller] });
const withBody =
  (body: (good: RestRequest, stage: Stage) => unknown): Change =>
  async (good, stage) => ({ body: await body(good, stage) });

/** The last part of the path that names something, replaced. */
const onAbsent: Change = ({ path, headers = {} }) => ({
  path: path.replace(/^(\/\w+\/)[^/?]+/, `$1${ABSENT}`),
  headers: { ...headers, ...('if-match' in headers ? { 'if-match': '*' } : {}) },
});

/** Two different requests under one key. */
const reusedKey: Provocation = async (route, stage) => {
  const headers = onceHeaders();
  const [first, second] = [await goodRequest(route, stage), await goodRequest(route, stage)];
  return [first, second].map((request) => ({ ...request, headers: { ...request.headers, ...headers } }));
};

const twice =
  (change: (first: RestRequest) => RestRequest): Provocation =>
  async (route, stage) => {
    const first = await goodRequest(route, stage);
    return [first, change(first)];
  };

const onShipped =
  (action: string): Provocation =>
  async (_route, stage) => [
    { method: 'POST', path: `/orders/${await stage.shippedOrder()}/${action}`, token: stage.tokens.staff, headers: onceHeaders() },
  ];

/** By status, for routes in general. */
const GENERAL: Readonly<Record<number, Provocation>> = {
  200: changed(() => ({})),
  201: changed(() => ({})),
  202: changed(withHeaders(() => ({ prefer: 'respond-async' }))),
  204: changed(() => ({})),
  304: async (route, stage) => {
    const good = await goodRequest(route, stage);
    const { headers } = await stage.send(200, good);
    return [{ ...good, headers: { ...good.headers, 'if-none-match': headers.get('etag') ?? '' } }];
  },
  400: changed(({ path }) => ({ path: `${path}?nonsense=1` })),
  401: changed(() => ({ token: 'no.such.token' })),
  403: changed(as('customer')),
  404: changed(onAbsent),
  406: changed(withHeaders(() => ({ accept: 'text/html' }))),
  412: changed(withHeaders(() => ({ 'if-match': '"999.0123456789abcdef"' }))),
  413: changed(withBody(({ body }) => ({ ...(body as object), padding: 'x'.repeat(BODY_LIMIT) }))),
  415: changed(withHeaders(() => ({ 'content-type': 'text/plain' }))),
  422: reusedKey,
  428: changed(without('if-match')),
};

/** What a route needs of its own. */
const OWN: Readonly<Record<string, Provocation>> = {
  'POST /categories 404': changed(withBody(({ body }) => ({ ...(body as object), parentSlug: ABSENT }))),
  'POST /products 404': changed(withBody(({ body }) => ({ ...(body as object), categorySlug: ABSENT }))),
  'POST /categories 409': twice((first) => ({ ...first, headers: onceHeaders() })),
  'POST /products 409': twice((first) => ({ ...first, headers: onceHeaders() })),
  'POST /users 409': twice((first) => ({ ...first, headers: onceHeaders() })),
  'PATCH /categories/{slug} 409': changed(withBody(() => ({ slug: 'candles' }))),
  'PATCH /categories/{slug} 422': changed(withBody(({ path }) => ({ parentSlug: path.split('/')[2] }))),
  'DELETE /categories/{slug} 422': async (_route, stage) => [
    { method: 'DELETE', path: '/categories/candles', token: stage.tokens.staff, headers: { 'if-match': '*' } },
  ],
  'POST /orders 422': changed(withBody(() => ({ items: [{ sku: `NO-${randomUUID().slice(0, 8)}`, quantity: 1 }] }))),
  'POST /orders/{number}/pay 422': onShipped('pay'),
  'POST /orders/{number}/cancel 422': onShipped('cancel'),
  'POST /orders/{number}/ship 422': onShipped('ship'),
};

const STAGED_STATUSES = [429, 503];
const STAGED_ROUTES = /^POST \/orders.* 409$/;

/** What takes more than requests one after another: the test has its own way to it. */
export const isStaged = (route: string, status: number): boolean => STAGED_STATUSES.includes(status) || STAGED_ROUTES.test(`${route} ${status}`);

/** Documented, because they can happen, and not to be had from outside. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  'GET / 503': 'it needs nobody: only overload answers it',
  'GET /operations/{id} 503': 'it needs no subgraph: only overload, or its own database, answers it',
};

/** Any route may answer it, when something breaks that nobody foresaw. */
export const UNFORESEEN = 500;

export const provocationOf = (route: string, status: number): Provocation | undefined => OWN[`${route} ${status}`] ?? GENERAL[status];
