import { productCreated, productPriceChanged } from './category.ts';
import { cancelOrderCommand, orderCommandFinished, payOrderCommand, shipOrderCommand } from './order.ts';
import { paymentFailed, paymentRefunded, paymentSettled } from './payment.ts';
import { PUBLIC_EVENT_TYPES } from './registry.ts';
import { userSignedUp, userUpdated } from './user.ts';

/**
 * Who gets what: the whole choreography on one screen. A group is a consumer however many processes it has. The table is
 * known to every publisher, so that a broker holds a group's events from the first one, also before the group first runs.
 */
export const SUBSCRIPTIONS: Readonly<Record<string, readonly string[]>> = {
  order: [
    productCreated.type,
    productPriceChanged.type,
    userSignedUp.type,
    userUpdated.type,
    payOrderCommand.type,
    cancelOrderCommand.type,
    shipOrderCommand.type,
    paymentSettled.type,
    paymentFailed.type,
    paymentRefunded.type,
  ],
  rest: [orderCommandFinished.type],
  // Subscribers outside may want any of these.
  webhooks: PUBLIC_EVENT_TYPES,
};
