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
import { GraphQLError } from 'graphql';
import { DEFER_RULES } from './engine/defer/defer-rules.ts';
import { createGatewayErrorFormatter } from './gateway-errors.ts';
import { createLegacyJsonStatus } from './legacy-json-status.ts';
import type { AutomaticQueries } from './persisted/automatic-queries.ts';
import { NOT_LISTED } from './persisted/persisted-request.ts';
import type { QueryPlanExposure } from './query-plan-plugin.ts';
import type { RequestContext } from './request-context.ts';

export interface GraphqlServerOptions {
  gateway: NonNullable<ApolloServerOptionsWithGateway<RequestContext>['gateway']>;
  /** Drained when the server stops. */
  http?: FastifyInstance;
  introspection: boolean;
  /** Where automatically persisted queries are kept. */
  automatic: AutomaticQueries;
  production: boolean;
  plans: QueryPlanExposure | undefined;
  logger: Logger;
}

interface Answer {
  errors?: readonly { extensions?: Record<string, unknown> }[];
  response: { body: { kind: string; singleResult?: { extensions?: unknown } } };
}

/** The door read the request with another parser: what is executed is held against the safelist once more. */
const safelist = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ contextValue: { isListed }, queryHash }: { contextValue: RequestContext; queryHash: string }) => {
      if (isListed?.(queryHash) === false)
        throw new GraphQLError(NOT_LISTED.message, { extensions: { code: NOT_LISTED.code, http: { status: 403 } } });
    },
  }),
};

/** Notes under which codes a request failed, for the access log, and whether its answer is data alone, for caches. */
const answers = {
  requestDidStart: async ({ contextValue: { record } }: { contextValue: RequestContext }) => ({
    willSendResponse: async ({ errors = [], response: { body } }: Answer) => {
      if (errors.length > 0) record.errorCodes = errors.map(({ extensions }) => String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'));
      record.isWhole = errors.length === 0 && body.kind === 'single' && body.singleResult?.extensions === undefined;
    },
  }),
};

/** Apollo Server in front of the gateway: parsing, validation, persisted queries, CSRF prevention, media types. Start it before use. */
export const createGraphqlServer = (options: GraphqlServerOptions): ApolloServer<RequestContext> => {
  const { gateway, http, introspection, automatic, production, plans, logger } = options;
  return new ApolloServer<RequestContext>({
    gateway,
    introspection,
    persistedQueries: { cache: automatic },
    validationRules: [...DEFER_RULES],
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: createGatewayErrorFormatter(logger),
    stopOnTerminationSignals: false,
    logger: logger.child({}, { level: 'warn' }),
    plugins: [
      ...(http === undefined ? [] : [fastifyApolloDrainPlugin(http)]),
      production ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault({ embed: true }),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      createLegacyJsonStatus(),
      safelist,
      answers,
      ...(plans === undefined ? [] : [plans.plugin]),
    ],
  });
};
