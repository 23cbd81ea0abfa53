import type { Attempt, Delivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';

const timeOf = (time: Date | null): string | null => time?.toISOString() ?? null;

/** What leaves the room over REST. */
export const toEndpointResource = (endpoint: Endpoint) => ({
  id: endpoint.id,
  ownerId: endpoint.ownerId,
  url: endpoint.url,
  eventTypes: endpoint.eventTypes,
  query: endpoint.query,
  status: endpoint.status,
  disabledReason: endpoint.disabledReason,
  failingSince: timeOf(endpoint.firstFailureAt),
  createdAt: endpoint.createdAt.toISOString(),
});

const toAttemptResource = ({ attempt, startedAt, durationMs, statusCode, response, failure }: Attempt) => ({
  attempt,
  startedAt: startedAt.toISOString(),
  durationMs,
  statusCode,
  response,
  failure,
});

export const toDeliveryResource = (delivery: Delivery, attempts: readonly Attempt[]) => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventId: delivery.eventId,
  eventType: delivery.eventType,
  status: delivery.status,
  body: delivery.body,
  createdAt: delivery.createdAt.toISOString(),
  nextAttemptAt: timeOf(delivery.nextAttemptAt),
  finishedAt: timeOf(delivery.finishedAt),
  attemptCount: delivery.attempts,
  attempts: attempts.map(toAttemptResource),
});
