import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import fastify from 'fastify';
import { GraphQLError } from 'graphql';
import { gql } from 'graphql-tag';

export interface TestSubgraph {
  name: string;
  sdl: string;
  url: string;
  /** Headers of every request it got, newest last. */
  requests: Record<string, string | string[] | undefined>[];
  stop(): Promise<void>;
}

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

export const PRODUCTS_SDL = `${LINK}
  type Query { products: [Product!]! product(sku: ID!): Product latest(first: Int!): [Product!]! }
  type Product @key(fields: "sku") { sku: ID! name: String! }`;

const ORDERS_SDL = `${LINK}
  type Query { orders: [Order!] forbidden: String broken: String masked: String }
  type Order { number: ID! product: Product! }
  type Product @key(fields: "sku") { sku: ID! unitsSold: Int }`;

const names: Record<string, string> = { 'A-1': 'Lantern', 'B-2': 'Teapot' };

const PRODUCTS = {
  Query: {
    products: () => Object.keys(names).map((sku) => ({ sku })),
    latest: () => [],
    product: (_: unknown, { sku }: { sku: string }) => ({ sku }),
  },
  Product: { __resolveReference: ({ sku }: { sku: string }) => ({ sku }), name: ({ sku }: { sku: string }) => names[sku] },
};

const ORDERS = {
  Query: {
    orders: () => [{ number: '1', product: { sku: 'A-1' } }],
    forbidden: () => {
      throw new GraphQLError('Only staff may do this.', {
        extensions: { code: 'STAFF_ONLY', kind: 'FORBIDDEN', details: { role: 'STAFF' }, query: 'select 1' },
      });
    },
    broken: () => {
      throw new Error('password authentication failed for postgres://order:secret@db');
    },
    masked: () => {
      throw new GraphQLError('Something went wrong on our side. Quote the reference r-1.', {
        extensions: { code: 'INTERNAL_SERVER_ERROR', reference: 'r-1' },
      });
    },
  },
  Product: { __resolveReference: ({ sku }: { sku: string }) => ({ sku }), unitsSold: () => 7 },
};

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any schema.
export const startSubgraph = async (name: string, sdl: string, resolvers: any): Promise<TestSubgraph> => {
  const http = fastify({ forceCloseConnections: true });
  const requests: TestSubgraph['requests'] = [];
  const server = new ApolloServer({
    schema: buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }]),
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled(), fastifyApolloDrainPlugin(http)],
  });
  await server.start();
  http.addHook('onRequest', async (request) => void requests.push(request.headers));
  http.post(
    '/graphql',
    fastifyApolloHandler(server, {
      context: async (request) => {
        if (request.headers.authorization !== 'Bearer bad') return {};
        throw new GraphQLError('The access token is not valid.', {
          extensions: { code: 'TOKEN_INVALID', kind: 'UNAUTHENTICATED', http: { status: 401 } },
        });
      },
    }),
  );
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  return { name, sdl, url: `http://127.0.0.1:${port}/graphql`, requests, stop: async () => void (await http.close()) };
};

export const startProducts = (): Promise<TestSubgraph> => startSubgraph('products', PRODUCTS_SDL, PRODUCTS);

export const startOrders = (): Promise<TestSubgraph> => startSubgraph('orders', ORDERS_SDL, ORDERS);

/** The supergraph of the given subgraphs; `changes` replaces the SDL of some. */
export const compose = (subgraphs: readonly Pick<TestSubgraph, 'name' | 'sdl' | 'url'>[], changes: Record<string, string> = {}): string => {
  const result = composeServices(subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: gql(changes[name] ?? sdl) })));
  if (result.supergraphSdl === undefined) throw new Error(result.errors?.map(String).join('\n'));
  return result.supergraphSdl;
};

export const writeSupergraph = (
  path: string,
  subgraphs: readonly Pick<TestSubgraph, 'name' | 'sdl' | 'url'>[],
  changes?: Record<string, string>,
): Promise<void> => writeFile(path, compose(subgraphs, changes));
