import { defineView, firstParameter } from '@supergraph/bff/view';
import { HomeViewDocument } from '../generated/graphql.ts';

export const home = defineView({
  name: 'home',
  url: '/views/home',
  summary: 'The tree of categories and the first products, each with breadcrumbs and related ones.',
  document: HomeViewDocument,
  query: { first: firstParameter(24) },
  variables: ({ query }) => query,
  mayBeMissing: { unitsSold: ['products.nodes.unitsSold', 'products.nodes.related.unitsSold'] },
  cache: 'public',
});
