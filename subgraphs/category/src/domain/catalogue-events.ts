import { categoryCreated, categoryDeleted, categoryUpdated, productCreated, productPriceChanged } from '@supergraph/events/category';
import { toEnvelope } from '@supergraph/events/contract';
import type { Envelope } from '@supergraph/events/envelope';
import type { Category } from './category.ts';
import type { Money, Product } from './product.ts';

/** The id of an event, and when it happened. */
export interface Stamp {
  id: string;
  time: Date;
}

const categoryData = ({ id, slug, name, parentId }: Category) => ({ id, slug, name, parentId: parentId ?? null });

export const categoryCreatedEvent = (category: Category, stamp: Stamp): Envelope =>
  toEnvelope(categoryCreated, { ...stamp, subject: category.id, data: categoryData(category) });

export const categoryUpdatedEvent = (category: Category, stamp: Stamp): Envelope =>
  toEnvelope(categoryUpdated, { ...stamp, subject: category.id, data: categoryData(category) });

export const categoryDeletedEvent = ({ id, slug }: Category, stamp: Stamp): Envelope =>
  toEnvelope(categoryDeleted, { ...stamp, subject: id, data: { id, slug } });

export const productCreatedEvent = ({ id, sku, name, price, categoryId }: Product, stamp: Stamp): Envelope =>
  toEnvelope(productCreated, { ...stamp, subject: sku, data: { id, sku, name, price, categoryId } });

export const productPriceChangedEvent = ({ sku, price }: Product, previousPrice: Money, stamp: Stamp): Envelope =>
  toEnvelope(productPriceChanged, { ...stamp, subject: sku, data: { sku, price, previousPrice } });
