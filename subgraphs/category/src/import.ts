import { type BulkSql, createDatabase } from '@supergraph/database/database';
import { migrate } from '@supergraph/database/migrate';
import { toCopyStream } from '@supergraph/dataset/copy-text';
import { type CategoryRow, type ProductRow, readCatalogue } from '@supergraph/dataset/read-catalogue';
import { type ImportCounter, runImport } from '@supergraph/dataset/run-import';
import { readSettings, setting } from '@supergraph/service/config';
import { StartupError } from '@supergraph/service/startup-error';
import { z } from 'zod';
import { CATALOGUE_CURRENCY } from './domain/product.ts';

const importCategories = async (sql: BulkSql, categories: readonly CategoryRow[]): Promise<ImportCounter> => {
  await sql.query(
    'create temporary table incoming_categories (id uuid default gen_random_uuid(), slug text, name text, parent_slug text) on commit drop',
  );
  await sql.copy(
    'incoming_categories (slug, name, parent_slug)',
    toCopyStream(categories, (category) => [category.slug, category.name, category.parentSlug]),
  );
  // A parent that was there before has an id of its own.
  const [counter] = await sql.query<ImportCounter>(`
    with added as (
      insert into categories (id, slug, name, parent_id)
      select incoming.id, incoming.slug, incoming.name, coalesce(present.id, parent.id)
        from incoming_categories incoming
        left join incoming_categories parent on parent.slug = incoming.parent_slug
        left join categories present on present.slug = incoming.parent_slug
      on conflict do nothing returning 1
    )
    select (select count(*)::int from incoming_categories) as accepted, (select count(*)::int from added) as added`);
  return counter as ImportCounter;
};

const importProducts = async (sql: BulkSql, products: AsyncIterable<ProductRow>): Promise<ImportCounter> => {
  await sql.query('create temporary table incoming_products (sku text, name text, price_amount integer, category_slug text) on commit drop');
  await sql.copy(
    'incoming_products (sku, name, price_amount, category_slug)',
    toCopyStream(products, (product) => [product.sku, product.name, product.unitPricePence, product.categorySlug]),
  );
  const [counter] = await sql.query<ImportCounter>(
    `with added as (
      insert into products (sku, name, price_amount, price_currency, category_id)
      select incoming.sku, incoming.name, incoming.price_amount, $1, categories.id
        from incoming_products incoming join categories on categories.slug = incoming.category_slug
      on conflict do nothing returning 1
    )
    select (select count(*)::int from incoming_products) as accepted, (select count(*)::int from added) as added`,
    [CATALOGUE_CURRENCY],
  );
  return counter as ImportCounter;
};

await runImport('category', async ({ folder, reject }) => {
  const url = readSettings('category', z.object({ CATEGORY_DATABASE_URL: setting.postgresUrl() }), process.env).CATEGORY_DATABASE_URL;
  const database = createDatabase({ url, applicationName: 'category import', statementTimeoutMs: 0 });
  try {
    const problem = await database.readiness();
    if (problem !== undefined)
      throw new StartupError(`category cannot import: ${problem}`, 'start that PostgreSQL, or set CATEGORY_DATABASE_URL to one that runs');
    await migrate(database, new URL('../migrations/', import.meta.url));
    const result = await database.transact(async (sql) => {
      const catalogue = await readCatalogue(folder, reject);
      const categories = await importCategories(sql, catalogue.categories);
      return { categories, products: await importProducts(sql, catalogue.products()) };
    });
    await database.query('analyze categories, products');
    return result;
  } finally {
    await database.close();
  }
});
