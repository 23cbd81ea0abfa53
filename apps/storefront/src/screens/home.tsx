import { CategoryTree } from '../parts/category-tree.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ProductGrid } from '../parts/product-grid.tsx';
import { usePages } from '../views/use-pages.ts';
import { loadHome } from '../views/view-client.ts';
import type { ProductSummary } from '../views/view-types.ts';

const popularFirst = (products: readonly ProductSummary[]): ProductSummary[] =>
  products.toSorted((one, other) => (other.unitsSold ?? 0) - (one.unitsSold ?? 0));

export const Home = () => {
  const { pages, problem, reload } = usePages({ key: 'home', load: (_, signal) => loadHome(signal) });
  const [view] = pages;
  const products = view && popularFirst(view.products.nodes);
  return (
    <div className="with-side">
      <CategoryTree categories={view?.categories.nodes} />
      <div>
        <PageTitle title="Gifts for every occasion" />
        {problem && <ProblemNotice problem={problem} retry={reload} />}
        <h2 className="visually-hidden">Products</h2>
        {(view !== undefined || problem === undefined) && <ProductGrid products={products} />}
      </div>
    </div>
  );
};
