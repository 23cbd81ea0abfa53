import { DomainError } from '@supergraph/errors';
import type { Envelope } from '@supergraph/events/envelope';
import type { paymentFailed, paymentRefunded, paymentSettled } from '@supergraph/events/payment';
import type { Caller } from '@supergraph/identity/caller';
import { type Handler, ParkMessage } from '@supergraph/message-bus/message-bus';
import type { Alert, EventStamps, Once, TransactOrders } from '../use-cases/ports.ts';
import { readData, serviceOf } from './read-message.ts';

export type PaymentConsumerDeps = { once: Once; alert: Alert } & EventStamps;

type PaymentContract = typeof paymentSettled | typeof paymentFailed | typeof paymentRefunded;
type Told = { paymentId: string; orderNumber: string; amount: { amount: number; currency: string } };
type UseCase = (deps: { transact: TransactOrders } & EventStamps) => (caller: Caller, told: Told) => Promise<void>;

/**
 * What has to do with money and does not fit is for a person: it is parked and somebody is told. An order that is not there is
 * looked for again before that.
 */
const parked = (error: unknown, envelope: Envelope, alert: Alert): unknown => {
  if (!(error instanceof DomainError)) return error;
  if (error.code === 'ORDER_NOT_FOUND') return new Error(error.message, { cause: error });
  if (!error.code.startsWith('PAYMENT_')) return error;
  alert(`parked ${envelope.type}: ${error.message}`, { event: envelope.id, order: envelope.subject, ...error.details });
  return new ParkMessage(error.message, error);
};

/** Hands what the provider told to a use case, once. */
export const onPaymentNews =
  <C extends PaymentContract>(contract: C, useCaseOf: (envelope: Envelope) => UseCase) =>
  ({ once, now, newId, alert }: PaymentConsumerDeps): Handler =>
  async ({ envelope }) => {
    const told: Told = readData(contract, envelope);
    try {
      await once(envelope.id, (transact) => useCaseOf(envelope)({ transact, now, newId })(serviceOf(envelope), told));
    } catch (error) {
      throw parked(error, envelope, alert);
    }
  };
