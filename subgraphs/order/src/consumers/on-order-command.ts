import { cancelOrderCommand, payOrderCommand } from '@supergraph/events/order';
import type { Handler } from '@supergraph/message-bus/message-bus';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import type { EventStamps, Once } from '../use-cases/ports.ts';
import { readData } from './read-message.ts';

/** Carries out `order.pay.v1` and `order.cancel.v1` with the rights of whoever asked; what cannot be done is parked with its reason. */
export const onOrderCommand =
  ({ once, now, newId }: { once: Once } & EventStamps): Handler =>
  ({ envelope }) => {
    const isPayment = envelope.type === payOrderCommand.type;
    const { number, actor } = readData(isPayment ? payOrderCommand : cancelOrderCommand, envelope);
    const useCase = isPayment ? payOrder : cancelOrder;
    return once(envelope.id, (transact) => useCase({ transact, now, newId })(actor, number));
  };
