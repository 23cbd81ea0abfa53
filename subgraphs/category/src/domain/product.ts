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
  /** 1, and one more with every change that is written. */
  version: number;
}

export const CATALOGUE_CURRENCY = 'GBP';
/** What GraphQL's Int can tell, too. */
const MAX_AMOUNT = 2_147_483_647;
const SKU = /^[A-Za-z0-9]([A-Za-z0-9 _-]*[A-Za-z0-9])?$/;

const checkPrice = (price: Money): Money => {
  if (price.amount < 0) throw productInvalid('price.amount', 'zero or more');
  if (price.amount > MAX_AMOUNT) throw productInvalid('price.amount', `at most ${MAX_AMOUNT}`);
  if (price.currency !== CATALOGUE_CURRENCY) throw productInvalid('price.currency', `'${CATALOGUE_CURRENCY}', the catalogue's currency`);
  return price;
};

const checkName = (name: string): string => {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > 200) throw productInvalid('name', '1 to 200 characters');
  return trimmed;
};

export const newProduct = (id: string, categoryId: string, input: { sku: string; name: string; price: Money }): Product => {
  if (!SKU.test(input.sku) || input.sku.length > 32)
    throw productInvalid('sku', 'letters, digits, spaces, hyphens and underscores, at most 32 characters');
  return { id, sku: input.sku, name: checkName(input.name), price: checkPrice(input.price), categoryId, version: 1 };
};

export interface ProductChange {
  name?: string | undefined;
  price?: Money | undefined;
  categoryId?: string | undefined;
}

/** What is left out stays. */
export const withChange = (product: Product, { name, price, categoryId }: ProductChange): Product => ({
  ...product,
  name: name === undefined ? product.name : checkName(name),
  price: price === undefined ? product.price : checkPrice(price),
  categoryId: categoryId ?? product.categoryId,
});
