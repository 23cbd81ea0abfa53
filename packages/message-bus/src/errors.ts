import { DomainError } from '@supergraph/errors';

/** The broker does not answer, or did not confirm. The messages may or may not be there: publish again with the same ids. */
export const busUnavailable = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'BUS_UNAVAILABLE', 'Messages cannot be published at the moment. Try again shortly.', {}, cause);

/** A handler subscribed for a group that the bus was not opened with. */
export const groupUnknown = (group: string): DomainError =>
  new DomainError('invalid', 'BUS_GROUP_UNKNOWN', `The bus has no group '${group}'. Add it to packages/events/src/subscriptions.ts.`, { group });
