import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { connectRateLimits } from '@supergraph/identity/rate-limiter-connection';
import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { FastifyInstance } from 'fastify';
import { addAccessLog, createAccessLog } from './access-log.ts';
import type { RouterConfig } from './config.ts';
import { addCors } from './cors.ts';
import { createAdmission } from './door/admission.ts';
import { createContractServers } from './door/contract-servers.ts';
import { createContractsChange, filtersOf, introspectionOfAll } from './door/contracts-change.ts';
import { addDirectDoor, type Handover } from './door/direct-door.ts';
import { createGraphqlDoor } from './door/graphql-door.ts';
import { createOperationGuards } from './door/operation-guards.ts';
import { createSettingsInForce } from './door/settings-in-force.ts';
import { addExplorer } from './explorer/explorer.ts';
import { createSubgraphClients } from './gateway/subgraph-clients.ts';
import { createSupergraphGateway } from './gateway/supergraph-gateway.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { addLoadShedding } from './load-shedding.ts';
import { createPersistedDocuments } from './persisted/persisted-documents.ts';
import { createQueryPlanExposure } from './query-plan-plugin.ts';
import { clientsByContract, WHOLE_GRAPH } from './settings/contract-view.ts';
import { readRouterSettings } from './settings/read-router-settings.ts';
import { watchRouterSettings } from './settings/watch-router-settings.ts';
import { createStreamDoors } from './streams/stream-doors.ts';
import { createStreamSettings } from './streams/stream-settings.ts';
import { createUsageRecorder, type UsageRecorder } from './usage/usage-recorder.ts';

export interface RouterApp extends Running {
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** Wires the supergraph file, the gateway, the guards and the HTTP doors together. @throws StartupError when it cannot serve. */
export const createApp = async (config: RouterConfig): Promise<RouterApp> => {
  const { production, redisUrl: url, tokenIssuers } = config;
  const logger = createLogger('router', config.logLevel);
  const settings = await readRouterSettings(config.settingsFile);
  const onUnshared = (error: unknown): void => logger.error({ err: error }, 'rate limits are not shared between replicas');
  const rateLimitConnection = url === undefined ? undefined : await connectRateLimits({ url, onError: onUnshared });
  const inForce = createSettingsInForce({ settings, tokenIssuers, rateLimitConnection });
  const { guards, verifyToken } = inForce;

  const showsSchema = config.introspection ?? (settings.introspection === 'default' ? !production : settings.introspection);
  const plans = production ? undefined : createQueryPlanExposure();
  const clients = createSubgraphClients({ keys: config.subgraphKeys, trafficOf: (name) => guards().trafficOf(name), logger });
  const persisted = createPersistedDocuments({ folder: config.clientsFolder, clients: clientsByContract(settings), logger });
  const streams = createStreamSettings({ config, guards, showsSchema, logger });
  const supergraph = createSupergraphGateway({
    supergraphFile: config.supergraphFile,
    engine: config.engine,
    subgraphUrls: config.subgraphUrls,
    clients,
    guards: createOperationGuards(guards, (policy, reason) => logger.error({ policy, err: reason }, 'a policy did not decide')),
    sharesOperations: () => guards().settings.operations.share,
    overrides: () => guards().settings.overrides,
    contracts: filtersOf(settings, showsSchema),
    persisted: persisted.all,
    streams,
    didPlan: plans?.didPlan ?? (() => false),
    logger,
  });
  const { supergraphId } = supergraph;
  const http = createHttpServer({
    logger,
    bodyLimit: settings.limits.bodyBytes,
    headersTimeoutMs: settings.requests.headersTimeoutMs,
    bodyTimeoutMs: settings.requests.bodyTimeoutMs,
    readiness: async () => (supergraphId() === undefined ? 'supergraph: not loaded' : undefined),
    // Load shedding does.
    refusesWhileClosing: false,
    readyDetails: () => ({ supergraph: { id: supergraphId() }, subgraphsOut: clients.outOfOrder() }),
  });
  const servers = createContractServers({
    gatewayOf: supergraph.of,
    createServer: (contract, introspection, automatic) => {
      const drained = contract === WHOLE_GRAPH ? { http } : {};
      return createGraphqlServer({ gateway: supergraph.of(contract).gateway, ...drained, introspection, automatic, production, plans, logger });
    },
  });
  const onError = (error: unknown): void => logger.error({ err: error }, 'a contract is not served');
  const onChange = createContractsChange({ supergraph, persisted, servers, inForce, showsSchema, onError });
  await servers.change(introspectionOfAll(settings, showsSchema));
  const watch = watchRouterSettings({ file: config.settingsFile, current: settings, onChange, logger });
  let usage: UsageRecorder | undefined;
  const close = async (): Promise<void> => {
    watch.close();
    persisted.close();
    await servers.close();
    await streams.close();
    await http.close();
    await usage?.close();
    rateLimitConnection?.close();
  };
  try {
    const log = createAccessLog(logger);
    const handovers = new WeakMap<IncomingMessage, Handover>();
    addAccessLog(http, { log, factsOf: (request) => door.factsOf(request), beganOf: (request) => handovers.get(request)?.began });
    usage = createUsageRecorder({
      http,
      contextOf: (request) => door.contextOf(request),
      settings: () => guards().settings.usage,
      base: dirname(config.settingsFile),
      isListed: (contract, hash) => persisted.find(contract, hash) !== undefined,
      logger,
    });
    const isAllowed = await addCors(http, { origins: () => [...config.corsOrigins, ...guards().settings.cors.origins], production });
    const gauge = addLoadShedding(
      http,
      () => guards().settings.requests,
      (request) => handovers.has(request),
    );
    const admission = createAdmission({ persisted, verifyToken, guards, logger });
    const paths = ['/graphql', '/:contract/graphql'];
    const streamed = createStreamDoors({ http, paths, servers, admission, guards, gauge, isAllowed, logger, onStarted: usage.started });
    const door = createGraphqlDoor({ http, servers, admission, streams: streamed, guards, handovers });
    addDirectDoor({ http, servers, admission, gauge, isAllowed, log, usage, handovers, bodyLimit: settings.limits.bodyBytes, logger });
    for (const path of paths) door.mount(path, ['GET', 'POST']);
    if (!production)
      addExplorer(http, {
        operationFolders: config.operationFolders,
        logger,
        contracts: () => Object.keys(guards().settings.contracts),
        mountGraphql: door.mount,
      });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, 'router', host, port);
      usage?.start(used);
      logger.info({ port: used, supergraph: supergraphId() }, 'listening');
      return used;
    },
    close,
  };
};
