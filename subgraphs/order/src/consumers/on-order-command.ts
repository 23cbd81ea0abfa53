import { randomUUID } from 'node:crypto';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { type DataOf, toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import { cancelOrderCommand, orderCommandFinished, payOrderCommand, shipOrderCommand } from '@supergraph/events/order';
import { idempotentRequest } from '@supergraph/grpc/idempotent-request';
import type { Caller } from '@supergraph/identity/caller';
import { type Delivery, type Handler, MAX_ATTEMPTS } from '@supergraph/message-bus/message-bus';
import type { Order } from '../domain/order.ts';
import { answerOnce } from '../grpc/answer-once.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import type { Alert, CurrentRights, EventStamps, Once, TransactOrders } from '../use-cases/ports.ts';
import { shipOrder } from '../use-cases/ship-order.ts';
import { readData } from './read-message.ts';

export type OrderCommandDeps = { once: Once; rightsOf: CurrentRights; alert: Alert } & EventStamps;

interface Command {
  contract: typeof payOrderCommand | typeof cancelOrderCommand | typeof shipOrderCommand;
  /** As gRPC names it: a key stands for one operation at both doors. */
  operation: string;
  useCase: (deps: { transact: TransactOrders } & EventStamps) => (caller: Caller, number: string, expectedVersion?: number) => Promise<Order>;
}
type Refusal = DataOf<typeof orderCommandFinished>['error'];

const COMMANDS: readonly Command[] = [
  { contract: payOrderCommand, operation: 'PayOrder', useCase: payOrder },
  { contract: cancelOrderCommand, operation: 'CancelOrder', useCase: cancelOrder },
  { contract: shipOrderCommand, operation: 'ShipOrder', useCase: shipOrder },
];

/**
 * What its sender is told; undefined for what is tried again, because time can mend it and the bus goes on. What nobody foresaw is masked, so that
 * an operation does not stay pending for ever.
 */
const refusalOf = (error: unknown, { envelope, attempt }: Delivery, alert: Alert): Refusal | undefined => {
  const isLast = attempt >= MAX_ATTEMPTS;
  if (error instanceof DomainError) {
    const isFinal = isLast || !ERROR_KINDS[error.kind].retry;
    return isFinal ? { code: error.code, message: error.message } : undefined;
  }
  if (!isLast) return undefined;
  const reference = randomUUID();
  alert(`gave up ${envelope.type}: unexpected error`, { command: envelope.id, order: envelope.subject, reference, err: error });
  return { code: 'INTERNAL_SERVER_ERROR', message: `Something went wrong on our side. Quote the reference ${reference}.` };
};

/**
 * Carries a command out with the rights that whoever asked has at this moment, and tells its sender what became of it, in the same
 * transaction.
 */
const onOrderCommand =
  ({ contract, operation, useCase }: Command, { once, rightsOf, alert, now, newId }: OrderCommandDeps): Handler =>
  async (delivery) => {
    const { envelope, signal } = delivery;
    const { number, actor, expectedVersion, idempotency } = readData(contract, envelope);
    const finished = (error: Refusal): Envelope =>
      toEnvelope(orderCommandFinished, {
        id: newId(),
        subject: number,
        time: now(),
        data: { commandId: envelope.id, number, succeeded: error === null, error },
      });
    const tell = (transact: TransactOrders, error: Refusal): Promise<void> => transact((_orders, publish) => publish(finished(error)));
    try {
      // Outside the transaction: no connection waits for another room.
      const caller = await rightsOf(actor.userId, signal);
      await once(envelope.id, async (transact, idempotently) => {
        const request = idempotentRequest(caller, operation, idempotency ?? null);
        await answerOnce(idempotently, request, caller, (within) => useCase({ transact: within, now, newId })(caller, number, expectedVersion));
        await tell(transact, null);
      });
    } catch (error) {
      const refusal = refusalOf(error, delivery, alert);
      if (refusal === undefined) throw error;
      // What was tried is rolled back, the note that it was handled too.
      await once(envelope.id, (transact) => tell(transact, refusal));
    }
  };

/** By type of command. */
export const onOrderCommands = (deps: OrderCommandDeps): Record<string, Handler> =>
  Object.fromEntries(COMMANDS.map((command) => [command.contract.type, onOrderCommand(command, deps)]));
