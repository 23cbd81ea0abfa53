import { DomainError } from '@supergraph/errors';

export const endpointNotFound = (id: string): DomainError =>
  new DomainError('not-found', 'WEBHOOK_ENDPOINT_NOT_FOUND', `There is no webhook endpoint '${id}'.`, { id });

export const endpointInvalid = (field: string, expected: string): DomainError =>
  new DomainError('invalid', 'WEBHOOK_ENDPOINT_INVALID', `${field} must be ${expected}.`, { field });

export const urlRefused = (reason: string): DomainError =>
  new DomainError('invalid', 'WEBHOOK_URL_REFUSED', `The URL cannot be used: ${reason}.`, { field: 'url' });

export const queryRefused = (eventType: string, reason: string): DomainError =>
  new DomainError('invalid', 'WEBHOOK_QUERY_REFUSED', `The query cannot be used for ${eventType}: ${reason}.`, { field: 'query', eventType });

export const tooManyEndpoints = (maximum: number): DomainError =>
  new DomainError('failed-precondition', 'WEBHOOK_ENDPOINT_LIMIT', `An account has at most ${maximum} webhook endpoints. Delete one first.`, {
    maximum,
  });

export const endpointDisabled = (id: string, reason: string | null): DomainError =>
  new DomainError(
    'failed-precondition',
    'WEBHOOK_ENDPOINT_DISABLED',
    `The webhook endpoint '${id}' is disabled${reason === null ? '' : `: ${reason}`}. Set its status to active first.`,
    { id },
  );

/** A third key would end one that receivers still rely on. */
export const rotationTooSoon = (until: Date): DomainError =>
  new DomainError(
    'conflict',
    'WEBHOOK_KEY_ROTATION_TOO_SOON',
    `Two keys sign until ${until.toISOString()}. Rotate again after that, or delete the endpoint and register it anew.`,
    { until: until.toISOString() },
  );

export const deliveryNotFound = (id: string): DomainError =>
  new DomainError('not-found', 'WEBHOOK_DELIVERY_NOT_FOUND', `There is no webhook delivery '${id}'.`, { id });

export const deliveryPending = (id: string): DomainError =>
  new DomainError('failed-precondition', 'WEBHOOK_DELIVERY_PENDING', `The webhook delivery '${id}' is still on its way and needs no replay.`, { id });

export const rangeInvalid = (): DomainError =>
  new DomainError('invalid', 'WEBHOOK_RANGE_INVALID', 'from and to must be RFC 3339 times, from before to.', { fields: ['from', 'to'] });

/** Somebody else changed it between the checks and the change. */
export const endpointChanged = (id: string): DomainError =>
  new DomainError('conflict', 'WEBHOOK_ENDPOINT_CHANGED', `The webhook endpoint '${id}' was changed at the same moment. Read it and try again.`, {
    id,
  });
