import type { Database } from '@supergraph/database/database';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { TransactAccounts } from '../use-cases/ports.ts';
import { createSessionWriter } from './session-repository.postgres.ts';
import { createUserWriter } from './user-repository.postgres.ts';

export const createTransactAccounts =
  (database: Database): TransactAccounts =>
  (work) =>
    database.transact((sql) => work({ users: createUserWriter(sql), sessions: createSessionWriter(sql) }, (event) => appendToOutbox(sql, [event])));
