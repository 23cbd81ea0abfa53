import { isUniqueViolation, type Sql, uuidsIn } from '@supergraph/database/database';
import { type Page, type PageRequest, toPage } from '@supergraph/pagination';
import { productSkuTaken } from '../domain/errors.ts';
import type { Product } from '../domain/product.ts';
import type { CatalogueWriter, ProductReader } from '../use-cases/ports.ts';

interface ProductRow {
  id: string;
  sku: string;
  name: string;
  price_amount: number;
  price_currency: string;
  category_id: string;
  version: number;
}

const COLUMNS = 'id, sku, name, price_amount, price_currency, category_id, version';

/** `$n` is a category's id; the branch is that category and every one below it. */
const BRANCH = (parameter: string): string => `
  with recursive branch as (
    select id from categories where id = ${parameter}
    union all
    select child.id from branch join categories child on child.parent_id = branch.id
  )`;

const toProduct = (row: ProductRow): Product => ({
  id: row.id,
  sku: row.sku,
  name: row.name,
  price: { amount: row.price_amount, currency: row.price_currency },
  categoryId: row.category_id,
  version: row.version,
});

const after = ({ after: keys }: PageRequest): readonly [string | null, string | null] =>
  keys === undefined ? [null, null] : [String(keys[0]), String(keys[1])];

const likePattern = (word: string): string => `%${word.replace(/[\\%_]/g, '\\$&')}%`;

export const createProductReader = (sql: Sql): ProductReader => ({
  bySkus: async (skus) => {
    const rows = await sql.query<ProductRow>(`select ${COLUMNS} from products where sku = any($1)`, [skus]);
    return new Map(rows.map((row) => [row.sku, toProduct(row)]));
  },
  byIds: async (ids) => {
    const rows = await sql.query<ProductRow>(`select ${COLUMNS} from products where id = any($1::uuid[])`, [uuidsIn(ids)]);
    return new Map(rows.map((row) => [row.id, toProduct(row)]));
  },
  list: async ({ categoryId, words = [] }, page) => {
    const [name, sku] = after(page);
    const rows = await sql.query<ProductRow>(
      `${BRANCH('$1::uuid')}
       select ${COLUMNS} from products
        where ($1::uuid is null or category_id in (select id from branch))
          and (name || ' ' || sku) ilike all($2::text[])
          and ($3::text is null or (name, sku) > ($3, $4))
        order by name, sku limit $5`,
      [categoryId ?? null, words.map(likePattern), name, sku, page.limit + 1],
    );
    return toPage(rows.map(toProduct), page.limit);
  },
  inCategories: async (categoryIds, page) => {
    const [name, sku] = after(page);
    const rows = await sql.query<ProductRow & { root_id: string }>(
      `select root.id as root_id, product.* from unnest($1::uuid[]) as root (id) cross join lateral (
         ${BRANCH('root.id')}
         select ${COLUMNS} from products
          where category_id in (select id from branch) and ($2::text is null or (name, sku) > ($2, $3))
          order by name, sku limit $4
       ) as product order by product.name, product.sku`,
      [categoryIds, name, sku, page.limit + 1],
    );
    const byRoot = Map.groupBy(rows, (row) => row.root_id);
    return new Map<string, Page<Product>>([...byRoot].map(([rootId, products]) => [rootId, toPage(products.map(toProduct), page.limit)]));
  },
  related: async (skus, limit) => {
    const rows = await sql.query<ProductRow & { of_sku: string }>(
      `select origin.sku as of_sku, near.* from products origin cross join lateral (
         select ${COLUMNS} from products
          where category_id = origin.category_id and sku <> origin.sku
          order by abs(price_amount - origin.price_amount), sku limit $2
       ) as near where origin.sku = any($1) order by origin.sku, abs(near.price_amount - origin.price_amount), near.sku`,
      [skus, limit],
    );
    const bySku = Map.groupBy(rows, (row) => row.of_sku);
    return new Map([...bySku].map(([sku, products]) => [sku, products.map(toProduct)]));
  },
});

export const createProductWriter = (sql: Sql): CatalogueWriter['products'] => ({
  bySkus: createProductReader(sql).bySkus,
  add: async (product) => {
    await sql
      .query(`insert into products (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)`, [
        product.id,
        product.sku,
        product.name,
        product.price.amount,
        product.price.currency,
        product.categoryId,
        product.version,
      ])
      .catch((error: unknown) => {
        throw isUniqueViolation(error, 'products_sku_unique') ? productSkuTaken(product.sku) : error;
      });
  },
  change: async (product) => {
    const [row] = await sql.query<ProductRow>(
      `update products set name = $2, price_amount = $3, price_currency = $4, category_id = $5, version = version + 1
        where id = $1 returning ${COLUMNS}`,
      [product.id, product.name, product.price.amount, product.price.currency, product.categoryId],
    );
    return toProduct(row as ProductRow);
  },
});
