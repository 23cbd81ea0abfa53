import { connectRateLimits } from '@supergraph/identity/rate-limiter-connection';
import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { FastifyInstance } from 'fastify';
import { type AccessFacts, addAccessLog } from './access-log.ts';
import type { RouterConfig } from './config.ts';
import { addCors } from './cors.ts';
import { createGraphqlDoor } from './door/graphql-door.ts';
import { createOperationGuards } from './door/operation-guards.ts';
import { createSettingsInForce } from './door/settings-in-force.ts';
import { addExplorer } from './explorer/explorer.ts';
import { createSubgraphClients } from './gateway/subgraph-clients.ts';
import { createSupergraphGateway } from './gateway/supergraph-gateway.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { addLoadShedding } from './load-shedding.ts';
import { createQueryPlanExposure } from './query-plan-plugin.ts';
import type { RequestContext } from './request-context.ts';
import { readRouterSettings } from './settings/read-router-settings.ts';
import { watchRouterSettings } from './settings/watch-router-settings.ts';

export interface RouterApp extends Running {
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

const accessFacts = (context: RequestContext | undefined): AccessFacts | undefined =>
  context && { requestId: context.requestId, clientName: context.clientName, clientVersion: context.clientVersion, ...context.record };

/** Wires the supergraph file, the gateway, the guards and the HTTP doors together. @throws StartupError when it cannot serve. */
export const createApp = async (config: RouterConfig): Promise<RouterApp> => {
  const { production, redisUrl: url, tokenIssuers } = config;
  const logger = createLogger('router', config.logLevel);
  const settings = await readRouterSettings(config.settingsFile);
  const onError = (error: unknown): void => logger.error({ err: error }, 'rate limits are not shared between replicas');
  const rateLimitConnection = url === undefined ? undefined : await connectRateLimits({ url, onError });
  const inForce = createSettingsInForce({ settings, tokenIssuers, rateLimitConnection });
  const { guards, verifyToken } = inForce;

  const plans = production ? undefined : createQueryPlanExposure();
  const clients = createSubgraphClients({ keys: config.subgraphKeys, trafficOf: (name) => guards().trafficOf(name), logger });
  const { gateway, operations, supergraphId } = createSupergraphGateway({
    supergraphFile: config.supergraphFile,
    engine: config.engine,
    subgraphUrls: config.subgraphUrls,
    clients,
    guards: createOperationGuards(guards, (policy, reason) => logger.error({ policy, err: reason }, 'a policy did not decide')),
    sharesOperations: () => guards().settings.operations.share,
    overrides: () => guards().settings.overrides,
    didPlan: plans?.didPlan ?? (() => false),
    logger,
  });
  const http = createHttpServer({
    logger,
    bodyLimit: settings.limits.bodyBytes,
    headersTimeoutMs: settings.requests.headersTimeoutMs,
    bodyTimeoutMs: settings.requests.bodyTimeoutMs,
    readiness: async () => (supergraphId() === undefined ? 'supergraph: not loaded' : undefined),
    readyDetails: () => ({ supergraph: { id: supergraphId() }, subgraphsOut: clients.outOfOrder() }),
  });
  const introspection = config.introspection ?? (settings.introspection === 'default' ? !production : settings.introspection);
  const server = createGraphqlServer({ gateway, http, introspection, production, plans, logger });
  await server.start();
  const watch = watchRouterSettings({ file: config.settingsFile, current: settings, onChange: inForce.change, logger });
  const close = async (): Promise<void> => {
    watch.close();
    await server.stop();
    await http.close();
    rateLimitConnection?.close();
  };
  try {
    const door = createGraphqlDoor({ http, server, operations, verifyToken, guards, logger });
    addAccessLog(http, logger, (request) => accessFacts(door.contextOf(request)));
    await addCors(http, { origins: () => [...config.corsOrigins, ...guards().settings.cors.origins], production });
    addLoadShedding(http, () => guards().settings.requests);
    door.mount('/graphql', ['GET', 'POST']);
    if (!production) addExplorer(http, { operationFolders: config.operationFolders, logger, mountGraphql: door.mount });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, 'router', host, port);
      logger.info({ port: used, supergraph: supergraphId() }, 'listening');
      return used;
    },
    close,
  };
};
