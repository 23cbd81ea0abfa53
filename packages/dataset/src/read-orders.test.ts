import { expect, test } from 'vitest';
import { openDatasetFolder } from './dataset-folder.ts';
import { readOrders } from './read-orders.ts';
import { collect, collectRejections, createRandom, writeTestDataset } from './testing.ts';

const read = async (contents: Parameters<typeof writeTestDataset>[0]) => {
  using dataset = writeTestDataset(contents);
  const { lines, reject } = collectRejections();
  const files = await readOrders(await openDatasetFolder(dataset.path), reject);
  const prices = await collect(files.products());
  const orders = await collect(files.orders());
  return { prices, orders, items: await collect(files.orderItems()), lines };
};

const ordersWith = (row: string): string => `id,user_id,status,placed_at\n1,7,PAID,2011-01-01T10:00:00Z\n${row}\n`;
const itemsWith = (...rows: string[]): string => `order_id,sku,quantity,unit_price_pence\n${rows.join('\n')}\n`;
const RFC_3339 = 'a date and time by RFC 3339, for instance 2010-12-01T08:26:00Z';
const QUANTITY = 'a whole number from 1 to 2147483647';

test('gives orders with their totals, lines with their numbers, and the price list', async () => {
  const { prices, orders, items, lines } = await read({
    orders: 'id,user_id,status,placed_at\n1,7,PAID,2011-01-01T10:00:00+02:00\n2,,CANCELLED,2011-01-02T10:00:00.5Z\n',
    order_items: itemsWith('1,L1,2,900', '2,C1,4,250', '1,L1,1,0'),
  });
  expect(lines).toEqual([]);
  expect(prices.map(({ sku, unitPricePence }) => [sku, unitPricePence])).toEqual([
    ['L1', 1000],
    ['C1', 250],
  ]);
  expect(orders).toEqual([
    { number: '1', userId: '7', status: 'PAID', placedAt: '2011-01-01T08:00:00.000Z', totalPence: 1800, lineCount: 2 },
    { number: '2', userId: undefined, status: 'CANCELLED', placedAt: '2011-01-02T10:00:00.500Z', totalPence: 1000, lineCount: 1 },
  ]);
  expect(items).toEqual([
    { orderNumber: '1', line: 1, sku: 'L1', quantity: 2, unitPricePence: 900 },
    { orderNumber: '2', line: 1, sku: 'C1', quantity: 4, unitPricePence: 250 },
    { orderNumber: '1', line: 2, sku: 'L1', quantity: 1, unitPricePence: 0 },
  ]);
});

test.each([
  ['an unknown user', '2,9,PAID,2011-01-02T10:00:00Z', "user_id: got '9', expected a user of users.csv"],
  ['a wrong status', '2,,SHIPPED,2011-01-02T10:00:00Z', "status: got 'SHIPPED', expected PAID or CANCELLED"],
  ['a day that is not in the calendar', '2,,PAID,2011-02-30T10:00:00Z', `placed_at: got '2011-02-30T10:00:00Z', expected ${RFC_3339}`],
  ['no time zone', '2,,PAID,2011-02-03T10:00:00', `placed_at: got '2011-02-03T10:00:00', expected ${RFC_3339}`],
  ['a date of another kind', '2,,PAID,3/2/2011', `placed_at: got '3/2/2011', expected ${RFC_3339}`],
  ['no date', '2,,PAID,', `placed_at: got nothing, expected ${RFC_3339}`],
])('rejects an order with %s, and its lines', async (_, row, message) => {
  const { orders, items, lines } = await read({ orders: ordersWith(row) });
  expect(lines).toEqual([
    `orders.csv:3: ${message}`,
    "order_items.csv:4: order_id: got '2', expected an order that is imported: line 3 of orders.csv is rejected",
  ]);
  expect(orders.map(({ number }) => number)).toEqual(['1']);
  expect(items.map(({ orderNumber }) => orderNumber)).toEqual(['1', '1']);
});

test('a repeated order: the first counts', async () => {
  const { orders, items, lines } = await read({ orders: `${ordersWith('2,,PAID,2011-01-02T10:00:00Z')}2,,CANCELLED,2011-01-02T10:00:00Z\n` });
  expect(lines).toEqual(["orders.csv:4: id: got '2', expected a value of its own: line 3 has the same"]);
  expect(orders.map(({ status }) => status)).toEqual(['PAID', 'PAID']);
  expect(items.length).toBe(3);
});

test('rejects the orders of a rejected user', async () => {
  const { lines } = await read({ users: 'id,email,name,country\n7,,Ada,France\n' });
  expect(lines).toEqual([
    "orders.csv:2: user_id: got '7', expected a user that is imported: line 2 of users.csv is rejected",
    "order_items.csv:2: order_id: got '1', expected an order that is imported: line 2 of orders.csv is rejected",
    "order_items.csv:3: order_id: got '1', expected an order that is imported: line 2 of orders.csv is rejected",
  ]);
});

