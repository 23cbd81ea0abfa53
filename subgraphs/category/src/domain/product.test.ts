import { describe, expect, test } from 'vitest';
import { newProduct, withChange } from './product.ts';

const PRICE = { amount: 1_000, currency: 'GBP' };
const create = (changed: { sku?: string; name?: string; price?: typeof PRICE } = {}) =>
  newProduct('1', 'lamps', { sku: 'L1', name: 'Lamp', price: PRICE, ...changed });
const invalid = (field: string) => expect.objectContaining({ code: 'PRODUCT_INVALID', kind: 'invalid', details: { field } });

describe('a new product', () => {
  test('has a sku, a name without spaces around it, a price and a category', () => {
    expect(create({ name: ' Lamp ' })).toEqual({ id: '1', sku: 'L1', name: 'Lamp', price: PRICE, categoryId: 'lamps', version: 1 });
  });

  test('has a sku as the real catalogue has them', () => {
    for (const sku of ['1', '85123A', 'BANK CHARGES', 'gift_0001_40', 'a-b', 'a'.repeat(32)]) expect(create({ sku }).sku).toBe(sku);
    for (const sku of ['', ' ', 'a ', ' a', '-a', 'a_', 'a/b', 'ä', 'a\0', 'a'.repeat(33)])
      expect(() => create({ sku }), JSON.stringify(sku)).toThrow(invalid('sku'));
  });

  test('has a name of 1 to 200 characters', () => {
    expect(create({ name: 'n'.repeat(200) }).name).toHaveLength(200);
    for (const name of ['', '  ', 'n'.repeat(201)]) expect(() => create({ name })).toThrow(invalid('name'));
  });
});

describe('a price', () => {
  test('may be nothing and what 32 bits hold, and never less or more', () => {
    expect(create({ price: { amount: 0, currency: 'GBP' } }).price.amount).toBe(0);
    expect(() => create({ price: { amount: 2 ** 31, currency: 'GBP' } })).toThrow(invalid('price.amount'));
    expect(() => create({ price: { amount: -1, currency: 'GBP' } })).toThrow(invalid('price.amount'));
  });

  test("is in the catalogue's currency", () => {
    for (const currency of ['EUR', 'gbp', '']) expect(() => create({ price: { amount: 1, currency } })).toThrow(invalid('price.currency'));
  });

  test('changes by the same rules, and nothing else changes', () => {
    const product = create();
    expect(withChange(product, { price: { amount: 5, currency: 'GBP' } })).toEqual({ ...product, price: { amount: 5, currency: 'GBP' } });
    expect(product.price).toEqual(PRICE);
    expect(() => withChange(product, { price: { amount: -5, currency: 'GBP' } })).toThrow(invalid('price.amount'));
    expect(() => withChange(product, { price: { amount: 5, currency: 'USD' } })).toThrow(invalid('price.currency'));
  });
});

describe('a change', () => {
  test('takes name and category by the rules of a new product, and leaves out nothing that it was not given', () => {
    const product = create();
    expect(withChange(product, { name: ' Big lamp ', categoryId: 'home' })).toEqual({ ...product, name: 'Big lamp', categoryId: 'home' });
    expect(withChange(product, {})).toEqual(product);
    expect(() => withChange(product, { name: ' ' })).toThrow(invalid('name'));
  });
});
