import { DomainError } from '@supergraph/errors';
import { type DocumentNode, isObjectType, Kind, print, visit } from 'graphql';
import { compileDeferred, type PlanPart, type Step } from '../engine/compiled-plan.ts';
import { passContextsTogether } from '../engine/context-groups.ts';
import { type DeferredDocument, deferLabelOf, deferredDocument } from '../engine/defer/defer-document.ts';
import { type DeferredResult, executeDeferred, type PlaceToShape } from '../engine/execute-deferred.ts';
import { type Data, own } from '../engine/merge.ts';
import { applies } from '../engine/response-shape.ts';
import { type DeferredPlace, type ShapedResponse, shapeResponse } from '../engine/shape-response.ts';
import type { RequestContext } from '../request-context.ts';
import { type AuthorizedOperation, refuse, untilDeadline } from './execute-operation.ts';
import type { OperationResult } from './operation-result.ts';
import { planKey } from './plan-cache.ts';
import type { PlanRunner } from './plan-engine.ts';
import { withClientPath } from './planned-names.ts';
import { createIntrospection } from './response-shapes.ts';
import type { ServedSupergraph } from './served-supergraph.ts';

export interface DeferEngineOptions {
  runner: PlanRunner;
  /** Labels of `@override` that hold for a request, sorted. */
  labelsFor?: (served: ServedSupergraph, context: RequestContext) => readonly string[];
}

export interface RunOptions {
  /** Told once of the whole answer, when all of it was told. */
  onEnd?: (data: Data | null) => void;
}

/**
 * Runs an operation part by part. Nothing when nothing of it is deferred in this request: then it is run whole. Ending the results, or the
 * context's signal, ends what is still fetched.
 */
export type DeferEngine = (
  served: ServedSupergraph,
  authorized: AuthorizedOperation,
  options?: RunOptions,
) => AsyncGenerator<DeferredResult, void> | undefined;

const INTROSPECTION = new Set(['__schema', '__type']);

/** The planner knows no way to these when they are deferred; nothing is fetched for them anyway. */
const withoutIntrospection = (document: DocumentNode): DocumentNode =>
  visit(document, {
    Field: ({ name, alias = name }) =>
      INTROSPECTION.has(name.value) ? { kind: Kind.FIELD, alias, name: { kind: Kind.NAME, value: '__typename' } } : undefined,
  });

const stepsOf = ({ step, later }: PlanPart): Step[] => [...(step === undefined ? [] : [step]), ...later.flatMap(stepsOf)];

const NO_PARTS: ReadonlySet<string> = new Set(['PLANNING_FAILED', 'PLANNING_TIMEOUT']);
const isFailedPlanning = (error: unknown): boolean => !(error instanceof DomainError) || NO_PARTS.has(error.code);

/** Nothing where the planner finds no parts: it has a few flaws of its own with operations that it can plan whole. */
const planParts = async (
  served: ServedSupergraph,
  { operationName, queryHash, authorization }: AuthorizedOperation,
  deferred: DeferredDocument,
  overrideLabels: readonly string[],
): Promise<PlanPart | undefined> => {
  const key = planKey({ queryHash, operationName, authorization, overrideLabels, contract: served.contract, deferred: deferred.key });
  const { parts } = await served.plans.get(key, async () => {
    const query = print(withoutIntrospection(deferred.document));
    const common = { step: undefined, bytes: 2 * query.length, source: { query, operationName, overrideLabels, isWhole: false } };
    if (served.names.meets(deferred.document)) return { ...common, plan: { kind: 'QueryPlan' } };
    try {
      const { plan, bytes } = await served.planner.plan(query, operationName, overrideLabels, true);
      const compiled = compileDeferred(plan);
      passContextsTogether(stepsOf(compiled));
      return { ...common, plan, parts: compiled, bytes: common.bytes + bytes };
    } catch (error) {
      if (!isFailedPlanning(error)) throw error;
      return { ...common, plan: { kind: 'QueryPlan' } };
    }
  });
  return parts;
};

const createShaping = (served: ServedSupergraph, { variables, coerced }: AuthorizedOperation, { document, operation }: DeferredDocument) => {
  const { apiSchema: schema } = served;
  const type = schema.getRootType(operation.operation);
  if (!type) throw refuse('OPERATION_RESOLUTION_FAILURE', `The schema has no ${operation.operation}.`);
  const introspect = createIntrospection(schema, document, operation, variables);
  const fetched: Data = {};
  const shape = ({ fetched: value, type: root, shapes, path: at }: PlaceToShape, onDeferred?: (place: DeferredPlace) => void): ShapedResponse =>
    shapeResponse(value, { schema, root, shapes, introspect, at, onDeferred });
  return {
    root: { path: [], fetched, type, shapes: served.shapes(document, operation, coerced, deferLabelOf) },
    shape,
    shapeDeferred: (place: DeferredPlace, onDeferred: (place: DeferredPlace) => void): ShapedResponse | undefined => {
      const told = schema.getType(String(own(place.fetched, '__typename')));
      const now = isObjectType(told) && !isObjectType(place.type) ? told : place.type;
      return applies(schema, now, place.condition) ? shape({ ...place, type: now }, onDeferred) : undefined;
    },
  };
};

/** Incremental delivery: parts by Apollo's planner, our execution and shaping. */
export const createDeferEngine = ({ runner, labelsFor = () => [] }: DeferEngineOptions): DeferEngine => {
  const runWhole = async (served: ServedSupergraph, authorized: AuthorizedOperation): Promise<OperationResult> => {
    const { step } = await runner.planOf(served, authorized);
    return runner.answer(served, authorized, await runner.fetch(served, authorized, { step }));
  };

  async function* run(
    served: ServedSupergraph,
    authorized: AuthorizedOperation,
    deferred: DeferredDocument,
    { onEnd }: RunOptions,
  ): AsyncGenerator<DeferredResult, void> {
    const { context, document, operation, coerced } = authorized;
    const plan = await untilDeadline(context, planParts(served, authorized, deferred, labelsFor(served, context)));
    if (plan === undefined) {
      const whole = await untilDeadline(context, runWhole(served, authorized));
      yield { ...whole, hasNext: false };
      onEnd?.(whole.data ?? null);
      return;
    }
    const { root, shape, shapeDeferred } = createShaping(served, authorized, deferred);
    yield* executeDeferred({
      plan,
      inOrder: operation.operation === 'mutation',
      fetch: (step, onFetched) => runner.fetch(served, authorized, { step, data: root.fetched, onFetched }),
      root,
      shape,
      shapeDeferred,
      labelOf: (label) => deferred.labels.get(label),
      toClient: withClientPath,
      within: (work) => untilDeadline(context, work),
    });
    onEnd?.(shape({ ...root, shapes: served.shapes(document, operation, coerced) }).data);
  }

  return (served, authorized, options = {}) => {
    const { document, operation, coerced, context } = authorized;
    const deferred = deferredDocument(document, operation, coerced);
    if (deferred === undefined) return undefined;
    const ended = new AbortController();
    const signal = AbortSignal.any([context.signal, ended.signal]);
    const results = run(served, { ...authorized, context: { ...context, signal } }, deferred, options);
    const finish = results.return.bind(results);
    // A generator that waits for a fetch would end only after it.
    results.return = (value) => {
      ended.abort();
      return finish(value);
    };
    return results;
  };
};