test.each([
  ['an unknown sku', '1,Z9,1,250', "sku: got 'Z9', expected a product of products.csv"],
  ['no quantity', '1,C1,0,250', `quantity: got '0', expected ${QUANTITY}`],
  ['a negative price', '1,C1,1,-250', "unit_price_pence: got '-250', expected a whole number from 0 to 2147483647"],
  ['a missing column', '1,C1,1', 'got 3 fields, expected 4'],
  ['an unclosed quote', '1,"C1,1,250', 'got a quote that is never closed, expected a closing quote'],
])('a line with %s leaves out its whole order', async (_, row, message) => {
  const { orders, items, lines } = await read({ order_items: itemsWith('1,L1,2,900', row, '2,C1,4,250', '1,C1,5,250') });
  expect(lines).toEqual([
    "orders.csv:2: id: got '1', expected an order whose lines are all good: line 3 of order_items.csv is rejected",
    "order_items.csv:2: order_id: got '1', expected an order that is imported: order 1 is left out because of line 3",
    `order_items.csv:3: ${message}`,
    "order_items.csv:5: order_id: got '1', expected an order that is imported: order 1 is left out because of line 3",
  ]);
  expect(orders.map(({ number }) => number)).toEqual(['2']);
  expect(items.map(({ orderNumber }) => orderNumber)).toEqual(['2']);
});

test('a line of a rejected product leaves out its order', async () => {
  const { lines } = await read({
    products: 'sku,name,unit_price_pence,category_slug\nL1,Lamp,-1,lamps\nC1,Cup,250,home\n',
    order_items: itemsWith('1,L1,2,900', '2,C1,4,250'),
  });
  expect(lines).toEqual([
    "orders.csv:2: id: got '1', expected an order whose lines are all good: line 2 of order_items.csv is rejected",
    "order_items.csv:2: sku: got 'L1', expected a product that is imported: line 2 of products.csv is rejected",
  ]);
});

test('a line of an unknown order harms no other order', async () => {
  const { orders, lines } = await read({ order_items: itemsWith('1,L1,2,900', '9,C1,1,250', '2,C1,4,250') });
  expect(lines).toEqual(["order_items.csv:3: order_id: got '9', expected an order of orders.csv"]);
  expect(orders.length).toBe(2);
});

test.each(['\xff1,C1,1,250', ',C1,1,250', 'C1,1,250', '"1,C1,1,250'])(
  'a line that may belong to either neighbour leaves out both: %j',
  async (row) => {
    const { orders, items, lines } = await read({ order_items: Buffer.from(itemsWith('1,L1,2,900', row, '2,C1,4,250'), 'latin1') });
    expect(orders).toEqual([]);
    expect(items).toEqual([]);
    expect(lines.length).toBe(5);
  },
);

test('an order without lines, and one whose total is too large', async () => {
  const { orders, items, lines } = await read({ order_items: itemsWith('2,C1,1000000,2147', '2,C1,1,483648') });
  expect(orders).toEqual([]);
  expect(items).toEqual([]);
  expect(lines).toEqual([
    "orders.csv:2: id: got '1', which has no lines, expected at least one line in order_items.csv",
    'orders.csv:3: id: got a total of 2147483648 pence, expected at most 2147483647',
    "order_items.csv:2: order_id: got '2', expected an order that is imported: order 2 is left out because its total is more than 2147483647 pence",
    "order_items.csv:3: order_id: got '2', expected an order that is imported: order 2 is left out because its total is more than 2147483647 pence",
  ]);
});

// A pair of stray quotes can make one row of several lines; then there are fewer rows than lines.
test.each([
  ['characters', [',', '\xff', '-', '9', '']],
  ['characters and quotes', ['"', ',', '\xff', '"', '']],
])('whatever %s are damaged: every row is imported or rejected, once, and every imported order is whole', async (_, replacements) => {
  const random = createRandom(536_365);
  const damage = (text: string): Buffer => {
    const [header, ...rows] = text.trimEnd().split('\n');
    const damaged = rows.map((row) => {
      if (random() > 0.06) return row;
      const at = Math.floor(random() * row.length);
      return row.slice(0, at) + replacements[Math.floor(random() * replacements.length)] + row.slice(at + 1);
    });
    return Buffer.from(`${[header, ...damaged].join('\n')}\n`, 'latin1');
  };
  const numbers = Array.from({ length: 40 }, (_value, index) => String(100 + index));
  for (let round = 0; round < 50; round++) {
    const goodItems = numbers.flatMap((number) => Array.from({ length: 1 + Math.floor(random() * 4) }, () => `${number},L1,1,5`));
    const { orders, items, lines } = await read({
      orders: damage(`id,user_id,status,placed_at\n${numbers.map((number) => `${number},7,PAID,2011-01-01T10:00:00Z`).join('\n')}\n`),
      order_items: damage(itemsWith(...goodItems)),
    });
    const places = lines.map((line) => line.split(':').slice(0, 2).join(':'));
    expect(new Set(places).size).toBe(places.length);
    const rows = {
      orders: orders.length + places.filter((place) => place.startsWith('orders.csv')).length,
      items: items.length + places.filter((place) => place.startsWith('order_items.csv')).length,
    };
    if (replacements.includes('"')) {
      expect(rows.orders).toBeLessThanOrEqual(numbers.length);
      expect(rows.items).toBeLessThanOrEqual(goodItems.length);
    } else expect(rows).toEqual({ orders: numbers.length, items: goodItems.length });
    const imported = Map.groupBy(items, (item) => item.orderNumber);
    expect(Object.fromEntries(orders.map((order) => [order.number, order.lineCount]))).toEqual(
      Object.fromEntries([...imported].map(([number, ofOrder]) => [number, ofOrder.length])),
    );
  }
});
