import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { type Delivery, type Handler, MAX_ATTEMPTS, ParkMessage, retryDelay } from './message-bus.ts';

/** What an adapter has to do with a message after an attempt. */
export type Outcome = { kind: 'done' } | { kind: 'retry'; afterMs: number; reason: string } | { kind: 'park'; reason: string };

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 1_000);

const canHelp = (error: unknown): boolean => !(error instanceof ParkMessage) && !(error instanceof DomainError && !ERROR_KINDS[error.kind].retry);

/** What to do with a message whose attempt number `attempt` failed, or whose process died `attempt` times. */
export const afterFailure = (error: unknown, attempt: number, retryDelayMs: number): Outcome => {
  const reason = reasonOf(error);
  if (!canHelp(error) || attempt >= MAX_ATTEMPTS) return { kind: 'park', reason };
  return { kind: 'retry', afterMs: retryDelay(attempt, retryDelayMs), reason };
};

/** Runs a handler once; never rejects. A DomainError whose kind says that doing it again cannot help parks the message. */
export const runAttempt = async (handle: Handler, delivery: Delivery, retryDelayMs: number): Promise<Outcome> => {
  try {
    await handle(delivery);
    return { kind: 'done' };
  } catch (error) {
    return afterFailure(error, delivery.attempt, retryDelayMs);
  }
};
