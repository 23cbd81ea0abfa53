import type { Database, Sql } from '@supergraph/database/database';
import type { Envelope } from '@supergraph/events/envelope';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { DueDeliveries } from '../use-cases/ports.ts';
import type { KeyCipher } from './key-cipher.crypto.ts';
import { DELIVERY_COLUMNS, type DeliveryRow, ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './webhook-rows.ts';

interface ClaimedRow extends DeliveryRow {
  envelope: string;
  attempts_before: number;
}

// The lateral part takes from each endpoint only what it has room for, so that a slow one with a long queue takes nobody else's place.
const CLAIM = `
  with busy as (
    select endpoint_id, count(*)::integer as leases from deliveries where status = 'pending' and leased_until > $1 group by endpoint_id
  ), due as materialized (
    select picked.id from endpoints left join busy on busy.endpoint_id = endpoints.id cross join lateral (
      select id, next_attempt_at from deliveries
       where endpoint_id = endpoints.id and status = 'pending' and next_attempt_at <= $1 and (leased_until is null or leased_until <= $1)
       order by next_attempt_at limit greatest($2 - coalesce(busy.leases, 0), 0) for update skip locked
    ) as picked where endpoints.status = 'active' and endpoints.id <> all($5::uuid[]) order by picked.next_attempt_at limit $3
  )
  update deliveries set leased_until = $4 from due where deliveries.id = due.id
  returning ${DELIVERY_COLUMNS}, deliveries.envelope, deliveries.attempts_before`;

const NEXT_DUE = `
  select min(earliest.next_attempt_at) as due from endpoints cross join lateral (
    select next_attempt_at from deliveries where endpoint_id = endpoints.id and status = 'pending' and leased_until is null
     order by next_attempt_at limit 1
  ) as earliest where endpoints.status = 'active'`;

// An endpoint that is being changed or deleted is not waited for, which could deadlock: the next attempt will note how it fares.
const RECORD = `
  with delivery as (
    update deliveries set leased_until = null, status = $8, next_attempt_at = coalesce($9, next_attempt_at),
           finished_at = case when $8 = 'pending' then null else $3::timestamptz + $4 * interval '1 millisecond' end, attempts = greatest(attempts, $2)
     where id = $1 and status = 'pending'
  ), noted as (
    insert into attempts (delivery_id, attempt, started_at, duration_ms, status_code, response, failure)
    select id, $2, $3, $4, $5, $6, $7 from deliveries where id = $1 on conflict do nothing
  ), health as (
    update endpoints set first_failure_at = case when $8 = 'delivered' then null else $3::timestamptz end from (
      select id from endpoints
       where id = (select endpoint_id from deliveries where id = $1) and ($8 = 'delivered') = (first_failure_at is not null)
         for no key update skip locked
    ) as free where endpoints.id = free.id
  )
  select coalesce(first_failure_at, $3) as failing_since from endpoints where id = (select endpoint_id from deliveries where id = $1)`;

const secretsOf = async (sql: Sql, cipher: KeyCipher, endpointIds: readonly string[], now: Date): Promise<Map<string, string[]>> => {
  const rows = await sql.query<{ endpoint_id: string; sealed_key: Buffer }>(
    `select endpoint_id, sealed_key from endpoint_keys
      where endpoint_id = any($1) and (expires_at is null or expires_at > $2) order by created_at desc`,
    [endpointIds, now],
  );
  const groups = Map.groupBy(rows, (row) => row.endpoint_id);
  return new Map([...groups].map(([id, keys]) => [id, keys.map((key) => cipher.open(key.sealed_key, id))]));
};

export const createDueDeliveries = (database: Database, cipher: KeyCipher): DueDeliveries => ({
  claimDue: async ({ limit, perEndpoint, leaseMs, now, except = [] }) => {
    const rows = await database.query<ClaimedRow>(CLAIM, [now, perEndpoint, limit, new Date(now.getTime() + leaseMs), except]);
    if (rows.length === 0) return [];
    const ids = [...new Set(rows.map((row) => row.endpoint_id))];
    const [endpoints, secrets] = await Promise.all([
      database.query<EndpointRow>(`select ${ENDPOINT_COLUMNS} from endpoints where id = any($1)`, [ids]),
      secretsOf(database, cipher, ids, now),
    ]);
    const byId = new Map(endpoints.map((row) => [row.id, toEndpoint(row)]));
    return rows.flatMap((row) => {
      const endpoint = byId.get(row.endpoint_id);
      if (endpoint === undefined) return [];
      return [
        {
          id: row.id,
          eventType: row.event_type,
          envelope: JSON.parse(row.envelope) as Envelope,
          body: row.body ?? undefined,
          attempt: row.attempts + 1,
          attemptInSchedule: row.attempts - row.attempts_before + 1,
          endpoint,
          secrets: secrets.get(row.endpoint_id) ?? [],
        },
      ];
    });
  },
  nextDueAt: async () => {
    const [row] = await database.query<{ due: Date | null }>(NEXT_DUE);
    return row?.due ?? undefined;
  },
  keepBody: async (deliveryId, body) => {
    const [row] = await database.query<{ body: string }>('update deliveries set body = coalesce(body, $2) where id = $1 returning body', [
      deliveryId,
      body,
    ]);
    return row?.body ?? body;
  },
  recordAttempt: async ({ deliveryId, attempt, startedAt, durationMs, statusCode, response, failure, status, nextAttemptAt }) => {
    // PostgreSQL's text has no null character; a receiver's answer may.
    const [read, why] = [response, failure].map((text) => text?.replaceAll('\0', '�') ?? null);
    const [row] = await database.query<{ failing_since: Date }>(
      RECORD,
      [deliveryId, attempt, startedAt, durationMs, statusCode, read, why, status, nextAttemptAt ?? null],
      'record attempt',
    );
    return status === 'delivered' ? undefined : row?.failing_since;
  },
  disable: (endpointId, reason, now, event) =>
    database.transact(async (sql) => {
      // Deliveries before their endpoint, as recording an attempt locks them.
      await sql.query(
        "update deliveries set status = 'cancelled', leased_until = null, finished_at = $2 where endpoint_id = $1 and status = 'pending'",
        [endpointId, now],
      );
      const disabled = await sql.query(
        "update endpoints set status = 'disabled', disabled_reason = $2 where id = $1 and status <> 'disabled' returning 1",
        [endpointId, reason],
      );
      if (disabled.length === 0) return false;
      await appendToOutbox(sql, [event]);
      return true;
    }),
});
