import { type Caller, requireStaff } from '@supergraph/identity/caller';
import type { Money, Product } from '../domain/product.ts';
import type { EventStamps, TransactCatalogue } from './ports.ts';
import { updateProduct } from './update-product.ts';

/** The graph's mutation: `updateProduct` with a price alone, refused in its own words. */
export const changePrice = (deps: { transact: TransactCatalogue } & EventStamps) => {
  const update = updateProduct(deps);
  return (caller: Caller, { sku, price }: { sku: string; price: Money }): Promise<Product> => {
    requireStaff(caller, 'change prices');
    return update(caller, { sku, price });
  };
};
