import type { Caller } from '@supergraph/identity/caller';
import type { UseCases } from '../use-cases/use-cases.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What every resolver of one request gets. */
export interface Context {
  caller: Caller;
  useCases: UseCases;
  loaders: Loaders;
}

export const createContext =
  (useCases: UseCases) =>
  (caller: Caller): Context => ({ caller, useCases, loaders: createLoaders(useCases.read, caller) });
