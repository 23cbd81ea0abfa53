import { signInternalToken } from '@supergraph/identity/internal-token';
import type { Logger } from '@supergraph/service/logging';
import { createSubgraphClient, type SubgraphClient, type SubgraphTraffic } from '../subgraphs/subgraph-client.ts';
import type { Sign } from '../subgraphs/subgraph-message.ts';

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
  /** What makes the internal tokens of a subgraph that gets some. */
  signerOf(name: string): Sign | undefined;
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
  const signerOf = (name: string): Sign | undefined => {
    const key = keys.get(name);
    return key === undefined ? undefined : (body, identity) => signInternalToken({ key, audience: name, identity, body });
  };
  const signWith = (name: string): { sign?: Sign } => {
    const sign = signerOf(name);
    return sign === undefined ? {} : { sign };
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
    signerOf,
    outOfOrder: () => [...clients].filter(([, { client }]) => client.state().circuit === 'open').map(([name]) => name),
    close: async () => {
      for (const { client } of clients.values()) retire(client);
      clients.clear();
      await Promise.all(closing);
    },
  };
};
