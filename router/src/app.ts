import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { FastifyInstance } from 'fastify';
import type { RouterConfig } from './config.ts';
import { addCors } from './cors.ts';
import { addExplorer } from './explorer/explorer.ts';
import { createGateway } from './gateway.ts';
import { createGatewayErrorFormatter } from './gateway-errors.ts';
import { createQueryPlanExposure } from './query-plan-plugin.ts';
import { createRequestContext, type RequestContext } from './request-context.ts';

export interface RouterApp extends Running {
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** Wires the supergraph file, the gateway and the HTTP doors together. @throws StartupError when it cannot serve. */
export const createApp = async (config: RouterConfig): Promise<RouterApp> => {
  const { production } = config;
  const logger = createLogger('router', config.logLevel);
  const plans = production ? undefined : createQueryPlanExposure();
  const { gateway, supergraph, assertSubgraphsKnown } = createGateway({ config, logger, didResolveQueryPlan: plans?.didResolveQueryPlan });
  const http = createHttpServer({
    logger,
    readiness: async () => (supergraph.id() === undefined ? 'supergraph: not loaded' : undefined),
    readyDetails: () => ({ supergraph: { id: supergraph.id() } }),
  });
  const server = new ApolloServer<RequestContext>({
    gateway,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: createGatewayErrorFormatter(logger),
    stopOnTerminationSignals: false,
    logger: logger.child({}, { level: 'warn' }),
    plugins: [
      fastifyApolloDrainPlugin(http),
      production ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault({ embed: true }),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ...(plans === undefined ? [] : [plans.plugin]),
    ],
  });
  await server.start();
  const close = async (): Promise<void> => {
    await server.stop();
    await http.close();
  };
  try {
    assertSubgraphsKnown();
    await addCors(http, { origins: config.corsOrigins, production });
    const graphql = fastifyApolloHandler(server, { context: createRequestContext });
    http.route({ url: '/graphql', method: ['GET', 'POST'], handler: graphql });
    if (!production) addExplorer(http, { operationFolders: config.operationFolders, logger, graphql });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, 'router', host, port);
      logger.info({ port: used, supergraph: supergraph.id() }, 'listening');
      return used;
    },
    close,
  };
};
