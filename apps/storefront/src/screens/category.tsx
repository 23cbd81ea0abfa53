import { Breadcrumbs } from '../parts/breadcrumbs.tsx';
import { CategoryTree, NearbyCategories } from '../parts/category-tree.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ProductGrid } from '../parts/product-grid.tsx';
import { usePages } from '../views/use-pages.ts';
import { loadCategory } from '../views/view-client.ts';
import type { CategoryView } from '../views/view-types.ts';
import { NotFound } from './not-found.tsx';

const cursorOf = ({ category }: CategoryView): string | undefined => {
  const { hasNextPage, endCursor } = category?.products.pageInfo ?? {};
  return hasNextPage ? (endCursor ?? undefined) : undefined;
};

const Shown = ({ pages, products }: { pages: number; products: number }) => (
  <p className="visually-hidden" role="status">
    {pages > 1 && `${products} products shown`}
  </p>
);

export const Category = ({ slug }: { slug: string }) => {
  const { pages, problem, loading, more, reload } = usePages({
    key: `category/${slug}`,
    load: (after, signal) => loadCategory(slug, after, signal),
    cursorOf,
  });
  if (problem?.code === 'CATEGORY_NOT_FOUND') return <NotFound what={problem.message} />;
  const [view] = pages;
  const category = view?.category;
  const products = view && pages.flatMap((page) => page.category?.products.nodes ?? []);
  return (
    <div className="with-side">
      <CategoryTree categories={view?.categories.nodes} current={slug} />
      <div>
        <Breadcrumbs trail={category?.path} />
        <PageTitle title={category?.name} />
        <NearbyCategories categories={view?.categories.nodes ?? []} current={slug} />
        <h2 className="visually-hidden">Products</h2>
        {(view !== undefined || problem === undefined) && <ProductGrid products={products} />}
        {products?.length === 0 && <p className="notice">There is nothing in this category yet.</p>}
        {problem && <ProblemNotice problem={problem} retry={pages.length > 0 && more ? more : reload} />}
        {view && <MoreButton more={more} loading={loading} what="products" />}
        <Shown pages={pages.length} products={products?.length ?? 0} />
      </div>
    </div>
  );
};
