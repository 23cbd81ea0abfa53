import { type Connection, type ConnectionArguments, type Page, type PageRequest, parsePage, toConnection } from '@supergraph/pagination';
import type { Order, OrderLine } from '../domain/order.ts';
import { averageDiscountPercent } from '../domain/product-sales.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { type OrderDto, type OrderItemDto, toOrderDto, toOrderItemDto, toPaymentDto, type UserReference } from './order-dto.ts';

const EMPTY = { items: [], hasNextPage: false };

const orderPage = (args: ConnectionArguments): PageRequest => parsePage(args, ['time', 'string']);
const linePage = (args: ConnectionArguments): PageRequest => parsePage(args, ['number']);

const orderConnection = (page: Page<Order> | null, request: PageRequest): Connection<OrderDto> =>
  toConnection(page ?? EMPTY, request, ({ placedAt, number }) => [placedAt.toISOString(), number], toOrderDto);

const lineConnection = (page: Page<OrderLine> | null, request: PageRequest): Connection<OrderItemDto> =>
  toConnection(page ?? EMPTY, request, ({ line }) => [line], toOrderItemDto);

const orderOrNull = (order: Order | null): OrderDto | null => order && toOrderDto(order);

export const resolvers: Resolvers = {
  Query: {
    order: async (_, { number }, { loaders }) => orderOrNull(await loaders.orderByNumber.load(number)),
    orders: async (_, { status, ...args }, { useCases, caller }) => {
      const request = orderPage(args);
      return orderConnection(await useCases.read.list(caller, { status: status ?? undefined }, request), request);
    },
  },

  Mutation: {
    placeOrder: async (_, { input }, { useCases, caller }) => ({ order: toOrderDto(await useCases.placeOrder(caller, input.items)) }),
    payOrder: async (_, { input }, { useCases, caller }) => ({ order: toOrderDto(await useCases.payOrder(caller, input.number)) }),
    cancelOrder: async (_, { input }, { useCases, caller }) => ({ order: toOrderDto(await useCases.cancelOrder(caller, input.number)) }),
    shipOrder: async (_, { input }, { useCases, caller }) => ({ order: toOrderDto(await useCases.shipOrder(caller, input.number)) }),
  },

  Order: {
    __resolveReference: async (reference, { loaders }) =>
      orderOrNull('number' in reference ? await loaders.orderByNumber.load(reference.number) : await loaders.orderById.load(reference.id)),
    customer: ({ customerId }): UserReference | null => (customerId === undefined ? null : { id: customerId }),
    customerName: async ({ customerId }, _, { loaders }) => (customerId === undefined ? null : loaders.customerName.load(customerId)),
    payment: async ({ number }, _, { loaders }) => {
      const status = await loaders.paymentStatus.load(number);
      return status && toPaymentDto(status);
    },
    items: async ({ number }, args, { loaders }) => {
      const request = linePage(args);
      return lineConnection(await loaders.lines.load(number, request), request);
    },
  },

  User: {
    orders: async ({ id }, args, { loaders }) => {
      const request = orderPage(args);
      return orderConnection(await loaders.ordersOfCustomer.load(id, request), request);
    },
  },

  Product: {
    orders: async ({ sku }, args, { loaders }) => {
      const request = orderPage(args);
      return orderConnection(await loaders.ordersWithProduct.load(sku, request), request);
    },
    unitsSold: async ({ sku }, _, { loaders }) => (await loaders.sales.load(sku))?.unitsSold ?? 0,
    averageDiscountPercent: async ({ sku, price }, _, { loaders }) => {
      const sales = await loaders.sales.load(sku);
      return sales && price ? averageDiscountPercent(sales, price.amount) : null;
    },
  },
};
