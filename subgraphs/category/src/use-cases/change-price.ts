import { type Caller, requireStaff } from '@supergraph/identity/caller';
import { productPriceChangedEvent } from '../domain/catalogue-events.ts';
import { productNotFound } from '../domain/errors.ts';
import { type Money, type Product, withPrice } from '../domain/product.ts';
import type { EventStamps, TransactCatalogue } from './ports.ts';

export const changePrice =
  ({ transact, now, newId }: { transact: TransactCatalogue } & EventStamps) =>
  (caller: Caller, input: { sku: string; price: Money }): Promise<Product> => {
    requireStaff(caller, 'change prices');
    return transact(async ({ products }, publish) => {
      const found = (await products.bySkus([input.sku])).get(input.sku);
      if (found === undefined) throw productNotFound(input.sku);
      const changed = withPrice(found, input.price);
      await products.change(changed);
      await publish(productPriceChangedEvent(changed, found.price, { id: newId(), time: now() }));
      return changed;
    });
  };
