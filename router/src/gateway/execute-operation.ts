import { performance } from 'node:perf_hooks';
import { DomainError } from '@supergraph/errors';
import { type DocumentNode, GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql';
import { applyDenials } from '../authorization/apply-denials.ts';
import { type Authorized, authorizeOperation } from '../authorization/authorize-operation.ts';
import type { Policies } from '../authorization/policies.ts';
import { unauthorizedError } from '../authorization/unauthorized-error.ts';
import { coerceVariables } from '../limits/coerce-variables.ts';
import type { OperationCost } from '../limits/operation-cost.ts';
import type { RequestContext } from '../request-context.ts';
import type { OperationResult } from './operation-result.ts';
import type { ServedSupergraph } from './served-supergraph.ts';

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
  /** Its client takes several answers. */
  isStreamed?: boolean;
  /** It goes on, and was counted when it began. */
  isCounted?: boolean;
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

export const refuse = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code, http: { status: 400 } } });

/** @throws GraphQLError when there is none, or its client cannot take what it would be answered with. */
const operationOf = ({ document, operationName, isStreamed }: OperationRequest): OperationDefinitionNode => {
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const reason =
      operationName === undefined ? 'The document has several operations: say which by operationName.' : 'The document has no such operation.';
    throw refuse('OPERATION_RESOLUTION_FAILURE', reason);
  }
  if (operation.operation === 'subscription' && isStreamed !== true)
    throw refuse(
      'SUBSCRIPTION_NOT_SUPPORTED',
      'Subscriptions are served over WebSocket (graphql-transport-ws), server-sent events (Accept: text/event-stream) and multipart HTTP (Accept: multipart/mixed;subscriptionSpec=1.0), not over a single HTTP answer.',
    );
  return operation;
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
export const untilDeadline = <Result>({ signal, deadline }: RequestContext, work: Promise<Result>): Promise<Result> =>
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
    if (signal.aborted) onLate();
  });

const badVariables = (errors: readonly GraphQLError[]): OperationResult => ({
  errors: errors.map(
    ({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } }),
  ),
});

const withCost = (
  result: OperationResult,
  { estimated, actualOf }: OperationCost,
  { record, showsCost, isLogged }: RequestContext,
): OperationResult => {
  if (!showsCost && !isLogged) return result;
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

const noteOpenness = ({ record }: RequestContext, authorized: Authorized): void => {
  record.isOpen = authorized.kind === 'allowed' && authorized.isOpen;
};

/** An operation that may be run: what is left of it for its caller, and how its result is told. */
export interface PreparedOperation {
  left: AuthorizedOperation;
  /** Adds what was cut, and what it cost. */
  tell(result: OperationResult): OperationResult;
}

/** What decides on an operation before it is planned, or its result when nothing of it is to be run. */
export type PrepareOperation = (served: ServedSupergraph, request: OperationRequest) => Promise<PreparedOperation | { told: OperationResult }>;

/** What its caller may have of an operation. */
export const authorize = (
  { policies }: OperationGuards,
  { rules, apiSchema: schema }: ServedSupergraph,
  { document, operationName, variables, context: { identity } }: OperationRequest,
): Authorized | Promise<Authorized> => authorizeOperation({ rules, schema, document, operationName, variables, identity, policies });

const leftOf = (request: OperationRequest, checked: Checked, document: DocumentNode, authorization: string): AuthorizedOperation => {
  const operation = document === request.document ? checked.operation : getOperationAST(document, request.operationName);
  if (!operation) throw new Error('authorisation cut the operation away and left its document');
  return { ...request, document, operation, coerced: checked.coerced, authorization };
};

/** The answer to what is not run at all: everything is refused or cut, or only that was to be known. */
const toldUnrun = (authorized: Authorized, { variables, context }: OperationRequest): OperationResult | undefined => {
  if (authorized.kind === 'refused') return { data: null, errors: authorized.errors };
  return toldOnDryRun(authorized, context) ?? (authorized.document === undefined ? withDenials(authorized, variables, { data: {} }) : undefined);
};

/** What was cut costs nothing. */
const costOf = (guards: OperationGuards, served: ServedSupergraph, left: AuthorizedOperation): OperationCost | undefined => {
  const cost = guards.costOf(served, left, left.coerced);
  if (cost !== undefined) left.context.record.estimatedCost = cost.estimated;
  return cost;
};

/**
 * Takes a validated operation through what has to be known before it is planned: its variables, list sizes, what its caller may
 * see, and what the rest of it costs.
 */
export const createOperationPreparation =
  (guards: OperationGuards): PrepareOperation =>
  async (served, request) => {
    const checked = check(guards, served, request);
    if (!('operation' in checked)) return { told: checked };
    const { variables, context } = request;
    const authorized = await authorize(guards, served, request);
    noteOpenness(context, authorized);
    const told = toldUnrun(authorized, request);
    if (told !== undefined || authorized.kind === 'refused' || authorized.document === undefined) return { told: told ?? {} };
    const left = leftOf(request, checked, authorized.document, authorized.key);
    const cost = costOf(guards, served, left);
    if (request.isCounted !== true) await guards.count(left, cost);
    const tell = (result: OperationResult): OperationResult =>
      withDenials(authorized, variables, cost === undefined ? result : withCost(result, cost, context));
    return context.isDryRun ? { told: withDenials(authorized, variables, { data: null }) } : { left, tell };
  };

/** Runs an operation once, when it is let through, and tells what was cut from it. */
export const createOperationExecutor =
  (prepare: PrepareOperation, engine: Engine) =>
  async (served: ServedSupergraph, request: OperationRequest): Promise<OperationResult> => {
    const prepared = await prepare(served, request);
    return 'told' in prepared ? prepared.told : prepared.tell(await untilDeadline(request.context, engine(served, prepared.left)));
  };
