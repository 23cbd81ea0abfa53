import { describe, expect, test } from 'vitest';
import { findMissingParts } from './missing-parts.ts';

const VIEW = { mayBeMissing: { unitsSold: ['products.nodes.unitsSold', 'products.nodes.related.unitsSold'], profile: ['me'] } };
const product = (unitsSold: number | null, related: number | null = 1) => ({ sku: 'A', unitsSold, related: [{ unitsSold: related }] });
const dataWith = (...nodes: object[]) => ({ me: { name: 'Ada' }, products: { nodes } });
const error = (...path: (string | number)[]) => ({ message: 'away', path, extensions: { code: 'SUBGRAPH_TIMEOUT' } });

describe('what errors are about', () => {
  test('nothing is missing without errors, whatever is null', () => {
    expect(findMissingParts(VIEW, dataWith(product(null)), [])).toEqual({ missing: [] });
  });

  test.each([
    ['at the part', error('products', 'nodes', 0, 'unitsSold')],
    ['inside the part', error('products', 'nodes', 0, 'unitsSold', 'total')],
    ['at the object that has it', error('products', 'nodes', 1)],
    ['at the list, where a whole fetch failed', error('products', 'nodes')],
    ['at the top, below which it is null', error('products')],
  ])('an error %s names it once', (_, failure) => {
    expect(findMissingParts(VIEW, dataWith(product(3), product(null)), [failure, failure])).toEqual({ missing: ['unitsSold'] });
  });

  test('every part that failed is named, in the order of the alphabet', () => {
    const data = { ...dataWith(product(3, null)), me: null };
    expect(findMissingParts(VIEW, data, [error('products', 'nodes'), error('me')])).toEqual({ missing: ['profile', 'unitsSold'] });
  });

  test('an error without a path is about the parts that are null', () => {
    expect(findMissingParts(VIEW, { ...dataWith(product(1)), me: null }, [{ message: 'away' }])).toEqual({ missing: ['profile'] });
  });

  test.each([
    ['at a field that is no part', error('products', 'nodes', 0, 'price'), dataWith(product(null))],
    ['at a field whose name only begins like a part', error('products', 'nodes', 0, 'unitsSoldEver'), dataWith(product(1))],
    ['above parts that are all there', error('products', 'nodes'), dataWith(product(1))],
    ['at an object that is null itself', error('products'), { me: null, products: null }],
    ['without a path, with all parts there', { message: 'no' }, dataWith(product(1))],
    ['without a path, with something else gone', { message: 'no' }, { me: null, products: null }],
    ['with no data at all', error('me'), null],
  ])('an error %s fails the view', (_, failure, data) => {
    expect(findMissingParts(VIEW, data, [failure])).toEqual({ missing: [], fatal: failure });
  });

  test('a view that says nothing can do without nothing', () => {
    expect(findMissingParts({}, dataWith(product(null)), [error('products', 'nodes')]).fatal).toBeDefined();
  });
});
