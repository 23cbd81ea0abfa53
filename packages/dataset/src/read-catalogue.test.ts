import { expect, test } from 'vitest';
import { openDatasetFolder } from './dataset-folder.ts';
import { readCatalogue } from './read-catalogue.ts';
import { collect, collectRejections, writeTestDataset } from './testing.ts';

const read = async (contents: Parameters<typeof writeTestDataset>[0], zipped = false) => {
  using dataset = writeTestDataset(contents, zipped);
  const { lines, reject } = collectRejections();
  const catalogue = await readCatalogue(await openDatasetFolder(dataset.path), reject);
  const products = await collect(catalogue.products());
  return { slugs: catalogue.categories.map(({ slug }) => slug), skus: products.map(({ sku }) => sku), lines, products };
};

const NUMBER = 'a whole number from 0 to 2147483647';
const SKU = 'letters, digits, spaces, hyphens and underscores, at most 32 characters';

test.each([
  ['a negative price', 'X1,Cup,-5,home', `unit_price_pence: got '-5', expected ${NUMBER}`],
  ['a fraction', 'X1,Cup,1.50,home', `unit_price_pence: got '1.50', expected ${NUMBER}`],
  ['a price too large', 'X1,Cup,2147483648,home', `unit_price_pence: got '2147483648', expected ${NUMBER}`],
  ['no price', 'X1,Cup,,home', `unit_price_pence: got nothing, expected ${NUMBER}`],
  ['an unknown category', 'X1,Cup,5,nowhere', `category_slug: got 'nowhere', expected a category of categories.csv`],
  ['an empty name', 'X1, ,5,home', `name: got ' ', expected 1 to 200 characters, without control characters`],
  ['a name too long', `X1,${'x'.repeat(201)},5,home`, `name: got '${'x'.repeat(60)}…', expected 1 to 200 characters, without control characters`],
  ['a control character', 'X1,a\0b,5,home', `name: got 'a\\x00b', expected 1 to 200 characters, without control characters`],
  ['no sku', ',Cup,5,home', `sku: got nothing, expected ${SKU}`],
  ['a strange sku', 'X/1,Cup,5,home', `sku: got 'X/1', expected ${SKU}`],
  ['a repeated sku', 'L1,Cup,5,home', `sku: got 'L1', expected a value of its own: line 2 has the same`],
  ['a missing column', 'X1,Cup,5', 'got 3 fields, expected 4'],
  ['a column too many', 'X1,Cup,5,home,', 'got 5 fields, expected 4'],
  ['an unclosed quote', 'X1,"Cup,5,home', 'got a quote that is never closed, expected a closing quote'],
  ['a stray quote', 'X1,7" Cup,5,home', 'got a quote in the middle of a field, expected the whole field in quotes, and quotes inside it doubled'],
  ['text behind a quote', 'X1,"Cup"s,5,home', 'got text after a closing quote, expected a comma or the end of the line'],
])('rejects a product with %s', async (_, row, message) => {
  for (const zipped of [false, true]) {
    const products = `sku,name,unit_price_pence,category_slug\nL1,Lamp,1000,lamps\n${row}\nC1,Cup,250,home\n`;
    const { skus, lines } = await read({ products }, zipped);
    const name = zipped ? 'products.csv.gz' : 'products.csv';
    expect(lines).toEqual([`${name}:3: ${zipped ? message.replace('categories.csv', 'categories.csv.gz') : message}`]);
    expect(skus).toEqual(['L1', 'C1']);
  }
});

test('rejects broken UTF-8, and reads good UTF-8', async () => {
  const header = 'sku,name,unit_price_pence,category_slug\n';
  const products = Buffer.concat([Buffer.from(`${header}L1,Café 🕯,1,home\n`), Buffer.from('L2,caf\xe9,1,home\n', 'latin1')]);
  const { products: good, lines } = await read({ products });
  expect(good.map(({ name }) => name)).toEqual(['Café 🕯']);
  expect(lines).toEqual([`products.csv:3: name: got 'caf\\xe9', expected UTF-8`]);
});

test('a good row after a bad one of the same sku is imported', async () => {
  const { skus, lines } = await read({ products: 'sku,name,unit_price_pence,category_slug\nL1,Lamp,x,lamps\nL1,Lamp,5,lamps\n' });
  expect(skus).toEqual(['L1']);
  expect(lines).toEqual([`products.csv:2: unit_price_pence: got 'x', expected ${NUMBER}`]);
});

test.each([
  ['an unknown parent', 'a,A,none', [`3: parent_slug: got 'none', expected a slug of categories.csv`]],
  ['itself as its parent', 'a,A,a', [`3: parent_slug: got 'a', expected a parent that does not lead back here (a > a)`]],
  [
    'a cycle, and what is below it',
    'c,C,b\na,A,b\nb,B,a',
    [
      `3: parent_slug: got 'b', expected a slug that is imported: line 5 of categories.csv is rejected`,
      `4: parent_slug: got 'b', expected a parent that does not lead back here (a > b > a)`,
      `5: parent_slug: got 'a', expected a parent that does not lead back here (b > a > b)`,
    ],
  ],
  ['a capital in the slug', 'A,A,', [`3: slug: got 'A', expected lower-case letters, digits and single hyphens, at most 64 characters`]],
  ['a repeated slug', 'root,A,', ["3: slug: got 'root', expected a value of its own: line 2 has the same"]],
  ['no name', 'a,,', ['3: name: got nothing, expected 1 to 100 characters, without control characters']],
])('rejects a category with %s', async (_, rows, messages) => {
  const categories = `slug,name,parent_slug\nroot,Root,\n${rows}\n`;
  const { slugs, lines } = await read({ categories, products: 'sku,name,unit_price_pence,category_slug\n' });
  expect(lines).toEqual(messages.map((message) => `categories.csv:${message}`));
  expect(slugs).toEqual(['root']);
});

test('rejects the products of a rejected category', async () => {
  const { skus, lines } = await read({ categories: 'slug,name,parent_slug\nhome,Home,\nlamps,,home\n' });
  expect(skus).toEqual(['C1']);
  expect(lines).toEqual([
    'categories.csv:3: name: got nothing, expected 1 to 100 characters, without control characters',
    `products.csv:2: category_slug: got 'lamps', expected a category that is imported: line 3 of categories.csv is rejected`,
  ]);
});

test('gives parents before children, ten levels at most', async () => {
  const levels = Array.from({ length: 11 }, (_, index) => `l${index + 1},L,${index === 0 ? '' : `l${index}`}`);
  const { slugs, lines } = await read({
    categories: `slug,name,parent_slug\n${levels.toReversed().join('\n')}\n`,
    products: 'sku,name,unit_price_pence,category_slug\n',
  });
  expect(slugs).toEqual(['l1', 'l2', 'l3', 'l4', 'l5', 'l6', 'l7', 'l8', 'l9', 'l10']);
  expect(lines).toEqual(['categories.csv:2: parent_slug: got level 11, expected at most 10 levels']);
});
