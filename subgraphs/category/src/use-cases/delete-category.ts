import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { categoryNotEmpty, categoryNotFound } from '../domain/errors.ts';
import type { TransactCatalogue } from './ports.ts';

export const deleteCategory =
  ({ transact }: { transact: TransactCatalogue }) =>
  (caller: Caller, slug: string): Promise<{ deletedId: string }> => {
    requireStaff(caller, 'delete categories');
    return transact(async ({ categories }) => {
      const found = (await categories.bySlugs([slug])).get(slug);
      if (found === undefined) throw categoryNotFound(slug);
      if (!(await categories.remove(found.id))) throw categoryNotEmpty(slug);
      return { deletedId: found.id };
    });
  };
