import '../telemetry-off.ts';
import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import { StartupError } from '@supergraph/service/startup-error';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { stripForApolloGateway } from '../authorization/strip-for-apollo-gateway.ts';
import type { OperationOutcome, RequestContext } from '../request-context.ts';
import type { SubgraphClient, SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createSupergraphFile } from '../supergraph-file.ts';
import { createApolloDataSource, createApolloEngine } from './apollo-engine.ts';
import { createOperationExecutor, createPlanEngine, type OperationGuards } from './execute-operation.ts';
import { type LabelShares, labelsInForce } from './override-labels.ts';
import type { CachedPlan } from './plan-cache.ts';
import { prepareSupergraph, readSupergraph, type ServedSupergraph, type SupergraphCandidate, serveSupergraph } from './served-supergraph.ts';
import { createFetchSharing } from './share-fetches.ts';
import { createOperationSharing } from './share-operations.ts';
import type { SubgraphClients } from './subgraph-clients.ts';
import type { NamedSubgraph } from './supergraph-document.ts';
import { warmUp } from './warm-up.ts';

type Gateway = NonNullable<ApolloServerOptionsWithGateway<RequestContext>['gateway']>;
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;
type ApolloExecutor = NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;
type ExecutorContext = Parameters<Executor>[0];

export interface SupergraphGatewayOptions {
  supergraphFile: string;
  /** `supergraph`: our own execution; `apollo`: ApolloGateway's, the reference to compare with. */
  engine: 'supergraph' | 'apollo';
  /** Names and URLs that the configuration gives; each must be a subgraph of the supergraph. */
  subgraphUrls: ReadonlyMap<string, string>;
  clients: SubgraphClients;
  guards: OperationGuards;
  /** Whether identical operations that are under way at the same time run once. */
  sharesOperations: () => boolean;
  overrides: () => LabelShares;
  /** Told of each plan; true when it shall not be executed. */
  didPlan: (context: RequestContext, plan: CachedPlan['plan']) => boolean;
  logger: Logger;
}

/** Operations that Apollo Server has parsed and found valid for the supergraph that is served. */
export interface KnownOperations {
  /** @returns how it ended, or nothing when its text is not known. */
  run(
    operation: { query: string; operationName: string | undefined; variables: Readonly<Record<string, unknown>> },
    context: RequestContext,
  ): Promise<OperationOutcome> | undefined;
}

export interface SupergraphGateway {
  gateway: Gateway;
  operations: KnownOperations;
  /** SHA-256 of the supergraph that is served. */
  supergraphId(): string | undefined;
}

/** What ends an operation as a whole tells it by the HTTP status too. */
const withStatus = (error: unknown): unknown => {
  if (!(error instanceof DomainError)) return error;
  const { graphql: kind, http } = ERROR_KINDS[error.kind];
  const status = error.code === 'REQUEST_TIMEOUT' ? 504 : http;
  return new GraphQLError(error.message, { extensions: { code: error.code, kind, http: { status } } });
};

/**
 * Our own gateway behind Apollo Server. An ApolloGateway inside carries the supergraph's life cycle: it reads, validates and
 * swaps it, and tells the schema that clients see. Operations run on our own engine, or for comparison on ApolloGateway's.
 */
