import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { bearer, post, startWorld, type World } from '../../world.ts';

const selections = (defer: string): string => `{
  orders(first: 5) {
    nodes {
      number
      ...Customer ${defer}
      items(first: 2) { nodes { quantity ... ${defer} { product { sku name ... ${defer} { category { slug } } } } } }
    }
  }
}
fragment Customer on Order { customer { name country } }`;
const DEFERRED = selections('@defer');
const WHOLE = selections('');

interface Orders {
  orders: { nodes: { number: string; customer?: { name: string }; items: { nodes: { product?: { category?: { slug: string } } }[] } }[] };
}

let world: World;
let staff: string;

beforeAll(async () => {
  world = await startWorld();
  staff = await world.signIn('staff@example.com');
}, 120_000);
afterAll(() => world.stop());

describe('orders with what other subgraphs know deferred', () => {
  test('Apollo Client shows the orders first, then all that a query at once brings', async () => {
    const link = new HttpLink({ uri: `${world.url}/graphql`, headers: bearer(staff) });
    const client = new ApolloClient({
      link,
      cache: new InMemoryCache(),
      incrementalHandler: new Defer20220824Handler(),
    });
    const seen: { state: string; data: Orders }[] = [];
    const { promise: isComplete, resolve, reject } = Promise.withResolvers<void>();
    const subscription = client.watchQuery<Orders>({ query: gql(DEFERRED), fetchPolicy: 'network-only' }).subscribe({
      next: ({ data, dataState, error }) => {
        if (error !== undefined) reject(error);
        if (data === undefined) return;
        seen.push({ state: dataState, data: structuredClone(data) as Orders });
        if (dataState === 'complete') resolve();
      },
    });
    await isComplete;
    subscription.unsubscribe();
    client.stop();
    const { data: whole } = await post<Orders>(`${world.url}/graphql`, { query: WHOLE }, bearer(staff));
    const [first] = seen;
    expect(first?.state).toBe('streaming');
    expect(first?.data.orders.nodes.map(({ number }) => number)).toEqual(whole?.orders.nodes.map(({ number }) => number));
    expect(first?.data.orders.nodes[0]?.customer).toBeUndefined();
    expect(JSON.parse(JSON.stringify(seen.at(-1)?.data, (name, value) => (name === '__typename' ? undefined : value)))).toEqual(whole);
    expect(whole?.orders.nodes[0]?.items.nodes[0]?.product?.category?.slug).toMatch(/./);
  });

  test('a client that takes one answer gets it whole, over HTTP and over a WebSocket', async () => {
    const whole = await post<Orders>(`${world.url}/graphql`, { query: WHOLE }, bearer(staff));
    expect(await post(`${world.url}/graphql`, { query: DEFERRED }, bearer(staff))).toEqual(whole);
    const client = createWsClient({ url: `${world.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: bearer(staff) });
    const results = client.iterate({ query: DEFERRED });
    expect((await results.next()).value?.data).toEqual(whole.data);
    expect((await results.next()).done).toBe(true);
    await client.dispose();
  });
});
