import '../telemetry-off.ts';
import { isDeepStrictEqual } from 'node:util';
import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { StartupError } from '@supergraph/service/startup-error';
import type { GraphQLSchema } from 'graphql';
import { assertNoContextArguments, stripForApolloGateway } from '../authorization/strip-for-apollo-gateway.ts';
import type { OperationOutcome, RequestContext } from '../request-context.ts';
import { WHOLE_GRAPH } from '../settings/contract-view.ts';
import type { OperationStreams } from '../streams/operation-stream.ts';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import { createSupergraphFile } from '../supergraph-file.ts';
import { createApolloDataSource, createApolloEngine } from './apollo-engine.ts';
import { createContractListeners } from './contract-listeners.ts';
import { type ContractFilters, readContractSchemas } from './contract-schemas.ts';
import { createExecution, type ExecutionSettings } from './create-execution.ts';
import { prepareSupergraph, readSupergraph, type ServedSupergraph, type SupergraphCandidate, serveSupergraph } from './served-supergraph.ts';
import type { NamedSubgraph } from './supergraph-document.ts';
import { type PersistedOperation, warmUp } from './warm-up.ts';

type Gateway = NonNullable<ApolloServerOptionsWithGateway<RequestContext>['gateway']>;
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;
type ApolloExecutor = NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;
type ExecutorContext = Parameters<Executor>[0];

export interface SupergraphGatewayOptions extends ExecutionSettings {
  supergraphFile: string;
  /** `supergraph`: our own execution; `apollo`: ApolloGateway's, the reference to compare with. */
  engine: 'supergraph' | 'apollo';
  /** Names and URLs that the configuration gives; each must be a subgraph of the supergraph. */
  subgraphUrls: ReadonlyMap<string, string>;
  /** What the contracts hide. */
  contracts: ContractFilters;
  /** Operations of the manifests. */
  persisted: () => readonly PersistedOperation[];
}

/** Operations that Apollo Server has parsed and found valid for the supergraph that is served. */
export interface KnownOperations {
  /** @returns how it ended, or nothing when its text is not known. */
  run(
    operation: { query: string; operationName: string | undefined; variables: Readonly<Record<string, unknown>> },
    context: RequestContext,
  ): Promise<OperationOutcome> | undefined;
}

/** The graph as one contract shows it. */
export interface ContractGateway {
  gateway: Gateway;
  operations: KnownOperations;
  streams: OperationStreams;
}

export interface SupergraphGateway {
  /** Empty for the whole graph, whose gateway is loaded first and stopped last. */
  of(contract: string): ContractGateway;
  /** Serves the contracts anew that differ. @throws StartupError when one is left without a valid schema: then all stay as they are. */
  changeContracts(contracts: ContractFilters): void;
  /** SHA-256 of the supergraph that is served. */
  supergraphId(): string | undefined;
}

const ASKS_FOR_SCHEMA = /__(?:schema|type)\b/;

/**
 * Our own gateway behind Apollo Server. An ApolloGateway inside carries the supergraph's life cycle: it reads, validates and
 * swaps it, and tells the schema that clients see. Operations run on our own engine, or for comparison on ApolloGateway's.
 */
