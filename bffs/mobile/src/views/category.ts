import { nothingThere } from '@supergraph/bff/nothing-there';
import { afterParameter, defineView, firstParameter, text } from '@supergraph/bff/view';
import { CategoryViewDocument } from '../generated/graphql.ts';

export const category = defineView({
  name: 'category',
  url: '/views/category/:slug',
  summary: 'A category, what is below it, and a page of its products.',
  document: CategoryViewDocument,
  params: { slug: text("The category's slug.", 'candles') },
  query: { first: firstParameter(20), after: afterParameter() },
  variables: ({ params, query }) => ({ ...params, ...query }),
  cache: 'public',
  notFound: (data, { slug }) => (data.category === null ? nothingThere('category', slug) : undefined),
});
