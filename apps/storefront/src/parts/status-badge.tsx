import { statusText } from '../order-status/order-progress.ts';
import type { OrderState } from '../views/view-types.ts';

export const StatusBadge = ({ order }: { order: OrderState }) => (
  <span className={`badge ${order.status.toLowerCase()}`} data-status={order.status}>
    {statusText(order)}
  </span>
);
