import { isUniqueViolation, type Sql, uuidsIn } from '@supergraph/database/database';
import { type Page, type PageRequest, toPage } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import { categorySlugTaken } from '../domain/errors.ts';
import type { CatalogueWriter, CategoryReader } from '../use-cases/ports.ts';

interface CategoryRow {
  id: string;
  slug: string;
  name: string;
  parent_id: string | null;
  version: number;
}

const COLUMNS = 'id, slug, name, parent_id, version';

const toCategory = (row: CategoryRow): Category => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  parentId: row.parent_id ?? undefined,
  version: row.version,
});

const after = ({ after: keys }: PageRequest): readonly [string | null, string | null] =>
  keys === undefined ? [null, null] : [String(keys[0]), String(keys[1])];

export const createCategoryReader = (sql: Sql): CategoryReader => ({
  byIds: async (ids) => {
    const rows = await sql.query<CategoryRow>(`select ${COLUMNS} from categories where id = any($1::uuid[])`, [uuidsIn(ids)]);
    return new Map(rows.map((row) => [row.id, toCategory(row)]));
  },
  bySlugs: async (slugs) => {
    const rows = await sql.query<CategoryRow>(`select ${COLUMNS} from categories where slug = any($1)`, [slugs]);
    return new Map(rows.map((row) => [row.slug, toCategory(row)]));
  },
  paths: async (ids) => {
    const rows = await sql.query<CategoryRow & { start: string }>(
      `with recursive way as (
         select id as start, ${COLUMNS}, 0 as height from categories where id = any($1::uuid[])
         union all
         select way.start, parent.id, parent.slug, parent.name, parent.parent_id, parent.version, way.height + 1
           from way join categories parent on parent.id = way.parent_id
       )
       select start, ${COLUMNS} from way order by start, height desc`,
      [uuidsIn(ids)],
    );
    const paths = new Map<string, Category[]>();
    for (const row of rows) paths.set(row.start, [...(paths.get(row.start) ?? []), toCategory(row)]);
    return paths;
  },
  list: async (page) => {
    const [name, slug] = after(page);
    const rows = await sql.query<CategoryRow>(
      `select ${COLUMNS} from categories where $1::text is null or (name, slug) > ($1, $2) order by name, slug limit $3`,
      [name, slug, page.limit + 1],
    );
    return toPage(rows.map(toCategory), page.limit);
  },
  roots: async (page) => {
    const [name, slug] = after(page);
    const rows = await sql.query<CategoryRow>(
      `select ${COLUMNS} from categories
        where parent_id is null and ($1::text is null or (name, slug) > ($1, $2)) order by name, slug limit $3`,
      [name, slug, page.limit + 1],
    );
    return toPage(rows.map(toCategory), page.limit);
  },
  children: async (parentIds, page) => {
    const [name, slug] = after(page);
    const rows = await sql.query<CategoryRow & { parent_id: string }>(
      `select child.* from unnest($1::uuid[]) as parent (id) cross join lateral (
         select ${COLUMNS} from categories
          where parent_id = parent.id and ($2::text is null or (name, slug) > ($2, $3))
          order by name, slug limit $4
       ) as child order by child.name, child.slug`,
      [parentIds, name, slug, page.limit + 1],
    );
    const byParent = Map.groupBy(rows, (row) => row.parent_id);
    return new Map<string, Page<Category>>([...byParent].map(([parentId, children]) => [parentId, toPage(children.map(toCategory), page.limit)]));
  },
});

export const createCategoryWriter = (sql: Sql): CatalogueWriter['categories'] => {
  const { bySlugs, paths } = createCategoryReader(sql);
  const write = (text: string, category: Category): Promise<CategoryRow[]> =>
    sql.query<CategoryRow>(text, [category.id, category.slug, category.name, category.parentId ?? null]).catch((error: unknown) => {
      throw isUniqueViolation(error, 'categories_slug_unique') ? categorySlugTaken(category.slug) : error;
    });
  return {
    bySlugs,
    paths,
    height: async (id) => {
      const [row] = await sql.query<{ height: number }>(
        `with recursive branch as (
           select id, 1 as height from categories where id = $1
           union all
           select child.id, branch.height + 1 from branch join categories child on child.parent_id = branch.id
         )
         select max(height) as height from branch`,
        [id],
      );
      return row?.height ?? 0;
    },
    add: async (category) => void (await write('insert into categories (id, slug, name, parent_id) values ($1, $2, $3, $4)', category)),
    change: async (category) => {
      const text = `update categories set slug = $2, name = $3, parent_id = $4, version = version + 1 where id = $1 returning ${COLUMNS}`;
      return toCategory((await write(text, category))[0] as CategoryRow);
    },
    remove: async (id) => {
      const removed = await sql.query(
        `delete from categories where id = $1
            and not exists (select from categories where parent_id = $1)
            and not exists (select from products where category_id = $1)
         returning id`,
        [id],
      );
      return removed.length === 1;
    },
  };
};
