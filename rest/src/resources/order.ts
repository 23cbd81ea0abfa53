import { DomainError } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import { z } from 'zod';
import type { Item__Output as Item } from '../generated/proto/supergraph/order/v1/Item.ts';
import type { Order__Output as Order } from '../generated/proto/supergraph/order/v1/Order.ts';
import type { OrderItems__Output as OrderItems } from '../generated/proto/supergraph/order/v1/OrderItems.ts';
import { link, path } from '../hal.ts';
import { pageLinks } from '../http/page.ts';
import { linkSchema, money, page, resource, text } from '../http/schemas.ts';
import { toMoney } from './money.ts';
import { orderLinks } from './order-links.ts';
import { userResource } from './user.ts';

export const ORDER_STATUSES = ['PENDING', 'PAID', 'SHIPPED', 'CANCELLED'] as const;
const PAYMENT_STATUSES = ['REQUESTED', 'STARTED', 'SETTLED', 'FAILED', 'REFUND_DUE', 'REFUNDED'] as const;

/** In the path. */
export const orderNumber = text.meta({ description: 'Number of the order.', examples: ['536365'] });

/** Has no address of its own. */
const itemResource = z
  .strictObject({
    line: z.int().positive().meta({ description: 'Its place in the order, from 1.' }),
    sku: z.string().meta({ examples: ['71053'] }),
    quantity: z
      .int()
      .positive()
      .meta({ examples: [6] }),
    unitPrice: money,
    total: money,
    _links: z.strictObject({ product: linkSchema }),
  })
  .meta({ id: 'OrderItem', description: 'A line of an order, at the price of the day.' });
export const itemPage = page('OrderItemPage', 'items', itemResource);

export const orderResource = resource(
  'Order',
  {
    id: z.string().meta({ description: 'As events and GraphQL name it; here an order is found by its number.' }),
    number: z.string().meta({ description: 'Unique.', examples: ['536365'] }),
    status: z.enum(ORDER_STATUSES),
    placedAt: z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC.', examples: ['2026-11-22T16:00:00.000Z'] }),
    total: money,
    customerName: z
      .string()
      .nullable()
      .meta({ description: 'Null for a guest.', examples: ['Ada Lovelace'] }),
    paymentStatus: z.enum(PAYMENT_STATUSES).nullable().meta({ description: 'Of the payment that tells most; null when nobody tried to pay.' }),
  },
  {
    rels: ['collection', 'items', 'customer', 'pay', 'cancel', 'ship'],
    embedded: { items: itemPage, customer: userResource },
    description: 'An order. `pay`, `cancel` and `ship` are among its links when its status and your rights allow them.',
  },
);
export const ORDER_FIELDS = ['id', 'number', 'status', 'placedAt', 'total', 'customerName', 'paymentStatus'] as const;
export const orderPage = page('OrderPage', 'orders', orderResource, ['create', 'find']);

/** Another customer's order answers the same as none. */
export const orderNotFound = (number: string): DomainError =>
  new DomainError('not-found', 'ORDER_NOT_FOUND', `There is no order '${number}'.`, { number });

const toItemResource = ({ line, sku, quantity, unitPrice, total }: Item) => ({
  line,
  sku,
  quantity,
  unitPrice: toMoney(unitPrice),
  total: toMoney(total),
  _links: { product: link(path`/products/${sku}`) },
});

/** What proto3 calls absent. */
export const NO_MORE = { hasNextPage: false };

/** A page of an order's items. @param query what the client asked for, which its links keep. */
export const toItemPage = ({ orderNumber, items, pageInfo }: OrderItems, query: object) => ({
  _links: pageLinks(path`/orders/${orderNumber}/items`, query, pageInfo ?? NO_MORE),
  _embedded: { items: items.map(toItemResource) },
});

export const toOrderResource = (order: Order, caller: Caller, embedded: object = {}) => ({
  id: order.id,
  number: order.number,
  status: order.status,
  placedAt: order.placedAt,
  total: toMoney(order.total),
  customerName: order.customerName ?? null,
  paymentStatus: order.paymentStatus ?? null,
  _links: orderLinks(order, caller),
  ...(Object.keys(embedded).length > 0 && { _embedded: embedded }),
});
