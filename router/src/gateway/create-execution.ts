import { DomainError, ERROR_KINDS } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import { GraphQLError } from 'graphql';
import type { OperationOutcome, RequestContext } from '../request-context.ts';
import type { SubgraphClient, SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createStreams, type StreamSettings, type Streams } from '../subscriptions/create-streams.ts';
import {
  createOperationExecutor,
  createOperationPreparation,
  type Engine,
  type OperationGuards,
  type OperationRequest,
} from './execute-operation.ts';
import { type LabelShares, labelsInForce } from './override-labels.ts';
import type { CachedPlan } from './plan-cache.ts';
import { createPlanEngine, createPlanRunner } from './plan-engine.ts';
import type { ServedSupergraph } from './served-supergraph.ts';
import { createFetchSharing } from './share-fetches.ts';
import { createOperationSharing } from './share-operations.ts';
import type { SubgraphClients } from './subgraph-clients.ts';

export interface ExecutionSettings {
  clients: SubgraphClients;
  guards: OperationGuards;
  /** Whether identical operations that are under way at the same time run once. */
  sharesOperations: () => boolean;
  overrides: () => LabelShares;
  /** Told of each plan; true when it shall not be executed. */
  didPlan: (context: RequestContext, plan: CachedPlan['plan']) => boolean;
  streams: StreamSettings;
  logger: Logger;
}

export interface ExecutionOptions extends ExecutionSettings {
  /** What runs operations in the place of our own engine. */
  reference: Engine | undefined;
  clientOf: (subgraph: string, served: ServedSupergraph) => SubgraphClient;
  urlOf: (subgraph: string, served: ServedSupergraph) => string;
  /** What is served of a contract at this moment. */
  servedOf: (contract: string) => ServedSupergraph | undefined;
}

/** How operations are run once they are known to be valid, and those whose answers keep coming. */
export interface Execution {
  run(served: ServedSupergraph, request: OperationRequest): Promise<OperationOutcome>;
  streams: Streams;
}

/** What ends an operation as a whole tells it by the HTTP status too. */
const withStatus = (error: unknown): unknown => {
  if (!(error instanceof DomainError)) return error;
  const { graphql: kind, http } = ERROR_KINDS[error.kind];
  const status = error.code === 'REQUEST_TIMEOUT' ? 504 : http;
  return new GraphQLError(error.message, { extensions: { code: error.code, kind, http: { status } } });
};

export const createExecution = (options: ExecutionOptions): Execution => {
  const { clients, guards, reference, clientOf, urlOf, servedOf, logger } = options;
  const shareFetch = createFetchSharing();
  const labelsFor = ({ overrideLabels }: ServedSupergraph, context: RequestContext): readonly string[] =>
    labelsInForce(overrideLabels, options.overrides(), context);
  const runner = createPlanRunner({
    send: (served, name, request, onSent) => {
      const client = clientOf(name, served);
      const send = (sent: SubgraphRequest): Promise<SubgraphAnswer> => {
        onSent();
        return client.send(sent);
      };
      return shareFetch({ subgraph: () => `${name} ${urlOf(name, served)}`, request, traffic: clients.trafficOf(name), send });
    },
    coalesces: (name) => clients.trafficOf(name).coalesce,
    labelsFor,
  });
  const engine = createOperationSharing(
    reference ?? createPlanEngine(runner, (context, { plan }) => options.didPlan(context, plan)),
    options.sharesOperations,
  );
  const prepare = createOperationPreparation(guards);
  const execute = createOperationExecutor(prepare, engine);
  return {
    run: async (served, request) => {
      try {
        return { result: await execute(served, request) };
      } catch (error) {
        return { error: withStatus(error) };
      }
    },
    streams: createStreams({
      ...options.streams,
      servedOf,
      prepare,
      runner,
      engine,
      labelsFor,
      isServed: reference === undefined,
      urlOf,
      trafficOf: clients.trafficOf,
      signerOf: clients.signerOf,
      logger,
    }),
  };
};
