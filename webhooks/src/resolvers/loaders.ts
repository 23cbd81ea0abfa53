import type { Caller } from '@supergraph/identity/caller';
import type { Page } from '@supergraph/pagination';
import { createBatchLoader, createPageLoader, type PageLoader } from '@supergraph/service/loaders';
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus } from '../domain/delivery.ts';
import type { ReadWebhooks } from '../use-cases/read-webhooks.ts';

/** One set a request: each turns any number of reads of one tick into one statement. */
export const createLoaders = (read: ReadWebhooks, caller: Caller) => {
  const deliveriesIn = (status: DeliveryStatus | undefined): PageLoader<Page<Delivery>> =>
    createPageLoader((endpointIds, page) => read.deliveriesOf(caller, endpointIds, status, page));
  return {
    endpoint: createBatchLoader((ids) => read.endpoints(caller, ids)),
    endpointsOfOwner: createPageLoader((ownerIds, page) => read.endpointsOf(caller, ownerIds, page)),
    delivery: createBatchLoader((ids) => read.deliveries(caller, ids)),
    deliveries: deliveriesIn(undefined),
    deliveriesByStatus: new Map(DELIVERY_STATUSES.map((status) => [status, deliveriesIn(status)])),
    attempts: createBatchLoader((deliveryIds) => read.attempts(caller, deliveryIds)),
  };
};

export type Loaders = ReturnType<typeof createLoaders>;
