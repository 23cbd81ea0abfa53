import { readFile } from 'node:fs/promises';
import { ApolloServer, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { Caller } from '@supergraph/identity/caller';
import type { TokenVerifier } from '@supergraph/identity/token-verifier';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFieldResolver } from 'graphql';
import { gql } from 'graphql-tag';
import { createErrorFormatter } from './graphql-errors.ts';
import { createHttpServer, listen } from './http-server.ts';
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
  name: string;
  /** `schema.graphql`, the subgraph's contract. */
  schemaFile: URL;
  resolvers: ResolverMap;
  /** Called once a request, after the caller is known. */
  context: (caller: Caller) => Context;
  verifyToken: TokenVerifier;
  logger: Logger;
  /** Answers what is not ready, or nothing. */
  readiness: () => Promise<string | undefined>;
  /** Lets go of what the app holds (its database), after the last request. */
  release: () => Promise<void>;
}

const refuse = (error: unknown, logger: Logger): never => {
  if (!(error instanceof DomainError)) throw error;
  if (error.cause !== undefined) logger.error({ err: error.cause, code: error.code }, error.message);
  const { graphql, http } = ERROR_KINDS[error.kind];
  throw new GraphQLError(error.message, { extensions: { code: error.code, kind: graphql, http: { status: http } } });
};

/**
 * A federated subgraph over HTTP: `/graphql` by Apollo Server and @apollo/subgraph, beside the health routes of
 * `createHttpServer`. A bad access token is answered 401 before anything is executed.
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
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
    ],
  });
  await server.start();
  http.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: fastifyApolloHandler(server, {
      context: async (request) => options.context(await options.verifyToken(request.headers.authorization).catch((error) => refuse(error, logger))),
    }),
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
