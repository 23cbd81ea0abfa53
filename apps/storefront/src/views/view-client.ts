import createFetchClient from 'openapi-fetch';
import type { paths } from '../generated/web-bff.ts';
import { noAnswer, problemOfAnswer } from '../problem.ts';
import { asCaller } from '../session/actions.ts';
import type { CategoryView, CheckoutView, HomeView, MyOrdersView, OrderDetailView, ProductView } from './view-types.ts';

/** The web BFF gives up after 4 s itself; this is for a network that does not answer at all. */
const DEADLINE_MS = 10_000;

const views = createFetchClient<paths>({ baseUrl: window.location.origin });

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

const bodyOf = async <Body>(ask: (signal: AbortSignal) => Promise<Answer<Body>>, given?: AbortSignal): Promise<Body> => {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const answer = await ask(given === undefined ? deadline : AbortSignal.any([given, deadline])).catch(() => {
    given?.throwIfAborted();
    throw noAnswer();
  });
  if (answer.data !== undefined) return answer.data;
  throw problemOfAnswer(answer.response.status, typeof answer.error === 'object' ? (answer.error ?? undefined) : undefined);
};

/** The same for everybody, so nobody's token is sent: browsers and proxies may keep the answers. */
export const loadHome = (signal: AbortSignal): Promise<HomeView> => bodyOf((s) => views.GET('/views/home', { signal: s }), signal);

export const loadCategory = (slug: string, after: string | undefined, signal: AbortSignal): Promise<CategoryView> =>
  bodyOf((s) => views.GET('/views/category/{slug}', { params: { path: { slug }, query: after === undefined ? {} : { after } }, signal: s }), signal);

export const loadProduct = (sku: string, signal: AbortSignal): Promise<ProductView> =>
  bodyOf((s) => views.GET('/views/product/{sku}', { params: { path: { sku } }, signal: s }), signal);

export const loadMyOrders = (after: string | undefined, signal: AbortSignal): Promise<MyOrdersView> =>
  asCaller((headers) =>
    bodyOf((s) => views.GET('/views/my-orders', { params: { query: after === undefined ? {} : { after } }, headers, signal: s }), signal),
  );

export const loadOrder = (number: string, after: string | undefined, signal: AbortSignal): Promise<OrderDetailView> =>
  asCaller((headers) =>
    bodyOf(
      (s) =>
        views.GET('/views/order-detail/{number}', { params: { path: { number }, query: after === undefined ? {} : { after } }, headers, signal: s }),
      signal,
    ),
  );

/** Orders what is in the basket. */
export const checkOut = (items: { sku: string; quantity: number }[]): Promise<CheckoutView> =>
  asCaller((headers) => bodyOf((s) => views.POST('/views/checkout', { body: { items }, headers, signal: s })));
