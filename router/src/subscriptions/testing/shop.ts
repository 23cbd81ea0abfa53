import { GraphQLError } from 'graphql';
import { startSubgraph, type TestSubgraph } from '../../testing/subgraphs.ts';

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@composeDirective", "@authenticated", "@requiresScopes", "@shareable"])`;

const EVENTS = `@link(url: "https://supergraph.local/events/v0.1", import: ["@fromEvents"]) @composeDirective(name: "@fromEvents")
  directive @fromEvents(types: [String!]!, key: String!, subject: String) on FIELD_DEFINITION`;

export const ORDERS_SDL = `${LINK} ${EVENTS}
  type Query { order(number: String!): Order }
  type Subscription {
    orderChanged(number: String!): Order! @fromEvents(types: ["order.paid.v1", "order.shipped.v1"], key: "number", subject: "number")
    maybeOrder(number: String!): Order @fromEvents(types: ["order.paid.v1"], key: "number", subject: "number")
    anyOrder: Order! @authenticated @fromEvents(types: ["order.paid.v1"], key: "number")
    counted(id: Int!): Counted! @fromEvents(types: ["counted.v1"], key: "id", subject: "id")
    item(code: ID!): Item! @fromEvents(types: ["item.v1"], key: "code", subject: "code")
    ticks(upTo: Int!): Tick!
  }
  type Counted @key(fields: "id") { id: Int! }
  interface Item @key(fields: "code") { code: ID! title: String }
  type Book implements Item @key(fields: "code") { code: ID! title: String pages: Int }
  type Order @key(fields: "number") {
    number: String!
    status(format: String): String
    secret: String @authenticated
    must: String! @authenticated
    customer: User
    lines: [Line!]!
  }
  type Line { product: Product! quantity: Int! }
  type Product @key(fields: "sku", resolvable: false) { sku: ID! }
  type User @key(fields: "id", resolvable: false) { id: ID! }
  type Tick { count: Int! product: Product }`;

const USERS_SDL = `${LINK}
  type Query { me: User }
  type User @key(fields: "id") { id: ID! name(upper: Boolean): String }
  type Order @key(fields: "number") { number: String! note: String }`;

const PRODUCTS_SDL = `${LINK}
  type Query { product: Product }
  type Product @key(fields: "sku") { sku: ID! name: String }`;

export interface ShopState {
  status: Map<string, string>;
  /** Numbers that fail, and how. */
  failures: Map<string, GraphQLError>;
  /** What fetches of orders wait for. */
  gate: Promise<void>;
  /** Numbers of orders that were fetched. */
  fetched: string[];
}

export interface Shop {
  state: ShopState;
  subgraphs: { orders: TestSubgraph; users: TestSubgraph; products: TestSubgraph };
  all: readonly TestSubgraph[];
  stop(): Promise<void>;
}

/** What the subgraph can, and composes later. */
export const ORDERS_WITH_NOTE_SDL = ORDERS_SDL.replace('secret: String', 'note: String secret: String');

/** Three subgraphs over HTTP; the state decides what orders are there. */
export const startShop = async (): Promise<Shop> => {
  const state: ShopState = { status: new Map(), failures: new Map(), gate: Promise.resolve(), fetched: [] };
  const served = await startSubgraph('orders', ORDERS_WITH_NOTE_SDL, {
    Order: {
      __resolveReference: async ({ number }: { number: string }) => {
        state.fetched.push(number);
        await state.gate;
        const failure = state.failures.get(number);
        if (failure !== undefined) throw failure;
        return state.status.has(number) ? { number } : null;
      },
      status: ({ number }: { number: string }, { format }: { format?: string }) => {
        const status = state.status.get(number);
        return format === 'short' ? status?.slice(0, 1) : status;
      },
      note: () => 'a note of orders',
      secret: () => 'secret',
      must: () => 'must',
      customer: ({ number }: { number: string }) => (number === 'guest' ? null : { id: `customer-of-${number}` }),
      lines: () => ['A', 'B'].map((sku, at) => ({ product: { sku }, quantity: at + 1 })),
    },
    Counted: { __resolveReference: ({ id }: { id: number }) => ({ id }) },
    Item: {
      __resolveReference: ({ code }: { code: string }) => ({ code, title: `title of ${code}`, pages: 3 }),
      __resolveType: () => 'Book',
    },
  });
  const orders = { ...served, sdl: ORDERS_SDL };
  const users = await startSubgraph('users', USERS_SDL, {
    User: { name: ({ id }: { id: string }, { upper }: { upper?: boolean }) => (upper === true ? id.toUpperCase() : id) },
    Order: {
      note: ({ number }: { number: string }) => {
        if (number === 'no-note') throw new GraphQLError('password is hunter2');
        return `note of ${number}`;
      },
    },
  });
  const products = await startSubgraph('products', PRODUCTS_SDL, { Product: { name: ({ sku }: { sku: string }) => `name of ${sku}` } });
  const all = [orders, users, products];
  return { state, subgraphs: { orders, users, products }, all, stop: async () => void (await Promise.all(all.map((subgraph) => subgraph.stop()))) };
};
