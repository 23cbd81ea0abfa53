import type { TreeCategory } from './view-types.ts';

export interface Branch {
  slug: string;
  name: string;
  children: Branch[];
}

/** The tree of a flat list of categories. One whose parent is not in the list becomes a root: it can be found all the same. */
export const branchesOf = (categories: readonly TreeCategory[]): Branch[] => {
  const branches = new Map(categories.map(({ slug, name }) => [slug, { slug, name, children: [] as Branch[] }]));
  const roots: Branch[] = [];
  for (const { slug, parent } of categories) {
    const branch = branches.get(slug);
    const above = parent === null ? undefined : branches.get(parent.slug);
    if (branch !== undefined) (above?.children ?? roots).push(branch);
  }
  return roots;
};

const siblingsOf = (branches: readonly Branch[], slug: string): readonly Branch[] | undefined =>
  branches.some((branch) => branch.slug === slug)
    ? branches
    : branches.reduce<readonly Branch[] | undefined>((found, { children }) => found ?? siblingsOf(children, slug), undefined);

/** Where people may want to go from a category: below it, or beside it when nothing is below. */
export const nearbyBranches = (categories: readonly TreeCategory[], slug: string): readonly Branch[] => {
  const siblings = siblingsOf(branchesOf(categories), slug) ?? [];
  const below = siblings.find((branch) => branch.slug === slug)?.children ?? [];
  return below.length > 0 ? below : siblings;
};
