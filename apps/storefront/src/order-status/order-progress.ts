import type { OrderState } from '../views/view-types.ts';

/** While the provider works, the next state is moments away; otherwise people act, and that takes longer. */
const SOON_MS = 1_000;
const LATER_MS = 15_000;
/** A payment that has not come through by then may have failed. */
const OUTCOME_MS = 5_000;
const IN_PROGRESS: ReadonlySet<string | undefined> = new Set(['REQUESTED', 'STARTED', 'REFUND_DUE']);

export const isPaymentInProgress = ({ payment }: OrderState): boolean => IN_PROGRESS.has(payment?.status);

const isFinal = ({ status }: OrderState): boolean => status === 'SHIPPED' || status === 'CANCELLED';

/** Whether its status can still change. */
export const isUnderWay = (order: OrderState): boolean => !isFinal(order);

/** How long until it is worth looking while a stream tells each change of status: payments fail and go back without one. */
const nextLookBesideStreamMs = (order: OrderState): number | undefined => {
  if (isFinal(order)) return isPaymentInProgress(order) ? SOON_MS : undefined;
  return isPaymentInProgress(order) ? OUTCOME_MS : Number.POSITIVE_INFINITY;
};

/** Until when to look again, in milliseconds; undefined when nothing will change any more. */
export const nextLookMs = (order: OrderState): number | undefined => {
  if (isPaymentInProgress(order)) return SOON_MS;
  return isFinal(order) ? undefined : LATER_MS;
};

/**
 * The same for several orders: the most urgent one decides.
 * @param isFollowed whether a stream tells of the order.
 */
export const nextLookOfAllMs = (orders: readonly OrderState[], isFollowed: (order: OrderState) => boolean = () => false): number | undefined => {
  const waits = orders.map((order) => (isFollowed(order) ? nextLookBesideStreamMs(order) : nextLookMs(order))).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(...waits);
};

export const canPay = (order: OrderState): boolean => order.status === 'PENDING' && (order.payment === null || order.payment.status === 'FAILED');
export const canCancel = ({ status }: OrderState): boolean => status === 'PENDING' || status === 'PAID';

const STATUS_TEXT: Record<OrderState['status'], string> = {
  PENDING: 'Waiting for payment',
  PAID: 'Paid',
  SHIPPED: 'Shipped',
  CANCELLED: 'Cancelled',
};

/** What people should know beyond the order's status; empty when that says it all. */
export const progressText = (order: OrderState): string => {
  const payment = order.payment?.status;
  if (order.status === 'PENDING' && isPaymentInProgress(order)) return 'The payment is on its way …';
  if (order.status === 'PENDING' && payment === 'FAILED') return 'The payment failed. You can pay again.';
  if (order.status === 'PENDING') return 'It is sent when it is paid.';
  if (order.status === 'PAID') return 'It will be shipped soon.';
  if (order.status === 'SHIPPED') return 'It is on its way to you.';
  if (payment === 'REFUNDED') return 'Your money went back.';
  return payment === 'REFUND_DUE' || payment === 'SETTLED' ? 'Your money goes back …' : '';
};

export const statusText = (order: OrderState): string => STATUS_TEXT[order.status];
