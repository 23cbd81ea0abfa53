import type { Caller } from '@supergraph/identity/caller';

/** The message in which every write may carry a key. */
interface IdempotencyKeyMessage {
  key: string;
  requestHash: string;
}

const callerIdOf = (caller: Caller): string => {
  if (caller.role === 'service') return `service:${caller.name}`;
  return caller.role === 'anonymous' ? 'anonymous' : caller.userId;
};

/**
 * What packages/database's `runIdempotently` takes, for a key that came with a request.
 * @returns undefined when there is none: the write then happens each time.
 */
export const idempotentRequest = (caller: Caller, operation: string, message: IdempotencyKeyMessage | null) =>
  message === null ? undefined : { callerId: callerIdOf(caller), key: message.key, operation, requestHash: message.requestHash };
