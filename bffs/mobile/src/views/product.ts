import { nothingThere } from '@supergraph/bff/nothing-there';
import { defineView, text } from '@supergraph/bff/view';
import { ProductViewDocument } from '../generated/graphql.ts';

export const product = defineView({
  name: 'product',
  url: '/views/product/:sku',
  summary: 'A product.',
  document: ProductViewDocument,
  params: { sku: text('The stock keeping unit.', '85123A') },
  variables: ({ params }) => params,
  cache: 'public',
  notFound: (data, { sku }) => (data.product === null ? nothingThere('product', sku) : undefined),
});
