import { connectRateLimits } from '@supergraph/identity/rate-limiter-connection';
import { createTokenVerifier } from '@supergraph/identity/token-verifier';
import { listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { FastifyInstance } from 'fastify';
import { createApi } from './api.ts';
import type { RestConfig } from './config.ts';
import { type CountRequest, createRequestLimits } from './http/request-limits.ts';
import { startOperations } from './operations/start-operations.ts';
import { createSubgraphClients, type SubgraphClientsOptions } from './subgraphs.ts';

export interface RestApp extends Running {
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

const uncounted: CountRequest = async () => undefined;

/** Wires the subgraphs, the operations and the routes. @throws StartupError when it cannot serve. */
export const createApp = async (config: RestConfig, { onCall }: Pick<SubgraphClientsOptions, 'onCall'> = {}): Promise<RestApp> => {
  const { databaseUrl, busUrl, redisUrl: url, subgraphKeys } = config;
  const logger = createLogger('rest', config.logLevel);
  const onError = (error: unknown): void => logger.error({ err: error }, 'rate limits are not shared between replicas');
  const { operations, readiness, close } = await startOperations({ databaseUrl, busUrl, logger });
  const connection = url === undefined ? undefined : await connectRateLimits({ url, onError });
  const clients = createSubgraphClients({ addresses: config.grpcAddresses, keys: subgraphKeys, ...(onCall && { onCall }) });
  const http = await createApi({
    logger,
    readiness,
    verify: createTokenVerifier({ issuers: config.tokenIssuers }),
    count: config.rateLimits ? createRequestLimits(connection, config.trustedProxies) : uncounted,
    clients,
    operations,
    // Any that all replicas have, and clients have not.
    secret: subgraphKeys.user,
  });
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, 'rest', host, port);
      logger.info({ port: used }, 'listening');
      return used;
    },
    close: async () => {
      await http.close();
      clients.close();
      connection?.close();
      await close();
    },
  };
};
