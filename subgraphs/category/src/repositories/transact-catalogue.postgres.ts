import type { Database } from '@supergraph/database/database';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { TransactCatalogue } from '../use-cases/ports.ts';
import { createCategoryWriter } from './category-repository.postgres.ts';
import { createProductWriter } from './product-repository.postgres.ts';

/** Writers of the catalogue take turns: a rule about the whole tree holds only while nobody else moves a branch. Readers never wait. */
export const createTransactCatalogue =
  (database: Database): TransactCatalogue =>
  (work) =>
    database.transact(async (sql) => {
      await sql.query("select pg_advisory_xact_lock(hashtext('category:tree'))");
      return work({ categories: createCategoryWriter(sql), products: createProductWriter(sql) }, (event) => appendToOutbox(sql, [event]));
    });
