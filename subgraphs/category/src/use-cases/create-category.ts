import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { categoryCreatedEvent } from '../domain/catalogue-events.ts';
import { type Category, newCategory } from '../domain/category.ts';
import { categoryNotFound } from '../domain/errors.ts';
import type { CatalogueWriter, EventStamps, TransactCatalogue } from './ports.ts';

export interface CreateCategory {
  slug: string;
  name: string;
  parentSlug?: string | null | undefined;
}

/** The way from the root to the category with this slug; empty for null, which stands for "above the roots". */
export const pathTo = async ({ categories }: CatalogueWriter, slug: string | null): Promise<Category[]> => {
  if (slug === null) return [];
  const found = (await categories.bySlugs([slug])).get(slug);
  if (found === undefined) throw categoryNotFound(slug);
  return (await categories.paths([found.id])).get(found.id) ?? [];
};

export const createCategory =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, input: CreateCategory): Promise<Category> => {
    requireStaff(caller, 'create categories');
    return transact(async (catalogue, publish) => {
      const category = newCategory(newId(), input, await pathTo(catalogue, input.parentSlug ?? null));
      await catalogue.categories.add(category);
      await publish(categoryCreatedEvent(category, { id: newId(), time: now() }));
      return category;
    });
  };
