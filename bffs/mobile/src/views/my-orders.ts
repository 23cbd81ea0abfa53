import { afterParameter, defineView, firstParameter } from '@supergraph/bff/view';
import { MyOrdersViewDocument } from '../generated/graphql.ts';

export const myOrders = defineView({
  name: 'myOrders',
  url: '/views/my-orders',
  summary: 'A page of your orders, newest first.',
  document: MyOrdersViewDocument,
  query: { first: firstParameter(20), after: afterParameter() },
  variables: ({ query }) => query,
  signIn: 'see your orders',
  cache: 'personal',
});
