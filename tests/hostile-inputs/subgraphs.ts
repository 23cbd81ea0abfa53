import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLFieldResolver, graphql, parse } from 'graphql';

/** Words that only stand where clients must not look: in the subgraphs' failures. */
export const CANARIES = ['hunter2', 'canary_table'];

type Resolvers = Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>>;

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

const PRODUCTS = `${LINK}
  type Query {
    product(sku: ID!): Product
    products(first: Int): [Product!]
    search(filter: Filter): [Product!]
    broken: String
    poisoned: Product
  }
  type Mutation { rename(sku: ID!, name: String!): Product }
  input Filter { and: [Filter!] name: String }
  type Product @key(fields: "sku") { sku: ID! name: String related: Product relatives(first: Int): [Product!] }`;

const ORDERS = `${LINK}
  type Product @key(fields: "sku") { sku: ID! orders(first: Int): [Order!] }
  type Order { number: ID! product: Product }`;

const lantern = { sku: 'A-1', name: 'Lantern' };

const productResolvers: Resolvers = {
  Query: {
    product: () => lantern,
    products: () => [lantern],
    search: () => [],
    broken: () => {
      throw new Error('no relation "canary_table" at postgres://order:hunter2@db:5432/orders');
    },
  },
  Mutation: { rename: () => lantern },
  Product: { __resolveReference: () => lantern, related: () => lantern, relatives: () => [lantern] },
};

const orderResolvers: Resolvers = {
  Product: { __resolveReference: () => ({ sku: 'A-1' }), orders: () => [{ number: '1', product: { sku: 'A-1' } }] },
};

/** What a subgraph that was taken over might send to whoever merges answers. */
const POISON = '{"data":{"poisoned":{"name":"x","__proto__":{"pwned":1},"constructor":{"prototype":{"pwned":1}}}}}';

export interface Subgraphs {
  supergraph: string;
  /** Headers of every request that any of them got, newest last. */
  reached: IncomingHttpHeaders[];
  ports: number[];
  stop(): void;
}

const serve = async (sdl: string, resolvers: Resolvers, reached: IncomingHttpHeaders[]): Promise<{ server: Server; port: number }> => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]);
  const server = createServer(async (request, response) => {
    reached.push(request.headers);
    const { query, variables } = JSON.parse(await text(request)) as { query: string; variables?: Record<string, unknown> };
    const answer = query.includes('poisoned') ? POISON : JSON.stringify(await graphql({ schema, source: query, variableValues: variables ?? null }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

/** Two subgraphs of this process, and what they compose to. */
export const startSubgraphs = async (): Promise<Subgraphs> => {
  const reached: IncomingHttpHeaders[] = [];
  const [products, orders] = await Promise.all([serve(PRODUCTS, productResolvers, reached), serve(ORDERS, orderResolvers, reached)]);
  const { supergraphSdl, errors } = composeServices([
    { name: 'products', url: `http://127.0.0.1:${products.port}/graphql`, typeDefs: parse(PRODUCTS) },
    { name: 'orders', url: `http://127.0.0.1:${orders.port}/graphql`, typeDefs: parse(ORDERS) },
  ]);
  if (supergraphSdl === undefined) throw new Error(errors?.map(String).join('\n'));
  return {
    supergraph: supergraphSdl,
    reached,
    ports: [products.port, orders.port],
    stop: () => {
      for (const { server } of [products, orders]) server.close().closeAllConnections();
    },
  };
};
