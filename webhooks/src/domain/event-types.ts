import type { Envelope } from '@supergraph/events/envelope';
import { PUBLIC_EVENT_TYPES } from '@supergraph/events/registry';

/** Sent on request only, to see whether an endpoint works. */
export const TEST_EVENT_TYPE = 'webhook.test.v1';

/** What can be subscribed to. */
export const EVENT_TYPES = PUBLIC_EVENT_TYPES;

const isPublic = (type: string): boolean => /^(category|product)\./.test(type);

/** Nothing in these says whose they are. */
const isForStaff = (type: string): boolean => type.startsWith('payment.');

export const mayBeSubscribedBy = (type: string, ownerSeesEverything: boolean): boolean =>
  EVENT_TYPES.includes(type) && (ownerSeesEverything || !isForStaff(type));

/** Who may be told of an event: what a customer could not read in the graph is not pushed to them either. */
export type Audience = { everyone: true } | { ownerId: string } | { staff: true };

export const audienceOf = ({ type, data }: Envelope): Audience => {
  if (isPublic(type)) return { everyone: true };
  const owner = data['customerId'] ?? data['ownerId'] ?? (type.startsWith('user.') ? data['id'] : undefined);
  return typeof owner === 'string' ? { ownerId: owner } : { staff: true };
};
