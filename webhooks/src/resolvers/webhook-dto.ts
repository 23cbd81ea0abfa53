import type { Attempt, Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint, EndpointStatus } from '../domain/endpoint.ts';

/** What leaves the room. `ownerId` only leads to the owner. */
export interface EndpointDto {
  id: string;
  url: string;
  eventTypes: string[];
  query: string | null;
  status: Uppercase<EndpointStatus>;
  disabledReason: string | null;
  failingSince: string | null;
  createdAt: string;
  ownerId: string;
}

/** `endpointId` only leads to the endpoint. */
export interface DeliveryDto {
  id: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  status: Uppercase<DeliveryStatus>;
  body: string | null;
  createdAt: string;
  nextAttemptAt: string | null;
  finishedAt: string | null;
  attemptCount: number;
}

export interface AttemptDto {
  attempt: number;
  startedAt: string;
  durationMs: number;
  statusCode: number | null;
  response: string | null;
  failure: string | null;
}

export interface UserReference {
  id: string;
}

const inCapitals = <Text extends string>(text: Text): Uppercase<Text> => text.toUpperCase() as Uppercase<Text>;

const timeOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toEndpointDto = (endpoint: Endpoint): EndpointDto => ({
  id: endpoint.id,
  url: endpoint.url,
  eventTypes: endpoint.eventTypes,
  query: endpoint.query,
  status: inCapitals(endpoint.status),
  disabledReason: endpoint.disabledReason,
  failingSince: timeOf(endpoint.firstFailureAt),
  createdAt: endpoint.createdAt.toISOString(),
  ownerId: endpoint.ownerId,
});

export const toDeliveryDto = (delivery: Delivery): DeliveryDto => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventId: delivery.eventId,
  eventType: delivery.eventType,
  status: inCapitals(delivery.status),
  body: delivery.body,
  createdAt: delivery.createdAt.toISOString(),
  nextAttemptAt: timeOf(delivery.nextAttemptAt),
  finishedAt: timeOf(delivery.finishedAt),
  attemptCount: delivery.attempts,
});

export const toAttemptDto = ({ attempt, startedAt, durationMs, statusCode, response, failure }: Attempt): AttemptDto => ({
  attempt,
  startedAt: startedAt.toISOString(),
  durationMs,
  statusCode,
  response,
  failure,
});
