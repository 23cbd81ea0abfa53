import { requireVersion } from '@supergraph/errors/version-mismatch';
import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { categoryDeletedEvent } from '../domain/catalogue-events.ts';
import { categoryNotEmpty, categoryNotFound } from '../domain/errors.ts';
import type { EventStamps, TransactCatalogue } from './ports.ts';

export const deleteCategory =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, slug: string, expectedVersion?: number): Promise<{ deletedId: string }> => {
    requireStaff(caller, 'delete categories');
    return transact(async ({ categories }, publish) => {
      const found = (await categories.bySlugs([slug])).get(slug);
      if (found === undefined) throw categoryNotFound(slug);
      requireVersion(`Category '${slug}'`, expectedVersion, found.version);
      if (!(await categories.remove(found.id))) throw categoryNotEmpty(slug);
      await publish(categoryDeletedEvent(found, { id: newId(), time: now() }));
      return { deletedId: found.id };
    });
  };
