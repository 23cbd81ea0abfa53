import type { Values } from './fields.ts';
import type { GoodRow, Keys } from './read-keyed.ts';
import { faultOfReference } from './read-keyed.ts';
import { type Fault, shown } from './rejection.ts';

type Category = Values<'categories'>;

/** The same limit as in the category room's domain. */
const MAX_TREE_DEPTH = 10;

export interface CategoryTree {
  /** Parents before their children. */
  placed: GoodRow<'categories'>[];
  left: { category: GoodRow<'categories'>; fault: Fault }[];
}

const cycleFrom = (start: Category, bySlug: ReadonlyMap<string, GoodRow<'categories'>>): string[] | undefined => {
  const path = [start.slug];
  for (let at = bySlug.get(start.parent_slug ?? ''); at !== undefined; at = bySlug.get(at.values.parent_slug ?? '')) {
    path.push(at.values.slug);
    if (at.values.slug === start.slug) return path;
    if (path.length > bySlug.size) return undefined;
  }
  return undefined;
};

const faultOfPlace = (
  category: Category,
  bySlug: ReadonlyMap<string, GoodRow<'categories'>>,
  keys: Keys,
  depth: number,
  file: string,
): Fault | undefined => {
  const parent = category.parent_slug;
  if (parent === null) return undefined;
  const cycle = cycleFrom(category, bySlug);
  if (cycle !== undefined)
    return {
      column: 'parent_slug',
      got: shown(parent),
      expected: `a parent that does not lead back here (${cycle.slice(0, 5).join(' > ')}${cycle.length > 5 ? ' > …' : ''})`,
    };
  const unknown = faultOfReference('parent_slug', parent, keys, 'a slug', file);
  if (unknown !== undefined) return unknown;
  return depth > MAX_TREE_DEPTH ? { column: 'parent_slug', got: `level ${depth}`, expected: `at most ${MAX_TREE_DEPTH} levels` } : undefined;
};

/** Sorts out the categories that have no place in a tree, and those below them. Moves their keys to the rejected ones. */
export const placeCategories = (categories: readonly GoodRow<'categories'>[], keys: Keys, file: string): CategoryTree => {
  const bySlug = new Map(categories.map((category) => [category.values.slug, category]));
  const tree: CategoryTree = { placed: [], left: [] };
  const depths = new Map<string, number>();
  const place = (category: GoodRow<'categories'>): void => {
    const { slug, parent_slug } = category.values;
    const depth = 1 + (depths.get(parent_slug ?? '') ?? 0);
    const fault = faultOfPlace(category.values, bySlug, keys, depth, file);
    depths.set(slug, depth);
    if (fault === undefined) {
      tree.placed.push(category);
      return;
    }
    tree.left.push({ category, fault });
    keys.accepted.delete(slug);
    keys.rejected.set(slug, category.line);
  };
  for (const category of categories) {
    const branch: GoodRow<'categories'>[] = [];
    for (
      let at: GoodRow<'categories'> | undefined = category;
      at !== undefined && !depths.has(at.values.slug);
      at = bySlug.get(at.values.parent_slug ?? '')
    ) {
      if (branch.includes(at)) break;
      branch.push(at);
    }
    for (const next of branch.reverse()) place(next);
  }
  return tree;
};
