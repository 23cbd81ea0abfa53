import type { ApolloServer } from '@apollo/server';
import type { ContractGateway } from '../gateway/supergraph-gateway.ts';
import { type AutomaticQueries, createAutomaticQueries } from '../persisted/automatic-queries.ts';
import type { RequestContext } from '../request-context.ts';

/** What answers the requests of one contract. */
export interface ContractServer extends Pick<ContractGateway, 'operations' | 'streams'> {
  server: ApolloServer<RequestContext>;
  automatic: AutomaticQueries;
}

export interface ContractServers {
  find(contract: string): ContractServer | undefined;
  /** Serves these contracts, with whether their schema can be asked for, and no others. */
  change(contracts: ReadonlyMap<string, boolean>): Promise<void>;
  close(): Promise<void>;
}

export interface ContractServersOptions {
  /** One that is not started. */
  createServer: (contract: string, introspection: boolean, automatic: AutomaticQueries) => ApolloServer<RequestContext>;
  gatewayOf: (contract: string) => Pick<ContractGateway, 'operations' | 'streams'>;
}

/** Requests that were let in before may still come to a server that was replaced. */
const LINGER_MS = 30_000;

interface Started extends ContractServer {
  introspection: boolean;
}

/** An Apollo Server for each contract; all of them started before `change` ends. */
export const createContractServers = ({ createServer, gatewayOf }: ContractServersOptions): ContractServers => {
  const servers = new Map<string, Started>();
  let changing = Promise.resolve();

  const start = async (contract: string, introspection: boolean): Promise<void> => {
    const automatic = createAutomaticQueries();
    const server = createServer(contract, introspection, automatic);
    await server.start();
    const replaced = servers.get(contract)?.server;
    const { operations, streams } = gatewayOf(contract);
    servers.set(contract, { server, introspection, automatic, operations, streams });
    setTimeout(() => void replaced?.stop(), LINGER_MS).unref();
  };

  const changeTo = async (contracts: ReadonlyMap<string, boolean>): Promise<void> => {
    for (const name of servers.keys()) if (!contracts.has(name)) servers.delete(name);
    for (const [name, introspection] of contracts) if (servers.get(name)?.introspection !== introspection) await start(name, introspection);
  };

  return {
    find: (contract) => servers.get(contract),
    change: (contracts) => {
      const changed = changing.then(() => changeTo(contracts));
      changing = changed.catch(() => undefined);
      return changed;
    },
    close: async () => {
      await changing;
      // The whole graph's first: it lets requests finish.
      for (const { server } of servers.values()) await server.stop();
    },
  };
};
