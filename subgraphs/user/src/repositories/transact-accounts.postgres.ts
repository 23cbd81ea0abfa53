import { createHmac } from 'node:crypto';
import type { Database, Sql } from '@supergraph/database/database';
import { runIdempotently } from '@supergraph/database/idempotency';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { AccountWriter, TransactAccounts } from '../use-cases/ports.ts';
import { createSessionWriter } from './session-repository.postgres.ts';
import { createUserWriter } from './user-repository.postgres.ts';

/** The hash of a sign-up is one of a password, too: without the secret, whoever reads the table could try passwords against it. */
const createAddOnce =
  (sql: Sql, secret: string): AccountWriter['addOnce'] =>
  (request, add) => {
    if (request === undefined) return add();
    const requestHash = createHmac('sha256', secret).update(`sign-up ${request.requestHash}`).digest('base64url');
    return runIdempotently(sql, { ...request, operation: 'SignUp', requestHash }, add);
  };

export const createTransactAccounts =
  (database: Database, secret: string): TransactAccounts =>
  (work) =>
    database.transact((sql) =>
      work({ users: createUserWriter(sql), sessions: createSessionWriter(sql), addOnce: createAddOnce(sql, secret) }, (event) =>
        appendToOutbox(sql, [event]),
      ),
    );
