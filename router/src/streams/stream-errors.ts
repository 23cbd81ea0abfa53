import { DomainError } from '@supergraph/errors';
import type { Refusal } from '../door/refusal.ts';
import { refusalOfDomainError } from '../door/refusal.ts';

export const accessTokenExpired = (): DomainError =>
  new DomainError('unauthenticated', 'ACCESS_TOKEN_EXPIRED', 'The access token has expired. Subscribe again with a new one.');

export const shuttingDown = (): DomainError => new DomainError('unavailable', 'SHUTTING_DOWN', 'The router is about to stop. Subscribe again.');

export const readerTooSlow = (seconds: number): DomainError =>
  new DomainError('rate-limited', 'READER_TOO_SLOW', `Nothing was read for ${seconds} s. Subscribe again, and read faster or ask for less.`);

export const tooManyStreams = (max: number): DomainError =>
  new DomainError('unavailable', 'TOO_MANY_SUBSCRIPTIONS', `There are ${max} subscriptions, which is as many as there may be. Try again later.`);

export const tooManyOfConnection = (max: number): DomainError =>
  new DomainError(
    'rate-limited',
    'TOO_MANY_SUBSCRIPTIONS_ON_CONNECTION',
    `One connection may have ${max} subscriptions at most. End some, or open another one.`,
  );

const RETRY_AFTER_SECONDS = '5';

/** With when to come back, where that helps. */
export const refusalOf = (error: DomainError): Refusal => {
  const refusal = refusalOfDomainError(error) ?? { status: 500, code: error.code, message: error.message };
  return refusal.status === 503 ? { ...refusal, headers: { ...refusal.headers, 'retry-after': RETRY_AFTER_SECONDS } } : refusal;
};
