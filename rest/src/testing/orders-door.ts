import { createTestDatabase } from '@supergraph/database/testing';
import type { Running } from '@supergraph/service/process';
import { type RestConfig, readConfig } from '../config.ts';
import type { SubgraphClientsOptions } from '../subgraphs.ts';
import { type LosingProxy, startLosingProxy } from './losing-proxy.ts';
import { type OrderHouse, startOrderHouse } from './order-house.ts';

// biome-ignore lint/suspicious/noExplicitAny: the shape follows from the route
export type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  body: Json;
}

/** Ada and Bob are customers, Eve is staff; `undefined` is nobody. */
export type Who = 'ada' | 'bob' | 'eve' | undefined;

/** The REST door in this process, with the rooms that orders need behind it. */
export interface OrdersDoor {
  url: string;
  house: OrderHouse;
  /** Between the door and the order room. */
  proxy: LosingProxy;
  people: Readonly<Record<'ada' | 'bob' | 'eve', { id: string; token: string }>>;
  /** `order GetOrders`, … since the last `reset`. */
  calls(): readonly string[];
  ask(who: Who, method: string, path: string, more?: { body?: object; headers?: object }): Promise<Reply>;
  /** Does something with order W1. */
  step(who: Who, name: 'pay' | 'cancel' | 'ship', key?: string, headers?: object): Promise<Reply>;
  /** Makes orders of Ada's, `W1`, `W2`, …, with two lines each. */
  addOrders(count: number, status?: string, owner?: string | null): Promise<void>;
  /** Takes every order away. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** `createApp`, which only main.ts and tests themselves may import. */
type CreateApp = (
  config: RestConfig,
  options: Pick<SubgraphClientsOptions, 'onCall'>,
) => Promise<Running & { listen(host: string, port: number): Promise<number> }>;

const ADD_ORDERS = `
  with placed as (
    insert into orders (number, customer_id, status, placed_at, total_amount, total_currency)
    select 'W' || n, $3, $2, now() - n * interval '1 minute', 300, 'GBP' from generate_series(1, $1) as n returning number
  )
  insert into order_items (order_number, line, sku, quantity, unit_price)
  select number, line, 'S' || line, 1, 100 * line from placed, generate_series(1, 2) as line`;

export const startOrdersDoor = async (createApp: CreateApp): Promise<OrdersDoor> => {
  const house = await startOrderHouse();
  const proxy = await startLosingProxy(house.order.grpcAddress);
  const fixture = await createTestDatabase('rest', new URL('../../migrations/', import.meta.url));
  const env = {
    REST_DATABASE_URL: fixture.url,
    REST_LOG_LEVEL: 'silent',
    MESSAGE_BUS_URL: house.busUrl,
    TOKEN_JWKS_URL: house.jwksUrl,
    REST_GRPC_ADDRESSES: `category=127.0.0.1:1,user=${house.user.grpcAddress},order=${proxy.address}`,
    REST_SUBGRAPH_KEYS: `category=${'c'.repeat(32)},user=${house.user.key},order=${house.order.key}`,
  };
  let calls: string[] = [];
  const app = await createApp(readConfig(env), { onCall: (room, method) => calls.push(`${room} ${method}`) });
  const url = `http://127.0.0.1:${await app.listen('127.0.0.1', 0)}`;
  const [ada, bob, eve] = [await house.signUp('ada', 'CUSTOMER'), await house.signUp('bob', 'CUSTOMER'), await house.signUp('eve', 'STAFF')];
  const people = { ada, bob, eve };
  const orders = house.order.database.database;
  await orders.query("insert into price_list (sku, amount, currency) values ('S1', 100, 'GBP'), ('S2', 200, 'GBP')");
  const ask: OrdersDoor['ask'] = async (who, method, path, { body, headers } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(who !== undefined && { authorization: `Bearer ${people[who].token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    url,
    house,
    proxy,
    people,
    calls: () => calls,
    ask,
    step: (who, name, key, headers = {}) =>
      ask(who, 'POST', `/orders/W1/${name}`, { headers: { ...(key !== undefined && { 'idempotency-key': key }), ...headers } }),
    addOrders: async (count, status = 'PENDING', owner = ada.id) => {
      await orders.query(ADD_ORDERS, [count, status, owner]);
    },
    reset: async () => {
      await orders.query('truncate orders, order_items, payments, idempotency_keys');
      calls = [];
    },
    stop: async () => {
      await app.close();
      proxy.close();
      await house.stop();
      await fixture.drop();
    },
  };
};
