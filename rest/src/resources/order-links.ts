import { type Caller, seesEverything } from '@supergraph/identity/caller';
import { action, type Links, link, path } from '../hal.ts';

interface LinkedOrder {
  number: string;
  status: string;
  customerId?: string;
  customerName?: string;
}

/** What can be done with an order of this status by somebody who sees it; only staff ship. */
const STEPS: Readonly<Record<string, readonly ('pay' | 'cancel' | 'ship')[]>> = { PENDING: ['pay', 'cancel'], PAID: ['cancel', 'ship'] };

/** Where an order leads: actions only as its status and the caller's rights allow. */
export const orderLinks = ({ number, status, customerId, customerName }: LinkedOrder, caller: Caller): Links => {
  const self = path`/orders/${number}`;
  const steps = (STEPS[status] ?? []).filter((step) => step !== 'ship' || seesEverything(caller));
  return {
    self: link(self),
    collection: link('/orders'),
    items: link(path`/orders/${number}/items`),
    ...(customerId !== undefined && { customer: link(path`/users/${customerId}`, customerName === undefined ? {} : { title: customerName }) }),
    ...Object.fromEntries(steps.map((step) => [step, action('POST', `${self}/${step}`, `${step} this order`)])),
  };
};
