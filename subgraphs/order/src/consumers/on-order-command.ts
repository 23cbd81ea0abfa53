import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { type DataOf, toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { cancelOrderCommand, orderCommandFinished, payOrderCommand, shipOrderCommand } from '@supergraph/events/order';
import type { Caller } from '@supergraph/identity/caller';
import { type Delivery, type Handler, MAX_ATTEMPTS } from '@supergraph/message-bus/message-bus';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import type { EventStamps, Once, TransactOrders } from '../use-cases/ports.ts';
import { shipOrder } from '../use-cases/ship-order.ts';
import { readData } from './read-message.ts';

type Command = typeof payOrderCommand | typeof cancelOrderCommand | typeof shipOrderCommand;
type UseCase = (deps: { transact: TransactOrders } & EventStamps) => (caller: Caller, number: string, expectedVersion?: number) => Promise<unknown>;
type Refusal = DataOf<typeof orderCommandFinished>['error'];

/** What time can mend is tried again, as long as the bus does so; after that its sender is told too. */
const isFinal = (error: unknown, attempt: number): error is DomainError =>
  error instanceof DomainError && (!ERROR_KINDS[error.kind].retry || attempt >= MAX_ATTEMPTS);

/** Carries a command out with the rights of whoever asked, and tells its sender what became of it, in the same transaction. */
const onOrderCommand =
  (contract: Command, useCase: UseCase, { once, now, newId }: { once: Once } & EventStamps): Handler =>
  async ({ envelope, attempt }: Delivery) => {
    const { number, actor, expectedVersion } = readData(contract, envelope);
    const finished = (error: Refusal): Envelope =>
      toEnvelope(orderCommandFinished, {
        id: newId(),
        subject: number,
        time: now(),
        data: { commandId: envelope.id, number, succeeded: error === null, error },
      });
    const tell = (transact: TransactOrders, error: Refusal): Promise<void> => transact((_orders, publish) => publish(finished(error)));
    try {
      await once(envelope.id, async (transact) => {
        await useCase({ transact, now, newId })(actor, number, expectedVersion);
        await tell(transact, null);
      });
    } catch (error) {
      if (!isFinal(error, attempt)) throw error;
      // What was tried is rolled back, the note that it was handled too.
      await once(envelope.id, (transact) => tell(transact, { code: error.code, message: error.message }));
    }
  };

/** By type of command. */
export const onOrderCommands = (deps: { once: Once } & EventStamps) => ({
  [payOrderCommand.type]: onOrderCommand(payOrderCommand, payOrder, deps),
  [cancelOrderCommand.type]: onOrderCommand(cancelOrderCommand, cancelOrder, deps),
  [shipOrderCommand.type]: onOrderCommand(shipOrderCommand, shipOrder, deps),
});
