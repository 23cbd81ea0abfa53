import { type Caller, signInRequired } from '@supergraph/identity/caller';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Attempt, Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { visibilityOf } from '../domain/visibility.ts';
import type { WebhookReader } from './ports.ts';

/** Every read of endpoints and deliveries, each cut to what the caller may see. */
export const readWebhooks = (webhooks: WebhookReader) => ({
  endpoints: (caller: Caller, ids: readonly string[]): Promise<Map<string, Endpoint>> => webhooks.endpoints(ids, visibilityOf(caller)),

  listEndpoints: async (caller: Caller, page: PageRequest): Promise<Page<Endpoint>> => {
    if (caller.role === 'anonymous') throw signInRequired('list webhook endpoints');
    return webhooks.listEndpoints(visibilityOf(caller), page);
  },

  endpointsOf: (caller: Caller, ownerIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Endpoint>>> =>
    webhooks.endpointsOf(ownerIds, visibilityOf(caller), page),

  deliveries: (caller: Caller, ids: readonly string[]): Promise<Map<string, Delivery>> => webhooks.deliveries(ids, visibilityOf(caller)),

  /** Only for endpoints this caller was given before: the ids come from our own answers, never from a client. */
  deliveriesOf: (
    _caller: Caller,
    endpointIds: readonly string[],
    status: DeliveryStatus | undefined,
    page: PageRequest,
  ): Promise<Map<string, Page<Delivery>>> => webhooks.deliveriesOf(endpointIds, status, page),

  /** Only for deliveries this caller was given before. */
  attempts: (_caller: Caller, deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>> => webhooks.attempts(deliveryIds),
});

export type ReadWebhooks = ReturnType<typeof readWebhooks>;
