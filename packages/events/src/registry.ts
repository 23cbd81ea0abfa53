import { categoryCreated, categoryDeleted, categoryUpdated, productCreated, productPriceChanged } from './category.ts';
import type { Contract } from './contract.ts';
import { cancelOrderCommand, orderCancelled, orderPaid, orderPlaced, orderShipped, payOrderCommand } from './order.ts';
import { paymentFailed, paymentRefunded, paymentSettled } from './payment.ts';
import { userSignedUp, userUpdated } from './user.ts';
import { webhookEndpointDisabled } from './webhooks.ts';

/** Every event and command there is, by publisher. */
export const CONTRACTS: readonly Contract[] = [
  categoryCreated,
  categoryUpdated,
  categoryDeleted,
  productCreated,
  productPriceChanged,
  orderPlaced,
  orderPaid,
  orderShipped,
  orderCancelled,
  payOrderCommand,
  cancelOrderCommand,
  paymentSettled,
  paymentFailed,
  paymentRefunded,
  userSignedUp,
  userUpdated,
  webhookEndpointDisabled,
];
