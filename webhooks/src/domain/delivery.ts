/** `pending` until an attempt succeeds, the schedule ends, or the endpoint is disabled. */
export type DeliveryStatus = 'pending' | 'delivered' | 'exhausted' | 'cancelled';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'exhausted', 'cancelled'] as const satisfies readonly DeliveryStatus[];

/** One event on its way to one endpoint. */
export interface Delivery {
  /** The `webhook-id` of every attempt. */
  id: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  status: DeliveryStatus;
  /** How many attempts were made, over all replays. */
  attempts: number;
  /** The body as it is sent; null before the first attempt. */
  body: string | null;
  /** Null when it is finished. */
  nextAttemptAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** One request and what came of it. */
export interface Attempt {
  deliveryId: string;
  /** 1 for the first; goes on counting after a replay. */
  attempt: number;
  startedAt: Date;
  durationMs: number;
  /** Null when there was no answer; then `failure` says why. */
  statusCode: number | null;
  /** What was read of the answer. */
  response: string | null;
  failure: string | null;
}
