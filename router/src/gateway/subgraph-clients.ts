import type { Identity } from '@supergraph/identity/identity';
import { signInternalToken } from '@supergraph/identity/internal-token';
import type { Logger } from '@supergraph/service/logging';
import { createSubgraphClient, type SubgraphClient, type SubgraphTraffic } from '../subgraphs/subgraph-client.ts';

export interface SubgraphClientsOptions {
  /** Keys of the internal tokens, by subgraph. One without a key gets no token. */
  keys: ReadonlyMap<string, string>;
  /** How a subgraph is treated at this moment. */
  trafficOf: (name: string) => SubgraphTraffic;
  logger: Logger;
}

/** One client for each subgraph, kept over swaps of the supergraph, and made anew when where or how it is called changes. */
export interface SubgraphClients {
  of(name: string, url: string): SubgraphClient;
  /** How a subgraph is treated at this moment. */
  trafficOf(name: string): SubgraphTraffic;
  /** Names of subgraphs whose circuit is open. */
  outOfOrder(): string[];
  close(): Promise<void>;
}

export const createSubgraphClients = ({ keys, trafficOf, logger }: SubgraphClientsOptions): SubgraphClients => {
  const clients = new Map<string, { url: string; traffic: SubgraphTraffic; client: SubgraphClient }>();
  const closing = new Set<Promise<void>>();

  const retire = (client: SubgraphClient): void => {
    const closed = client.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const signWith = (name: string): { sign?: (body: string, identity: Identity) => string } => {
    const key = keys.get(name);
    return key === undefined ? {} : { sign: (body, identity) => signInternalToken({ key, audience: name, identity, body }) };
  };

  return {
    of: (name, url) => {
      const traffic = trafficOf(name);
      const known = clients.get(name);
      if (known?.url === url && known.traffic === traffic) return known.client;
      if (known !== undefined) retire(known.client);
      const client = createSubgraphClient({ name, url, logger, traffic, ...signWith(name) });
      clients.set(name, { url, traffic, client });
      return client;
    },
    trafficOf,
    outOfOrder: () => [...clients].filter(([, { client }]) => client.state().circuit === 'open').map(([name]) => name),
    close: async () => {
      for (const { client } of clients.values()) retire(client);
      clients.clear();
      await Promise.all(closing);
    },
  };
};
