import type { TextStore } from '../browser-storage.ts';
import type { Money, ProductSummary } from '../views/view-types.ts';

/** A product to order, with its name and price as they were when it was added: the order's prices are the shop's of that moment. */
export type BasketLine = Pick<ProductSummary, 'sku' | 'name' | 'price'> & { quantity: number };

export const BASKET_KEY = 'supergraph.basket.1';
/** What one order takes (PlaceOrderInput, OrderItemInput). */
export const MAX_LINES = 100;
export const MAX_QUANTITY = 100_000;

export interface Basket {
  lines(): readonly BasketLine[];
  /** @returns false when the basket is full. */
  add(product: Pick<ProductSummary, 'sku' | 'name' | 'price'>, quantity: number): boolean;
  /** A quantity of 0 takes the line out. */
  setQuantity(sku: string, quantity: number): void;
  clear(): void;
  /** Reads again what is stored: another tab has written. */
  reload(): void;
  subscribe(listener: () => void): () => void;
}

const clamp = (quantity: number): number => Math.min(MAX_QUANTITY, Math.max(0, Math.trunc(quantity) || 0));

const isLine = (value: unknown): value is BasketLine => {
  const line = value as BasketLine | null;
  return (
    typeof line?.sku === 'string' &&
    typeof line.name === 'string' &&
    Number.isSafeInteger(line.price?.amount) &&
    /^[A-Z]{3}$/.test(line.price?.currency ?? '') &&
    Number.isSafeInteger(line.quantity) &&
    line.quantity >= 1 &&
    line.quantity <= MAX_QUANTITY
  );
};

const read = (store: Pick<TextStore, 'getItem'>): BasketLine[] => {
  try {
    const stored: unknown = JSON.parse(store.getItem(BASKET_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isLine).slice(0, MAX_LINES) : [];
  } catch {
    return [];
  }
};

export const createBasket = (store: Pick<TextStore, 'getItem' | 'setItem'>): Basket => {
  let lines: readonly BasketLine[] = read(store);
  const listeners = new Set<() => void>();
  const show = (next: readonly BasketLine[]): void => {
    lines = next;
    for (const listener of listeners) listener();
  };
  const change = (next: readonly BasketLine[]): void => {
    store.setItem(BASKET_KEY, JSON.stringify(next));
    show(next);
  };
  const setQuantity = (sku: string, quantity: number): void => {
    const wanted = clamp(quantity);
    change(lines.flatMap((line) => (line.sku !== sku ? [line] : wanted === 0 ? [] : [{ ...line, quantity: wanted }])));
  };

  return {
    lines: () => lines,
    add: ({ sku, name, price }, quantity) => {
      const present = lines.find((line) => line.sku === sku);
      if (present === undefined && lines.length >= MAX_LINES) return false;
      if (present === undefined) change([...lines, { sku, name, price, quantity: Math.max(1, clamp(quantity)) }]);
      else setQuantity(sku, present.quantity + quantity);
      return true;
    },
    setQuantity,
    clear: () => change([]),
    reload: () => show(read(store)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** How many things are in it, and what they cost together, by currency: the catalogue has one, but the schema promises none. */
export const basketSum = (lines: readonly BasketLine[]): { count: number; totals: Money[] } => {
  const totals = new Map<string, number>();
  for (const { price, quantity } of lines) totals.set(price.currency, (totals.get(price.currency) ?? 0) + price.amount * quantity);
  return { count: lines.reduce((sum, { quantity }) => sum + quantity, 0), totals: [...totals].map(([currency, amount]) => ({ currency, amount })) };
};
