import { nothingThere } from '@supergraph/bff/nothing-there';
import { afterParameter, defineView, text } from '@supergraph/bff/view';
import { OrderDetailViewDocument } from '../generated/graphql.ts';

export const orderDetail = defineView({
  name: 'orderDetail',
  url: '/views/order-detail/:number',
  summary: 'One of your orders, with a page of its lines.',
  document: OrderDetailViewDocument,
  params: { number: text("The order's number.", '536365') },
  query: { after: afterParameter() },
  variables: ({ params, query }) => ({ ...params, ...query }),
  mayBeMissing: { products: ['order.items.nodes.product'] },
  signIn: 'see an order',
  cache: 'personal',
  notFound: (data, { number }) => (data.order === null ? nothingThere('order', number) : undefined),
});
