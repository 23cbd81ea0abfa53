import { requireVersion } from '@supergraph/errors/version-mismatch';
import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { categoryUpdatedEvent } from '../domain/catalogue-events.ts';
import { type Category, move, rename } from '../domain/category.ts';
import { categoryNotFound } from '../domain/errors.ts';
import { pathTo } from './create-category.ts';
import type { EventStamps, TransactCatalogue } from './ports.ts';

export interface UpdateCategory {
  slug: string;
  newSlug?: string | null | undefined;
  name?: string | null | undefined;
  /** undefined leaves it where it is; null makes it a root. */
  parentSlug?: string | null | undefined;
}

export const updateCategory =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, input: UpdateCategory, expectedVersion?: number): Promise<Category> => {
    requireStaff(caller, 'change categories');
    return transact(async (catalogue, publish) => {
      const found = (await catalogue.categories.bySlugs([input.slug])).get(input.slug);
      if (found === undefined) throw categoryNotFound(input.slug);
      requireVersion(`Category '${input.slug}'`, expectedVersion, found.version);
      const moved =
        input.parentSlug === undefined ? found : move(found, await pathTo(catalogue, input.parentSlug), await catalogue.categories.height(found.id));
      const renamed = rename(moved, { slug: input.newSlug ?? undefined, name: input.name ?? undefined });
      const changed = await catalogue.categories.change(renamed);
      await publish(categoryUpdatedEvent(changed, { id: newId(), time: now() }));
      return changed;
    });
  };
