import type { Caller } from '@supergraph/identity/caller';
import type { cancelOrder } from '../use-cases/cancel-order.ts';
import type { payOrder } from '../use-cases/pay-order.ts';
import type { placeOrder } from '../use-cases/place-order.ts';
import type { ReadOrders } from '../use-cases/read-orders.ts';
import type { shipOrder } from '../use-cases/ship-order.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** The use cases, as the resolvers call them. */
export interface UseCases {
  read: ReadOrders;
  placeOrder: ReturnType<typeof placeOrder>;
  payOrder: ReturnType<typeof payOrder>;
  cancelOrder: ReturnType<typeof cancelOrder>;
  shipOrder: ReturnType<typeof shipOrder>;
}

/** What every resolver of one request gets. */
export interface Context {
  caller: Caller;
  useCases: UseCases;
  loaders: Loaders;
}

export const createContext =
  (useCases: UseCases) =>
  (caller: Caller): Context => ({ caller, useCases, loaders: createLoaders(useCases.read, caller) });