export const createSupergraphGateway = (options: SupergraphGatewayOptions): SupergraphGateway => {
  const { clients, guards, subgraphUrls, logger } = options;
  const servedBySchema = new WeakMap<GraphQLSchema, ServedSupergraph>();
  const requests = new WeakMap<RequestContext, ExecutorContext>();
  /** Read, and not yet accepted by ApolloGateway. */
  let candidate: SupergraphCandidate | undefined;
  let serving: ServedSupergraph | undefined;
  let apolloExecutor: ApolloExecutor | undefined;

  const urlOf = (name: string, subgraphs: readonly NamedSubgraph[] = []): string => {
    const url = subgraphUrls.get(name) ?? subgraphs.find((subgraph) => subgraph.name === name)?.url ?? '';
    if (URL.canParse(url)) return url;
    throw new StartupError(`the supergraph has no usable URL for the subgraph ${name}`, `set ROUTER_SUBGRAPH_URLS=${name}=http://host:port/graphql`);
  };
  const clientOf = (name: string, served: ServedSupergraph | undefined): SubgraphClient => clients.of(name, urlOf(name, served?.subgraphs));

  const prepare = (sdl: string): string => {
    const stripped = stripForApolloGateway(sdl);
    const read = readSupergraph(sdl);
    const names = read.subgraphs.map(({ name }) => name);
    const unknown = [...subgraphUrls.keys()].filter((name) => !names.includes(name));
    if (unknown.length > 0)
      throw new StartupError(
        `ROUTER_SUBGRAPH_URLS names ${unknown.join(', ')}, which the supergraph does not have`,
        `use the names it has: ${names.toSorted().join(', ')}`,
      );
    for (const name of names) urlOf(name, read.subgraphs);
    // One that ApolloGateway refused.
    void candidate?.planner.close();
    candidate = prepareSupergraph(read, logger);
    return stripped;
  };
  const warm = async (): Promise<void> => {
    if (serving !== undefined && candidate !== undefined)
      await warmUp({ from: serving.plans, into: candidate.plans, planner: candidate.planner, logger });
  };

  const supergraph = createSupergraphFile(options.supergraphFile, logger, prepare, warm);
  const apollo = new ApolloGateway({
    supergraphSdl: supergraph,
    validateSupergraph: true,
    logger: logger.child({}, { level: 'warn' }),
    buildService: ({ name }) => createApolloDataSource(() => clientOf(name, serving)),
  });

  const serve = (apiSchema: GraphQLSchema): void => {
    if (candidate === undefined) return;
    const before = serving;
    serving = serveSupergraph(candidate, apiSchema);
    candidate = undefined;
    servedBySchema.set(apiSchema, serving);
    before?.planner.retire();
  };
  apollo.onSchemaLoadOrUpdate(({ apiSchema }) => serve(apiSchema));

  const shareFetch = createFetchSharing();
  const engine =
    options.engine === 'apollo'
      ? createApolloEngine(
          () => apolloExecutor as ApolloExecutor,
          (context) => requests.get(context),
        )
      : createPlanEngine(
          (served, name, request, onSent) => {
            const client = clientOf(name, served);
            const send = (sent: SubgraphRequest): Promise<SubgraphAnswer> => {
              onSent();
              return client.send(sent);
            };
            return shareFetch({ subgraph: `${name} ${urlOf(name, served.subgraphs)}`, request, traffic: clients.trafficOf(name), send });
          },
          (context, { plan }) => options.didPlan(context, plan),
          (name) => clients.trafficOf(name).coalesce,
          ({ overrideLabels }, context) => labelsInForce(overrideLabels, options.overrides(), context),
        );
  const execute = createOperationExecutor(guards, createOperationSharing(engine, options.sharesOperations));

  const run = async (...operation: Parameters<typeof execute>): Promise<OperationOutcome> => {
    try {
      return { result: await execute(...operation) };
    } catch (error) {
      return { error: withStatus(error) };
    }
  };

  const executor: Executor = async (request) => {
    const context = request.context as RequestContext;
    const served = servedBySchema.get(request.schema);
    if (served === undefined) throw new Error('the request was validated against a schema that is not served');
    requests.set(context, request);
    const { document, queryHash, source } = request;
    served.documents.add(source, { document, queryHash });
    const { operationName, variables = {} } = request.request;
    const outcome = context.outcome ?? (await run(served, { document, operationName: operationName ?? undefined, variables, queryHash, context }));
    if ('error' in outcome) throw outcome.error;
    return outcome.result as Awaited<ReturnType<Executor>>;
  };

  const operations: KnownOperations = {
    run: ({ query, operationName, variables }, context) => {
      // ApolloGateway's own execution needs what only Apollo Server makes of a request.
      const known = options.engine === 'apollo' ? undefined : serving?.documents.find(query);
      return known && serving && run(serving, { ...known, operationName, variables, context, isSharable: true });
    },
  };

  return {
    operations,
    supergraphId: supergraph.id,
    gateway: {
      onSchemaLoadOrUpdate: (callback) => apollo.onSchemaLoadOrUpdate(callback),
      load: async (loadOptions) => {
        apolloExecutor = (await apollo.load(loadOptions)).executor as ApolloExecutor;
        return { executor };
      },
      stop: async () => {
        await apollo.stop();
        await Promise.all([serving, candidate].map((supergraph) => supergraph?.planner.close()));
        await clients.close();
      },
    },
  };
};
