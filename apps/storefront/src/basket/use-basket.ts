import { useSyncExternalStore } from 'react';
import { browserStorage } from '../browser-storage.ts';
import { announce } from '../parts/announcements.tsx';
import type { ProductSummary } from '../views/view-types.ts';
import { BASKET_KEY, type BasketLine, createBasket, MAX_LINES } from './basket.ts';

export const basket = createBasket(browserStorage(() => window.localStorage));
window.addEventListener('storage', ({ key }) => {
  if (key === BASKET_KEY || key === null) basket.reload();
});

export const useBasketLines = (): readonly BasketLine[] => useSyncExternalStore(basket.subscribe, basket.lines);

export const addToBasket = (product: ProductSummary, quantity = 1): void => {
  const added = basket.add(product, quantity);
  announce(added ? `Added to the basket: ${quantity} × ${product.name}` : `The basket is full: it holds ${MAX_LINES} different products.`);
};
