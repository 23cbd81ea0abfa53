import type { CallContext, Handlers } from '@supergraph/grpc/grpc-server';
import { idempotentRequest } from '@supergraph/grpc/idempotent-request';
import type { Caller } from '@supergraph/identity/caller';
import { parsePage, toConnection } from '@supergraph/pagination';
import { orderInvalid } from '../domain/errors.ts';
import type { Order, OrderStatus } from '../domain/order.ts';
import type { OrdersDefinition } from '../generated/proto/supergraph/order/v1/Orders.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import type { EventStamps, Idempotently, TransactOrders } from '../use-cases/ports.ts';
import type { ReadOrders } from '../use-cases/read-orders.ts';
import { shipOrder } from '../use-cases/ship-order.ts';
import { answerOnce } from './answer-once.ts';
import { toItemMessage, toOrderMessages } from './order-message.ts';

const MAX_NUMBERS = 100;
const STATUSES: ReadonlySet<string> = new Set<OrderStatus>(['PENDING', 'PAID', 'SHIPPED', 'CANCELLED']);
const EMPTY = { items: [], hasNextPage: false };

type Deps = EventStamps & { transact: TransactOrders };
type Steps = (deps: Deps) => (caller: Caller, number: string, expectedVersion?: number) => Promise<Order>;
type Key = Parameters<typeof idempotentRequest>[2];

const checkNumbers = (field: string, numbers: readonly string[]): void => {
  if (numbers.length > MAX_NUMBERS) throw orderInvalid(field, `at most ${MAX_NUMBERS} numbers`);
};

const statusOf = (status: string | undefined): OrderStatus | undefined => {
  if (status !== undefined && !STATUSES.has(status)) throw orderInvalid('status', `one of ${[...STATUSES].join(', ')}`);
  return status as OrderStatus | undefined;
};

/** Reads: a fixed number of statements each, however many orders. */
const readHandlers = (read: ReadOrders): Pick<Handlers<OrdersDefinition>, 'GetOrders' | 'ListOrders' | 'ListItems'> => ({
  GetOrders: async ({ numbers }, { identity: { caller } }) => {
    checkNumbers('numbers', numbers);
    const orders = await read.byNumber(caller, numbers);
    return { orders: await toOrderMessages(read, caller, [...orders.values()]) };
  },

  ListOrders: async ({ status, page }, { identity: { caller } }) => {
    const request = parsePage(page ?? {}, ['time', 'string']);
    const orders = await read.list(caller, { status: statusOf(status) }, request);
    const { pageInfo } = toConnection(
      orders,
      request,
      ({ placedAt, number }) => [placedAt.toISOString(), number],
      ({ number }) => number,
    );
    return { orders: await toOrderMessages(read, caller, orders.items), pageInfo };
  },

  ListItems: async ({ orderNumbers, page }, { identity: { caller } }) => {
    checkNumbers('orderNumbers', orderNumbers);
    const request = parsePage(page ?? {}, ['number']);
    // The lines themselves do not know whose they are.
    const visible = [...(await read.byNumber(caller, orderNumbers)).keys()];
    const pages = await read.lines(caller, visible, request);
    return {
      orders: visible.map((orderNumber) => {
        const { nodes, pageInfo } = toConnection(pages.get(orderNumber) ?? EMPTY, request, ({ line }) => [line], toItemMessage);
        return { orderNumber, items: nodes, pageInfo };
      }),
    };
  },
});

/** gRPC in, use cases, messages out. */
export const orderHandlers = ({
  read,
  idempotently,
  now,
  newId,
}: { read: ReadOrders; idempotently: Idempotently } & EventStamps): Handlers<OrdersDefinition> => {
  const write = (operation: string, key: Key, { identity: { caller } }: CallContext, work: (deps: Deps) => Promise<Order>) =>
    answerOnce(idempotently, idempotentRequest(caller, operation, key), caller, (transact) => work({ transact, now, newId }));
  const step =
    (operation: string, useCase: Steps) =>
    ({ number, ifVersion, idempotency }: { number: string; ifVersion?: number; idempotency: Key }, context: CallContext) =>
      write(operation, idempotency, context, (deps) => useCase(deps)(context.identity.caller, number, ifVersion));
  return {
    ...readHandlers(read),
    PlaceOrder: ({ items, idempotency }, context) =>
      write('PlaceOrder', idempotency, context, (deps) => placeOrder(deps)(context.identity.caller, items)),
    PayOrder: step('PayOrder', payOrder),
    CancelOrder: step('CancelOrder', cancelOrder),
    ShipOrder: step('ShipOrder', shipOrder),
  };
};
