import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { OrderPlacedDocument, PlaceOrderDocument } from '../../generated/graphql.ts';
import { bearer, startWorld, type World } from '../../world.ts';
import { startUrql } from './urql-clients.ts';

const SKU = '85123A';
const QUERY = OrderPlacedDocument.toString();

interface Placed {
  number: string;
  customer: { name: string } | null;
  items: { nodes: { product: { name: string } | null }[] };
}
type Take = (data: { orderPlaced: Placed } | null | undefined, errors?: unknown) => void;
/** Subscribes. @returns what ends it. */
type Subscribe = (take: Take) => () => void;

let world: World;
let staff: string;
let owner: string;

beforeAll(async () => {
  world = await startWorld();
  [staff, owner] = [await world.signIn('staff@example.com'), await world.signIn('customer-17850@example.com')];
}, 120_000);
afterAll(() => world.stop());

const httpUrl = (): string => `${world.url}/graphql`;
const socketUrl = (): string => httpUrl().replace('http', 'ws');
const wsClient = () => createWsClient({ url: socketUrl(), webSocketImpl: WebSocket, connectionParams: bearer(staff), retryAttempts: 0 });

const overGraphqlWs: Subscribe = (take) => {
  const client = wsClient();
  const sink = {
    next: ({ data, errors }: { data?: unknown; errors?: unknown }) => take(data as never, errors),
    error: (error: unknown) => take(null, error),
    complete: () => undefined,
  };
  client.subscribe({ query: QUERY }, sink);
  return () => void client.dispose();
};

const overGraphqlSse =
  (singleConnection: boolean): Subscribe =>
  (take) => {
    const client = createSseClient({ url: httpUrl(), headers: bearer(staff), singleConnection, retryAttempts: 0 });
    const sink = {
      next: ({ data, errors }: { data?: unknown; errors?: unknown }) => take(data as never, errors),
      error: (error: unknown) => take(null, error),
      complete: () => undefined,
    };
    client.subscribe({ query: QUERY }, sink);
    return () => client.dispose();
  };

const apollo = (link: ApolloLink): ApolloClient =>
  new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });
const httpLink = () => new HttpLink({ uri: httpUrl(), headers: bearer(staff) });

const overApollo =
  (link: () => ApolloLink, close: () => void = () => undefined): Subscribe =>
  (take) => {
    const client = apollo(link());
    const subscription = client
      .subscribe({ query: gql(QUERY) })
      .subscribe({ next: ({ data, error }) => take(data as never, error), error: (error) => take(null, error) });
    return () => {
      subscription.unsubscribe();
      client.stop();
      close();
    };
  };

const overUrql =
  (transport: 'sse' | 'ws'): Subscribe =>
  (take) =>
    startUrql({ url: httpUrl(), socketUrl: socketUrl(), headers: bearer(staff), transport })(QUERY, (result) =>
      take(result.data as never, result.error),
    );

const CLIENTS: readonly (readonly [name: string, subscribe: Subscribe])[] = [
  ['graphql-ws', overGraphqlWs],
  ['graphql-sse, a connection for each', overGraphqlSse(false)],
  ['graphql-sse, one connection', overGraphqlSse(true)],
  ['Apollo Client, multipart', overApollo(httpLink)],
  ['Apollo Client, WebSocket', overApollo(() => new GraphQLWsLink(wsClient()))],
  ['urql, event stream', overUrql('sse')],
  ['urql, WebSocket', overUrql('ws')],
];

const place = async (): Promise<void> => {
  await world.ask(PlaceOrderDocument, { input: { items: [{ sku: SKU, quantity: 1 }] } }, owner);
};

describe('an event, joined from the order, its customer and its products', () => {
  test.each(CLIENTS)('reaches %s', async (_name, subscribe) => {
    const taken: Placed[] = [];
    const failures: unknown[] = [];
    const end = subscribe((data, errors) => {
      if (data?.orderPlaced !== undefined) taken.push(data.orderPlaced);
      if (errors !== undefined) failures.push(errors);
    });
    try {
      // No protocol says when a subscription stands: orders are placed until one is heard of.
      await expect
        .poll(
          async () => {
            await place();
            return [taken.length > 0, failures];
          },
          { interval: 300, timeout: 15_000 },
        )
        .toEqual([true, []]);
      expect(taken[0]).toMatchObject({
        number: expect.any(String),
        status: 'PENDING',
        customer: { name: 'Customer 17850' },
        items: { nodes: [{ product: { name: expect.stringContaining('HEART') } }] },
      });
    } finally {
      end();
    }
  });
});

test('Apollo Client puts deferred parts together', async () => {
  const client = apollo(httpLink());
  const query = gql(`query P($sku: String!) { product(sku: $sku) { sku ... @defer(label: "rest") { name unitsSold category { slug } } } }`);
  const { data, error } = await client.query({ query, variables: { sku: SKU }, fetchPolicy: 'no-cache' });
  expect(error).toBeUndefined();
  expect(data).toMatchObject({
    product: { sku: SKU, name: expect.any(String), unitsSold: expect.any(Number), category: { slug: expect.any(String) } },
  });
  client.stop();
});
