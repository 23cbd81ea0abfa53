import { nothingThere } from '@supergraph/bff/nothing-there';
import { afterParameter, defineView, firstParameter, text } from '@supergraph/bff/view';
import { CategoryViewDocument } from '../generated/graphql.ts';

export const category = defineView({
  name: 'category',
  url: '/views/category/:slug',
  summary: 'A category with breadcrumbs, what is below it, a page of its products, and the tree.',
  document: CategoryViewDocument,
  params: { slug: text("The category's slug.", 'candles') },
  query: { first: firstParameter(24), after: afterParameter() },
  variables: ({ params, query }) => ({ ...params, ...query }),
  mayBeMissing: { unitsSold: ['category.products.nodes.unitsSold'] },
  cache: 'public',
  notFound: (data, { slug }) => (data.category === null ? nothingThere('category', slug) : undefined),
});
