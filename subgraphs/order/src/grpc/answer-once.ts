import type { Caller } from '@supergraph/identity/caller';
import type { Order } from '../domain/order.ts';
import type { Idempotently, IdempotentRequest, TransactOrders } from '../use-cases/ports.ts';
import { readOrders } from '../use-cases/read-orders.ts';
import { type OrderMessage, toOrderMessages } from './order-message.ts';

/**
 * Runs a write once for its key. The whole answer is what is kept under the key, so that a repeated request gets the same one, also when the first
 * came as a command: a key means one thing at both doors.
 */
export const answerOnce = (
  idempotently: Idempotently,
  request: IdempotentRequest | undefined,
  caller: Caller,
  work: (transact: TransactOrders) => Promise<Order>,
): Promise<{ order: OrderMessage | undefined }> =>
  idempotently(request, async (transact, orders) => {
    const [order] = await toOrderMessages(readOrders(orders), caller, [await work(transact)]);
    return { order };
  });
