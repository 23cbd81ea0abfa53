import { type Caller, seesEverything } from '@supergraph/identity/caller';

/** Whose endpoints somebody may see. Another owner's endpoint is absent, not forbidden. */
export type Visibility = { everyone: true } | { ownerId: string } | { nobody: true };

export const visibilityOf = (caller: Caller): Visibility => {
  if (seesEverything(caller)) return { everyone: true };
  return caller.role === 'customer' ? { ownerId: caller.userId } : { nobody: true };
};
