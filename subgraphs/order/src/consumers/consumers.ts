import { productCreated, productPriceChanged } from '@supergraph/events/category';
import { paymentFailed, paymentRefunded, paymentSettled } from '@supergraph/events/payment';
import { userSignedUp, userUpdated } from '@supergraph/events/user';
import type { Consumers } from '@supergraph/message-bus/messaging';
import { type OrderCommandDeps, onOrderCommands } from './on-order-command.ts';
import { onPaymentFailed } from './on-payment-failed.ts';
import { onPaymentRefunded } from './on-payment-refunded.ts';
import { onPaymentSettled } from './on-payment-settled.ts';
import { onProductChanged } from './on-product-changed.ts';
import { onUserChanged } from './on-user-changed.ts';
import type { PaymentConsumerDeps } from './payment-news.ts';

/** By type of event or command, what this room does about it. */
export const createConsumers = (deps: PaymentConsumerDeps & OrderCommandDeps): Consumers => ({
  [productCreated.type]: onProductChanged(deps),
  [productPriceChanged.type]: onProductChanged(deps),
  [userSignedUp.type]: onUserChanged(deps),
  [userUpdated.type]: onUserChanged(deps),
  ...onOrderCommands(deps),
  [paymentSettled.type]: onPaymentSettled(deps),
  [paymentFailed.type]: onPaymentFailed(deps),
  [paymentRefunded.type]: onPaymentRefunded(deps),
});
