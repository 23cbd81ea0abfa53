import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { createGatewayErrorFormatter } from './gateway-errors.ts';
import { createLegacyJsonStatus } from './legacy-json-status.ts';
import type { QueryPlanExposure } from './query-plan-plugin.ts';
import type { RequestContext } from './request-context.ts';

export interface GraphqlServerOptions {
  gateway: NonNullable<ApolloServerOptionsWithGateway<RequestContext>['gateway']>;
  http: FastifyInstance;
  introspection: boolean;
  production: boolean;
  plans: QueryPlanExposure | undefined;
  logger: Logger;
}

/** Notes under which codes a request failed, for the access log. */
const errorCodes = {
  requestDidStart: async ({ contextValue: { record } }: { contextValue: RequestContext }) => ({
    willSendResponse: async ({ errors = [] }: { errors?: readonly { extensions?: Record<string, unknown> }[] }) => {
      if (errors.length > 0) record.errorCodes = errors.map(({ extensions }) => String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'));
    },
  }),
};

/** Apollo Server in front of the gateway: parsing, validation, persisted queries, CSRF prevention, media types. Start it before use. */
export const createGraphqlServer = (options: GraphqlServerOptions): ApolloServer<RequestContext> => {
  const { gateway, http, introspection, production, plans, logger } = options;
  return new ApolloServer<RequestContext>({
    gateway,
    introspection,
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
      createLegacyJsonStatus(),
      errorCodes,
      ...(plans === undefined ? [] : [plans.plugin]),
    ],
  });
};
