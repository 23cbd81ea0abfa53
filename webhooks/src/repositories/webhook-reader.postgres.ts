import { type Sql, uuidsIn } from '@supergraph/database/database';
import { type Page, type PageRequest, toPage } from '@supergraph/pagination';
import type { WebhookReader } from '../use-cases/ports.ts';
import {
  type AttemptRow,
  type DeliveryRow,
  ENDPOINT_COLUMNS,
  type EndpointRow,
  SHOWN_ATTEMPT_COLUMNS,
  SHOWN_DELIVERY_COLUMNS,
  toAttempt,
  toDelivery,
  toEndpoint,
  visible,
} from './webhook-rows.ts';

const ATTEMPTS_SHOWN = 100;

/** Two parameters: the time and the id behind which a page starts. An id that is none comes after every other of its moment. */
const afterUuid = ({ after }: PageRequest): readonly [string | null, string | null] =>
  after === undefined ? [null, null] : [String(after[0]), uuidsIn([String(after[1])])[0] ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

const afterText = ({ after }: PageRequest): readonly [string | null, string | null] =>
  after === undefined ? [null, null] : [String(after[0]), String(after[1])];

const pagesBy = <Row, Item>(rows: Row[], key: (row: Row) => string, toItem: (row: Row) => Item, limit: number): Map<string, Page<Item>> =>
  new Map([...Map.groupBy(rows, key)].map(([parent, group]) => [parent, toPage(group.map(toItem), limit)]));

export const createWebhookReader = (sql: Sql): WebhookReader => ({
  endpoints: async (ids, visibility) => {
    const rows = await sql.query<EndpointRow>(`select ${ENDPOINT_COLUMNS} from endpoints where id = any($1::uuid[]) and ($2 or owner_id = $3)`, [
      uuidsIn(ids),
      ...visible(visibility),
    ]);
    return new Map(rows.map((row) => [row.id, toEndpoint(row)]));
  },
  listEndpoints: async (visibility, page) => {
    const owner = 'everyone' in visibility ? '$4::boolean and $5::text is null' : '$4::boolean is false and owner_id = $5';
    const rows = await sql.query<EndpointRow>(
      `select ${ENDPOINT_COLUMNS} from endpoints
        where ${owner} and ($1::timestamptz is null or (created_at, id) > ($1::timestamptz, $2::uuid)) order by created_at, id limit $3`,
      [...afterUuid(page), page.limit + 1, ...visible(visibility)],
    );
    return toPage(rows.map(toEndpoint), page.limit);
  },
  endpointsOf: async (ownerIds, visibility, page) => {
    const rows = await sql.query<EndpointRow>(
      `select owned.* from unnest($1::text[]) as owner (id) cross join lateral (
         select ${ENDPOINT_COLUMNS} from endpoints
          where owner_id = owner.id and ($2 or owner_id = $3) and ($4::timestamptz is null or (created_at, id) > ($4::timestamptz, $5::uuid))
          order by created_at, id limit $6
       ) as owned order by owned.created_at, owned.id`,
      [ownerIds, ...visible(visibility), ...afterUuid(page), page.limit + 1],
    );
    return pagesBy(rows, (row) => row.owner_id, toEndpoint, page.limit);
  },
  deliveries: async (ids, visibility) => {
    const rows = await sql.query<DeliveryRow>(
      `select ${SHOWN_DELIVERY_COLUMNS} from deliveries join endpoints on endpoints.id = endpoint_id
        where deliveries.id = any($1) and ($2 or owner_id = $3)`,
      [ids, ...visible(visibility)],
    );
    return new Map(rows.map((row) => [row.id, toDelivery(row)]));
  },
  deliveriesOf: async (endpointIds, status, page) => {
    const rows = await sql.query<DeliveryRow>(
      `select made.* from unnest($1::uuid[]) as endpoint (id) cross join lateral (
         select ${SHOWN_DELIVERY_COLUMNS} from deliveries
          where endpoint_id = endpoint.id and ($2::text is null or status = $2)
            and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::text))
          order by created_at desc, id desc limit $5
       ) as made order by made.created_at desc, made.id desc`,
      [uuidsIn(endpointIds), status ?? null, ...afterText(page), page.limit + 1],
    );
    return pagesBy(rows, (row) => row.endpoint_id, toDelivery, page.limit);
  },
  attempts: async (deliveryIds) => {
    const rows = await sql.query<AttemptRow>(
      `select made.* from unnest($1::text[]) as delivery (id) cross join lateral (
         select ${SHOWN_ATTEMPT_COLUMNS} from attempts where delivery_id = delivery.id order by attempt desc limit ${ATTEMPTS_SHOWN}
       ) as made order by made.delivery_id, made.attempt`,
      [deliveryIds],
    );
    return Map.groupBy(rows.map(toAttempt), ({ deliveryId }) => deliveryId);
  },
});
