import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { productNotFound } from '../domain/errors.ts';
import { type Money, type Product, withPrice } from '../domain/product.ts';
import type { TransactCatalogue } from './ports.ts';

export const changePrice =
  ({ transact }: { transact: TransactCatalogue }) =>
  (caller: Caller, input: { sku: string; price: Money }): Promise<Product> => {
    requireStaff(caller, 'change prices');
    return transact(async ({ products }) => {
      const found = (await products.bySkus([input.sku])).get(input.sku);
      if (found === undefined) throw productNotFound(input.sku);
      const changed = withPrice(found, input.price);
      await products.change(changed);
      return changed;
    });
  };
