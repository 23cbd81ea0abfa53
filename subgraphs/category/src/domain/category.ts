import { categoryInvalid, categoryTooDeep, categoryWouldBeItsOwnAncestor } from './errors.ts';

export interface Category {
  id: string;
  slug: string;
  name: string;
  parentId: string | undefined;
  /** 1, and one more with every change that is written. */
  version: number;
}

const MAX_TREE_DEPTH = 10;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const checkSlug = (slug: string): string => {
  if (!SLUG.test(slug) || slug.length > 64) throw categoryInvalid('slug', 'lower-case letters, digits and single hyphens, at most 64 characters');
  return slug;
};

const checkName = (name: string): string => {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > 100) throw categoryInvalid('name', '1 to 100 characters');
  return trimmed;
};

/** `parentPath` leads from the root to the future parent; empty for a root. */
export const newCategory = (id: string, input: { slug: string; name: string }, parentPath: readonly Category[]): Category => {
  if (parentPath.length >= MAX_TREE_DEPTH) throw categoryTooDeep(MAX_TREE_DEPTH);
  return { id, slug: checkSlug(input.slug), name: checkName(input.name), parentId: parentPath.at(-1)?.id, version: 1 };
};

export const rename = (category: Category, change: { slug?: string | undefined; name?: string | undefined }): Category => ({
  ...category,
  slug: change.slug === undefined ? category.slug : checkSlug(change.slug),
  name: change.name === undefined ? category.name : checkName(change.name),
});

/** `height` counts the levels of the branch that moves, the category itself included. */
export const move = (category: Category, parentPath: readonly Category[], height: number): Category => {
  const parent = parentPath.at(-1);
  if (parent !== undefined && parentPath.some((ancestor) => ancestor.id === category.id))
    throw categoryWouldBeItsOwnAncestor(category.slug, parent.slug);
  if (parentPath.length + height > MAX_TREE_DEPTH) throw categoryTooDeep(MAX_TREE_DEPTH);
  return { ...category, parentId: parent?.id };
};
