import type { Attempt, Delivery, DeliveryStatus } from '../domain/delivery.ts';
import type { Endpoint, EndpointStatus } from '../domain/endpoint.ts';
import type { Visibility } from '../domain/visibility.ts';

export interface EndpointRow {
  id: string;
  owner_id: string;
  url: string;
  event_types: string[];
  query: string | null;
  status: EndpointStatus;
  disabled_reason: string | null;
  first_failure_at: Date | null;
  created_at: Date;
}

export interface DeliveryRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: string;
  status: DeliveryStatus;
  attempts: number;
  body: string | null;
  next_attempt_at: Date;
  created_at: Date;
  finished_at: Date | null;
}

export interface AttemptRow {
  delivery_id: string;
  attempt: number;
  started_at: Date;
  duration_ms: number;
  status_code: number | null;
  response: string | null;
  failure: string | null;
}

const columns = (table: string, names: string): string =>
  names
    .split(' ')
    .map((name) => `${table}.${name}`)
    .join(', ');

export const ENDPOINT_COLUMNS = columns('endpoints', 'id owner_id url event_types query status disabled_reason first_failure_at created_at');
export const DELIVERY_COLUMNS = columns(
  'deliveries',
  'id endpoint_id event_id event_type status attempts body next_attempt_at created_at finished_at',
);
/** For people: the beginning of what may be long, so that a page of deliveries stays small. */
export const SHOWN_DELIVERY_COLUMNS = DELIVERY_COLUMNS.replace('deliveries.body', 'left(deliveries.body, 65536) as body');
export const SHOWN_ATTEMPT_COLUMNS = 'delivery_id, attempt, started_at, duration_ms, status_code, left(response, 4096) as response, failure';

export const toEndpoint = (row: EndpointRow): Endpoint => ({
  id: row.id,
  ownerId: row.owner_id,
  url: row.url,
  eventTypes: row.event_types,
  query: row.query,
  status: row.status,
  disabledReason: row.disabled_reason,
  createdAt: row.created_at,
  firstFailureAt: row.first_failure_at,
});

export const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  eventType: row.event_type,
  status: row.status,
  attempts: row.attempts,
  body: row.body,
  nextAttemptAt: row.status === 'pending' ? row.next_attempt_at : null,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});

export const toAttempt = (row: AttemptRow): Attempt => ({
  deliveryId: row.delivery_id,
  attempt: row.attempt,
  startedAt: row.started_at,
  durationMs: row.duration_ms,
  statusCode: row.status_code,
  response: row.response,
  failure: row.failure,
});

/** Two parameters: whether everybody's endpoints are visible, and otherwise whose. */
export const visible = (visibility: Visibility): readonly [boolean, string | null] => [
  'everyone' in visibility,
  'ownerId' in visibility ? visibility.ownerId : null,
];
