import { createClient } from '@supergraph/client';
import { createSubscriber } from '@supergraph/client/subscriptions';
import {
  CancelOrderDocument,
  OrderStateFragmentDoc,
  OrderStatusChangedDocument,
  OrderStatusDocument,
  OrderStatusesDocument,
  PayOrderDocument,
  readFragment,
  SignInDocument,
  SignOutDocument,
  SignUpDocument,
  type SignUpInput,
} from '@supergraph/client/web';
import { browserStorage } from '../browser-storage.ts';
import type { FollowOptions } from '../order-status/watch-orders.ts';
import { answered, isTokenRefused } from '../problem.ts';
import type { OrderState } from '../views/view-types.ts';
import { refreshGrant } from './refresh-grant.ts';
import { createSession, type SessionNews } from './session.ts';
import { createStreamToken } from './stream-token.ts';

const name = { name: 'storefront', version: '0.1.0' };
const client = createClient({ url: '/graphql', client: name });

const tabs = new BroadcastChannel('supergraph.session');

export const session = createSession({
  refresh: refreshGrant(client),
  revoke: (refreshToken) => client.execute(SignOutDocument, { refreshToken }),
  store: browserStorage(() => window.sessionStorage),
  clock: {
    now: () => Date.now(),
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  },
  renewBeforeMs: 45_000 + Math.random() * 60_000,
  tell: (news) => tabs.postMessage(news),
});
tabs.addEventListener('message', ({ data }: MessageEvent<SessionNews>) => session.hear(data));

/** Does something as whoever is signed in; a token that is refused is renewed once. */
export const asCaller = async <Result>(act: (headers: Record<string, string>) => Promise<Result>): Promise<Result> => {
  const headersOf = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` });
  try {
    return await act(headersOf(await session.accessToken()));
  } catch (error) {
    if (!isTokenRefused(error)) throw error;
    return act(headersOf(await session.accessToken({ renew: true })));
  }
};

export const signIn = async (email: string, password: string): Promise<void> => {
  const { data, errors } = await client.execute(SignInDocument, { input: { email, password } });
  session.begin(answered(data.signIn, errors));
};

export const signUp = async (input: SignUpInput): Promise<void> => {
  const { data, errors } = await client.execute(SignUpDocument, { input });
  session.begin(answered(data.signUp, errors));
};

export const payOrder = (number: string): Promise<OrderState> =>
  asCaller(async (headers) => {
    const { data, errors } = await client.execute(PayOrderDocument, { number }, { headers });
    return readFragment(OrderStateFragmentDoc, answered(data.payOrder, errors).order);
  });

export const cancelOrder = (number: string): Promise<OrderState> =>
  asCaller(async (headers) => {
    const { data, errors } = await client.execute(CancelOrderDocument, { number }, { headers });
    return readFragment(OrderStateFragmentDoc, answered(data.cancelOrder, errors).order);
  });

export const orderStatus = (number: string, signal: AbortSignal): Promise<OrderState> =>
  asCaller(async (headers) => {
    const { data, errors } = await client.execute(OrderStatusDocument, { number }, { headers, signal });
    return readFragment(OrderStateFragmentDoc, answered(data.order, errors));
  });

/** The newest orders. */
export const orderStatuses = (first: number, signal: AbortSignal): Promise<readonly OrderState[]> =>
  asCaller(async (headers) => {
    const { data, errors } = await client.execute(OrderStatusesDocument, { first }, { headers, signal });
    return readFragment(OrderStateFragmentDoc, answered(data.orders, errors).nodes);
  });

/** Each of these orders when its status changes; all of them over one connection. */
export async function* followOrders(numbers: readonly string[], options: FollowOptions): AsyncGenerator<OrderState, void> {
  const subscriber = createSubscriber({ url: '/graphql/stream', accessToken: createStreamToken(session), client: name });
  const variables = numbers.map((number) => ({ number }));
  for await (const { data } of subscriber.subscribeAll(OrderStatusChangedDocument, variables, options)) {
    if (data !== null) yield readFragment(OrderStateFragmentDoc, data.orderStatusChanged);
    // What happened is not known: as after an interruption.
    else options.onConnected();
  }
}
