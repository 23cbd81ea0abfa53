import { expect, test } from 'vitest';
import { BASKET_KEY, basketSum, createBasket, MAX_LINES, MAX_QUANTITY } from './basket.ts';

const storeOf = (text?: string) => {
  let stored = text;
  return {
    getItem: () => stored ?? null,
    setItem: (_key: string, value: string) => {
      stored = value;
    },
  };
};

const mug = { sku: 'MUG', name: 'A mug', price: { amount: 250, currency: 'GBP' } };
const lamp = { sku: 'LAMP', name: 'A lamp', price: { amount: 1_999, currency: 'GBP' } };

test('the same product again adds to its line, and what is there survives a reload', () => {
  const store = storeOf();
  const basket = createBasket(store);
  basket.add(mug, 2);
  basket.add(lamp, 1);
  basket.add({ ...mug, name: 'A mug' }, 3);
  expect(basket.lines().map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ['MUG', 5],
    ['LAMP', 1],
  ]);
  expect(createBasket(store).lines()).toEqual(basket.lines());
  expect(basketSum(basket.lines())).toEqual({ count: 6, totals: [{ amount: 3_249, currency: 'GBP' }] });
});

test('a quantity of 0 takes the line out; more than an order takes is cut', () => {
  const basket = createBasket(storeOf());
  basket.add(mug, 1);
  basket.setQuantity('MUG', MAX_QUANTITY + 1);
  expect(basket.lines()[0]?.quantity).toBe(MAX_QUANTITY);
  basket.setQuantity('MUG', Number.NaN);
  expect(basket.lines()).toEqual([]);
});

test('a full basket refuses another product, but not more of one it holds', () => {
  const basket = createBasket(storeOf());
  for (let index = 0; index < MAX_LINES; index++) expect(basket.add({ ...mug, sku: `MUG-${index}` }, 1)).toBe(true);
  expect(basket.add(lamp, 1)).toBe(false);
  expect(basket.add({ ...mug, sku: 'MUG-7' }, 1)).toBe(true);
  expect(basket.lines()).toHaveLength(MAX_LINES);
});

test.each([
  ['no JSON', '{'],
  ['no list', '{"lines":[]}'],
  ['lines of another form', JSON.stringify([{ sku: 'MUG' }, null, 7, { ...mug, quantity: '2' }, { ...mug, quantity: -1 }])],
])('what cannot be a basket is an empty one: %s', (_, text) => {
  expect(createBasket(storeOf(text)).lines()).toEqual([]);
});

test('what another tab stored is shown when it is told', () => {
  const store = storeOf();
  const basket = createBasket(store);
  let told = 0;
  const leave = basket.subscribe(() => told++);
  store.setItem(BASKET_KEY, JSON.stringify([{ ...lamp, quantity: 2 }]));
  basket.reload();
  leave();
  basket.clear();
  expect(told).toBe(1);
});
