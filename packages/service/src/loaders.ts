import type { PageRequest } from '@supergraph/pagination';
import DataLoader from 'dataloader';

const MAX_BATCH_SIZE = 1_000;

/**
 * Collects the keys asked for in one tick and reads them at once (https://github.com/graphql/dataloader). A key that
 * the read leaves out of its map loads as null. Make one a request: it also caches for as long as it lives.
 */
export const createBatchLoader = <Value>(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>): DataLoader<string, Value | null> =>
  new DataLoader<string, Value | null>(
    async (keys) => {
      const found = await read(keys);
      return keys.map((key) => found.get(key) ?? null);
    },
    { maxBatchSize: MAX_BATCH_SIZE },
  );

/** Loads a list that hangs off a parent, batched over all parents that ask for the same page. */
export interface PageLoader<Result> {
  load(parentKey: string, page: PageRequest): Promise<Result | null>;
}

/** Like `createBatchLoader`, with one batch for each distinct page (`first` and `after`) in the request. */
export const createPageLoader = <Result>(
  read: (parentKeys: readonly string[], page: PageRequest) => Promise<ReadonlyMap<string, Result>>,
): PageLoader<Result> => {
  const byPage = new Map<string, DataLoader<string, Result | null>>();
  return {
    load: (parentKey, page) => {
      const pageKey = JSON.stringify([page.limit, page.after]);
      const loader = byPage.get(pageKey) ?? createBatchLoader((keys) => read(keys, page));
      byPage.set(pageKey, loader);
      return loader.load(parentKey);
    },
  };
};
