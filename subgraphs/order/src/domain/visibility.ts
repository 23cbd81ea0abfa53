import { type Caller, seesEverything } from '@supergraph/identity/caller';

/** Whose orders somebody may see. Another customer's order is absent, not forbidden. */
export type Visibility = { everyone: true } | { customerId: string } | { nobody: true };

export const visibilityOf = (caller: Caller): Visibility => {
  if (seesEverything(caller)) return { everyone: true };
  return caller.role === 'customer' ? { customerId: caller.userId } : { nobody: true };
};

export const isVisible = (order: { customerId: string | undefined }, visibility: Visibility): boolean =>
  'everyone' in visibility || ('customerId' in visibility && order.customerId === visibility.customerId);
