import type { Caller } from '@supergraph/identity/caller';
import type { Order__Output as Order } from '../generated/proto/supergraph/order/v1/Order.ts';
import type { Subgraphs } from '../subgraphs.ts';
import { toItemPage } from './order.ts';
import { toUserResource } from './user.ts';

export const ORDER_EMBEDS = ['items', 'customer'] as const;

type Embedded = (order: Order) => object;

const itemsOf = async (orders: readonly Order[], subgraphs: Subgraphs): Promise<Embedded> => {
  const { orders: found } = await subgraphs.order('ListItems', { orderNumbers: orders.map(({ number }) => number) });
  const pages = new Map(found.map((items) => [items.orderNumber, toItemPage(items, {})]));
  return ({ number }) => (pages.has(number) ? { items: pages.get(number) } : {});
};

/** Guests, and customers that the caller may not see, are left out. */
const customersOf = async (orders: readonly Order[], subgraphs: Subgraphs, caller: Caller): Promise<Embedded> => {
  const ids = [...new Set(orders.flatMap(({ customerId }) => customerId ?? []))];
  const { users } = ids.length === 0 ? { users: [] } : await subgraphs.user('GetUsers', { ids });
  const customers = new Map(users.map((user) => [user.id, toUserResource(user, caller)]));
  return ({ customerId = '' }) => (customers.has(customerId) ? { customer: customers.get(customerId) } : {});
};

/** What was asked to be embedded: one call for the items and one for the customers, however many orders there are. */
export const embedInOrders = async (
  orders: readonly Order[],
  { embed, subgraphs, caller }: { embed: ReadonlySet<string>; subgraphs: Subgraphs; caller: Caller },
): Promise<Embedded> => {
  if (orders.length === 0) return () => ({});
  const parts = await Promise.all([
    ...(embed.has('items') ? [itemsOf(orders, subgraphs)] : []),
    ...(embed.has('customer') ? [customersOf(orders, subgraphs, caller)] : []),
  ]);
  return (order) => Object.assign({}, ...parts.map((part) => part(order)));
};
