import type { Database, Sql } from '@supergraph/database/database';
import { runIdempotently } from '@supergraph/database/idempotency';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { Idempotently, TransactCatalogue } from '../use-cases/ports.ts';
import { createCategoryWriter } from './category-repository.postgres.ts';
import { createProductWriter } from './product-repository.postgres.ts';

/** Writers of the catalogue take turns: a rule about the whole tree holds only while nobody else moves a branch. Readers never wait. */
const transactOn =
  (sql: Sql): TransactCatalogue =>
  async (work) => {
    await sql.query("select pg_advisory_xact_lock(hashtext('category:tree'))");
    return work({ categories: createCategoryWriter(sql), products: createProductWriter(sql) }, (event) => appendToOutbox(sql, [event]));
  };

export const createTransactCatalogue =
  (database: Database): TransactCatalogue =>
  (work) =>
    database.transact((sql) => transactOn(sql)(work));

export const createIdempotently =
  (database: Database): Idempotently =>
  (request, work) =>
    request === undefined
      ? work(createTransactCatalogue(database))
      : database.transact((sql) => runIdempotently(sql, request, () => work(transactOn(sql))));
