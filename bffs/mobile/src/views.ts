import type { View } from '@supergraph/bff/view';
import { category } from './views/category.ts';
import { checkout } from './views/checkout.ts';
import { home } from './views/home.ts';
import { myOrders } from './views/my-orders.ts';
import { orderDetail } from './views/order-detail.ts';
import { product } from './views/product.ts';

/** Every screen. */
export const VIEWS: readonly View[] = [home, category, product, myOrders, orderDetail, checkout];
