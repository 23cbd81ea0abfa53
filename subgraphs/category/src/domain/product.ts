import { productInvalid } from './errors.ts';

/** Integer minor units, ISO 4217. */
export interface Money {
  amount: number;
  currency: string;
}

export interface Product {
  id: string;
  sku: string;
  name: string;
  price: Money;
  categoryId: string;
}

export const CATALOGUE_CURRENCY = 'GBP';
const SKU = /^[A-Za-z0-9]([A-Za-z0-9 _-]*[A-Za-z0-9])?$/;

const checkPrice = (price: Money): Money => {
  if (price.amount < 0) throw productInvalid('price.amount', 'zero or more');
  if (price.currency !== CATALOGUE_CURRENCY) throw productInvalid('price.currency', `'${CATALOGUE_CURRENCY}', the catalogue's currency`);
  return price;
};

export const newProduct = (id: string, categoryId: string, input: { sku: string; name: string; price: Money }): Product => {
  const name = input.name.trim();
  if (!SKU.test(input.sku) || input.sku.length > 32)
    throw productInvalid('sku', 'letters, digits, spaces, hyphens and underscores, at most 32 characters');
  if (name.length < 1 || name.length > 200) throw productInvalid('name', '1 to 200 characters');
  return { id, sku: input.sku, name, price: checkPrice(input.price), categoryId };
};

export const withPrice = (product: Product, price: Money): Product => ({ ...product, price: checkPrice(price) });
