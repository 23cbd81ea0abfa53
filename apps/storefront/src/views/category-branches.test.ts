import { expect, test } from 'vitest';
import { branchesOf, nearbyBranches } from './category-branches.ts';

const TREE = [
  { slug: 'candles', name: 'Candles', parent: { slug: 'lighting' } },
  { slug: 'lamps', name: 'Lamps', parent: { slug: 'lighting' } },
  { slug: 'lighting', name: 'Lighting', parent: null },
  { slug: 'lost', name: 'Lost', parent: { slug: 'beyond-the-first-page' } },
];
const slugs = (branches: readonly { slug: string }[]): string[] => branches.map(({ slug }) => slug);

test('a flat list becomes a tree, whatever its order; whose parent is not in it is a root', () => {
  const roots = branchesOf(TREE);
  expect(slugs(roots)).toEqual(['lighting', 'lost']);
  expect(slugs(roots[0]?.children ?? [])).toEqual(['candles', 'lamps']);
});

test.each([
  ['lighting', ['candles', 'lamps']],
  ['candles', ['candles', 'lamps']],
  ['lost', ['lighting', 'lost']],
  ['unknown', []],
])('near %s', (slug, expected) => expect(slugs(nearbyBranches(TREE, slug))).toEqual(expected));
