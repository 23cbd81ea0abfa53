import { performance } from 'node:perf_hooks';
import { DomainError } from '@supergraph/errors';
import { type DocumentNode, GraphQLError, getOperationAST, type OperationDefinitionNode, print } from 'graphql';
import { applyDenials } from '../authorization/apply-denials.ts';
import { type Authorized, authorizeOperation } from '../authorization/authorize-operation.ts';
import type { Policies } from '../authorization/policies.ts';
import { unauthorizedError } from '../authorization/unauthorized-error.ts';
import { executePlan } from '../engine/execute-plan.ts';
import { shapeResponse } from '../engine/shape-response.ts';
import { coerceVariables } from '../limits/coerce-variables.ts';
import type { OperationCost } from '../limits/operation-cost.ts';
import type { RequestContext } from '../request-context.ts';
import { copyAnswer } from '../subgraphs/read-answer.ts';
import type { SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import type { OperationResult } from './operation-result.ts';
import { type CachedPlan, createPlanKeys } from './plan-cache.ts';
import { withClientPath } from './planned-names.ts';
import { createIntrospection } from './response-shapes.ts';
import type { ServedSupergraph } from './served-supergraph.ts';
import { planOperation } from './warm-up.ts';

type Values = Readonly<Record<string, unknown>>;

/** An operation that was parsed and validated against the API schema. */
export interface OperationRequest {
  document: DocumentNode;
  operationName: string | undefined;
  /** As the client sent them. */
  variables: Values;
  /** Hash of the document's text. */
  queryHash: string;
  context: RequestContext;
  /** Nothing but the data is wanted of it, so that other requests may have them too. */
  isSharable?: boolean;
}

/** What runs an authorised document. */
export type Engine = (served: ServedSupergraph, operation: AuthorizedOperation) => Promise<OperationResult>;

export interface AuthorizedOperation extends OperationRequest {
  operation: OperationDefinitionNode;
  /** The variables' values, defaults included. */
  coerced: Values;
  authorization: string;
}

export interface OperationGuards {
  policies: Policies;
  /** What the operation may cost, or nothing while that is not limited. @throws GraphQLError COST_LIMIT_EXCEEDED */
  costOf: (served: ServedSupergraph, request: OperationRequest, coerced: Values) => OperationCost | undefined;
  /** What is wrong with the sizes its lists are asked for with, or nothing. */
  checkListSizes: (served: ServedSupergraph, request: OperationRequest, coerced: Values) => GraphQLError | undefined;
  /** @throws GraphQLError RATE_LIMITED */
  count: (request: OperationRequest, cost: OperationCost | undefined) => Promise<void>;
}

const refuse = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code, http: { status: 400 } } });

const operationOf = ({ document, operationName }: OperationRequest): OperationDefinitionNode => {
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const reason =
      operationName === undefined ? 'The document has several operations: say which by operationName.' : 'The document has no such operation.';
    throw refuse('OPERATION_RESOLUTION_FAILURE', reason);
  }
  if (operation.operation === 'subscription') throw refuse('SUBSCRIPTION_NOT_SUPPORTED', 'Subscriptions are not served over a single HTTP answer.');
  return operation;
};

/** Runs plans with our own engine: Apollo's planner, our execution and shaping. */
export const createPlanEngine = (
  /** Tells by `onSent` that it made an HTTP request. */
  send: (served: ServedSupergraph, service: string, request: SubgraphRequest, onSent: () => void) => Promise<SubgraphAnswer>,
  didPlan: (context: RequestContext, plan: CachedPlan) => boolean,
  coalesces: (service: string) => boolean = () => false,
  /** Labels of `@override` that hold for a request, sorted. */
  labelsFor: (served: ServedSupergraph, context: RequestContext) => readonly string[] = () => [],
): Engine => {
  const keyOf = createPlanKeys();
  const planOf = (
    served: ServedSupergraph,
    { document, operationName, queryHash, authorization, context }: AuthorizedOperation,
  ): Promise<CachedPlan> => {
    const overrideLabels = labelsFor(served, context);
    const key = keyOf(document, { queryHash, operationName, authorization, overrideLabels, contract: served.contract });
    return served.plans.get(key, () =>
      planOperation(served.planner, { query: print(document), operationName, overrideLabels, isWhole: authorization === 'allowed' }),
    );
  };

  return async (served, authorized) => {
    const { document, operation, coerced, variables, context } = authorized;
    const plan = await planOf(served, authorized);
    const isDryRun = didPlan(context, plan);
    const { identity, deadline, signal, forwardedHeaders: headers } = context;
    const onSent = (): void => void context.record.fetches++;
    const { data: fetched, errors } = await executePlan({
      step: isDryRun ? undefined : plan.step,
      supergraphSchema: served.supergraphSchema,
      variables,
      isTrue: (variable) => coerced[variable] === true,
      copy: copyAnswer,
      coalesces,
      send: ({ service, operation: query, operationName, operationKind }, askVariables, variablesText) => {
        const kind = operationKind === 'mutation' ? 'mutation' : 'query';
        const isFresh = operation.operation === 'mutation';
        const asked = { query, operationName, variables: askVariables, variablesText, kind, isFresh } as const;
        return send(served, service, { ...asked, identity, headers, deadline, signal }, onSent);
      },
    });
    const root = served.apiSchema.getRootType(operation.operation);
    if (!root) throw refuse('OPERATION_RESOLUTION_FAILURE', `The schema has no ${operation.operation}.`);
    const shaped = shapeResponse(fetched, {
      schema: served.apiSchema,
      root,
      shapes: served.shapes(document, operation, coerced),
      introspect: createIntrospection(served.apiSchema, document, operation, variables),
    });
    // As ApolloGateway does: what is null because of an error that is told anyway is not told twice.
    if (errors.length > 0) return { data: shaped.data, errors: errors.map(withClientPath) };
    return shaped.errors.length > 0 ? { data: shaped.data, extensions: { valueCompletion: shaped.errors } } : { data: shaped.data };
  };
};

