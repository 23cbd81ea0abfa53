import { DomainError } from '@supergraph/errors';
import type { Sql } from './database.ts';

/** A write that a caller may send again, and that then must not happen again. */
export interface IdempotentRequest {
  /** Whose key it is: two callers may choose the same. `anonymous` for somebody who has not signed in. */
  callerId: string;
  /** 1 to 255 printable characters; of an anonymous caller at least 16, since they share one name. */
  key: string;
  /** What is done, for instance `PlaceOrder`. */
  operation: string;
  /** Of everything that was asked. */
  requestHash: string;
}

const REMEMBERED = '24 hours';
/** More than one write adds, so that the table never holds much more than what is remembered. */
const PRUNED_AT_A_TIME = 10;
const PRINTABLE = /^[\x21-\x7e]{1,255}$/;
const ANONYMOUS_MIN_LENGTH = 16;

const keyInvalid = (minimum: number): DomainError =>
  new DomainError('invalid', 'IDEMPOTENCY_KEY_INVALID', `An idempotency key has ${minimum} to 255 printable ASCII characters, for instance a UUID.`, {
    minimum,
    maximum: 255,
  });

/** The first request with this key has not ended. */
const keyInFlight = (): DomainError =>
  new DomainError('conflict', 'IDEMPOTENCY_KEY_IN_FLIGHT', 'A request with this idempotency key is being handled. Send it again shortly.');

/** The key stands for another request. */
const keyReused = (): DomainError =>
  new DomainError(
    'failed-precondition',
    'IDEMPOTENCY_KEY_REUSED',
    'This idempotency key was used for another request. Take a new key for a new request.',
  );

interface StoredRow<Result> {
  operation: string;
  request_hash: string;
  result: Result;
}

const checkKey = ({ callerId, key }: IdempotentRequest): void => {
  const minimum = callerId === 'anonymous' ? ANONYMOUS_MIN_LENGTH : 1;
  if (!PRINTABLE.test(key) || key.length < minimum) throw keyInvalid(minimum);
};

/** Remembers the result, and forgets a few that are too old. */
const remember = (sql: Sql, { callerId, key, operation, requestHash }: IdempotentRequest, result: unknown): Promise<unknown> =>
  sql.query(
    `with pruned as (
       delete from idempotency_keys where ctid = any (array(
         select ctid from idempotency_keys where created_at < now() - interval '${REMEMBERED}' and (caller_id, key) <> ($1, $2)
          limit ${PRUNED_AT_A_TIME} for update skip locked))
     )
     insert into idempotency_keys (caller_id, key, operation, request_hash, result) values ($1, $2, $3, $4, $5)
     on conflict (caller_id, key) do update set operation = excluded.operation, request_hash = excluded.request_hash,
       result = excluded.result, created_at = excluded.created_at`,
    [callerId, key, operation, requestHash, JSON.stringify(result ?? null)],
  );

/**
 * Makes a write happen once for each key of a caller, for 24 hours: the same request again gets the answer of the first, also after a
 * crash, because the answer commits with the write. Call it inside the transaction of the write, before anything else. A failure is not
 * remembered: `work` rejects, the transaction is rolled back, and the key is free again.
 *
 * Needs the table `idempotency_keys (caller_id, key, operation, request_hash, result jsonb, created_at default now(), primary key
 * (caller_id, key))` with an index on `created_at`.
 * @param work must use the transaction of `sql`; its result must be plain JSON, without secrets, and comes back as such.
 * @throws IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_IN_FLIGHT while another transaction has the key, IDEMPOTENCY_KEY_REUSED when the key
 * stands for another operation or request. (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)
 */
export const runIdempotently = async <Result>(sql: Sql, request: IdempotentRequest, work: () => Promise<Result>): Promise<Result> => {
  checkKey(request);
  const { callerId, key, operation, requestHash } = request;
  const [lock] = await sql.query<{ taken: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken', [
    JSON.stringify(['idempotency', callerId, key]),
  ]);
  if (lock?.taken !== true) throw keyInFlight();
  const [stored] = await sql.query<StoredRow<Result>>(
    `select operation, request_hash, result from idempotency_keys
      where caller_id = $1 and key = $2 and created_at >= now() - interval '${REMEMBERED}'`,
    [callerId, key],
  );
  if (stored !== undefined) {
    if (stored.operation !== operation || stored.request_hash !== requestHash) throw keyReused();
    return stored.result;
  }
  const result = await work();
  await remember(sql, request, result);
  return result;
};
