import { useState } from 'react';
import { Link } from '../navigation/link.tsx';
import { categoryPath } from '../navigation/routes.ts';
import { type Branch, branchesOf, nearbyBranches } from '../views/category-branches.ts';
import type { TreeCategory } from '../views/view-types.ts';

const Branches = ({ branches, current, className }: { branches: readonly Branch[]; current: string | undefined; className?: string }) => (
  <ul>
    {branches.map(({ slug, name, children }) => (
      <li key={slug}>
        <Link to={categoryPath(slug)} className={className} {...(slug === current && { 'aria-current': 'page' as const })}>
          {name}
        </Link>
        {children.length > 0 && <Branches branches={children} current={current} />}
      </li>
    ))}
  </ul>
);

const isWide = (): boolean => window.matchMedia('(min-width: 60rem)').matches;

/** All categories; folded where there is little room. */
export const CategoryTree = ({ categories, current }: { categories: readonly TreeCategory[] | undefined; current?: string }) => {
  const [open, setOpen] = useState(isWide);
  return (
    <nav aria-label="Categories" className="category-tree">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Categories</summary>
        {categories === undefined ? (
          <div className="tree-placeholder" />
        ) : (
          <Branches branches={branchesOf(categories)} current={current} className="root" />
        )}
      </details>
    </nav>
  );
};

/** The categories near one, in a row: for narrow screens, where the tree is folded. */
export const NearbyCategories = ({ categories, current }: { categories: readonly TreeCategory[]; current: string }) => (
  <nav aria-label="Nearby categories" className="nearby">
    <ul className="nearby-list">
      {nearbyBranches(categories, current).map(({ slug, name }) => (
        <li key={slug}>
          <Link to={categoryPath(slug)} {...(slug === current && { 'aria-current': 'page' as const })}>
            {name}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
);
