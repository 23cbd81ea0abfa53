import { GraphQLError } from 'graphql';
import type { DeferEngine } from '../gateway/defer-engine.ts';
import { type Engine, type OperationRequest, type PreparedOperation, type PrepareOperation, untilDeadline } from '../gateway/execute-operation.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import { NOT_LISTED } from '../persisted/persisted-request.ts';
import type { RequestContext } from '../request-context.ts';
import type { OperationStreams, StartedOperation, StreamedOperation, StreamedResult } from '../streams/operation-stream.ts';
import type { StreamErrors } from './format-errors.ts';
import type { createStreamDocuments } from './stream-documents.ts';
import { subscriptionsNotServed, supergraphChanged } from './subscription-errors.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface OperationStreamsOptions {
  servedOf: (contract: string) => ServedSupergraph | undefined;
  documents: ReturnType<typeof createStreamDocuments>;
  prepare: PrepareOperation;
  /** Runs what is answered at once. */
  engine: Engine;
  defer: DeferEngine;
  subscriptions: Subscriptions;
  errors: StreamErrors;
  /** False with the reference engine. */
  isServed: boolean;
}

const notListed = (): GraphQLError => new GraphQLError(NOT_LISTED.message, { extensions: { code: NOT_LISTED.code, http: { status: 403 } } });

const FORBIDDEN = 403;

/** Operations whose answers keep coming, or that come over what can carry such answers. */
export const createOperationStreams = (options: OperationStreamsOptions): ((contract: string) => OperationStreams) => {
  const { servedOf, documents, prepare, engine, defer, subscriptions, errors, isServed } = options;

  const noteErrors = ({ record }: RequestContext, told: readonly { extensions?: Record<string, unknown> }[] = []): void => {
    if (told.length > 0) record.errorCodes = told.map(({ extensions }) => String(extensions?.['code']));
  };

  const refused = (context: RequestContext, error: unknown): StartedOperation => {
    const formatted = errors.formatAll(error);
    noteErrors(context, formatted);
    return { kind: 'refused', status: errors.statusOf(error), errors: formatted };
  };

  /** Nothing is to be run of it: what cannot be told as a result is a refusal. */
  const toldAtOnce = (context: RequestContext, told: OperationResult): StartedOperation => {
    const result = errors.result(told);
    noteErrors(context, result.errors);
    const isResult = result.errors === undefined || (told.data !== undefined && context.record.operationKind !== 'subscription');
    if (isResult) return { kind: 'single', result };
    const status = (told.errors?.[0]?.extensions['http'] as { status?: number } | undefined)?.status ?? FORBIDDEN;
    return { kind: 'refused', status, errors: result.errors ?? [] };
  };

  async function* formatted(results: ReturnType<DeferEngine> & object): AsyncGenerator<StreamedResult, void> {
    for await (const result of results) yield errors.incremental(result);
  }

  const incremental = (results: ReturnType<DeferEngine> & object): StartedOperation => {
    const told = formatted(results);
    const finish = told.return.bind(told);
    // What is fetched ends now, and not after it came.
    told.return = (value) => {
      void results.return();
      return finish(value);
    };
    return { kind: 'incremental', results: told };
  };

  const runOnce = async (served: ServedSupergraph, { left, tell }: PreparedOperation, isWhole: boolean): Promise<StartedOperation> => {
    const { context } = left;
    const onEnd = (data: Record<string, unknown> | null): void => void tell({ data });
    const deferred = isWhole || left.authorization !== 'allowed' ? undefined : defer(served, left, { onEnd });
    if (deferred !== undefined) return incremental(deferred);
    const result = errors.result(tell(await untilDeadline(context, engine(served, left))));
    noteErrors(context, result.errors);
    return { kind: 'single', result };
  };

  const begin = async (contract: string, { query, operationName, variables = {}, isWhole = false }: StreamedOperation, context: RequestContext) => {
    if (!isServed) throw subscriptionsNotServed();
    const served = servedOf(contract);
    if (served === undefined) throw supergraphChanged();
    const { document, queryHash } = documents.read(served, query);
    if (context.isListed?.(queryHash) === false) throw notListed();
    const request: OperationRequest = { document, queryHash, operationName, variables, context, isStreamed: true, isSharable: true };
    const prepared = await prepare(served, request);
    if ('told' in prepared) return toldAtOnce(context, prepared.told);
    if (prepared.left.operation.operation !== 'subscription') return runOnce(served, prepared, isWhole);
    const results = await subscriptions.start({ served, request, text: query }, prepared);
    return { kind: 'subscription' as const, results };
  };

  return (contract) => ({
    start: async (operation, context) => {
      try {
        return await begin(contract, operation, context);
      } catch (error) {
        return refused(context, error);
      }
    },
  });
};
