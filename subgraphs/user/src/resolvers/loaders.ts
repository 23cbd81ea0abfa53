import type { Caller } from '@supergraph/identity/caller';
import { createBatchLoader } from '@supergraph/service/loaders';
import type { ReadUsers } from '../use-cases/read-users.ts';

/** One set a request: each turns any number of reads of one tick into one statement. */
export const createLoaders = (read: ReadUsers, caller: Caller) => ({
  userById: createBatchLoader((ids) => read.usersById(caller, ids)),
  userByEmail: createBatchLoader((emails) => read.usersByEmail(caller, emails)),
});

export type Loaders = ReturnType<typeof createLoaders>;
