import { print } from 'graphql';
import type { Ask, Step } from '../engine/compiled-plan.ts';
import { executePlan, type PlanResult } from '../engine/execute-plan.ts';
import type { Data } from '../engine/merge.ts';
import { shapeResponse } from '../engine/shape-response.ts';
import type { RequestContext } from '../request-context.ts';
import { copyAnswer } from '../subgraphs/read-answer.ts';
import type { SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { type AuthorizedOperation, type Engine, refuse } from './execute-operation.ts';
import type { OperationResult } from './operation-result.ts';
import { type CachedPlan, createPlanKeys } from './plan-cache.ts';
import { withClientPath } from './planned-names.ts';
import { createIntrospection } from './response-shapes.ts';
import type { ServedSupergraph } from './served-supergraph.ts';
import { planOperation } from './warm-up.ts';

export interface PlanRunnerOptions {
  /** Tells by `onSent` that it made an HTTP request. */
  send: (served: ServedSupergraph, service: string, request: SubgraphRequest, onSent: () => void) => Promise<SubgraphAnswer>;
  coalesces?: (service: string) => boolean;
  /** Labels of `@override` that hold for a request, sorted. */
  labelsFor?: (served: ServedSupergraph, context: RequestContext) => readonly string[];
}

/** A part of a plan to run. */
export interface PartToRun {
  step: Step | undefined;
  /** What is there already. */
  data?: Data;
  /** What is read may not be older than this moment: nothing is shared with what others asked before. */
  isFresh?: boolean;
  /** Stands between: it may look at an answer, or give one that is there already. */
  around?: (ask: Ask, send: () => Promise<SubgraphAnswer>) => Promise<SubgraphAnswer>;
  /** Told when what a fetch brought is merged, by the planner's id. */
  onFetched?: (id: string) => void;
}

/** Apollo's planner, our execution and shaping, one after the other. */
export interface PlanRunner {
  planOf(served: ServedSupergraph, operation: AuthorizedOperation): Promise<CachedPlan>;
  fetch(served: ServedSupergraph, operation: AuthorizedOperation, part: PartToRun): Promise<PlanResult>;
  /** What the client asked for of what was fetched. */
  answer(served: ServedSupergraph, operation: AuthorizedOperation, fetched: PlanResult): OperationResult;
}

const planner = (labelsFor: NonNullable<PlanRunnerOptions['labelsFor']>): PlanRunner['planOf'] => {
  const keyOf = createPlanKeys();
  return (served, { document, operationName, queryHash, authorization, context }) => {
    const overrideLabels = labelsFor(served, context);
    const key = keyOf(document, { queryHash, operationName, authorization, overrideLabels, contract: served.contract });
    return served.plans.get(key, () =>
      planOperation(served.planner, { query: print(document), operationName, overrideLabels, isWhole: authorization === 'allowed' }),
    );
  };
};

export const createPlanRunner = ({ send, coalesces = () => false, labelsFor = () => [] }: PlanRunnerOptions): PlanRunner => ({
  planOf: planner(labelsFor),

  fetch: (served, { operation, coerced, variables, context }, { step, data, isFresh = operation.operation === 'mutation', around, onFetched }) => {
    const { identity, deadline, signal, forwardedHeaders: headers } = context;
    const onSent = (): void => void context.record.fetches++;
    return executePlan({
      step,
      data,
      onFetched,
      supergraphSchema: served.supergraphSchema,
      variables,
      isTrue: (variable) => coerced[variable] === true,
      copy: copyAnswer,
      coalesces,
      send: (ask, askVariables, variablesText) => {
        const { service, operation: query, operationName, operationKind } = ask;
        const kind = operationKind === 'mutation' ? 'mutation' : 'query';
        const request: SubgraphRequest = {
          query,
          operationName,
          variables: askVariables,
          variablesText,
          kind,
          isFresh,
          identity,
          headers,
          deadline,
          signal,
        };
        return around === undefined ? send(served, service, request, onSent) : around(ask, () => send(served, service, request, onSent));
      },
    });
  },

  answer: (served, { document, operation, coerced, variables }, { data, errors }) => {
    const root = served.apiSchema.getRootType(operation.operation);
    if (!root) throw refuse('OPERATION_RESOLUTION_FAILURE', `The schema has no ${operation.operation}.`);
    const shaped = shapeResponse(data, {
      schema: served.apiSchema,
      root,
      shapes: served.shapes(document, operation, coerced),
      introspect: createIntrospection(served.apiSchema, document, operation, variables),
    });
    // As ApolloGateway does: what is null because of an error that is told anyway is not told twice.
    if (errors.length > 0) return { data: shaped.data, errors: errors.map(withClientPath) };
    return shaped.errors.length > 0 ? { data: shaped.data, extensions: { valueCompletion: shaped.errors } } : { data: shaped.data };
  },
});

/** Runs plans whole. @param didPlan told of each plan; true when it shall not be executed. */
export const createPlanEngine =
  (runner: PlanRunner, didPlan: (context: RequestContext, plan: CachedPlan) => boolean): Engine =>
  async (served, authorized) => {
    const plan = await runner.planOf(served, authorized);
    const isDryRun = didPlan(authorized.context, plan);
    return runner.answer(served, authorized, await runner.fetch(served, authorized, { step: isDryRun ? undefined : plan.step }));
  };
