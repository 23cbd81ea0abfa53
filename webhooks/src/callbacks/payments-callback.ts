import type { Database, Sql } from '@supergraph/database/database';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { callbackConflict } from './callback-errors.ts';
import { type Callback, readCallback } from './payment-callback.ts';
import { verifyCallback } from './verify-callback.ts';

export const PAYMENTS_CALLBACK_PATH = '/callbacks/payments';
const BODY_LIMIT_BYTES = 65_536;
const RETRY_AFTER_SECONDS = 5;
/** A provider that sends an id again after this long would be heard twice; consumers still know the event. */
const REMEMBERED = '30 days';
const PRUNED_AT_A_TIME = 1_000;

export interface PaymentsCallbackOptions {
  /** With the tables `callbacks` and `outbox`. */
  database: Database;
  /** `whsec_…`, shared with the provider. */
  secret: string;
  now: () => Date;
  logger?: Pick<Logger, 'error' | 'warn'>;
}

/** @returns false when it was stored before, with the same body. */
const storeOnce = async (sql: Sql, { id, bodyHash }: Callback, now: Date): Promise<boolean> => {
  const added = await sql.query('insert into callbacks (id, body_hash, received_at) values ($1, $2, $3) on conflict (id) do nothing returning 1', [
    id,
    bodyHash,
    now,
  ]);
  if (added.length === 1) return true;
  const [known] = await sql.query<{ body_hash: string }>('select body_hash from callbacks where id = $1', [id]);
  if (known?.body_hash !== bodyHash) throw callbackConflict(id);
  return false;
};

/** Forgets callbacks of more than 30 days ago, a bounded number at a time. @returns how many. */
export const pruneCallbacks = async (sql: Sql): Promise<number> => {
  const pruned = await sql.query(
    `delete from callbacks where ctid = any (array(select ctid from callbacks where received_at < now() - interval '${REMEMBERED}' limit ${PRUNED_AT_A_TIME})) returning 1`,
  );
  return pruned.length;
};

const refuse = (error: DomainError, reply: FastifyReply): FastifyReply => {
  const status = ERROR_KINDS[error.kind].http;
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(status).send({ errors: [{ message: error.message, extensions: { code: error.code } }] });
};

/**
 * `POST /callbacks/payments`: verifies the provider's signature over the bytes as they came, stores the callback once by its id
 * and queues its event in the same transaction, and only then answers 202. What it means is for others to say.
 */
export const addPaymentsCallback = (http: FastifyInstance, { database, secret, now, logger }: PaymentsCallbackOptions): void => {
  const receive = async (callback: Callback): Promise<void> => {
    const isFirst = await database.transact(async (sql) => {
      const isNew = await storeOnce(sql, callback, now());
      if (isNew && callback.event) await appendToOutbox(sql, [callback.event]);
      return isNew;
    });
    if (isFirst && callback.event === undefined) logger?.warn({ callback: callback.id, type: callback.type }, 'a callback means nothing here');
  };

  http.register(async (scope) => {
    // Whatever parses the body loses the bytes that were signed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => done(null, body));
    scope.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'CALLBACK_CONFLICT') logger?.error({ alert: true, ...error.details }, error.message);
      else logger?.warn({ err: error }, 'a callback was not taken');
      return refuse(error, reply);
    });
    scope.post(PAYMENTS_CALLBACK_PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const verified = verifyCallback(secret, request.headers, body, now());
      await receive(readCallback(verified.id, verified.body));
      return reply.code(202).send({ status: 'accepted' });
    });
  });
};
