import { type Caller, signInRequired } from '@supergraph/identity/caller';
import type { Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { deliveryNotFound, deliveryPending, endpointDisabled, endpointNotFound } from '../domain/errors.ts';
import type { ReplayRange } from '../domain/replay-range.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { TransactWebhooks, WebhookWriter } from './ports.ts';

/** How many of a range are put back at a time. */
export const MAX_REPLAYED = 10_000;

const usableEndpoint = async (webhooks: WebhookWriter, caller: Caller, id: string): Promise<Endpoint> => {
  const endpoint = await webhooks.find(id, visibilityOf(caller));
  if (endpoint === undefined) throw endpointNotFound(id);
  if (endpoint.status === 'disabled') throw endpointDisabled(endpoint.id, endpoint.disabledReason);
  return endpoint;
};

/** Sends a finished delivery again, with the same `webhook-id` and body and the whole schedule before it. */
export const replayDelivery =
  ({ transact, now }: { transact: TransactWebhooks; now: () => Date }) =>
  async (caller: Caller, id: string): Promise<Delivery> => {
    if (caller.role === 'anonymous') throw signInRequired('replay a webhook delivery');
    return transact(async (webhooks) => {
      const delivery = await webhooks.findDelivery(id, visibilityOf(caller));
      if (delivery === undefined) throw deliveryNotFound(id);
      await usableEndpoint(webhooks, caller, delivery.endpointId);
      const [replayed] = await webhooks.replay([delivery.id], now());
      if (replayed === undefined) throw deliveryPending(id);
      return replayed;
    });
  };

/** The same for an endpoint's deliveries of events that came in [from, to). @returns how many; MAX_REPLAYED says that there may be more. */
export const replayRange =
  ({ transact, now }: { transact: TransactWebhooks; now: () => Date }) =>
  async (caller: Caller, endpointId: string, { from, to, includeDelivered }: ReplayRange): Promise<number> => {
    if (caller.role === 'anonymous') throw signInRequired('replay webhook deliveries');
    const statuses: DeliveryStatus[] = includeDelivered ? ['exhausted', 'cancelled', 'delivered'] : ['exhausted', 'cancelled'];
    return transact(async (webhooks) => {
      const endpoint = await usableEndpoint(webhooks, caller, endpointId);
      const ids = await webhooks.finishedBetween(endpoint.id, { from, to, statuses, limit: MAX_REPLAYED });
      return (await webhooks.replay(ids, now())).length;
    });
  };