export const createSupergraphGateway = (options: SupergraphGatewayOptions): SupergraphGateway => {
  const { clients, subgraphUrls, logger } = options;
  const servedBySchema = new WeakMap<GraphQLSchema, ServedSupergraph>();
  const requests = new WeakMap<RequestContext, ExecutorContext>();
  /** Read, and not yet accepted by ApolloGateway. */
  let candidate: SupergraphCandidate | undefined;
  let current: SupergraphCandidate | undefined;
  /** By contract. */
  let serving: ReadonlyMap<string, ServedSupergraph> = new Map();
  let filters = options.contracts;
  const listeners = createContractListeners();
  let apolloExecutor: ApolloExecutor | undefined;

  const urlOf = (name: string, subgraphs: readonly NamedSubgraph[] = []): string =>
    subgraphUrls.get(name) ?? subgraphs.find((subgraph) => subgraph.name === name)?.url ?? '';
  const checkUrl = (name: string, subgraphs: readonly NamedSubgraph[]): void => {
    if (URL.canParse(urlOf(name, subgraphs))) return;
    throw new StartupError(`the supergraph has no usable URL for the subgraph ${name}`, `set ROUTER_SUBGRAPH_URLS=${name}=http://host:port/graphql`);
  };
  const clientOf = (name: string, served: Pick<ServedSupergraph, 'subgraphs'> | undefined): SubgraphClient =>
    clients.of(name, urlOf(name, served?.subgraphs));

  const prepare = (sdl: string): string => {
    const stripped = stripForApolloGateway(sdl);
    if (options.engine === 'apollo') assertNoContextArguments(sdl);
    const read = readSupergraph(sdl);
    const names = read.subgraphs.map(({ name }) => name);
    const unknown = [...subgraphUrls.keys()].filter((name) => !names.includes(name));
    if (unknown.length > 0)
      throw new StartupError(
        `ROUTER_SUBGRAPH_URLS names ${unknown.join(', ')}, which the supergraph does not have`,
        `use the names it has: ${names.toSorted().join(', ')}`,
      );
    for (const name of names) checkUrl(name, read.subgraphs);
    const contracts = readContractSchemas(sdl, filters);
    // One that ApolloGateway refused.
    void candidate?.planner.close();
    candidate = prepareSupergraph(read, contracts, logger);
    return stripped;
  };
  const warm = async (): Promise<void> => {
    if (current !== undefined && candidate !== undefined)
      await warmUp({ from: current.plans, into: candidate.plans, planner: candidate.planner, persisted: options.persisted(), logger });
  };

  const supergraph = createSupergraphFile(options.supergraphFile, logger, prepare, warm);
  const apollo = new ApolloGateway({
    supergraphSdl: supergraph,
    validateSupergraph: true,
    logger: logger.child({}, { level: 'warn' }),
    buildService: ({ name }) => createApolloDataSource(() => clientOf(name, current)),
  });

  /** All contracts at once, and each with what it was served with before where nothing changed. */
  const show = (shown: SupergraphCandidate, apiSchema: GraphQLSchema, keeps: (contract: string) => boolean = () => false): void => {
    const schemas: (readonly [string, GraphQLSchema])[] = [
      [WHOLE_GRAPH, apiSchema],
      ...[...shown.contracts].map(([name, { schema }]) => [name, schema] as const),
    ];
    const before = serving;
    serving = new Map(schemas.map(([name, schema]) => [name, (keeps(name) ? before.get(name) : undefined) ?? serveSupergraph(shown, schema, name)]));
    listeners.keep(serving);
    for (const [name, served] of serving) {
      servedBySchema.set(served.apiSchema, served);
      if (served !== before.get(name)) listeners.tell(name, { apiSchema: served.apiSchema, coreSupergraphSdl: shown.supergraphSdl });
    }
    streams.lookAgain();
  };
  const serve = (apiSchema: GraphQLSchema): void => {
    if (candidate === undefined) return;
    const before = current;
    current = candidate;
    candidate = undefined;
    show(current, apiSchema);
    before?.planner.retire();
  };
  apollo.onSchemaLoadOrUpdate(({ apiSchema }) => serve(apiSchema));

  const changeContracts = (changed: ContractFilters): void => {
    const whole = serving.get(WHOLE_GRAPH);
    if (isDeepStrictEqual(changed, filters) || current === undefined || whole === undefined) return;
    const before = filters;
    const next = readContractSchemas(current.supergraphSdl, changed);
    if (candidate !== undefined) candidate = { ...candidate, contracts: readContractSchemas(candidate.supergraphSdl, changed) };
    filters = changed;
    current = { ...current, contracts: next };
    show(current, whole.apiSchema, (name) => name === WHOLE_GRAPH || isDeepStrictEqual(changed[name], before[name]));
    // What the contracts before could not be cut from may fit these.
    supergraph.lookAgain();
  };

  const { run, streams } = createExecution({
    ...options,
    reference:
      options.engine === 'apollo'
        ? createApolloEngine(
            () => apolloExecutor as ApolloExecutor,
            (context) => requests.get(context),
          )
        : undefined,
    clientOf,
    urlOf: (name, { subgraphs }) => urlOf(name, subgraphs),
    servedOf: (contract) => serving.get(contract),
  });

  const executor: Executor = async (request) => {
    const context = request.context as RequestContext;
    const served = servedBySchema.get(request.schema);
    if (served === undefined) throw new Error('the request was validated against a schema that is not served');
    requests.set(context, request);
    const { document, queryHash, source } = request;
    // Whether the schema may be asked for is looked at anew each time.
    if (!ASKS_FOR_SCHEMA.test(source)) served.documents.add(source, { document, queryHash });
    const { operationName, variables = {} } = request.request;
    const outcome = context.outcome ?? (await run(served, { document, operationName: operationName ?? undefined, variables, queryHash, context }));
    if ('error' in outcome) throw outcome.error;
    return outcome.result as Awaited<ReturnType<Executor>>;
  };

  const operationsOf = (contract: string): KnownOperations => ({
    run: ({ query, operationName, variables }, context) => {
      const served = serving.get(contract);
      // ApolloGateway's own execution needs what only Apollo Server makes of a request.
      const known = options.engine === 'apollo' ? undefined : served?.documents.find(query);
      return known && served && run(served, { ...known, operationName, variables, context, isSharable: true });
    },
  });

  const loadAll: Gateway['load'] = async (loadOptions) => {
    apolloExecutor = (await apollo.load(loadOptions)).executor as ApolloExecutor;
    return { executor };
  };
  const stopAll = async (): Promise<void> => {
    await apollo.stop();
    await Promise.all([current, candidate].map((supergraph) => supergraph?.planner.close()));
    await streams.close();
    await clients.close();
  };

  return {
    changeContracts,
    supergraphId: supergraph.id,
    of: (contract) => ({
      operations: operationsOf(contract),
      streams: streams.of(contract),
      gateway: {
        onSchemaLoadOrUpdate: (callback) => listeners.add(contract, callback),
        ...(contract === WHOLE_GRAPH ? { load: loadAll, stop: stopAll } : { load: async () => ({ executor }), stop: async () => undefined }),
      },
    }),
  };
};
