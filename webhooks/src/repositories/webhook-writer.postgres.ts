import { type Database, type Sql, uuidsIn } from '@supergraph/database/database';
import type { TransactWebhooks, WebhookWriter } from '../use-cases/ports.ts';
import type { KeyCipher } from './key-cipher.crypto.ts';
import { DELIVERY_COLUMNS, type DeliveryRow, ENDPOINT_COLUMNS, type EndpointRow, toDelivery, toEndpoint, visible } from './webhook-rows.ts';

/** The endpoints with their keys, inside the transaction of `sql`. */
const createEndpointWriter = (sql: Sql, cipher: KeyCipher) => {
  const addKey: WebhookWriter['addKey'] = async (endpointId, { secret, createdAt, expiresAt }, othersUntil) => {
    await sql.query('delete from endpoint_keys where endpoint_id = $1 and expires_at <= $2', [endpointId, createdAt]);
    await sql.query('update endpoint_keys set expires_at = $2 where endpoint_id = $1 and expires_at is null', [endpointId, othersUntil]);
    await sql.query('insert into endpoint_keys (endpoint_id, sealed_key, created_at, expires_at) values ($1, $2, $3, $4)', [
      endpointId,
      cipher.seal(secret, endpointId),
      createdAt,
      expiresAt,
    ]);
  };
  return {
    countOf: async (ownerId) => {
      await sql.query("select pg_advisory_xact_lock(hashtextextended('endpoints of ' || $1, 0))", [ownerId]);
      const [row] = await sql.query<{ count: number }>('select count(*)::integer as count from endpoints where owner_id = $1', [ownerId]);
      return row?.count ?? 0;
    },
    add: async (endpoint, ownerSeesEverything, key) => {
      const { id, ownerId, url, eventTypes, query, status, createdAt } = endpoint;
      await sql.query(
        `insert into endpoints (id, owner_id, owner_sees_everything, url, event_types, query, status, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, ownerId, ownerSeesEverything, url, eventTypes, query, status, createdAt],
      );
      await addKey(id, key, createdAt);
    },
    find: async (id, visibility) => {
      const [row] = await sql.query<EndpointRow>(
        `select ${ENDPOINT_COLUMNS} from endpoints where id = any($1::uuid[]) and ($2 or owner_id = $3) for no key update`,
        [uuidsIn([id]), ...visible(visibility)],
      );
      return row && toEndpoint(row);
    },
    change: async ({ id, url, eventTypes, query, status, disabledReason, firstFailureAt }) => {
      await sql.query(
        'update endpoints set url = $2, event_types = $3, query = $4, status = $5, disabled_reason = $6, first_failure_at = $7 where id = $1',
        [id, url, eventTypes, query, status, disabledReason, firstFailureAt],
      );
    },
    remove: async (id) => {
      await sql.query('delete from endpoints where id = $1', [id]);
    },
    keys: async (endpointId, now) => {
      const rows = await sql.query<{ created_at: Date; expires_at: Date | null }>(
        `select created_at, expires_at from endpoint_keys
          where endpoint_id = $1 and (expires_at is null or expires_at > $2) order by created_at desc`,
        [endpointId, now],
      );
      return rows.map((row) => ({ createdAt: row.created_at, expiresAt: row.expires_at }));
    },
    addKey,
    keepOwner: async (ownerId, seesEverything) => {
      await sql.query('update endpoints set owner_sees_everything = $2 where owner_id = $1 and owner_sees_everything <> $2', [
        ownerId,
        seesEverything,
      ]);
    },
  } satisfies Partial<WebhookWriter>;
};

const createDeliveryWriter = (sql: Sql) =>
  ({
    addDelivery: async (endpointId, id, envelope, now) => {
      const [row] = await sql.query<DeliveryRow>(
        `insert into deliveries (id, endpoint_id, event_id, event_type, envelope, status, next_attempt_at, created_at)
         values ($1, $2, $3, $4, $5, 'pending', $6, $6) returning ${DELIVERY_COLUMNS}`,
        [id, endpointId, envelope.id, envelope.type, JSON.stringify(envelope), now],
      );
      return toDelivery(row as DeliveryRow);
    },
    addDeliveries: async (envelope, audience, now) => {
      const added = await sql.query(
        `insert into deliveries (id, endpoint_id, event_id, event_type, envelope, status, next_attempt_at, created_at)
         select 'msg_' || replace(gen_random_uuid()::text, '-', ''), id, $1, $2, $3, 'pending', $4, $4 from endpoints
          where event_types @> array[$2::text] and status <> 'disabled' and ($5 or owner_sees_everything or owner_id = $6)
         on conflict (endpoint_id, event_id) do nothing returning 1`,
        [envelope.id, envelope.type, JSON.stringify(envelope), now, 'everyone' in audience, 'ownerId' in audience ? audience.ownerId : null],
        'add deliveries',
      );
      return added.length;
    },
    findDelivery: async (id, visibility) => {
      const [row] = await sql.query<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from deliveries join endpoints on endpoints.id = endpoint_id
          where deliveries.id = $1 and ($2 or owner_id = $3)`,
        [id, ...visible(visibility)],
      );
      return row && toDelivery(row);
    },
    replay: async (ids, now) => {
      const rows = await sql.query<DeliveryRow>(
        `update deliveries set status = 'pending', attempts_before = attempts, next_attempt_at = $2, leased_until = null, finished_at = null
          where id = any($1) and status <> 'pending' returning ${DELIVERY_COLUMNS}`,
        [ids, now],
      );
      return rows.map(toDelivery);
    },
    finishedBetween: async (endpointId, { from, to, statuses, limit }) => {
      const rows = await sql.query<{ id: string }>(
        `select id from deliveries where endpoint_id = $1 and created_at >= $2 and created_at < $3 and status = any($4) and status <> 'pending'
          order by created_at, id limit $5 for update`,
        [endpointId, from, to, statuses, limit],
      );
      return rows.map(({ id }) => id);
    },
  }) satisfies Partial<WebhookWriter>;

export const createTransactWebhooks =
  (database: Database, cipher: KeyCipher): TransactWebhooks =>
  (work) =>
    database.transact((sql) => work({ ...createEndpointWriter(sql, cipher), ...createDeliveryWriter(sql) }));
