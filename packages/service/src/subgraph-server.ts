import { readFile } from 'node:fs/promises';
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { Caller } from '@supergraph/identity/caller';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFieldResolver } from 'graphql';
import { gql } from 'graphql-tag';
import { createErrorFormatter } from './graphql-errors.ts';
import { createHttpServer, listen } from './http-server.ts';
import { acceptInternalCalls, identityOf } from './internal-calls.ts';
import type { Logger } from './logging.ts';
import type { Running } from './process.ts';

/** A subgraph as its `main.ts` and the tests hold it. */
export interface SubgraphApp extends Running {
  /** The HTTP server, for routes beside `/graphql`. */
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** What codegen's `Resolvers` types come down to. */
type ResolverMap = Record<string, unknown>;

export interface SubgraphOptions<Context extends BaseContext> {
  /** Also whom internal tokens must be for. */
  name: string;
  /** `schema.graphql`, the subgraph's contract. */
  schemaFile: URL;
  resolvers: ResolverMap;
  /** Called once a request, after the caller is known. */
  context: (caller: Caller) => Context;
  /** Secret that callers sign their internal tokens with; at least 32 bytes. */
  internalKey: string;
  logger: Logger;
  /** Answers what is not ready, or nothing. */
  readiness: () => Promise<string | undefined>;
  /** Lets go of what the app holds (its database), after the last request. */
  release: () => Promise<void>;
}

/** What is valid GraphQL and yet cannot be executed here would else come out as a fault of ours. */
const refuseImpossibleOperations: ApolloServerPlugin = {
  requestDidStart: async ({ schema }) => ({
    didResolveOperation: async ({ operation }) => {
      if (operation === undefined) return;
      const type = operation.operation;
      if (type !== 'subscription' && schema.getRootType(type) != null) return;
      const message =
        type === 'subscription'
          ? 'A subscription cannot be answered by one HTTP response. Subscribe at the router.'
          : `There is no ${type} in this graph.`;
      throw new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } });
    },
  }),
};

/**
 * A federated subgraph over HTTP: `POST /graphql` by Apollo Server and @apollo/subgraph, beside the health routes of
 * `createHttpServer`. It is open to calls with an internal token only; any other gets an empty 401, `_service`, `_entities` and
 * introspection included. Access tokens are the business of the public doors.
 */
export const createSubgraphServer = async <Context extends BaseContext>(options: SubgraphOptions<Context>): Promise<SubgraphApp> => {
  const { name, logger } = options;
  const http = createHttpServer({ logger, readiness: options.readiness });
  const typeDefs = gql(await readFile(options.schemaFile, 'utf8'));
  const server = new ApolloServer<Context>({
    schema: buildSubgraphSchema([
      { typeDefs, resolvers: options.resolvers as Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>> },
    ]),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError: createErrorFormatter(logger),
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      fastifyApolloDrainPlugin(http),
      refuseImpossibleOperations,
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
    ],
  });
  await server.start();
  await http.register(async (scope) => {
    acceptInternalCalls(scope, { key: options.internalKey, audience: name });
    scope.post('/graphql', fastifyApolloHandler(server, { context: async (request) => options.context(identityOf(request).caller) }));
  });
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, name, host, port);
      logger.info({ port: used }, 'listening');
      return used;
    },
    close: async () => {
      await server.stop();
      await http.close();
      await options.release();
    },
  };
};
