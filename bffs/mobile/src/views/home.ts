import { defineView, firstParameter } from '@supergraph/bff/view';
import { HomeViewDocument } from '../generated/graphql.ts';

export const home = defineView({
  name: 'home',
  url: '/views/home',
  summary: 'The categories and the first products.',
  document: HomeViewDocument,
  query: { first: firstParameter(12) },
  variables: ({ query }) => query,
  cache: 'public',
});
