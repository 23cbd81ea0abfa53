import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { RequestContext } from '../request-context.ts';

type Gateway = NonNullable<ApolloServerOptionsWithGateway<RequestContext>['gateway']>;
type Listener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];
type Loaded = Parameters<Listener>[0];

/** Who wants to know which schema a contract has; whoever comes later is told the latest. */
export const createContractListeners = () => {
  const listeners = new Map<string, Set<Listener>>();
  const latest = new Map<string, Loaded>();
  return {
    add: (contract: string, listener: Listener): (() => void) => {
      const all = listeners.get(contract) ?? new Set();
      listeners.set(contract, all.add(listener));
      const known = latest.get(contract);
      if (known !== undefined) listener(known);
      return () => void all.delete(listener);
    },
    tell: (contract: string, loaded: Loaded): void => {
      latest.set(contract, loaded);
      for (const listener of listeners.get(contract) ?? []) listener(loaded);
    },
    /** Forgets all other contracts. */
    keep: (contracts: ReadonlyMap<string, unknown>): void => {
      for (const name of latest.keys()) if (!contracts.has(name)) latest.delete(name);
      for (const name of listeners.keys()) if (!contracts.has(name)) listeners.delete(name);
    },
  };
};
