import { categoryCreated, categoryDeleted, categoryUpdated, productCreated, productPriceChanged } from './category.ts';
import type { Contract } from './contract.ts';
import {
  cancelOrderCommand,
  orderCancelled,
  orderCommandFinished,
  orderPaid,
  orderPlaced,
  orderShipped,
  payOrderCommand,
  shipOrderCommand,
} from './order.ts';
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
  shipOrderCommand,
  orderCommandFinished,
  paymentSettled,
  paymentFailed,
  paymentRefunded,
  userSignedUp,
  userUpdated,
  webhookEndpointDisabled,
];

/** What subscribers outside may have: no command, and nothing that only rooms tell each other. */
export const PUBLIC_EVENT_TYPES: readonly string[] = CONTRACTS.filter(({ kind, internal }) => kind === 'event' && internal !== true).map(
  ({ type }) => type,
);
