import { checkoutBody } from '@supergraph/bff/checkout-body';
import { defineView } from '@supergraph/bff/view';
import { CheckoutViewDocument } from '../generated/graphql.ts';

export const checkout = defineView({
  name: 'checkout',
  method: 'POST',
  url: '/views/checkout',
  summary: 'Places an order, and shows it.',
  document: CheckoutViewDocument,
  body: checkoutBody,
  variables: ({ body }) => body,
  answer: 'placeOrder',
  status: 201,
  mayBeMissing: { products: ['placeOrder.order.items.nodes.product'] },
  signIn: 'place an order',
  cache: 'none',
});
