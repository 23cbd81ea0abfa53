import { DomainError } from '@supergraph/errors';

export const subscriptionsNotServed = (): DomainError =>
  new DomainError('failed-precondition', 'SUBSCRIPTIONS_NOT_SERVED', 'This router serves no subscriptions, because it runs the reference engine.');

export const eventsNotConfigured = (field: string): DomainError =>
  new DomainError('failed-precondition', 'EVENTS_NOT_CONFIGURED', `Subscription.${field} comes from events, and this router has no message bus.`, {
    field,
  });

export const eventsUnavailable = (cause?: unknown): DomainError =>
  new DomainError('unavailable', 'EVENTS_UNAVAILABLE', 'Events do not arrive at the moment. Subscribe again shortly.', {}, cause);

export const eventsInterrupted = (): DomainError =>
  new DomainError('unavailable', 'EVENTS_INTERRUPTED', 'Events may have been missed. Subscribe again, then ask for the current state.');

export const subscriptionTooSlow = (): DomainError =>
  new DomainError(
    'rate-limited',
    'SUBSCRIPTION_TOO_SLOW',
    'More events wait than are kept. Subscribe again, and take results faster or filter more.',
  );

export const supergraphChanged = (): DomainError =>
  new DomainError('unavailable', 'SUPERGRAPH_CHANGED', 'The schema changed, and the subscription does not fit it any more. Subscribe again.');

export const subscriptionSourceLost = (subgraph: string, cause?: unknown): DomainError =>
  new DomainError(
    'unavailable',
    'SUBSCRIPTION_SOURCE_LOST',
    `The subgraph "${subgraph}" ended the subscription. Subscribe again shortly.`,
    { subgraph },
    cause,
  );
