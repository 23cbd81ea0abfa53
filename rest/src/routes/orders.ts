import { requireUser } from '@supergraph/identity/caller';
import { z } from 'zod';
import { action, link, path } from '../hal.ts';
import { pageLinks, pageQuery, toPageRequest } from '../http/page.ts';
import { type Api, addRoute } from '../http/route.ts';
import { text } from '../http/schemas.ts';
import {
  itemPage,
  NO_MORE,
  ORDER_FIELDS,
  ORDER_STATUSES,
  orderNotFound,
  orderNumber,
  orderPage,
  orderResource,
  toItemPage,
  toOrderResource,
} from '../resources/order.ts';
import { embedInOrders, ORDER_EMBEDS } from '../resources/order-embedded.ts';

const byNumber = z.strictObject({ number: orderNumber });

const placedOrder = z.strictObject({
  items: z
    .array(
      z.strictObject({
        sku: text.meta({ examples: ['71053'] }),
        quantity: z
          .int()
          .min(1)
          .max(100_000)
          .meta({ examples: [6] }),
      }),
    )
    .min(1)
    .max(100),
});

const MORE_LINKS = {
  create: action('POST', '/orders', 'place an order'),
  find: link('/orders/{number}', { templated: true, title: 'an order by its number' }),
};

const addOrderReads = (api: Api): void => {
  addRoute(api, {
    method: 'GET',
    url: '/orders',
    id: 'listOrders',
    tag: 'orders',
    summary: 'Lists orders, the newest first',
    description: 'A customer sees their own, staff see all.',
    signIn: 'list orders',
    query: { ...pageQuery, status: z.enum(ORDER_STATUSES).optional().meta({ description: 'Only orders of this status.' }) },
    fields: ORDER_FIELDS,
    listed: 'orders',
    embed: ORDER_EMBEDS,
    answers: { 200: { description: 'A page of orders.', schema: orderPage } },
    handler: async ({ query, caller, embed, subgraphs }) => {
      const { orders, pageInfo } = await subgraphs.order('ListOrders', {
        page: toPageRequest(query),
        ...(query.status !== undefined && { status: query.status }),
      });
      const embeddedIn = await embedInOrders(orders, { embed, subgraphs, caller });
      return {
        body: {
          _links: { ...pageLinks('/orders', query, pageInfo ?? NO_MORE), ...MORE_LINKS },
          _embedded: { orders: orders.map((order) => toOrderResource(order, caller, embeddedIn(order))) },
        },
      };
    },
  });
  addRoute(api, {
    method: 'GET',
    url: '/orders/:number',
    id: 'getOrder',
    tag: 'orders',
    summary: 'Shows an order',
    description: "With the actions that its status and your rights allow. Another customer's order is absent.",
    signIn: 'see an order',
    params: byNumber,
    fields: ORDER_FIELDS,
    embed: ORDER_EMBEDS,
    answers: { 200: { description: 'The order.', schema: orderResource } },
    problems: [404],
    handler: async ({ params: { number }, caller, embed, subgraphs }) => {
      const { orders } = await subgraphs.order('GetOrders', { numbers: [number] });
      const [order] = orders;
      if (order === undefined) throw orderNotFound(number);
      const embeddedIn = await embedInOrders(orders, { embed, subgraphs, caller });
      return { body: toOrderResource(order, caller, embeddedIn(order)), version: order.version };
    },
  });
  addRoute(api, {
    method: 'GET',
    url: '/orders/:number/items',
    id: 'listOrderItems',
    tag: 'orders',
    summary: 'Lists the items of an order',
    signIn: 'see an order',
    params: byNumber,
    query: pageQuery,
    answers: { 200: { description: 'A page of items.', schema: itemPage } },
    problems: [404],
    handler: async ({ params: { number }, query, subgraphs }) => {
      const { orders } = await subgraphs.order('ListItems', { orderNumbers: [number], page: toPageRequest(query) });
      const [items] = orders;
      if (items === undefined) throw orderNotFound(number);
      return { body: toItemPage(items, query) };
    },
  });
};

const addPlacing = (api: Api): void => {
  addRoute(api, {
    method: 'POST',
    url: '/orders',
    id: 'placeOrder',
    tag: 'orders',
    summary: 'Places an order',
    description: "At the prices of the shop's own list.",
    signIn: 'place an order',
    body: placedOrder,
    idempotency: 'optional',
    answers: { 201: { description: 'The order, which waits for its payment.', schema: orderResource, headers: ['location'] } },
    problems: [409, 422],
    handler: async ({ body: { items }, caller, idempotency, subgraphs }) => {
      requireUser(caller, 'place an order');
      const { order } = await subgraphs.order('PlaceOrder', { items, ...(idempotency && { idempotency }) });
      if (order === null) throw new Error('the order subgraph placed no order');
      return {
        status: 201,
        body: toOrderResource(order, caller),
        version: order.version,
        headers: { location: path`/orders/${order.number}` },
      };
    },
  });
};

/** What is done with an order is in `orders-actions.ts`. */
export const addOrderRoutes = (api: Api): void => {
  addOrderReads(api);
  addPlacing(api);
};
