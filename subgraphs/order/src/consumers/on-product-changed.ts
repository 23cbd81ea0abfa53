import { productCreated, productPriceChanged } from '@supergraph/events/category';
import type { Handler } from '@supergraph/message-bus/message-bus';
import { keepPrice } from '../use-cases/keep-references.ts';
import type { Once } from '../use-cases/ports.ts';
import { readData, serviceOf } from './read-message.ts';

/** A new product can be ordered, and a changed price holds, from the moment this has run. */
export const onProductChanged =
  ({ once }: { once: Once }): Handler =>
  ({ envelope }) => {
    const contract = envelope.type === productCreated.type ? productCreated : productPriceChanged;
    const { sku, price } = readData(contract, envelope);
    return once(envelope.id, (transact) => keepPrice({ transact })(serviceOf(envelope), { sku, price, changedAt: new Date(envelope.time) }));
  };
