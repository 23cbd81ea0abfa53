import { orderInvalid, orderStatusConflict, orderTotalTooLarge, productNotForSale } from './errors.ts';

export type OrderStatus = 'PENDING' | 'PAID' | 'SHIPPED' | 'CANCELLED';

/** Integer minor units, ISO 4217. */
export interface Money {
  amount: number;
  currency: string;
}

export interface Order {
  id: string;
  number: string;
  customerId: string | undefined;
  status: OrderStatus;
  placedAt: Date;
  total: Money;
  /** 1 for a new one; grows with each change. */
  version: number;
}

export interface OrderLine {
  line: number;
  sku: string;
  quantity: number;
  unitPrice: Money;
}

export interface OrderedItem {
  sku: string;
  quantity: number;
}

export const SHOP_CURRENCY = 'GBP';
const MAX_LINES = 100;
const MAX_QUANTITY = 100_000;
// GraphQL's Int, which carries amounts, has 32 bits.
const MAX_AMOUNT = 2_147_483_647;

const checkItems = (items: readonly OrderedItem[]): void => {
  if (items.length < 1 || items.length > MAX_LINES) throw orderInvalid('items', `1 to ${MAX_LINES} lines`);
  const wrong = items.findIndex(({ quantity }) => !Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY);
  if (wrong !== -1) throw orderInvalid(`items[${wrong}].quantity`, `between 1 and ${MAX_QUANTITY}`);
};

/** A new order at the prices of the shop's own list. */
export const place = (
  order: Pick<Order, 'id' | 'number' | 'customerId' | 'placedAt'>,
  items: readonly OrderedItem[],
  prices: ReadonlyMap<string, Money>,
): { order: Order; lines: OrderLine[] } => {
  checkItems(items);
  const unknown = [...new Set(items.map(({ sku }) => sku).filter((sku) => !prices.has(sku)))];
  if (unknown.length > 0) throw productNotForSale(unknown);
  const lines = items.map(({ sku, quantity }, index) => ({ line: index + 1, sku, quantity, unitPrice: prices.get(sku) as Money }));
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);
  if (amount > MAX_AMOUNT) throw orderTotalTooLarge(MAX_AMOUNT);
  return { order: { ...order, status: 'PENDING', total: { amount, currency: SHOP_CURRENCY }, version: 1 }, lines };
};

const to = (order: Order, status: OrderStatus, action: string, allowed: readonly OrderStatus[]): Order => {
  if (!allowed.includes(order.status)) throw orderStatusConflict(order.number, order.status, action, allowed);
  return { ...order, status, version: order.version + 1 };
};

export const pay = (order: Order): Order => to(order, 'PAID', 'paid', ['PENDING']);
export const ship = (order: Order): Order => to(order, 'SHIPPED', 'shipped', ['PAID']);
export const cancel = (order: Order): Order => to(order, 'CANCELLED', 'cancelled', ['PENDING', 'PAID']);