const withDenials = (authorized: Authorized, variables: Values, result: OperationResult): OperationResult => {
  if (authorized.kind !== 'cut') return result;
  const { data, errors } = applyDenials({ cut: authorized.cut, data: result.data, variables });
  return { ...result, data, errors: [...(result.errors ?? []), ...errors] };
};

/** A dry run is told every place in the document that is cut: without data nobody knows which of them the answer would reach. */
const toldOnDryRun = (authorized: Authorized, { isDryRun }: RequestContext): OperationResult | undefined =>
  isDryRun && authorized.kind === 'cut' ? { data: null, errors: authorized.denied.map(({ path }) => unauthorizedError(path)) } : undefined;

const requestTimeout = (): DomainError => new DomainError('unavailable', 'REQUEST_TIMEOUT', 'The operation took too long. Ask for less at once.');

/** Subgraphs are given up at the deadline itself: there is still time then to answer with what came from the others. */
const GRACE_MS = 150;

/** Ends the wait when the request's time is up or its client gone, whatever is still on its way. */
const untilDeadline = <Result>({ signal, deadline }: RequestContext, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const onLate = (): void => reject(requestTimeout());
    const timer = setTimeout(onLate, Math.max(0, deadline + GRACE_MS - performance.now()));
    signal.addEventListener('abort', onLate, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onLate);
    };
    const onDone = (result: Result): void => {
      settle();
      resolve(result);
    };
    const onFailed = (error: unknown): void => {
      settle();
      reject(error);
    };
    work.then(onDone, onFailed);
  });

const badVariables = (errors: readonly GraphQLError[]): OperationResult => ({
  errors: errors.map(
    ({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } }),
  ),
});

const withCost = (result: OperationResult, { estimated, actualOf }: OperationCost, { record, showsCost }: RequestContext): OperationResult => {
  const actual = actualOf(result.data);
  record.actualCost = actual;
  return showsCost ? { ...result, extensions: { ...result.extensions, cost: { estimated, actual } } } : result;
};

interface Checked {
  operation: OperationDefinitionNode;
  coerced: Values;
}

/** @throws GraphQLError when the operation asks for more than is served at once. */
const check = ({ checkListSizes }: OperationGuards, served: ServedSupergraph, request: OperationRequest): Checked | OperationResult => {
  const { variables, context } = request;
  const operation = operationOf(request);
  context.record.operationKind = operation.operation;
  if (operation.name !== undefined) context.record.operationName = operation.name.value;
  const { coerced, errors } = coerceVariables(served.apiSchema, operation, variables);
  if (errors !== undefined) return badVariables(errors);
  const tooLong = checkListSizes(served, request, coerced);
  if (tooLong !== undefined) throw tooLong;
  return { operation, coerced };
};

/** Plans, executes and tells what was cut, once what the operation may cost is known. */
const runAuthorized = async (
  { guards, engine }: { guards: OperationGuards; engine: Engine },
  served: ServedSupergraph,
  request: AuthorizedOperation,
): Promise<OperationResult> => {
  const { coerced, context } = request;
  const cost = guards.costOf(served, request, coerced);
  if (cost !== undefined) context.record.estimatedCost = cost.estimated;
  await guards.count(request, cost);
  if (context.isDryRun) return { data: null };
  const result = await untilDeadline(context, engine(served, request));
  return cost === undefined ? result : withCost(result, cost, context);
};

const noteOpenness = ({ record }: RequestContext, authorized: Authorized): void => {
  record.isOpen = authorized.kind === 'allowed' && authorized.isOpen;
};

/**
 * Takes a validated operation through what has to be known before it is planned (its variables, list sizes, what its caller may
 * see, and what the rest of it costs), runs it, and tells what was cut from it.
 */
export const createOperationExecutor =
  (guards: OperationGuards, engine: Engine) =>
  async (served: ServedSupergraph, request: OperationRequest): Promise<OperationResult> => {
    const checked = check(guards, served, request);
    if (!('operation' in checked)) return checked;
    const { document, operationName, variables, context } = request;
    const { rules, apiSchema: schema } = served;
    const { policies } = guards;
    const authorized = await authorizeOperation({ rules, schema, document, operationName, variables, identity: context.identity, policies });
    noteOpenness(context, authorized);
    if (authorized.kind === 'refused') return { data: null, errors: authorized.errors };
    const told = toldOnDryRun(authorized, context);
    if (told !== undefined) return told;
    if (authorized.document === undefined) return withDenials(authorized, variables, { data: {} });
    const operation = authorized.document === document ? checked.operation : getOperationAST(authorized.document, operationName);
    if (!operation) throw new Error('authorisation cut the operation away and left its document');
    // What was cut costs nothing.
    const left = { ...request, document: authorized.document, operation, coerced: checked.coerced, authorization: authorized.key };
    return withDenials(authorized, variables, await runAuthorized({ guards, engine }, served, left));
  };
