import { Link } from '../navigation/link.tsx';
import { categoryPath } from '../navigation/routes.ts';
import type { Trail } from '../views/view-types.ts';

/** Where a page stands in the catalogue; `current` ends the trail when the page is below its last category. */
export const Breadcrumbs = ({ trail, current }: { trail: Trail | undefined; current?: string }) => {
  const above = current === undefined ? trail?.slice(0, -1) : trail;
  const here = current ?? trail?.at(-1)?.name;
  return (
    <nav aria-label="Breadcrumbs" className="breadcrumbs">
      <ol>
        <li>
          <Link to="/">Home</Link>
        </li>
        {above?.map(({ slug, name }) => (
          <li key={slug}>
            <Link to={categoryPath(slug)}>{name}</Link>
          </li>
        ))}
        {here !== undefined && (
          <li aria-current="page" className={current === undefined ? undefined : 'product-crumb'}>
            {here}
          </li>
        )}
      </ol>
    </nav>
  );
};
